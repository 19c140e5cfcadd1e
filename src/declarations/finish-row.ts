import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import type { Members } from '../datasets/members.ts';
import { type ColumnReader, Refused, Repaired, type RepairName } from '../datasets/read-value.ts';
import { idText, withMapKey } from '../datasets/source-id.ts';
import { canonicalJson } from '../json/canonical.ts';
import { joinPointer, type Way } from '../json/pointer.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { Reference } from '../schema/row-group.ts';
import { placeholderColumns, rowLayout, type Value } from '../schema/table.ts';
import { addMicroseconds } from '../time/time.ts';
import { columnReader, constantOf, literalKind, madeReader } from './column-reader.ts';
import { compileElse } from './else-from-rest.ts';
import { type Environment, sourceValue } from './environment.ts';
import { compileOwner, isNotOwner, NO_OWNER } from './file-owner.ts';
import { isFileTime } from './file-time.ts';
import { compileFinds } from './finds.ts';
import { compileFollowing } from './following-columns.ts';
import { compileOldTable } from './old-table.ts';
import { type ColumnPlan, isRequired, type RecordPlan, type RowKeyPlan } from './plan.ts';
import type { Source } from './source.ts';

type Finish = (
  members: Members,
  value: JsonValue,
  pointer: string,
  environment: Environment,
  account: RecordAccount,
) => Finished | undefined;

/** A row, and the id in its rest by which it is known. */
interface Finished {
  readonly cells: Cells;
  readonly id: string | undefined;
  readonly oldTable: string | undefined;
  /** Rows that the record names by members of its rest. */
  readonly found: readonly Reference[];
  /** The record says itself whose it is. */
  readonly namesOwner: boolean;
}

/** What fills columns beside members, what must be there, and where the rest goes. */
export function compileFinish(plan: RecordPlan, context: MappingContext): Finish {
  const steps = plan.columns.flatMap((column) => compileFills(column, plan, context));
  const ofFile = plan.columns.flatMap((column) => compileOwner(column, context));
  const later = plan.columns.flatMap((column) => compileFollowing(column, context));
  const derives = plan.columns.flatMap((column) => compileDerive(column));
  const elses = plan.columns.flatMap((column) => compileElse(column, plan.table, context));
  const remembering = elses.flatMap(({ remember }) => remember ?? []);
  const { places } = rowLayout(plan.table);
  const required = plan.columns.flatMap((column) => {
    const place = places.get(column.name);
    const isNeeded = isRequired(column) && column.name !== plan.rowKey?.column && !column.declaration.found_by;
    return isNeeded && place !== undefined ? [{ name: column.name, place }] : [];
  });
  const leave = compileRest(plan);
  const find = compileFinds(plan, context);
  const links = compileLinks(plan);
  const { mapKey, rowKey, keyMember } = plan;
  const oldTableOf = rowKey?.tables && compileOldTable(rowKey.tables);
  return (members, value, pointer, environment, account) => {
    let { values } = members;
    if (links !== undefined) values = links(values, environment.parent, pointer, account);
    for (const fill of steps) values = fill(values, value, pointer, environment, account);
    const isOwnerless = ofFile.length > 0 && ofFile.every(({ name }) => values.get(name) === null);
    for (const { fill } of isOwnerless ? ofFile : NO_OWNER) values = fill(values, environment, account);
    for (const follow of later) values = follow(values, account);
    for (const derive of derives) values = derive(values, environment, account);
    let { extra } = members;
    if (mapKey && environment.mapKey !== undefined)
      ({ extra } = withMapKey({ values, extra }, environment.mapKey, mapKey));
    for (const other of elses) {
      values = other.fill(values, members.values, extra, pointer, account);
    }
    for (const remember of remembering) extra = remember(members.values, extra);
    const oldTable = oldTableOf?.(extra, environment.source);
    // What only the name of the file says is remembered, so that an export still says it.
    if (rowKey?.tables && oldTable !== rowKey.tables.names[0] && extra?.[rowKey.tables.member] === undefined)
      extra = Object.assign(emptyObject(), extra, { [rowKey.tables.member]: oldTable });
    if (keyMember !== undefined && environment.apiKey)
      extra = Object.assign(emptyObject(), extra, { [keyMember]: environment.apiKey.hash });
    const { references: found, extra: kept } = find?.(extra, environment, account) ?? { references: NONE, extra };
    for (const { name, place } of required) {
      if (values.row[place] === null && !account.rejected)
        account.reject('missing-member', pointer, `nothing fills the column ${name}`);
    }
    const cells = leave(values, kept, pointer, account);
    const id = rowKey && idIn(kept, rowKey.ids);
    return account.rejected ? undefined : { cells, id, oldTable, found, namesOwner: !isOwnerless };
  };
}

