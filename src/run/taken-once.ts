import type { Database } from '../databases/database.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Table } from '../schema/table.ts';

/** Whether files of datasets are loaded once: a table of theirs has rows, and nothing tells them apart. */
export async function takenOnce(
  database: Database,
  registry: Registry,
): Promise<(datasets: readonly string[]) => boolean> {
  const tables = new Set<Table>();
  for (const table of database.declared.list)
    if (database.isUnkeyed(table) && (await database.hasRows(table))) tables.add(table);
  return (datasets) =>
    datasets.some((name) => {
      const table = registry.find(name)?.layout.table;
      return table !== undefined && tables.has(table);
    });
}

/** What a run says of the tables without a key among these. */
export function wordsOfUnkeyed(database: Database, tables: readonly Table[]): readonly string[] {
  return tables
    .filter((table) => database.isUnkeyed(table))
    .map(({ name }) => `${name} has no key: a file is loaded into it once, also with --reload, and no row is changed`);
}
