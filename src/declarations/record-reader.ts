import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { compileMembers, type MemberSpecs, type Members } from '../datasets/members.ts';
import { kindOf } from '../datasets/misfits.ts';
import { type ColumnReader, Refused, Repaired } from '../datasets/read-value.ts';
import { derivedId } from '../datasets/uuid.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isArrayIndex, joinPointer, type Way } from '../json/pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import type { Reference } from '../schema/row-group.ts';
import { rowLayout, type Value } from '../schema/table.ts';
import { addMicroseconds } from '../time/time.ts';
import { columnReader, literalKind, madeReader } from './column-reader.ts';
import { compileCondition, type Predicate } from './conditions.ts';
import { type Environment, sourceValue } from './environment.ts';
import { compileNamed } from './named-reader.ts';
import type { ChildPlan, ColumnPlan, RecordPlan } from './plan.ts';
import type { Source } from './source.ts';

/** The rows of a record: its own, and those of the elements in it, by the order of the child tables. */
export interface ReadRecord {
  readonly cells: Cells;
  /** The rows that it names, and those that its children name. */
  readonly references: readonly Reference[];
  readonly children: readonly (readonly ReadRecord[])[];
  /** The rows that it names by what must be looked up. Until then its cells hold that. */
  readonly named: readonly Reference[];
}

export type RecordReading = (
  value: JsonValue,
  pointer: string,
  environment: Environment,
  account: RecordAccount,
) => ReadRecord | undefined;

/** Compiles what makes rows of a record, once per run. Findings go into the account. */
export function compileRecord(plan: RecordPlan, context: MappingContext): RecordReading {
  const readMembers = compileMembers(plan.table, specsOf(plan), context, {
    elsewhere: [...plan.elsewhere, ...madeWays(plan)],
    ignored: ignoredBy(plan),
  });
  const finish = compileFinish(plan, context);
  const children = plan.children.map((child) => compileChild(child, context));
  const readNamed = compileNamed(plan, context);
  const takes = (test: (source: Source) => boolean): boolean => plan.columns.some(({ sources }) => sources.some(test));
  const isScalar = takes(({ of }) => of === 'value');
  const readsPlaces = takes((source) => source.of === 'record' && isArrayIndex(source.way[0] ?? ''));
  // A record that is a list itself: columns take some of its elements, or children all of them.
  const isList = readsPlaces || plan.children.some(({ path }) => path.steps[0]?.to === 'elements');
  // A column that takes a record itself leaves nothing of it to others; nor do children that are all of its members or elements.
  const isOfChildren = plan.children.some(({ path }) => path.steps[0]?.to !== 'member');
  const isWhole = (isScalar ? children.length === 0 : isOfChildren) && !takes(({ of }) => of === 'record');
  const { blank } = rowLayout(plan.table);
  return (value, pointer, environment, account) => {
    if (!isScalar && !isJsonObject(value) && !(isList && Array.isArray(value))) {
      account.reject('wrong-shape', pointer, `a record must be an object, not ${kindOf(value)}`);
      return undefined;
    }
    const members =
      isWhole || (!isJsonObject(value) && !(isList && Array.isArray(value)))
        ? { values: new Cells(rowLayout(plan.table), blank), extra: undefined }
        : readMembers(value as JsonObject, pointer, account);
    const cells = members && finish(members, value, pointer, environment, account);
    if (cells === undefined) return undefined;
    const rows = children.map((read) => read(value, pointer, { ...environment, parent: cells }, account));
    const named = readNamed(cells, value, pointer, environment, account);
    if (account.rejected) return undefined;
    const references = rows.flatMap((some) => some.flatMap((row) => row.references));
    return { cells, named, children: rows, references: [...referencesIn(plan, cells, pointer), ...references] };
  };
}

function ignoredBy({ rest }: RecordPlan): readonly Way[] {
  return rest.to === 'ignore' ? rest.members : [];
}

/** Members that a function with a way back takes. */
function madeWays({ columns }: RecordPlan): readonly Way[] {
  return columns.flatMap(({ made, sources }) =>
    made?.back ? sources.flatMap((source) => (source.of === 'record' ? [source.way] : [])) : [],
  );
}

/** What a row refers to; the database checks it, and is asked only where it refuses. */
export function referencesIn({ references }: RecordPlan, cells: Cells, pointer: string): readonly Reference[] {
  if (references.length === 0) return NO_REFERENCES;
  return references.flatMap(({ columns, table, to, way }): Reference[] => {
    const key = columns.map((name) => cells.get(name));
    if (key.includes(null)) return [];
    const words = `the row of ${table.name} that its ${columns.join(', ')} names`;
    const lookup = { table, by: to, key, words, answer: to[0] ?? '' };
    return [
      { column: columns[0] ?? '', pointer: way.reduce(joinPointer, pointer), isEnforced: true, lookups: [lookup] },
    ];
  });
}

