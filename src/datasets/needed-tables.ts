import type { Table } from '../schema/table.ts';
import { referencedTable, TABLE_LIST, TABLES } from '../schema/tables.ts';
import { DATASETS } from './index.ts';

/**
 * The tables that files of these datasets need: those of their rows, of the owners of these, and what any of them refers to.
 * In the order in which they are created.
 */
export function neededTables(datasets: ReadonlySet<string>): readonly Table[] {
  const needed = new Set<Table>();
  const need = (table: Table): void => {
    if (needed.has(table)) return;
    needed.add(table);
    for (const column of Object.values(table.columns)) {
      const target = referencedTable(column);
      if (target !== undefined) need(target);
    }
  };
  for (const { name, tables, isOwned } of DATASETS) {
    if (!datasets.has(name)) continue;
    for (const table of tables) need(table);
    if (isOwned || tables.some(({ owner }) => owner !== undefined)) need(TABLES.users);
  }
  return TABLE_LIST.filter((table) => needed.has(table));
}

/** The same for the names that `--only` gives, all tables where it gives none. */
export function chosenTables(only: readonly string[]): readonly Table[] {
  return only.length === 0 ? TABLE_LIST : neededTables(new Set(only));
}
