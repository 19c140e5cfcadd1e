import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell, type Row, type Table } from '../schema/table.ts';

/** What is stored of groups that are there. Inside a transaction. */
export async function readStored(
  database: Database,
  groups: readonly RowGroup[],
): Promise<ReadonlyMap<RowGroup, StoredGroup>> {
  const found = new Map<RowGroup, StoredGroup>();
  for (const [root, some] of Map.groupBy(groups, (group) => group.root)) {
    const rows = await database.rowsByKey(
      root,
      some.map(({ row }) => root.naturalKey.map((name) => cell(root, row, name))),
    );
    const byKey = new Map(rows.map((row) => [keyOf(root, row), row]));
    for (const group of some) {
      const row = byKey.get(keyOf(root, group.row));
      if (row) found.set(group, { root, row, children: await childrenOf(database, root, group.row) });
    }
  }
  return found;
}

/** The rows below a stored one. Inside a snapshot. */
export async function childrenOf(database: Database, root: Table, row: Row): Promise<StoredGroup['children']> {
  const key = root.naturalKey.map((name) => cell(root, row, name));
  const stored: StoredGroup['children'][number][] = [];
  for (const table of database.declared.groupOf(root).children)
    stored.push({ table, rows: await database.children(table, [key], 'stored') });
  return stored;
}

/** The print of the key of a row, as it is stored. */
export function keyOf(table: Table, row: Row): string {
  return storedKeyPrint(table, (name) => cell(table, row, name)).text;
}
