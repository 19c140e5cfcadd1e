import { DATASETS } from '../datasets/index.ts';
import type { Table } from '../schema/table.ts';
import { TABLE_LIST } from '../schema/tables.ts';

/** A table whose rows are verified one by one, each with the rows of the table that belong to it. */
export interface TableGroup {
  readonly root: Table;
  readonly child: Table | undefined;
}

const CHILD_OF = new Map(
  DATASETS.flatMap(({ layout: { table, children } }) => (children === undefined ? [] : [[table, children] as const])),
);

/** All tables, in the order in which they are declared. */
export const TABLE_GROUPS: readonly TableGroup[] = TABLE_LIST.filter(
  (table) => ![...CHILD_OF.values()].includes(table),
).map((root) => ({ root, child: CHILD_OF.get(root) }));

/** The number by which prints tell where a row belongs. */
export function groupNumber(root: Table): number {
  return TABLE_GROUPS.findIndex((group) => group.root === root);
}