const NO_REFERENCES: readonly Reference[] = [];

/** Where the columns that members fill find them. A literal tells its kind to another column. */
export function specsOf({ columns }: RecordPlan): MemberSpecs {
  const specs = columns.flatMap((plan): [string, MemberSpecs[string]][] => {
    const ways = plan.sources.flatMap((source) => (source.of === 'record' ? [source.way] : []));
    if (ways.length === 0 || plan.made) return [];
    const { kind } = plan.declaration;
    const read = columnReader(plan);
    const reader = plan.named ? (_stored: unknown, context: MappingContext) => read(plan.column, context) : read;
    const own: [string, MemberSpecs[string]] = [plan.name, { ways, reader }];
    return kind === undefined ? [own] : [own, [kind, { ways, reader: () => literalKind }]];
  });
  return Object.fromEntries(specs);
}

type Finish = (
  members: Members,
  value: JsonValue,
  pointer: string,
  environment: Environment,
  account: RecordAccount,
) => Cells | undefined;

/** What fills columns beside members, what must be there, and where the rest goes. */
export function compileFinish(plan: RecordPlan, context: MappingContext): Finish {
  const steps = plan.columns.flatMap((column) => compileFills(column, plan, context));
  const derives = plan.columns.flatMap((column) => compileDerive(column));
  const required = plan.columns.filter(({ column }) => column.notNull);
  const leave = compileRest(plan);
  return (members, value, pointer, environment, account) => {
    let { values } = members;
    for (const { column, parent } of plan.links)
      values = values.with({ [column]: environment.parent?.get(parent) ?? null });
    for (const fill of steps) values = fill(values, value, pointer, environment, account);
    for (const derive of derives) values = derive(values, environment, account);
    for (const { name } of required) {
      if (values.get(name) === null && !account.rejected)
        account.reject('missing-member', pointer, `nothing fills the column ${name}`);
    }
    const left = leave(values, members.extra, pointer, account);
    return account.rejected ? undefined : left;
  };
}

type Fill = (
  values: Cells,
  record: JsonValue,
  pointer: string,
  environment: Environment,
  account: RecordAccount,
) => Cells;

/** Sources that are no members, constants and defaults: each fills only what is NULL. */
function compileFills(plan: ColumnPlan, { table }: RecordPlan, context: MappingContext): Fill[] {
  const { name, declaration, sources } = plan;
  if (!rowLayout(table).places.has(name)) return [];
  // What a function makes of a member leaves the member to others.
  const others = plan.made ? sources : sources.filter(({ of }) => of !== 'record');
  const fills: Fill[] = [];
  const kindColumn = declaration.kind;
  if (others.length > 0) {
    const readerFor = compileReader(plan, context);
    fills.push((values, record, pointer, environment, account) => {
      if (values.get(name) !== null) return values;
      for (const source of others) {
        const found = sourceValue(source, record, environment) ?? null;
        if (found === null) continue;
        const result = source.of === 'parent' ? (found as Value) : readerFor(record, environment)(found);
        if (result instanceof Refused) {
          for (const place of result.places) account.reject(result.code, pointer + place, result.say(name));
          return values;
        }
        if (source.of === 'value' || source.of === 'record') account.columns++;
        const kind = kindColumn === undefined ? {} : { [kindColumn]: literalKind(found) };
        if (!(result instanceof Repaired)) return values.with({ [name]: result, ...kind });
        for (const repair of result.repairs) account.repair(repair);
        return values.with({ [name]: result.value, ...kind });
      }
      return values;
    });
  }
  const constant = declaration.value ?? declaration.default;
  if (constant !== undefined && constant !== null) {
    const stored = constantOf(plan, constant, context);
    fills.push((values) => (values.get(name) === null ? values.with({ [name]: stored }) : values));
  }
  const { uuid5 } = declaration;
  if (uuid5 !== undefined) {
    fills.push((values) => {
      const parts = uuid5.map((column) => values.get(column));
      if (values.get(name) !== null || parts.includes(null)) return values;
      return values.with({ [name]: derivedId(...parts.map(String)) });
    });
  }
  return fills;
}

function compileReader(
  plan: ColumnPlan,
  context: MappingContext,
): (record: JsonValue, environment: Environment) => ColumnReader {
  if (plan.made === undefined) {
    const read = columnReader(plan)(plan.column, context);
    return () => read;
  }
  const read = madeReader(plan);
  return (record, { source, options, parent }) =>
    read(record, { path: source.path, options, parent: parent?.named() })(plan.column, context);
}

