import { readFaithfully } from '../json/parse.ts';
import { isJsonObject } from '../json/value.ts';
import { foreignKeysOf, loadColumns, type Row, type Table, type Value } from '../schema/table.ts';
import type { ColumnRepair, ColumnRepairName } from './column-repairs.ts';
import type { FittedRow, Misfit } from './refused-row.ts';

/** Which values of a declared table a table that is there has a place for. */
export interface Holding {
  /** Every declared column is there, under its own name and in a type that takes it as it is. */
  readonly isAsDeclared: boolean;
  /** Rows that a load deletes can be put back by an undo: every declared column is in the table, and a key tells them apart. */
  readonly isRestorable: boolean;
  /** Each declared column that it has. Empty where all are as declared. */
  readonly columns: ReadonlyMap<string, HoldingColumn>;
  /** See `unheldOf`. */
  readonly beside: readonly string[];
  readonly absent: readonly string[];
  /** What tells its rows apart is there, or in the ledger: another program's table of that name has none of our rows. */
  readonly isKeyed: boolean;
  /** Nothing in it tells rows apart: see `mayLackKey`. */
  readonly isUnkeyed: boolean;
  /** Its natural key is a number that the database makes where nobody gives one. */
  readonly isNumbered: boolean;
  /** Columns that only the application knows, as far as it is known what they are before it writes to them. */
  readonly undeclared: readonly UndeclaredColumn[];
  /** Columns that the database computes. */
  readonly computed: ReadonlySet<string>;
  /** Columns that must not be NULL, and are left to the default of the table where a record has no value, as SQL. */
  readonly filled: ReadonlyMap<string, string>;
}

/** A column of a table that is there and that no declaration has. */
export interface UndeclaredColumn {
  readonly name: string;
  /** What a row has that says nothing, as SQL: NULL, or a constant. */
  readonly standard: string;
}

/** Defaults that are the same for every row. */
const CONSTANT = /^(?:-?\d+(?:\.\d+)?|'(?:[^']|'')*'|true|false|null)(?:::[\w ".[\]]+)?$/i;

/** Of those with the SQL of their defaults, null where they have none. What a default makes anew for each row tells nothing. */
export function undeclaredColumns(
  columns: readonly { readonly name: string; readonly standard: string | null }[],
): readonly UndeclaredColumn[] {
  return columns.flatMap(({ name, standard }) =>
    standard === null || CONSTANT.test(standard) ? [{ name, standard: standard ?? 'NULL' }] : [],
  );
}

/** A declared column as a table holds it. */
export interface HoldingColumn {
  /** Its name in the table. */
  readonly name: string;
  /** The type as the database words it. */
  readonly words: string;
  readonly notNull: boolean;
  readonly form: { readonly refuses?: (value: Value) => string | undefined; readonly repair?: ColumnRepair };
}

/** Under its own name, and every value as it is given. */
export function isHeldAsGiven(name: string, stored: HoldingColumn | undefined): boolean {
  return stored?.name === name && Object.keys(stored.form).length === 0;
}

/** The same as a question that is asked of many rows: whether the table has a place for every value. */
export function compileFit(holding: Holding, table: Table): (row: Row) => boolean {
  const { columns, beside, absent, computed, filled } = holding;
  const checks = loadColumns(table).map((name) => {
    const stored = columns.get(name);
    const isNeeded = stored?.notNull === true && !computed.has(name) && !filled.has(name);
    const isLost = absent.includes(name) || (name === table.rest && !table.keepsRest && beside.includes(name));
    return { isNeeded, refuses: isLost ? () => 'is not there' : stored?.form.refuses };
  });
  return (row) => {
    for (let at = 0; at < checks.length; at++) {
      const { isNeeded, refuses } = checks[at] as (typeof checks)[number];
      const value = row[at] ?? null;
      if (value === null ? isNeeded : refuses?.(value) !== undefined)
        return misfitOf(holding, table, row, NOTHING_OPEN) === undefined;
    }
    return true;
  };
}

/** No column refers to one that is filled later. */
const NOTHING_OPEN: ReadonlySet<string> = new Set();

/** The first value of a row that the table has no place for. `open` are columns that get their value later. */
export function misfitOf(holding: Holding, table: Table, row: Row, open: ReadonlySet<string>): Misfit | undefined {
  if (holding.isAsDeclared) return undefined;
  for (const [index, name] of loadColumns(table).entries()) {
    const misfit = misfitIn(holding, table, name, row[index] ?? null);
    if (misfit !== undefined && !(open.has(name) && row[index] === null)) return misfit;
  }
  return undefined;
}

function misfitIn(
  { columns, absent, computed, filled }: Holding,
  table: Table,
  name: string,
  value: Value,
): Misfit | undefined {
  const stored = columns.get(name);
  if (value === null) {
    const isLacking = stored?.notNull === true && !computed.has(name) && !filled.has(name);
    return isLacking ? { column: name, words: stored.words, why: 'must not be NULL' } : undefined;
  }
  if (stored !== undefined) {
    const why = stored.form.refuses?.(value);
    return why === undefined ? undefined : { column: name, words: stored.words, why };
  }
  const isKept = !absent.includes(name);
  const lost = name === table.rest && !(isKept && table.keepsRest) ? membersOf(String(value), isKept) : [];
  if (lost.length > 0) return { column: name, words: undefined, why: 'is not there', members: lost };
  return absent.includes(name) ? { column: name, words: undefined, why: 'is not there' } : undefined;
}

/** What the column for the rest holds, without the id that the row had in the old database where the ledger keeps that. */
function membersOf(rest: string, isIdKept: boolean): readonly string[] {
  const value = readFaithfully(rest);
  return isJsonObject(value) ? Object.keys(value).filter((name) => !(isIdKept && name === 'id')) : [];
}

/** The row as the table holds it, where allowed repairs change it; undefined where none does. What tells rows apart stays. */
export function fittedRow(
  { isAsDeclared, columns }: Holding,
  table: Table,
  row: Row,
  allowed: readonly ColumnRepairName[],
): FittedRow | undefined {
  if (isAsDeclared) return undefined;
  const fixed = fixedColumns(table);
  const repairs: ColumnRepairName[] = [];
  const fitted = loadColumns(table).map((name, index) => {
    const value = row[index] ?? null;
    const { refuses, repair } = columns.get(name)?.form ?? {};
    if (value === null || repair === undefined || !allowed.includes(repair.name) || fixed.has(name)) return value;
    if (refuses?.(value) === undefined) return value;
    const near = repair.of(value);
    if (refuses(near) !== undefined) return value;
    repairs.push(repair.name);
    return near;
  });
  return repairs.length === 0 ? undefined : { row: fitted, repairs };
}

const fixedByTable = new WeakMap<Table, ReadonlySet<string>>();

/** By which rows are told apart, found or owned. */
function fixedColumns(table: Table): ReadonlySet<string> {
  const known = fixedByTable.get(table);
  if (known !== undefined) return known;
  const { primaryKey, naturalKey, owner, unique = [] } = table;
  const referring = foreignKeysOf(table).flatMap(({ columns }) => columns);
  const fixed = new Set([
    ...primaryKey,
    ...naturalKey,
    ...unique.flat(),
    ...referring,
    ...(owner === undefined ? [] : [owner]),
  ]);
  fixedByTable.set(table, fixed);
  return fixed;
}
