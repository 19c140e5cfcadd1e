import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { compileMembers, type MemberSpecs } from '../datasets/members.ts';
import { kindOf } from '../datasets/misfits.ts';
import { type SeenMembers, UNWATCHED } from '../datasets/seen-members.ts';
import { MAP_KEY } from '../datasets/source-id.ts';
import { isArrayIndex, joinPointer, type Way } from '../json/pointer.ts';
import { pathText } from '../json/split.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import type { Reference } from '../schema/row-group.ts';
import { rowLayout } from '../schema/table.ts';
import { columnReader, literalKind } from './column-reader.ts';
import { compileCondition, type Predicate } from './conditions.ts';
import { pointerOf } from './destinations.ts';
import { type Element, elementsAt } from './elements.ts';
import { type Environment, memberAt } from './environment.ts';
import { compileFinish } from './finish-row.ts';
import { compileNamed } from './named-reader.ts';
import { compilePlaceMembers, takesPosition } from './place-members.ts';
import { type ChildPlan, type ColumnPlan, isRequired, type RecordPlan } from './plan.ts';
import type { Source } from './source.ts';
import { anyRowOf, placeOf } from './watched.ts';

/** The rows of a record: its own, and those of the elements in it, by the order of the child tables. */
export interface ReadRecord {
  readonly cells: Cells;
  /** The id in the rest by which its row is known. */
  readonly id?: string | undefined;
  /** The old table that it comes from, where several had ids of their own. */
  readonly oldTable?: string | undefined;
  /** The rows that it names by members of its rest. */
  readonly found: readonly Reference[];
  /** It says itself whose it is. */
  readonly namesOwner: boolean;
  /** Where it lies in the record. */
  readonly pointer: string;
  /** The rows that it names, but for those that its children name. */
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
export function compileRecord(plan: RecordPlan, context: MappingContext, seen?: SeenMembers): RecordReading {
  const readMembers = compileMembers(plan.table, specsOf(plan), context, {
    elsewhere: [...plan.elsewhere, ...madeWays(plan)],
    ignored: ignoredBy(plan),
    losesSources: plan.rest.to === 'reject' || plan.rest.to === 'ignore',
    kept: keptBy(plan),
    seen,
  });
  const finish = compileFinish(plan, context);
  const children = plan.children.map((child) => compileChild(child, plan.children, context, seen));
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
  const isChild = 'path' in plan;
  return (value, pointer, environment, account) => {
    if (!isScalar && !isJsonObject(value) && !(isList && Array.isArray(value))) {
      account.reject('wrong-shape', pointer, `a record must be an object, not ${kindOf(value)}`);
      return undefined;
    }
    const members =
      isWhole || (!isJsonObject(value) && !(isList && Array.isArray(value)))
        ? { values: new Cells(rowLayout(plan.table), blank), extra: undefined }
        : readMembers(value as JsonObject, pointer, account);
    const isBelowWrong = isChild && environment.parent === undefined;
    const finished = isBelowWrong ? undefined : members && finish(members, value, pointer, environment, account);
    if (finished === undefined) {
      // What is wrong below a wrong row is told in the same pass.
      for (const read of children) read(value, pointer, { ...environment, parent: undefined }, account);
      return undefined;
    }
    const { cells } = finished;
    const rows = children.map((read) => read(value, pointer, { ...environment, parent: cells }, account));
    const named = readNamed(cells, value, pointer, environment, account);
    if (account.rejected) return undefined;
    return { ...finished, pointer, named, children: rows, references: referencesIn(plan, cells, pointer) };
  };
}

/** Members that the rest takes by rule. */
export function keptBy({ rest, mapKey }: RecordPlan): readonly string[] {
  return [...(rest.to === 'column' ? rest.kept : []), ...(mapKey ? [MAP_KEY] : [])];
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
export function specsOf({ columns, rest }: RecordPlan): MemberSpecs {
  const isByColumn = rest.to === 'column' && rest.isByColumn;
  const specs = columns.flatMap((plan): [string, MemberSpecs[string]][] => {
    const ways = plan.sources.flatMap((source) => (source.of === 'record' ? [source.way] : []));
    if (ways.length === 0 || plan.made) return [];
    const { kind } = plan.declaration;
    const read = columnReader(plan);
    const reader = plan.named ? (_stored: unknown, context: MappingContext) => read(plan.column, context) : read;
    const { numbers, written } = plan.declaration;
    const isNumber = written === 'number';
    const needsMember = isRequired(plan) && isOfMembersOnly(plan);
    const spec = {
      ways,
      reader,
      isByColumn,
      ...(numbers && { identifier: isNumber ? ('number' as const) : ('text' as const) }),
      ...(isNumber && { asNumber: true as const }),
      ...(needsMember && { required: true as const }),
    };
    const own: [string, MemberSpecs[string]] = [plan.name, spec];
    return kind === undefined ? [own] : [own, [kind, { ways, reader: () => literalKind }]];
  });
  return Object.fromEntries(specs);
}

/** Nothing but a member fills it. */
function isOfMembersOnly({ sources, declaration, named }: ColumnPlan): boolean {
  const { value, default: standard, derive, uuid5, else: otherwise } = declaration;
  const isFilled = [value, standard, derive, uuid5, otherwise].some((each) => each !== undefined);
  return !isFilled && named === undefined && sources.every(({ of }) => of === 'record');
}

/** Reads the elements of a child table out of a record. Of `siblings` several may take elements of one list. */
function compileChild(
  plan: ChildPlan,
  siblings: readonly ChildPlan[],
  context: MappingContext,
  seen?: SeenMembers,
): (value: JsonValue, pointer: string, environment: Environment, account: RecordAccount) => readonly ReadRecord[] {
  const read = compileRecord(plan, context, seen);
  const [place, anyRow] = [seen?.mark(placeOf(plan)) ?? UNWATCHED, seen?.mark(anyRowOf(plan)) ?? UNWATCHED];
  const members = plan.path.steps.findIndex(({ to }) => to !== 'member');
  const way = plan.path.steps.slice(0, members).flatMap((step) => (step.to === 'member' ? [step.name] : []));
  const peers = siblings.filter(({ path }) => pathText(path.steps) === pathText(plan.path.steps));
  const takers = peers.map((peer) => ({ peer, takes: compileTakes(peer) }));
  // What none of them takes the first one tells.
  const isFirst = peers[0] === plan;
  const takesAll = takers.length === 1 && plan.when === undefined;
  const environmentIn = compileElementEnvironment(plan);
  const { without } = compilePlaceMembers(plan);
  const needsOrder = peers.some(takesPosition);
  return (value, pointer, environment, account) => {
    const rows: ReadRecord[] = [];
    place.isSeen ||= memberAt(value, way) !== undefined;
    const order = needsOrder ? environment : { namesAt: undefined };
    const around = account.element;
    const pattern = pointerOf(account.patternOf(pointer), plan.path);
    for (const element of elementsAt(value, plan.path, pointer, order, account)) {
      const taking = takesAll ? takers : takers.filter(({ takes }) => takes(element, environment));
      if (taking.length === 0 && isFirst)
        account.reject('not-taken', element.pointer, `no child table takes this element`);
      if (!takesAll && !taking.some(({ peer }) => peer === plan)) continue;
      account.element = { pointer: element.pointer, pattern };
      const row = read(without(element.value), element.pointer, environmentIn(element, environment), account);
      anyRow.isSeen = true;
      if (row) rows.push(row);
    }
    account.element = around;
    return rows;
  };
}

/** Whether an element is one of a child. */
function compileTakes(plan: ChildPlan): (element: Element, around: Environment) => boolean {
  if (plan.when === undefined) return () => true;
  const takes: Predicate = compileCondition(plan.when);
  const environmentIn = compileElementEnvironment(plan);
  return (element, around) => takes(element.value, environmentIn(element, around));
}

function compileElementEnvironment(plan: ChildPlan): (element: Element, around: Environment) => Environment {
  const { positionOf } = compilePlaceMembers(plan);
  const names = plan.path.captures;
  return ({ value, captures: found, position: index }, around) => {
    const position = positionOf(value) ?? index;
    if (names.length === 0) return { ...around, position };
    const captures = new Map(around.captures);
    for (const [place, name] of names.entries()) captures.set(name, found[place] ?? '');
    return { ...around, captures, position };
  };
}
