import type { Row, Table } from './table.ts';

/** Rows that load together or not at all: a root row and the rows that refer to it. */
export interface RowGroup {
  readonly root: Table;
  readonly row: Row;
  /** Whose row it is; a placeholder in `users` is created where it is missing. NULL where nobody owns it. */
  readonly owner: string | null;
  /** The record itself names its owner. */
  readonly namesOwner: boolean;
  readonly children: readonly ChildRows[];
}

export interface ChildRows {
  readonly table: Table;
  readonly rows: readonly Row[];
}

/** The column of a child table that refers to its parent. */
export function childLink(child: Table, parent: Table): string {
  const link = Object.entries(child.columns).find(([, column]) => column.references?.table === parent.name);
  if (link === undefined) throw new TypeError(`table ${child.name} refers to no ${parent.name}`);
  return link[0];
}
