import type { Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import { quote, quoteText } from './ddl.ts';
import { type KnownTable, type RowKeyColumn, rowNameOf } from './known-table.ts';
import { unkeyedRows } from './row-content.ts';

export interface RowSources {
  /** The table of the ledger that keeps what tables have no column for; undefined where there is none. */
  readonly rowKeys: string | undefined;
  /** Where the rows above are read from, which the link of the table leads to. */
  readonly above: string | undefined;
  /** What the ledger keeps otherwise are columns of this one: the shadow of a dry run. */
  readonly isShadow: boolean;
}

/** Where the rows of a table are read from, with the declared columns under their names: the table itself where it has them. */
export function rowSource(table: Table, known: KnownTable, { rowKeys, above, isShadow }: RowSources): string {
  const from = quote(table.name);
  if (known.isAsDeclared) return from;
  const { beside, filled, rowKey } = known;
  const isKept = beside.length + filled.size > 0 && rowKey !== undefined && rowKeys !== undefined && !isShadow;
  const listed = Object.keys(table.columns).map((name) => {
    const stored = known.columns.get(name);
    const value = `r.${quote(stored?.name ?? name)}`;
    if (stored)
      return `${isKept ? storedValue(known, name, value) : (stored.form.read?.(value) ?? value)} AS ${quote(name)}`;
    const named = known.link && table.link?.by.find(([own]) => own === name)?.[1];
    if (named !== undefined) return `q.${quote(named)} AS ${quote(name)}`;
    if (!beside.includes(name)) return `NULL AS ${quote(name)}`;
    if (isShadow) return value;
    return `${isKept ? keptValue(table, name) : 'NULL'} AS ${quote(name)}`;
  });
  if (isKept && known.isUnkeyed) return unkeyedRows(table, known, listed, rowKeys);
  const join = isKept
    ? ` LEFT JOIN ${rowKeys} k ON k.table_name = ${quoteText(table.name)} AND ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)}`
    : '';
  const rowName = rowNameOf(known);
  const own = rowName === undefined ? [] : [`r.${quote(rowName)} AS ${ROW}`];
  return `(SELECT ${[...own, ...listed].join(', ')} FROM ${from} r${join}${joinAbove(table, known, above)})`;
}

/** SQLite looks for a row by what names the one above only where every row has one: then it reads that one first. */
function joinAbove({ link }: Table, known: KnownTable, above: string | undefined): string {
  if (link === undefined || known.link === undefined) return '';
  const { name, notNull } = known.link;
  return ` ${notNull ? 'JOIN' : 'LEFT JOIN'} ${above} q ON q.${quote(link.to)} = r.${quote(name)}`;
}

/** What a default of the table has filled is NULL for us, as long as it is what it was. */
function storedValue({ columns, filled }: KnownTable, name: string, value: string): string {
  const shown = columns.get(name)?.form.read?.(value) ?? value;
  if (!filled.has(name)) return shown;
  return `CASE WHEN ${value} = ${filledIn(name)} THEN NULL ELSE ${shown} END`;
}

/** That an entry of the ledger is about the row with this key. */
export function keyedRow({ isNumber }: RowKeyColumn, entry: string, key: string): string {
  return isNumber ? `${entry}.row_number = ${key}` : `${entry}.row_text = CAST(${key} AS TEXT)`;
}

function keptValue(table: Table, name: string): string {
  if (name === table.recordKey) return 'k.record_key';
  return memberOfKept([name]);
}

/** What a default had filled, by an entry `k` of the ledger. JSON has no bytes: they are kept in digits. */
export function filledIn(name: string): string {
  const way = ['filled', name];
  return `coalesce(unhex(${memberOfKept([...way, 'hex'])}), ${memberOfKept(way)})`;
}

/** A member of what an entry `k` of the ledger keeps. */
function memberOfKept(way: readonly string[]): string {
  return `json_extract(k.kept, ${quoteText(['$', ...way.map((name) => JSON.stringify(name))].join('.'))})`;
}

/** Of a table without a key, whose source goes through all of its rows: rows with the keys that the parameter lists, see `keysAsJson`. */
export function isAmong({ recordKey = '' }: Table): string {
  return `${quote(recordKey)} IN (SELECT value ->> 0 FROM json_each(?))`;
}
