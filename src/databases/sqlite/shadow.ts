import { loadedTable } from '../../schema/key-link.ts';
import type { Table } from '../../schema/table.ts';
import { columnsOf } from './catalog.ts';
import type { SqliteConnections } from './connection.ts';
import { createTable, quote } from './ddl.ts';

/** The shadow takes the real declarations where there are any, so that a dry run meets the real constraints. */
export function createShadow(connections: SqliteConnections, tables: readonly Table[]): readonly string[] {
  const { reading, writing } = connections;
  writing.pragma('foreign_keys = OFF');
  const declaration = reading
    .prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
    .pluck();
  // What it keeps unique, and what it is looked up by.
  const indexes = reading
    .prepare<[string], string>(
      `SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?
         AND (sql LIKE 'CREATE UNIQUE%' OR name LIKE 'idx_%_source_id')`,
    )
    .pluck();
  for (const table of tables) {
    const sql = declaration.get(table.name);
    if (sql === undefined) for (const statement of createTable(loadedTable(table))) writing.exec(statement);
    else writing.exec(sql);
    for (const index of indexes.all(table.name)) writing.exec(index);
    if (sql === undefined) continue;
    const own = new Set(columnsOf(writing, table.name).map(({ name }) => name.toLowerCase()));
    // What the ledger keeps otherwise.
    for (const name of connections.knownTable(table).beside) {
      if (own.has(name.toLowerCase()))
        writing.exec(`ALTER TABLE ${quote(table.name)} RENAME ${quote(name)} TO ${quote(`own ${name}`)}`);
      writing.exec(`ALTER TABLE ${quote(table.name)} ADD ${quote(name)}`);
    }
  }
  return [];
}
