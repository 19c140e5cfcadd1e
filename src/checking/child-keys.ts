import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { ChildRows, RowGroup } from '../schema/row-group.ts';
import { cell, ownKey, type Table, type Value } from '../schema/table.ts';
import { storedKeyPrint } from './prints.ts';

/**
 * A word for the key of each child row of a group: what tells them from rows that the application adds to it later. Undefined where
 * their order tells as much: they are numbered from 0, as positions are.
 */
export function childKeys({ root, children }: RowGroup, declared: DeclaredTables): Int32Array | undefined {
  const filled = children.filter(({ rows }) => rows.length > 0);
  const [only, ...others] = filled;
  const [first] = declared.groupOf(root).children;
  if (only === undefined || (others.length === 0 && only.table === first && isNumbered(only))) return undefined;
  return Int32Array.from(
    filled.flatMap(({ table, rows }) => rows.map((row) => childKeyWord(table, (name) => cell(table, row, name)))),
  );
}

export function childKeyWord(table: Table, value: (column: string) => Value): number {
  return storedKeyPrint(table, value).a;
}

/** What is added to such rows comes after them, or is numbered below 0. */
function isNumbered({ table, rows }: ChildRows): boolean {
  const [name, ...others] = ownKey(table);
  return others.length === 0 && rows.every((row, index) => Number(cell(table, row, name ?? '') ?? -1) === index);
}
