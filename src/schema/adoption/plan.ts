import type { DeclaredKey, DeclaredTables } from '../declared-tables.ts';
import type { Table } from '../table.ts';
import { predictions } from '../tables/security.ts';
import { type Adoption, accessDifferences, compareTable } from './compare.ts';
import { crossedReferences } from './crossed-references.ts';
import type { Difference, DifferenceCode } from './differences.ts';
import type { FoundTable, LedgerShape, Shape, TakenName } from './shape.ts';

/** What one transaction does: adopts tables that belong together, and creates those that they need. */
export interface Step {
  readonly name: string;
  readonly adoptions: readonly Adoption[];
  readonly creates: readonly Table[];
  /** Tables of which checks change that refuse NULL in an older version of the database; no row does. */
  readonly mends: readonly Table[];
}

export interface Plan {
  readonly differences: readonly Difference[];
  /** Differences that stand in the way. Where there are any, `steps` are not to be taken. */
  readonly obstacles: readonly Difference[];
  readonly steps: readonly Step[];
}

export interface PlanOptions {
  readonly convert: boolean;
  /** In the order in which they are created; the tables of the ledger always are among them. */
  readonly tables?: readonly Table[];
}

/** Compares declared tables with what is stored, and says what would make them fit. */
export function planUpgrade(shape: Shape, { convert, tables = shape.declared.list }: PlanOptions): Plan {
  const { declared } = shape;
  const compared = tables.flatMap((table) => {
    const found = shape.tables.get(table.name);
    return found === undefined ? [] : [compareTable(table, found, shape.purpose)];
  });
  const missing = tables.filter((table) => !shape.tables.has(table.name));
  const isPlanned = (name: string): boolean => tables.some((table) => table.name === name);
  const differences = [
    ...missing.map(missingTable),
    ...[...shape.taken].filter(([table]) => isPlanned(table)).map((each) => takenName(each)),
    ...[...shape.uncreatable].filter(([table]) => isPlanned(table)).map((each) => uncreatableTable(each)),
    ...compared.flatMap(({ adoption, differences: all }) =>
      adoption.table.isApplications ? all.filter(concernsReading) : all,
    ),
    ...crossedReferences(shape, tables),
    ...ledgerDifferences(shape.ledger),
    ...[...shape.tables.values()].filter(({ name }) => isPlanned(name)).flatMap(refusedNulls),
    ...[...shape.ledger.tables.values()].flatMap(refusedNulls),
  ];
  const stands = ({ remedy }: Difference): boolean => remedy === 'person' || (remedy === 'convert' && !convert);
  const adoptions = compared
    .map((each) => each.adoption)
    .filter((each) => !each.table.isApplications && changesSomething(each));
  return {
    differences,
    obstacles: differences.filter(stands),
    steps: [
      ...mendingSteps(shape, isPlanned),
      ...stepsFor(
        adoptions,
        missing.filter((table) => !table.isApplications),
        missingOfLedger(shape).length > 0,
        declared,
      ),
    ],
  };
}

/** Told of rows, not of the table: an upgrade wants to know, a load leaves those rows as they are. */
const OF_ROWS: ReadonlySet<DifferenceCode> = new Set(['missing-event', 'other-form', 'lossy-rows', 'is-needed']);

/** Whether a load cannot work with the tables as they are: it creates missing ones itself. */
export function standsInTheWay({ code, remedy }: Difference): boolean {
  return remedy !== 'none' && remedy !== 'advised' && !OF_ROWS.has(code);
}

/** What keeps a run from loading into these tables. `schema check`, `doctor`, a dry run and a run all ask here. */
export function obstaclesToLoad(shape: Shape, tables: readonly Table[] = shape.declared.list): readonly Difference[] {
  return planUpgrade(shape, { convert: false, tables }).differences.filter(standsInTheWay);
}

/** These tables with those that an upgrade changes together with them, because one of them refers to the other. */
export function withLinked(shape: Shape, tables: readonly Table[]): readonly Table[] {
  const { steps } = planUpgrade(shape, { convert: true });
  const groups = steps.map(({ adoptions }) => adoptions.map(({ table }) => table));
  const linked = new Set(groups.filter((group) => group.some((table) => tables.includes(table))).flat());
  return shape.declared.list.filter((table) => tables.includes(table) || linked.has(table));
}

function refusedNulls({ name: table, refusingNull }: FoundTable): Difference[] {
  const message = 'refuses NULL where the application has SQLite before 3.41';
  return refusingNull.map((column) => ({ code: 'refuses-null', table, column, message, remedy: 'advised' }));
}

/** Names of tables of the ledger that are not there, for people: every step creates them. */
export function missingOfLedger({ ledger }: Shape): readonly string[] {
  return ledger.declared.filter(({ name }) => !ledger.tables.has(name)).map(ledger.title);
}

function mendingSteps({ declared, tables, ledger }: Shape, isPlanned: (name: string) => boolean): Step[] {
  const mends = [
    ...declared.list.filter(({ name }) => isPlanned(name) && tables.get(name)?.refusingNull.length),
    ...ledger.declared.filter(({ name }) => ledger.tables.get(name)?.refusingNull.length),
  ];
  return mends.length === 0 ? [] : [{ name: 'let JSON columns be NULL', adoptions: [], creates: [], mends }];
}

