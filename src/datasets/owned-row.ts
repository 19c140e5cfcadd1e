import type { RowGroup } from '../schema/row-group.ts';
import { cell, type Row, type Table } from '../schema/table.ts';

/** A row without children. Whose it is says its owner column; a row of a table without one is nobody's. */
export function ownedRow(root: Table, row: Row): RowGroup {
  const owner = root.owner === undefined ? null : cell(root, row, root.owner);
  return { root, row, owner: owner === null ? null : String(owner), namesOwner: owner !== null, children: [] };
}
