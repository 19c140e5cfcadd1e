import type { TableGroup } from '../../schema/declared-tables.ts';
import { type Column, column, loadColumns, type Table } from '../../schema/table.ts';
import { ReadRow, type StoredPair } from '../stored-rows.ts';
import { SQLITE_ROWS } from './row-codec.ts';
import { type Bound, read } from './values.ts';

/** Rows after which the event loop has a turn. */
const PAGE = 2000;

/** Rows of a table as they are stored, with those of its child tables: see statements.ts `selectPairs`. */
export function* storedPages(
  stored: Iterable<readonly Bound[]>,
  { root, children }: TableGroup,
): Generator<Iterable<StoredPair>> {
  const rows = stored[Symbol.iterator]();
  const rootRow = new PartOfRow(root, 0);
  let width = loadColumns(root).length;
  const childRows = children.map((child) => {
    const row = new PartOfRow(child, width);
    width += loadColumns(child).length;
    return row;
  });
  let isDone = false;
  const pairs = function* (): Generator<StoredPair> {
    for (let count = 0; count < PAGE; count++) {
      const next = rows.next();
      if (next.done) {
        isDone = true;
        return;
      }
      const child = childRows.find((row) => row.isIn(next.value));
      yield { root: rootRow.read(next.value), child: child?.read(next.value) };
    }
  };
  while (!isDone) yield pairs();
}

/** Some neighbouring columns of a result, which are a row. */
class PartOfRow {
  private readonly columns: readonly Column[];
  private readonly first: number;
  private readonly link: number;
  private readonly row: ReadRow;

  constructor(table: Table, first: number) {
    this.columns = rawColumns(table);
    this.first = first;
    this.link = first + loadColumns(table).indexOf(table.belongsTo?.by[0] ?? '');
    this.row = new ReadRow(table, SQLITE_ROWS);
  }

  /** A root that comes without a child row of this table has one in which everything is NULL. */
  isIn(result: readonly Bound[]): boolean {
    return result[this.link] !== null;
  }

  /** Valid until the next one. */
  read(result: readonly Bound[]): ReadRow {
    this.row.row = this.columns.map((declared, index) => read(declared, result[this.first + index] ?? null));
    return this.row;
  }
}

/** Generated keys are read as they are. */
export function rawColumns(table: Table): readonly Column[] {
  return loadColumns(table).map((name) => column(table, name));
}
