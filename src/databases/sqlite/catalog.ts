import type BetterSqlite3 from 'better-sqlite3';
import type { FoundKey } from '../../schema/comparison/shape.ts';
import { type ColumnText, readTable } from './table-sql.ts';

/** https://www.sqlite.org/pragma.html#pragma_table_xinfo */
export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  /** Place in the primary key, from 1; 0 outside of it. */
  readonly pk: number;
  /** 2 and 3: computed from other columns. */
  readonly hidden: number;
}

/** The columns whose texts SQLite compares otherwise than byte by byte. */
export function foldingColumns(connection: BetterSqlite3.Database, table: string): ReadonlySet<string> {
  const folds = ({ rest }: ColumnText): boolean => {
    const words = rest.map((token) => token.trim()).filter((token) => token !== '');
    return words.some((word, at) => /^COLLATE$/i.test(word) && !/^["'`[]?BINARY/i.test(words[at + 1] ?? ''));
  };
  const declaration = declarationOf(connection, table);
  if (!/\bCOLLATE\b/i.test(declaration)) return new Set();
  return new Set(
    readTable(declaration)
      .columns.filter(folds)
      .map(({ name }) => name),
  );
}

export function isStrictTable(connection: BetterSqlite3.Database, table: string): boolean {
  return (
    connection.prepare<[string], number>('SELECT strict FROM pragma_table_list WHERE name = ?').pluck().get(table) === 1
  );
}

/** It is not WITHOUT ROWID. */
export function hasRowId(connection: BetterSqlite3.Database, table: string): boolean {
  const sql = 'SELECT wr FROM pragma_table_list WHERE name = ?';
  return connection.prepare<[string], number>(sql).pluck().get(table) === 0;
}

export function tableNames(connection: BetterSqlite3.Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  return connection.prepare<[], string>(sql).pluck().all();
}

/** The CREATE TABLE statement, as it was written. */
export function declarationOf(connection: BetterSqlite3.Database, table: string): string {
  const sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return connection.prepare<[string], string>(sql).pluck().get(table) ?? '';
}

/** A key that names no columns of the other table leads to its primary key. */
export function foreignKeysOf(connection: BetterSqlite3.Database, table: string): FoundKey[] {
  const parts = connection
    .prepare<[string], { id: number; table: string; from: string; to: string | null }>(
      'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    )
    .all(table);
  return [...Map.groupBy(parts, ({ id }) => id).values()].map((key) => {
    const to = key.flatMap((part) => part.to ?? []);
    const columns = key.map(({ from }) => from);
    return { table: key[0]?.table ?? '', columns, ...(to.length > 0 && { to }) };
  });
}

export function columnsOf(connection: BetterSqlite3.Database, table: string): ColumnInfo[] {
  return connection.prepare<[string], ColumnInfo>('SELECT * FROM pragma_table_xinfo(?) ORDER BY cid').all(table);
}
