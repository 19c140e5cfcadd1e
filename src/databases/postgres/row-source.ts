import { column, type Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import { quote, quoteText, unlimitedType } from './ddl.ts';
import { isElsewhere, type KnownTable } from './known-table.ts';
import { CONTENT, contentColumns, contentOf, PLACE_AMONG_EQUAL } from './row-content.ts';
import type { StoredColumn } from './stored-link.ts';

/** The partition that a row is in. */
export const PART = '"migrate_json_part"';

export interface StoredRows {
  /** The table, as SQL names it. */
  readonly table: string;
  readonly known: KnownTable;
  /** Where the rows above are read from, where their keys are not columns of the table. */
  readonly above?: string | undefined;
  /** The table of the ledger that keeps what the table has no column for; undefined where it keeps nothing. */
  readonly rowKeys?: string | undefined;
  /** The columns that the ledger keeps otherwise are columns of this one: the shadow of a dry run. */
  readonly isShadow: boolean;
}

/** Where the rows of a table are read from, with the declared columns under their names: the table itself where it has them. */
export function rowSource(table: Table, { table: from, known, above, rowKeys, isShadow }: StoredRows): string {
  if (known.isAsDeclared) return from;
  const isKept = !isShadow && rowKeys !== undefined && (known.rowKey !== undefined || known.isUnkeyed);
  const listed = Object.keys(table.columns).map((name) => {
    const stored = known.columns.get(name);
    if (stored) return `${isKept ? storedValue(known, name, stored) : `r.${quote(stored.name)}`} AS ${quote(name)}`;
    if (isElsewhere(known, name) && isShadow) return `r.${quote(name)}`;
    const named = known.link && table.link?.by.find(([own]) => own === name)?.[1];
    if (named !== undefined) return `q.${quote(named)} AS ${quote(name)}`;
    return `${isKept && known.beside.includes(name) ? keptValue(table, name) : `NULL::${unlimitedType(column(table, name))}`} AS ${quote(name)}`;
  });
  if (isKept && known.isUnkeyed) return unkeyedRows(table, known, listed, { from, rowKeys });
  const join = isShadow || rowKeys === undefined ? '' : joinRowKeys(table, known, rowKeys);
  return `(SELECT r.ctid AS ${ROW}, r.tableoid AS ${PART}, ${listed.join(', ')} FROM ${from} r${join}${joinAbove(table, known, above)})`;
}

function joinAbove({ link }: Table, known: KnownTable, above: string | undefined): string {
  if (link === undefined || known.link === undefined || above === undefined) return '';
  return ` LEFT JOIN ${above} q ON q.${quote(link.to)} = r.${quote(known.link.name)}`;
}

function joinRowKeys(table: Table, { beside, filled, rowKey }: KnownTable, rowKeys: string): string {
  if (beside.length + filled.size === 0 || rowKey === undefined) return '';
  return ` LEFT JOIN ${rowKeys} k ON k.table_name = ${quoteText(table.name)} AND ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)}`;
}

/** Of several rows that hold the same, and as many entries of the ledger, it does not matter which belongs to which. */
function unkeyedRows(
  table: Table,
  known: KnownTable,
  listed: readonly string[],
  { from, rowKeys }: { readonly from: string; readonly rowKeys: string },
): string {
  const columns = contentColumns(table, known).map(([, stored]) => stored);
  const content = contentOf(columns, ({ name }) => `x.${quote(name)}`);
  const kept = `kept ->> 'row'`;
  const rows = `SELECT x.*, x.ctid AS ${ROW}, x.tableoid AS ${PART}, ${content} AS ${CONTENT},
      row_number() OVER (PARTITION BY ${content}) AS ${PLACE_AMONG_EQUAL} FROM ${from} x`;
  const entries = `SELECT record_key, kept, ${kept} AS ${CONTENT},
      row_number() OVER (PARTITION BY ${kept} ORDER BY id) AS ${PLACE_AMONG_EQUAL} FROM ${rowKeys} WHERE table_name = ${quoteText(table.name)}`;
  return `(SELECT r.${ROW}, r.${PART}, ${listed.join(', ')} FROM (${rows}) r
    LEFT JOIN (${entries}) k ON k.${CONTENT} = r.${CONTENT} AND k.${PLACE_AMONG_EQUAL} = r.${PLACE_AMONG_EQUAL})`;
}

/** That an entry of the ledger is about the row with this key. */
export function keyedRow({ isNumber }: { readonly isNumber: boolean }, entry: string, key: string): string {
  return isNumber ? `${entry}.row_number = ${key}` : `${entry}.row_text = ${key}::text`;
}

/** What a default of the table has filled is NULL for us, as long as it is what it was. */
function storedValue({ filled }: KnownTable, name: string, { name: inTable, type, form }: StoredColumn): string {
  const value = `r.${quote(inTable)}`;
  if (!filled.has(name)) return value;
  const given = `(k.kept -> 'filled' ->> ${quoteText(name)})::${type}`;
  return `CASE WHEN ${form.compared?.(value) ?? value} = ${given} THEN NULL ELSE ${value} END`;
}

/** A column that the ledger keeps, of its entry `k`. */
function keptValue(table: Table, name: string): string {
  if (name === table.recordKey) return 'k.record_key';
  const declared = column(table, name);
  if (declared.type === 'json') return `k.kept -> ${quoteText(name)}`;
  return `(k.kept ->> ${quoteText(name)})::${unlimitedType(declared)}`;
}