type Link = (values: Cells, parent: Cells | undefined, pointer: string, account: RecordAccount) => Cells;

/** The key of the parent's row, by the columns of this one. A member may repeat it, and say nothing else. */
function compileLinks({ links, columns }: RecordPlan): Link | undefined {
  if (links.length === 0) return undefined;
  const repeated = new Set(links.flatMap(({ column }) => columns.flatMap(({ name }) => (name === column ? name : []))));
  return (values, parent, pointer, account) => {
    const keys: Record<string, Value> = {};
    for (const { column, parent: name } of links) {
      const key = parent?.get(name) ?? null;
      keys[column] = key;
      const said = repeated.has(column) ? values.get(column) : null;
      if (said !== null && said !== key)
        account.reject('check-failed', pointer, `${column} names another record than the one around it`);
    }
    return values.with(keys);
  };
}

function idIn(extra: JsonObject = {}, ids: RowKeyPlan['ids']): string | undefined {
  for (const { member, word } of ids) {
    const value = extra[member];
    const id = word === undefined || typeof value === 'string' ? idText(value) : undefined;
    if (id !== undefined) return word === undefined ? id : `${word} ${id}`;
  }
  return undefined;
}

const NONE: readonly Reference[] = [];

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
  const others = (plan.made ? sources : sources.filter(({ of }) => of !== 'record')).filter(isNotOwner);
  const fills: Fill[] = [];
  const kindColumn = declaration.kind;
  if (others.length > 0) {
    const readerFor = compileReader(plan, context);
    const readTime = columnReader({ ...plan, declaration: {} })(plan.column, context);
    fills.push((values, record, pointer, environment, account) => {
      if (values.get(name) !== null) return values;
      for (const source of others) {
        const found = sourceValue(source, record, environment) ?? null;
        if (found === null) continue;
        const read = isFileTime(source) ? readTime : readerFor(record, environment);
        const result = source.of === 'parent' ? (found as Value) : read(found);
        if (result instanceof Refused) {
          for (const place of result.places) account.reject(result.code, pointer + place, result.say(name));
          return values;
        }
        if (source.of === 'value' || source.of === 'record') account.columns++;
        const kind = kindColumn === undefined ? {} : { [kindColumn]: literalKind(found) };
        const { value: stored, repairs } = result instanceof Repaired ? result : { value: result, repairs: NO_REPAIRS };
        for (const repair of isText(source) ? repairsOfText(repairs, found, stored) : repairs) account.repair(repair);
        return values.with({ [name]: stored, ...kind });
      }
      return values;
    });
  }
  const { value } = declaration;
  if (value !== undefined && value !== null) {
    const stored = constantOf(plan, value, context);
    fills.push((values) => (values.get(name) === null ? values.with({ [name]: stored }) : values));
  }
  return fills;
}

const NO_REPAIRS: readonly RepairName[] = [];

/** What is a text by nature, whatever the type of its column. */
function isText({ of }: Source): boolean {
  return of === 'capture' || of === 'map_key' || of === 'file';
}

