import { type Column, column, loadColumns, type Table } from '../../schema/table.ts';
import { ReadRow, type StoredPair } from '../stored-rows.ts';
import { SQLITE_ROWS } from './row-codec.ts';
import { type Bound, read } from './values.ts';

/** Rows between two breaths of the process. */
const PAGE = 2000;

/** Rows of a table as they are stored, with those of a child table: see statements.ts `selectPairs`. */
export function* storedPages(
  stored: Iterable<readonly Bound[]>,
  root: Table,
  child: Table | undefined,
): Generator<Iterable<StoredPair>> {
  const rows = stored[Symbol.iterator]();
  const rootColumns = rawColumns(root);
  const childColumns = child === undefined ? [] : rawColumns(child);
  const link = rootColumns.length + (child === undefined ? 0 : loadColumns(child).indexOf(child.naturalKey[0] ?? ''));
  const rootRow = new ReadRow(root, SQLITE_ROWS);
  const childRow = child && new ReadRow(child, SQLITE_ROWS);
  let isDone = false;
  const pairs = function* (): Generator<StoredPair> {
    for (let count = 0; count < PAGE; count++) {
      const next = rows.next();
      if (next.done) {
        isDone = true;
        return;
      }
      rootRow.row = rootColumns.map((declared, index) => read(declared, next.value[index] ?? null));
      const isThere = childRow !== undefined && next.value[link] !== null;
      if (isThere)
        childRow.row = childColumns.map((declared, index) =>
          read(declared, next.value[rootColumns.length + index] ?? null),
        );
      yield { root: rootRow, child: isThere ? childRow : undefined };
    }
  };
  while (!isDone) yield pairs();
}

/** Generated keys are read as they are. */
export function rawColumns(table: Table): readonly Column[] {
  return loadColumns(table).map((name) => column(table, name));
}
