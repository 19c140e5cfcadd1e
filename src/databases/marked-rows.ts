import type { TableGroup } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import { belongsTo, tuple } from './links.ts';
import { keptByDatabase, type RowReference, refersTo } from './row-undo.ts';

/** How the statements of an undo name things. Every declared table has a table of marks: primary key, and why it stays if it does. */
interface UndoNames {
  /** Where rows are read from, and deleted from. */
  readonly rows: (table: Table) => string;
  readonly real: (table: Table) => string;
  /** What a column is called where rows are deleted. */
  readonly inTable: (table: Table, name: string) => string;
  /** Of a table without a part of the primary key: what names a row of it, and what the source `t` of its rows shows as that. */
  readonly own: (table: Table) => RowName | undefined;
  readonly marks: (table: Table) => string;
  /** What the ledger forgets with the rows whose keys a query gives, before anybody looks for them; undefined for most tables. */
  readonly forget: (table: Table, gone: string) => string | undefined;
  readonly quote: (name: string) => string;
  readonly quoteText: (text: string) => string;
}

export interface RowName {
  readonly inTable: string;
  readonly shown: string;
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

  /** The rows of the child tables are to go with those of the root. */
  addChildren({ root, children }: TableGroup): void {
    for (const child of children) if (this.options.tables.includes(child)) this.children.set(child, root);
  }

  async markChildren(): Promise<void> {
    const { names, execute } = this.options;
    for (const [child, root] of this.children) await execute(markChildren(child, root, names));
  }

  /** Takes the mark from every row that a row refers to which stays. Resolves with the tables whose rows are to be told. */
  async spare(): Promise<readonly Table[]> {
    const { tables, references, names, execute } = this.options;
    const statements = [
      ...references.map((reference) => spareNeeded(reference, names)),
      ...[...this.children].map(([child, root]) => spareChildren(child, root, names)),
    ];
    for (let changed = 1; changed > 0; ) {
      changed = 0;
      for (const sql of statements) changed += await execute(sql);
    }
    return tables.filter((table) => !this.children.has(table));
  }

  /** Reads the rows that were marked and stay: `because`, and the cells of the real row `t`. */
  selectSpared(table: Table, cells: readonly string[]): string {
    const { rows, marks } = this.options.names;
    return `SELECT d.because, ${cells.join(', ')} FROM ${marks(table)} d JOIN ${rows(table)} t ON ${sameRow(table, ['t', 'd'], this.options.names)}
      WHERE d.because IS NOT NULL`;
  }

  /** Those that refer to others go first. Resolves with the number of rows by table. */
  async remove(): Promise<ReadonlyMap<string, number>> {
    const { tables, names, execute } = this.options;
    const removed = new Map<string, number>();
    for (const table of tables.toReversed()) {
      const rows = await execute(deleteMarked(table, names));
      if (rows > 0) removed.set(table.name, rows);
      const forget = names.forget(table, `SELECT ${listed(table, names)} FROM ${names.marks(table)} WHERE ${GOES}`);
      if (forget !== undefined) await execute(forget);
      if ((await execute(markLeft(table, names))) > 0) throw keptByDatabase(table);
    }
    return removed;
  }
}

const GOES = 'because IS NULL';

function sameRow({ primaryKey }: Table, [d, t]: readonly [string, string], { quote }: UndoNames): string {
  return primaryKey.map((name) => `${d}.${quote(name)} = ${t}.${quote(name)}`).join(' AND ');
}

function listed({ primaryKey }: Table, { quote }: UndoNames, alias = ''): string {
  return primaryKey.map((name) => alias + quote(name)).join(', ');
}

/** Takes the mark from the rows that are referred to; it says by which table. */
function spareNeeded(reference: RowReference, names: UndoNames): string {
  const { from, table, name, to } = reference;
  const { rows, marks, quote, quoteText } = names;
  const same = refersTo(reference, quote);
  // Citus joins marks with distributed rows, and asks no question of them for each row.
  const stays = table
    ? ` LEFT JOIN ${marks(table)} m ON ${sameRow(table, ['m', 'x'], names)} AND m.${GOES} WHERE m.${quote(table.primaryKey[0] ?? '')} IS NULL`
    : '';
  return `UPDATE ${marks(to)} SET because = ${quoteText(name)} WHERE ${GOES} AND ${tuple(to.primaryKey, quote)} IN (
    SELECT ${listed(to, names, 't.')} FROM (SELECT ${listed(to, names)} FROM ${marks(to)} WHERE ${GOES}) d
      JOIN ${rows(to)} t ON ${sameRow(to, ['t', 'd'], names)} JOIN ${from} x ON ${same}${stays})`;
}

/** The child rows of a row that stays, stay. */
function spareChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks, quote } = names;
  return `UPDATE ${marks(child)} SET because = '' WHERE ${GOES} AND ${tuple(child.primaryKey, quote)} IN (
    SELECT ${listed(child, names, 'c.')} ${childrenOfMarked(child, root, names)} WHERE d.because IS NOT NULL)`;
}

function markChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks, quote } = names;
  return `INSERT INTO ${marks(child)} (${listed(child, names)})
    SELECT ${listed(child, names, 'c.')} ${childrenOfMarked(child, root, names)}
    WHERE ${tuple(child.primaryKey, quote, 'c.')} NOT IN (SELECT ${listed(child, names)} FROM ${marks(child)})`;
}

function childrenOfMarked(child: Table, root: Table, names: UndoNames): string {
  const { rows, marks, quote } = names;
  return `FROM ${marks(root)} d JOIN ${rows(root)} r ON ${sameRow(root, ['r', 'd'], names)}
    JOIN ${rows(child)} c ON ${belongsTo(child, root, ['c', 'r'], quote)}`;
}

/** Changes a mark for each row that should be gone and is still there. */
function markLeft(table: Table, names: UndoNames): string {
  const { rows, marks, quote } = names;
  return `UPDATE ${marks(table)} SET because = because
    WHERE ${GOES} AND ${tuple(table.primaryKey, quote)} IN (SELECT ${listed(table, names, 't.')} FROM ${rows(table)} t)`;
}

function deleteMarked(table: Table, names: UndoNames): string {
  return `DELETE FROM ${names.real(table)} WHERE ${isMarked(table, names, ` WHERE ${GOES}`)}`;
}

/** That a row of the table itself is marked. */
export function isMarked(table: Table, names: Omit<UndoNames, 'quoteText' | 'real' | 'forget'>, which = ''): string {
  const { rows, inTable, own, marks, quote } = names;
  const marked = `(SELECT ${table.primaryKey.map((name) => quote(name)).join(', ')} FROM ${marks(table)}${which})`;
  const row = own(table);
  if (row === undefined) return `${tuple(table.primaryKey, (name) => inTable(table, name))} IN ${marked}`;
  return `${row.inTable} IN (SELECT ${row.shown} FROM ${rows(table)} t WHERE ${tuple(table.primaryKey, quote, 't.')} IN ${marked})`;
}
