import type BetterSqlite3 from 'better-sqlite3';
import { column, loadColumns, type Row, rowLayout, type Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, quoteText } from './ddl.ts';
import type { KnownTable, RowKeyColumn } from './known-table.ts';
import { contentOf } from './row-content.ts';
import { filledIn, keyedRow } from './row-source.ts';
import { equals } from './statements.ts';
import type { Bound } from './values.ts';

/** What a table has no column for, in the ledger beside the key of the row. */
export class KeptBeside {
  private readonly table: Table;
  private readonly known: KnownTable;
  private readonly rowKey: RowKeyColumn;
  private readonly insertion: BetterSqlite3.Statement<Bound[]>;
  private readonly appending: BetterSqlite3.Statement<Bound[]>;
  private readonly keyOfRow: BetterSqlite3.Statement<Bound[], Bound>;
  /** Of a table without a key: what a row holds that was inserted. */
  private readonly contentOfNew: BetterSqlite3.Statement<Bound[], Bound> | undefined;
  private readonly keyOfNew: BetterSqlite3.Statement<Bound[], Bound>;
  /** What a row holds in columns that must not be NULL. */
  private readonly heldIn: BetterSqlite3.Statement<Bound[], Bound[]> | undefined;
  /** The same as `rowSource` shows it. */
  private readonly shownOf: BetterSqlite3.Statement<Bound[], Bound[]> | undefined;

  /** Throws where the rows of the table have no key of one column. */
  constructor(table: Table, { writing, ledger, knownTable, rows }: SqliteConnections) {
    const known = knownTable(table);
    if (known.rowKey === undefined) throw new TypeError(`rows of ${table.name} have no key of one column`);
    this.table = table;
    this.known = known;
    this.rowKey = known.rowKey;
    const key = known.rowKey.isNumber ? 'row_number' : 'row_text';
    this.insertion =
      writing.prepare(`INSERT INTO ${quote(ledger.tables.rowKeys.name)} (table_name, ${key}, record_key, kept)
      VALUES (?, ?, ?, ?) ON CONFLICT (table_name, record_key) DO UPDATE SET ${key} = excluded.${key}, kept = excluded.kept
      ON CONFLICT (table_name, ${key}) DO UPDATE SET record_key = excluded.record_key,
      kept = json_patch(coalesce(kept, '{}'), coalesce(excluded.kept, '{}'))`);
    this.appending = writing.prepare(
      `INSERT INTO ${quote(ledger.tables.rowKeys.name)} (table_name, ${key}, record_key, kept) VALUES (?, ?, ?, ?)`,
    );
    const one = (sql: string): BetterSqlite3.Statement<Bound[], Bound> =>
      writing.prepare<Bound[], Bound>(sql).pluck().safeIntegers(true);
    this.keyOfRow = one(`SELECT ${ROW} FROM ${rows(table)} WHERE ${equals(table.naturalKey, known.folds)}`);
    const row = (columns: readonly string[], from: string, own: string): typeof this.heldIn =>
      columns.length === 0
        ? undefined
        : writing
            .prepare<Bound[], Bound[]>(`SELECT ${columns.join(', ')} FROM ${from} WHERE ${own} = ?`)
            .raw(true)
            .safeIntegers(true);
    const filled = [...known.filled.keys()];
    const held = filled.map((name) => quote(known.columns.get(name)?.name ?? name));
    this.heldIn = row(held, quote(table.name), quote(known.rowKey.name));
    this.shownOf = row(filled.map(quote), rows(table), ROW);
    this.contentOfNew = known.isUnkeyed
      ? one(`SELECT ${contentOf(table, known, 'x')} FROM ${quote(table.name)} x WHERE x.rowid = ?`)
      : undefined;
    this.keyOfNew = one(`SELECT ${quote(known.rowKey.name)} FROM ${quote(table.name)} WHERE rowid = ?`);
  }

  /** Of a row that was inserted, with what was bound for columns of which it has no value. */
  add(row: Row, rowid: number | bigint, filled: ReadonlyMap<string, Bound>): void {
    this.write(row, this.newKey(rowid), filled, { content: this.contentOfNew?.get(rowid) });
  }

