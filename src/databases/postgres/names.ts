import type pg from 'pg';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { SOURCE_ID } from '../../schema/row-group.ts';
import { column, comparedColumns, keepsStoredWhenNull, placeholderColumns, type Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import type { RowReference } from '../row-undo.ts';
import { quote } from './ddl.ts';
import { heldColumn, type KnownTable } from './known-table.ts';
import type { LedgerText } from './ledger-text.ts';
import { PART } from './row-source.ts';
import type { StorableText } from './storable-text.ts';

export const list = (names: readonly string[], prefix = ''): string =>
  names.map((name) => prefix + quote(name)).join(', ');

/** Where a statement finds its tables: the real ones, the staging tables of this transaction, the tables to write. */
export interface Names {
  readonly declared: DeclaredTables;
  readonly real: (table: Table) => string;
  readonly stage: (table: Table) => string;
  readonly written: (table: Table) => string;
  /** The same to read from, with the declared columns under their names: see row-source.ts. */
  readonly rows: (table: Table) => string;
  readonly planned: (table: Table) => string;
  /** What the stored table does with rows. */
  readonly known: (table: Table) => KnownTable;
  /** What is written are shadows of the tables. */
  readonly dryRun: boolean;
  /** The table of the ledger for what tables have no column for. */
  readonly rowKeys: () => string;
}

export interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a transaction knows of the tables it works on. */
export interface Tables extends Names {
  /** Of the application's own tables. */
  readonly exists: (name: string) => boolean;
  /** A run may write to it: in a dry run it has a shadow. */
  readonly isWritten: (table: Table) => boolean;
  /** It had no rows when the run began, and nobody but the run writes to it: a key that is new to the run is new. */
  readonly isUntouched: (table: Table) => boolean;
  /** Also of tables of the ledger. */
  readonly isThere: (table: Table) => boolean;
  /** Of a dry run: what the real tables keep unique. Empty otherwise, where the tables themselves refuse. */
  readonly uniqueIndexes: (table: Table) => readonly UniqueIndex[];
  readonly classify: (error: unknown) => unknown;
  /** The database has a character for every text. */
  readonly holdsAllTexts: () => boolean;
  /** How texts of the ledger are written. */
  readonly ledgerText: () => LedgerText;
  /** Columns of any table whose values name a row of a declared one. */
  readonly references: (client: pg.ClientBase) => Promise<readonly RowReference[]>;
  /** See StorableText. */
  readonly caseVariants: StorableText['caseVariants'];
}

/** That a stored value is the given one, text by its bytes, also where the column takes others for equal. */
export function isEqual(table: Table, name: string, stored: string, given: string, { known }: Names): string {
  const same = `${stored} = ${given}`;
  if (!known(table).folds.has(name)) return same;
  // The first condition finds it by an index.
  return `(${same} AND ${stored}::text COLLATE "C" = ${given}::text COLLATE "C")`;
}

export function sameKey(table: Table, names: Names, stored = 't', given = 's'): string {
  const same = (name: string): string =>
    isEqual(table, name, `${stored}.${quote(name)}`, `${given}.${quote(name)}`, names);
  return table.naturalKey.map(same).join(' AND ');
}

/** What a declared column is called in the table. */
export function inTable(table: Table, name: string, { known }: Names): string {
  return quote(heldColumn(known(table), table, name).name);
}

/** An expression for a column's value that has an `=`. */
function comparable(table: Table, name: string, value: string, { known }: Names): string {
  return heldColumn(known(table), table, name).form.compared?.(value) ?? value;
}

/** That a column of two rows under these aliases holds the same. */
export function isSame(table: Table, name: string, aliases: readonly [string, string], names: Names): string {
  const [one, other] = aliases;
  return isSameValue(table, name, [`${one}.${quote(name)}`, `${other}.${quote(name)}`], names);
}

/** That two values of a column are the same, or both unknown. */
export function isSameValue(table: Table, name: string, values: readonly [string, string], names: Names): string {
  return values.map((value) => comparable(table, name, value, names)).join(' IS NOT DISTINCT FROM ');
}

/** True where the staged row `s` says something else than the stored row `t`. */
export function differs(table: Table, names: Names, but?: string): string {
  const { computed, filled } = names.known(table);
  const compared = comparedColumns(table).filter((name) => !computed.has(name) && name !== but);
  const conditions = compared.map((name) => {
    const [stored, given] = ['t', 's'].map((row) => comparable(table, name, `${row}.${quote(name)}`, names));
    const distinct = `${stored} IS DISTINCT FROM ${given}`;
    return filled.has(name) || keepsStoredWhenNull(column(table, name))
      ? `(s.${quote(name)} IS NOT NULL AND ${distinct})`
      : `(${distinct} AND (s.${quote(name)} IS NOT NULL OR s.${KEEPS} IS NULL))`;
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}

/** The column of a staging table that says whether NULL leaves what is stored: true or NULL. */
export const KEEPS = '"migrate_json_keeps"';

/** True where the stored row `t` holds nothing but its key. */
export function isPlaceholder(table: Table): string {
  if (!table.hasPlaceholders) return 'false';
  return `(${placeholderColumns(table)
    .map((name) => `t.${quote(name)} IS NULL`)
    .join(' AND ')})`;
}

/** The column of a staging table that holds the number of the group: no table may have such a column. */
export const GROUP = '"migrate_json_group"';

/** That a row under this alias is the stored row `t`. */
export function isRow(alias: string): string {
  return `${alias}.ctid = t.${ROW} AND ${alias}.tableoid = t.${PART}`;
}

export function lookupType(table: Table, key: string, { known }: Names): string {
  return key === SOURCE_ID ? 'text' : heldColumn(known(table), table, key).type;
}

/** The stored rows t with the natural keys in the lists $1, $2, … */
export function joinKeys(table: Table, names: Names): string {
  const { from, same } = givenKeys(table, names);
  return `FROM ${names.rows(table)} t
    JOIN ${from} ON ${same}`;
}

/** Natural keys `k` in the lists $1, $2, …, then lists of `more`, which have these types; and that the stored row `t` has the key. */
export function givenKeys(
  table: Table,
  names: Names,
  more: Readonly<Record<string, string>> = {},
): { readonly from: string; readonly same: string } {
  const keys = table.naturalKey.map((key, index): [string, string] => [`k${index}`, lookupType(table, key, names)]);
  const given = [...keys, ...Object.entries(more)];
  const lists = given.map(([, type], index) => `$${index + 1}::${type}[]`);
  const same = table.naturalKey.map((key, index) => isEqual(table, key, `t.${quote(key)}`, `k.k${index}`, names));
  const named = given.map(([name]) => name);
  return { from: `unnest(${lists.join(', ')}) AS k (${named.join(', ')})`, same: same.join(' AND ') };
}