function takenName([table, { name, what }]: readonly [string, TakenName], stored = table): Difference {
  // SQLite's names ignore case.
  const isTable = name.toLowerCase() === stored;
  const has = isTable ? `${what} has its name` : `${what} has the name of its index ${name}`;
  const message = `${has}, so that the table cannot be created`;
  return { code: 'name-taken', table, column: null, message, remedy: 'person' };
}

function uncreatableTable([table, right]: readonly [string, string]): Difference {
  const message = `cannot be created: the role lacks ${right}`;
  return { code: 'missing-right', table, column: null, message, remedy: 'person' };
}

/** Of a table in which rows are looked up, and none is written. */
function concernsReading({ code, message }: Difference): boolean {
  return (
    ['missing-column', 'impossible-type', 'row-security'].includes(code) ||
    (code === 'missing-right' && message.includes('SELECT'))
  );
}

function missingTable({ name, isApplications }: Table): Difference {
  if (isApplications) {
    const message = 'is not there, and no dataset feeds it: only the application makes it';
    return { code: 'no-lookup-table', table: name, column: null, message, remedy: 'person' };
  }
  return { code: 'missing-table', table: name, column: null, message: 'is not there yet', remedy: 'none' };
}

function ledgerDifferences({ declared, tables, taken, title }: LedgerShape): Difference[] {
  return declared.flatMap((table): Difference[] => {
    const [found, something] = [tables.get(table.name), taken.get(table.name)];
    if (something) return [takenName([title(table), something], table.name)];
    if (found === undefined) return [];
    const stored = new Set(found.columns.map(({ name }) => name));
    const lacks = Object.keys(table.columns).filter((name) => !stored.has(name));
    if (lacks.length === 0) return [...accessDifferences(title(table), found)];
    const message = `has no ${lacks.join(', ')}: another program made it`;
    return [{ code: 'not-ours', table: title(table), column: null, message, remedy: 'person' }];
  });
}

function changesSomething({ adds, converts, buildsEvents, drops, relaxes, generates, addsKey }: Adoption): boolean {
  return addsKey || buildsEvents || [adds, converts, drops, relaxes, generates].some((list) => list.length > 0);
}

/** More differences than these are counted. */
const MOST_NAMED = 5;

/** What is in the way, in one line. */
export function describeObstacles(obstacles: readonly Difference[]): string {
  const named = obstacles
    .slice(0, MOST_NAMED)
    .map(({ table, column, message }) => `${column === null ? table : `${table}.${column}`} ${message}`);
  const more = obstacles.length > MOST_NAMED ? [`and ${obstacles.length - MOST_NAMED} more`] : [];
  return [...named, ...more].join('; ');
}

/** Tables that refer to each other change together, so that no transaction leaves a reference of another type. */
function stepsFor(
  adoptions: readonly Adoption[],
  missing: readonly Table[],
  lacksLedger: boolean,
  declared: DeclaredTables,
): Step[] {
  const steps: Step[] = [];
  const created = new Set<Table>();
  for (const group of connected(adoptions, declared)) {
    const creates = neededBy(group, missing, declared).filter((table) => !created.has(table));
    for (const table of creates) created.add(table);
    steps.push({
      name: `adopt ${group.map(({ table }) => table.name).join(', ')}`,
      adoptions: group,
      creates,
      mends: [],
    });
  }
  const rest = missing.filter((table) => !created.has(table));
  if (rest.length > 0 || (lacksLedger && steps.length === 0))
    steps.push({ name: 'create missing tables', adoptions: [], creates: rest, mends: [] });
  return steps;
}

function connected(adoptions: readonly Adoption[], declared: DeclaredTables): Adoption[][] {
  let groups: Adoption[][] = [];
  for (const adoption of adoptions) {
    const touching = groups.filter((group) => group.some((each) => areLinked(each, adoption, declared)));
    groups = [...groups.filter((group) => !touching.includes(group)), [...touching.flat(), adoption]];
  }
  const place = ({ table }: Adoption): number => declared.list.indexOf(table);
  return groups
    .map((group) => group.toSorted((one, other) => place(one) - place(other)))
    .toSorted(([one], [other]) => (one && other ? place(one) - place(other) : 0));
}

function areLinked(one: Adoption, other: Adoption, declared: DeclaredTables): boolean {
  return refersTo(one, other.table, declared) || refersTo(other, one.table, declared);
}

function refersTo(one: Adoption, other: Table, declared: DeclaredTables): boolean {
  return declared.keysOf(one.table).some(({ target }) => target === other) || one.refersTo.includes(other.name);
}

/** Missing tables that added columns refer to, with those that these refer to. */
function neededBy(group: readonly Adoption[], missing: readonly Table[], declared: DeclaredTables): readonly Table[] {
  const needed = new Set<Table>();
  const need = ({ target }: DeclaredKey): void => {
    if (needed.has(target) || !missing.includes(target)) return;
    needed.add(target);
    declared.keysOf(target).forEach(need);
  };
  for (const { table, adds, buildsEvents } of group) {
    const isNew = (name: string): boolean =>
      adds.some((each) => each.name === name) ||
      (buildsEvents && table.name === predictions.name && name === 'event_id');
    declared
      .keysOf(table)
      .filter(({ columns }) => columns.some(isNew))
      .forEach(need);
  }
  return missing.filter((table) => needed.has(table));
}