/** That a column reads its type out of a name is no repair. A number that the name spells otherwise is: an export writes another name. */
function repairsOfText(repairs: readonly RepairName[], text: JsonValue, stored: Value): readonly RepairName[] {
  const others = repairs.filter((name) => !READ_FROM_TEXT.includes(name));
  const isNumber = typeof stored === 'number' || typeof stored === 'bigint' || repairs.includes('number-from-text');
  return isNumber && String(stored) !== String(text) ? [...others, 'respelled'] : others;
}

const READ_FROM_TEXT: readonly RepairName[] = ['number-from-text', 'boolean-from-text', 'respelled'];

function compileReader(
  plan: ColumnPlan,
  context: MappingContext,
): (record: JsonValue, environment: Environment) => ColumnReader {
  if (plan.made === undefined) {
    const read = columnReader(plan)(plan.column, context);
    return () => read;
  }
  const read = madeReader(plan, context);
  return (record, { source, options, parent }) => read(record, { path: source.path, options, parent: parent?.named() });
}

type Derive = (values: Cells, environment: Environment, account: RecordAccount) => Cells;

function compileDerive({ name, declaration }: ColumnPlan): Derive[] {
  const { derive, plus } = declaration;
  if (derive === undefined) return [];
  const derivedOf = compileDerived(derive, plus);
  return [
    (values, environment, account) => {
      if (values.get(name) !== null) return values;
      const derived = derivedOf(values, environment.parent, environment.position);
      if (derived === null) return values;
      account.derived++;
      return values.with({ [name]: derived });
    },
  ];
}

/** The value of another column of the row or its parent, for a time so many microseconds later. */
export function compileDerived(
  derive: string,
  plus: string | undefined,
): (values: Pick<Cells, 'get'>, parent: Pick<Cells, 'get'> | undefined, position: number) => Value {
  const isOfParent = derive.startsWith('$parent.');
  const column = derive.replace(/^\$parent\./, '');
  return (values, parent, position) => {
    const value = isOfParent ? (parent?.get(column) ?? null) : values.get(column);
    if (plus === undefined || typeof value !== 'string') return value;
    // Behind the last moment that a column can hold there is nothing.
    return value > '9999-12-31 23:59' ? value : addMicroseconds(value, position);
  };
}

function compileRest({
  rest,
  table,
  columns,
}: RecordPlan): (values: Cells, extra: JsonObject | undefined, pointer: string, account: RecordAccount) => Cells {
  if (rest.to === 'column') {
    const { column } = rest;
    // What tells an owner of whom nothing is known from one that was made for the rows of others.
    const told = table.holdsOwners ? placeholderColumns(table) : [];
    return (values, extra) => {
      const isBare = told.length > 0 && extra === undefined && told.every((name) => values.get(name) === null);
      return extra === undefined && !isBare ? values : values.with({ [column]: canonicalJson(extra ?? {}) });
    };
  }
  if (rest.to === 'nobody') return (values) => values;
  const takers = oneWayTakers(columns);
  return (values, extra, pointer, account) => {
    for (const way of extra === undefined ? [] : leavesOf(extra, [])) {
      const taker = takers.find((each) => each.way.every((name, index) => name === way[index]));
      const lack = taker ? `: ${taker.lack}` : '';
      const message = `no column of ${table.name} holds this member${lack}`;
      account.reject('unmapped-member', way.reduce(joinPointer, pointer), message);
    }
    return values;
  };
}

/** Members of which a function makes values that nothing makes into the member again, so that they count as held by no column. */
function oneWayTakers(columns: RecordPlan['columns']): readonly { readonly way: Way; readonly lack: string }[] {
  return columns.flatMap(({ name, made, sources, declaration }) => {
    if (made === undefined || made.back !== undefined) return [];
    const lack = `${name} is made of it, but there is no export ${declaration.with}Back, which writes it as it was`;
    return sources.flatMap((source) => (source.of === 'record' ? [{ way: source.way, lack }] : []));
  });
}

function leavesOf(value: JsonValue, way: readonly string[]): readonly (readonly string[])[] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return [way];
  return Object.keys(value).flatMap((name) => leavesOf(value[name] ?? null, [...way, name]));
}
