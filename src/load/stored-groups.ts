import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import type { ExactCells } from '../databases/exact-cells.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Transaction } from '../databases/transaction.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell, isKeyed, type Row, type Table } from '../schema/table.ts';

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

/** The same with what would not come back with the values of their rows. */
export async function withExactCells(
  groups: ReadonlyMap<RowGroup, StoredGroup>,
  transaction: Pick<Transaction, 'exactCells'>,
): Promise<ReadonlyMap<RowGroup, StoredGroup>> {
  const exact = new Map<Row, ExactCells>();
  const parts = [...groups.values()].flatMap(({ root, row, children }) => [{ table: root, rows: [row] }, ...children]);
  for (const [table, some] of Map.groupBy(parts, (part) => part.table)) {
    const rows = some.flatMap((part) => part.rows).filter((row) => isKeyed(table, row));
    const cells = rows.length === 0 ? [] : await transaction.exactCells(table, rows);
    for (const [index, row] of rows.entries()) exact.set(row, cells[index] ?? {});
  }
  return new Map([...groups].map(([group, stored]) => [group, { ...stored, exact }]));
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