  private newKey(rowid: number | bigint): Bound {
    if (this.known.isUnkeyed) return null;
    return this.rowKey.isNumber ? rowid : (this.keyOfNew.get(rowid) ?? null);
  }

  /** The same of a row whose record has no entry. */
  append(row: Row, rowid: number | bigint, filled: ReadonlyMap<string, Bound>): void {
    const content = this.contentOfNew?.get(rowid);
    this.write(row, this.newKey(rowid), filled, { content, insertion: this.appending });
  }

  /** Of a row that is there, by its natural key. With `keepsStored` what it holds is its own, and no default's. */
  change(row: Row, key: readonly Bound[], keepsStored = false): void {
    const { table, known } = this;
    if (known.filled.size === 0 && known.beside.every((name) => table.naturalKey.includes(name))) return;
    const rowKey = this.keyOfRow.get(...key) ?? null;
    const [held, shown] = [this.heldIn?.get(rowKey) ?? [], this.shownOf?.get(rowKey) ?? []];
    const names = loadColumns(table);
    const filled = [...known.filled.keys()].flatMap((name, index): [string, Bound][] => {
      const isGiven = (row[names.indexOf(name)] ?? null) !== null;
      const isShown = (shown[index] ?? null) !== null;
      if (isGiven === isShown || (keepsStored && !isGiven)) return [];
      // Null takes out what no default has filled any more.
      return [[name, isGiven ? null : (held[index] ?? null)]];
    });
    this.write(row, rowKey, new Map(filled), { isThere: true });
  }

  private write(
    row: Row,
    key: Bound,
    filled: ReadonlyMap<string, Bound>,
    { isThere = false, content, insertion = this.insertion }: HowKept = {},
  ): void {
    const { table, known } = this;
    const { places } = rowLayout(table);
    const value = (name: string): Row[number] => row[places.get(name) ?? -1] ?? null;
    const kept = known.beside.filter((name) => value(name) !== null);
    if (kept.length === 0 && filled.size === 0 && !isThere) return;
    const recordKey = table.recordKey === undefined ? null : value(table.recordKey);
    const members = kept
      .filter((name) => name !== table.recordKey)
      .map((name) => `${JSON.stringify(name)}:${jsonOf(table, name, value(name))}`);
    if (content !== undefined) members.push(`"row":${JSON.stringify(content)}`);
    if (filled.size > 0) members.push(`"filled":${jsonOfAll(filled)}`);
    const isKeptWith = recordKey === null || typeof recordKey === 'string';
    if (!isKeptWith) throw new TypeError(`the record key of ${table.name} is a text`);
    insertion.run(table.name, key, recordKey, members.length === 0 ? null : `{${members.join(',')}}`);
  }
}

interface HowKept {
  /** The row may have an entry. */
  readonly isThere?: boolean;
  /** Of a table without a key. */
  readonly content?: Bound | undefined;
  readonly insertion?: BetterSqlite3.Statement<Bound[]>;
}

function jsonOfAll(filled: ReadonlyMap<string, Bound>): string {
  const text = (value: Bound): string => {
    if (value instanceof Uint8Array) return JSON.stringify({ hex: Buffer.from(value).toString('hex') });
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  };
  return `{${[...filled].map(([name, value]) => `${JSON.stringify(name)}:${text(value)}`).join(',')}}`;
}

function jsonOf(table: Table, name: string, value: Row[number]): string {
  if (column(table, name).type === 'json') return String(value);
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

/** What a default had filled in a column of a row that is changed. */
export function formerValue(
  table: Table,
  { knownTable, ledger }: SqliteConnections,
): ((name: string) => string) | undefined {
  const { rowKey } = knownTable(table);
  if (rowKey === undefined) return undefined;
  const entry = `k.table_name = ${quoteText(table.name)} AND ${keyedRow(rowKey, 'k', `${quote(table.name)}.${quote(rowKey.name)}`)}`;
  return (name) => `(SELECT ${filledIn(name)} FROM ${quote(ledger.tables.rowKeys.name)} k WHERE ${entry})`;
}
