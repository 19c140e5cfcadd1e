import { childLink } from '../schema/row-group.ts';
import type { Table } from '../schema/table.ts';
import { keptByDatabase, type RowReference, refersTo } from './row-undo.ts';

/** How the statements of an undo name things. Every declared table has a table of marks: id, and why it stays if it does. */
interface UndoNames {
  readonly real: (table: Table) => string;
  readonly marks: (table: Table) => string;
  readonly quote: (name: string) => string;
  readonly quoteText: (text: string) => string;
}

export interface MarkedRowsOptions {
  /** The declared tables that are there, in order of reference. */
  readonly tables: readonly Table[];
  readonly references: readonly RowReference[];
  readonly names: UndoNames;
  /** Resolves with the number of rows that the statement changed. */
  readonly execute: (sql: string) => Promise<number>;
}

/** The rows that an undo is to delete. Both databases run the same statements on them. */
export class MarkedRows {
  private readonly options: MarkedRowsOptions;
  private readonly children = new Map<Table, Table>();

  constructor(options: MarkedRowsOptions) {
    this.options = options;
  }

  /** The rows of a child table are to go with those of a table. */
  addChild(root: Table, child: Table): void {
    if (this.options.tables.includes(child)) this.children.set(root, child);
  }

  async markChildren(): Promise<void> {
    const { names, execute } = this.options;
    for (const [root, child] of this.children) await execute(markChildren(child, root, names));
  }

  /** Takes the mark from every row that a row refers to which stays. Resolves with the tables whose rows are to be told. */
  async spare(): Promise<readonly Table[]> {
    const { tables, references, names, execute } = this.options;
    const statements = [
      ...references.map((reference) => spareNeeded(reference, names)),
      ...[...this.children].map(([root, child]) => spareChildren(child, root, names)),
    ];
    for (let changed = 1; changed > 0; ) {
      changed = 0;
      for (const sql of statements) changed += await execute(sql);
    }
    const childTables = new Set(this.children.values());
    return tables.filter((table) => !childTables.has(table));
  }

  /** Reads the rows that were marked and stay: `because`, and the cells of the real row `t`. */
  selectSpared(table: Table, cells: readonly string[]): string {
    const { real, marks } = this.options.names;
    return `SELECT d.because, ${cells.join(', ')} FROM ${marks(table)} d JOIN ${real(table)} t ON t.id = d.id
      WHERE d.because IS NOT NULL`;
  }

  /** Those that refer to others go first. Resolves with the number of rows by table. */
  async remove(): Promise<ReadonlyMap<string, number>> {
    const { tables, names, execute } = this.options;
    const removed = new Map<string, number>();
    for (const table of tables.toReversed()) {
      const rows = await execute(deleteMarked(table, names));
      if (rows > 0) removed.set(table.name, rows);
      if ((await execute(markLeft(table, names))) > 0) throw keptByDatabase(table);
    }
    return removed;
  }
}

const GOES = 'because IS NULL';

/** Takes the mark from the rows that are referred to; it says by which table. */
function spareNeeded(reference: RowReference, names: UndoNames): string {
  const { from, table, name, to } = reference;
  const { real, marks, quote, quoteText } = names;
  const same = refersTo(reference, quote);
  const stays = table ? ` WHERE NOT EXISTS (SELECT 1 FROM ${marks(table)} m WHERE m.id = x.id AND m.${GOES})` : '';
  return `UPDATE ${marks(to)} SET because = ${quoteText(name)} WHERE ${GOES} AND id IN (
    SELECT t.id FROM (SELECT id FROM ${marks(to)} WHERE ${GOES}) d JOIN ${real(to)} t ON t.id = d.id JOIN ${from} x ON ${same}${stays})`;
}

/** The child rows of a row that stays, stay. */
function spareChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks } = names;
  return `UPDATE ${marks(child)} SET because = '' WHERE ${GOES} AND id IN (
    SELECT c.id ${childrenOfMarked(child, root, names)} WHERE d.because IS NOT NULL)`;
}

function markChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks } = names;
  return `INSERT INTO ${marks(child)} (id) SELECT c.id ${childrenOfMarked(child, root, names)}
    WHERE c.id NOT IN (SELECT id FROM ${marks(child)})`;
}

function childrenOfMarked(child: Table, root: Table, { real, marks, quote }: UndoNames): string {
  const key = quote(root.naturalKey[0] ?? 'id');
  return `FROM ${marks(root)} d JOIN ${real(root)} r ON r.id = d.id JOIN ${real(child)} c ON c.${quote(childLink(child, root))} = r.${key}`;
}

/** Changes a mark for each row that should be gone and is still there. */
function markLeft(table: Table, { real, marks }: UndoNames): string {
  return `UPDATE ${marks(table)} SET because = because WHERE ${GOES} AND id IN (SELECT id FROM ${real(table)})`;
}

function deleteMarked(table: Table, { real, marks }: UndoNames): string {
  return `DELETE FROM ${real(table)} WHERE id IN (SELECT id FROM ${marks(table)} WHERE ${GOES})`;
}
