import type BetterSqlite3 from 'better-sqlite3';
import { column, loadColumns, type Row, type Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import type { SqliteConnections } from './connection.ts';
import { quote } from './ddl.ts';
import type { KnownTable, RowKeyColumn } from './known-table.ts';
import { equals } from './statements.ts';
import type { Bound } from './values.ts';

/** What a table has no column for, in the ledger beside the key of the row. */
export class KeptBeside {
  private readonly table: Table;
  private readonly known: KnownTable;
  private readonly rowKey: RowKeyColumn;
  private readonly insertion: BetterSqlite3.Statement<Bound[]>;
  private readonly keyOfRow: BetterSqlite3.Statement<Bound[], Bound>;
  private readonly keyOfNew: BetterSqlite3.Statement<Bound[], Bound>;

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
      VALUES (?, ?, ?, ?) ON CONFLICT (table_name, ${key}) DO UPDATE SET record_key = excluded.record_key,
      kept = json_patch(coalesce(kept, '{}'), coalesce(excluded.kept, '{}'))`);
    const one = (sql: string): BetterSqlite3.Statement<Bound[], Bound> =>
      writing.prepare<Bound[], Bound>(sql).pluck().safeIntegers(true);
    this.keyOfRow = one(`SELECT ${ROW} FROM ${rows(table)} WHERE ${equals(table.naturalKey, known.folds)}`);
    this.keyOfNew = one(`SELECT ${quote(known.rowKey.name)} FROM ${quote(table.name)} WHERE rowid = ?`);
  }

  /** Of a row that was inserted, with what was bound for columns of which it has no value. */
  add(row: Row, rowid: number | bigint, filled: ReadonlyMap<string, Bound>): void {
    const key = this.rowKey.isNumber ? rowid : this.keyOfNew.get(rowid);
    this.write(row, key ?? null, filled);
  }

  /** Of a row that is there. Parameters: its natural key. */
  change(row: Row, key: readonly Bound[]): void {
    if (this.known.beside.every((name) => this.table.naturalKey.includes(name))) return;
    this.write(row, this.keyOfRow.get(...key) ?? null, undefined);
  }

  private write(row: Row, key: Bound, filled: ReadonlyMap<string, Bound> | undefined): void {
    const { table, known } = this;
    const names = loadColumns(table);
    const value = (name: string): Row[number] => row[names.indexOf(name)] ?? null;
    const kept = known.beside.filter((name) => value(name) !== null);
    if (kept.length === 0 && filled?.size === 0) return;
    const recordKey = table.recordKey === undefined ? null : value(table.recordKey);
    const members = kept
      .filter((name) => name !== table.recordKey)
      .map((name) => `${JSON.stringify(name)}:${jsonOf(table, name, value(name))}`);
    if (filled && filled.size > 0) members.push(`"filled":${jsonOfAll(filled)}`);
    const isKeptWith = recordKey === null || typeof recordKey === 'string';
    if (!isKeptWith) throw new TypeError(`the record key of ${table.name} is a text`);
    this.insertion.run(table.name, key, recordKey, members.length === 0 ? null : `{${members.join(',')}}`);
  }
}

function jsonOfAll(filled: ReadonlyMap<string, Bound>): string {
  const text = (value: Bound): string => (typeof value === 'bigint' ? String(value) : JSON.stringify(value));
  return `{${[...filled].map(([name, value]) => `${JSON.stringify(name)}:${text(value)}`).join(',')}}`;
}

function jsonOf(table: Table, name: string, value: Row[number]): string {
  if (column(table, name).type === 'json') return String(value);
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