/** A constant as its column stores it. */
function constantOf(plan: ColumnPlan, constant: string | number | boolean, context: MappingContext): Value {
  const read = columnReader({ ...plan, declaration: {} })(plan.column, context)(constant);
  if (read instanceof Refused) throw new TypeError(`column ${plan.name}: the constant ${read.say('')}`);
  return read instanceof Repaired ? read.value : read;
}

type Derive = (values: Cells, environment: Environment, account: RecordAccount) => Cells;

function compileDerive({ name, declaration }: ColumnPlan): Derive[] {
  const { derive, plus } = declaration;
  if (derive === undefined) return [];
  return [
    (values, environment, account) => {
      const derived = derivedValue(derive, plus, values, environment.parent, environment.position);
      if (values.get(name) !== null || derived === null) return values;
      account.derived++;
      return values.with({ [name]: derived });
    },
  ];
}

/** The value of another column of the row or its parent, for a time so many microseconds later. */
export function derivedValue(
  derive: string,
  plus: string | undefined,
  values: Cells,
  parent: Cells | undefined,
  position: number,
): Value {
  const column = derive.replace(/^\$parent\./, '');
  const value = derive.startsWith('$parent.') ? (parent?.get(column) ?? null) : values.get(derive);
  if (plus === undefined || typeof value !== 'string') return value;
  // Behind the last moment that a column can hold there is nothing.
  return value > '9999-12-31 23:59' ? value : addMicroseconds(value, position);
}

function compileRest({
  rest,
  table,
}: RecordPlan): (values: Cells, extra: JsonObject | undefined, pointer: string, account: RecordAccount) => Cells {
  if (rest.to === 'column') {
    const { column } = rest;
    return (values, extra) => (extra === undefined ? values : values.with({ [column]: canonicalJson(extra) }));
  }
  if (rest.to === 'nobody') return (values) => values;
  return (values, extra, pointer, account) => {
    for (const way of extra === undefined ? [] : leavesOf(extra, []))
      account.reject(
        'unmapped-member',
        way.reduce(joinPointer, pointer),
        `no column of ${table.name} holds this member`,
      );
    return values;
  };
}

function leavesOf(value: JsonValue, way: readonly string[]): readonly (readonly string[])[] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return [way];
  return Object.keys(value).flatMap((name) => leavesOf(value[name] ?? null, [...way, name]));
}

/** Reads the elements of a child table out of a record. */
function compileChild(
  plan: ChildPlan,
  context: MappingContext,
): (value: JsonValue, pointer: string, environment: Environment, account: RecordAccount) => readonly ReadRecord[] {
  const read = compileRecord(plan, context);
  const takes: Predicate | undefined = plan.when && compileCondition(plan.when);
  return (value, pointer, environment, account) => {
    const rows: ReadRecord[] = [];
    for (const element of elementsAt(value, plan, pointer, account)) {
      const captures = new Map(environment.captures);
      for (const [index, name] of plan.path.captures.entries()) captures.set(name, element.captures[index] ?? '');
      const own = { ...environment, captures, position: element.position };
      if (takes && !takes(element.value, own)) {
        account.reject('not-taken', element.pointer, `no child table takes this element`);
        continue;
      }
      const row = read(element.value, element.pointer, own, account);
      if (row) rows.push(row);
    }
    return rows;
  };
}

interface Element {
  readonly value: JsonValue;
  readonly pointer: string;
  readonly captures: readonly string[];
  readonly position: number;
}

function* elementsAt(
  value: JsonValue,
  { path }: ChildPlan,
  pointer: string,
  account: RecordAccount,
  depth = 0,
  captures: readonly string[] = [],
  position = 0,
): Generator<Element> {
  const step = path.steps[depth];
  if (step === undefined) {
    yield { value, pointer, captures, position };
    return;
  }
  const plan = { path } as ChildPlan;
  // Absent and null are nothing.
  if (value === null) return;
  if (step.to === 'member') {
    const inner = isJsonObject(value) && Object.hasOwn(value, step.name) ? (value[step.name] ?? null) : null;
    yield* elementsAt(inner, plan, joinPointer(pointer, step.name), account, depth + 1, captures, position);
  } else if (step.to === 'names' && isJsonObject(value)) {
    for (const [index, name] of Object.keys(value).entries())
      yield* elementsAt(
        value[name] ?? null,
        plan,
        joinPointer(pointer, name),
        account,
        depth + 1,
        [...captures, name],
        index,
      );
  } else if (step.to === 'elements' && Array.isArray(value)) {
    for (const [index, item] of value.entries())
      yield* elementsAt(item, plan, joinPointer(pointer, index), account, depth + 1, captures, index);
  } else {
    const wanted = step.to === 'names' ? 'an object' : 'a list';
    account.reject('wrong-type', pointer, `${wanted} is expected, not ${kindOf(value)}`);
  }
}
