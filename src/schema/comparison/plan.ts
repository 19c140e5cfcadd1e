import type { Table } from '../table.ts';
import { accessDifferences, compareTable } from './compare.ts';
import { crossedReferences } from './crossed-references.ts';
import type { Difference, DifferenceCode } from './differences.ts';
import { areWithoutEvents, OLD } from './old-predictions.ts';
import type { FoundTable, LedgerShape, Shape, TakenName } from './shape.ts';
import { changesSomething, type TableChange } from './table-change.ts';

/** What one transaction does. */
export interface Step {
  readonly name: string;
  /** In order of reference. */
  readonly changes: readonly TableChange[];
  readonly creates: readonly Table[];
  /** Tables of which checks change that refuse NULL in an older version of the database; no row does. */
  readonly mends: readonly Table[];
}

export interface Plan {
  readonly differences: readonly Difference[];
  /** Differences of tables of ours that only a person removes. Where there are any, the step is not to be taken. */
  readonly obstacles: readonly Difference[];
  /** Undefined where nothing is to be done. */
  readonly step: Step | undefined;
}

/** Compares declared tables with what is stored, and says what would make them fit. Those of the ledger always are among them. */
export function planUpgrade(shape: Shape, tables: readonly Table[] = shape.declared.list): Plan {
  const missing = tables.filter(({ name }) => !shape.tables.has(name));
  const isPlanned = ({ name }: { readonly name: string }): boolean => tables.some((table) => table.name === name);
  const old = tables.some((table) => areWithoutEvents(table, shape.tables.get(table.name))) ? OLD : [];
  const compared = tables.flatMap((table) => {
    const found = shape.tables.get(table.name);
    return found === undefined ? [] : [compareTable(table, found, old.includes(table.name))];
  });
  const created = [
    ...[...shape.taken].filter(([name]) => isPlanned({ name })).map((each) => takenName(each)),
    ...[...shape.uncreatable].filter(([name]) => isPlanned({ name })).map((each) => uncreatableTable(each)),
    ...ledgerDifferences(shape.ledger),
  ];
  const changed = compared.filter(({ change: { isOurs, isOld } }) => isOurs || isOld);
  return {
    differences: [
      ...missing.map(missingTable),
      ...created,
      ...compared.flatMap(({ change, differences }) =>
        change.table.isApplications ? differences.filter(concernsReading) : differences,
      ),
      ...crossedReferences(shape, tables),
      ...[...shape.tables.values()].filter(isPlanned).flatMap(refusedNulls),
      ...[...shape.ledger.tables.values()].flatMap(refusedNulls),
    ],
    obstacles: [...created, ...changed.flatMap(({ differences }) => differences)].filter(
      ({ remedy }) => remedy === 'person',
    ),
    step: stepFor(shape, {
      changes: compared
        .map(({ change }) => change)
        .filter((change) => !change.table.isApplications && changesSomething(change)),
      creates: missing.filter(({ isApplications }) => !isApplications),
      mends: [
        ...tables.filter(({ name }) => shape.tables.get(name)?.refusingNull.length),
        ...shape.ledger.declared.filter(({ name }) => shape.ledger.tables.get(name)?.refusingNull.length),
      ],
    }),
  };
}

function stepFor(shape: Shape, { changes, creates, mends }: Omit<Step, 'name'>): Step | undefined {
  const lacksLedger = missingOfLedger(shape).length > 0;
  if (changes.length + creates.length + mends.length === 0 && !lacksLedger) return undefined;
  const old = changes.filter(({ isOld }) => isOld).map(({ table }) => table.name);
  return { name: old.length === 0 ? 'upgrade' : `adopt ${old.join(', ')}`, changes, creates, mends };
}

/** Whether a load cannot work with the tables as they are: it creates missing ones itself. */
export function standsInTheWay({ remedy }: Difference): boolean {
  return remedy === 'upgrade' || remedy === 'person';
}

/** What keeps a run from loading into these tables. `schema check`, `doctor`, a dry run and a run all ask here. */
export function obstaclesToLoad(shape: Shape, tables?: readonly Table[]): readonly Difference[] {
  return planUpgrade(shape, tables).differences.filter(standsInTheWay);
}

function refusedNulls({ name: table, refusingNull }: FoundTable): Difference[] {
  const message = 'refuses NULL where the application has SQLite before 3.41';
  return refusingNull.map((column) => ({ code: 'refuses-null', table, column, message, remedy: 'advised' }));
}

/** Names of tables of the ledger that are not there, for people: every step creates them. */
export function missingOfLedger({ ledger }: Shape): readonly string[] {
  return ledger.declared.filter(({ name }) => !ledger.tables.has(name)).map(ledger.title);
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

const OF_READING: ReadonlySet<DifferenceCode> = new Set(['missing-column', 'impossible-type', 'row-security']);

/** Of a table in which rows are looked up, and none is written. */
function concernsReading({ code, message }: Difference): boolean {
  return OF_READING.has(code) || (code === 'missing-right' && message.includes('SELECT'));
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
