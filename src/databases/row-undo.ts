import { childLink } from '../schema/row-group.ts';
import type { Table, Value } from '../schema/table.ts';
import { TABLE_LIST, TABLES, tableNamed } from '../schema/tables.ts';
import type { StoredGroup } from './stored-rows.ts';

/** The values of a natural key, generated keys among them as they are stored. */
export type RowKey = readonly Value[];

/** A row that cannot be taken back, because a row that stays refers to it. */
export interface NeededRow {
  readonly table: Table;
  readonly key: RowKey;
  /** The table of the row that refers to it, or to one of its child rows. */
  readonly by: string;
}

/** One transaction that takes rows back. Nobody else writes to the declared tables meanwhile. */
export interface RowUndo {
  /** Notes rows that are to go, each with its rows of the child table. */
  mark(root: Table, child: Table | undefined, keys: readonly RowKey[]): Promise<void>;
  /** Gives rows of one table, and their child rows, their former values back. Resolves with those for which it cannot. */
  restore(groups: readonly StoredGroup[]): Promise<readonly NeededRow[]>;
  /** Takes the mark from every row that a row refers to which stays. */
  spare(): Promise<readonly NeededRow[]>;
  /** Deletes what is marked. Resolves with the number of rows by table. */
  remove(): Promise<ReadonlyMap<string, number>>;
  /** The ledger says of the run and its files that they are undone, and holds no claims of it any more. */
  forget(runId: string): Promise<void>;
}

/** Columns of a table whose values name a row of a declared table. */
export interface RowReference {
  /** The table that refers, as SQL names it, and for people. */
  readonly from: string;
  readonly name: string;
  /** Where it is a declared one. A row of any other table stays. */
  readonly table: Table | undefined;
  readonly columns: readonly string[];
  readonly to: Table;
  readonly keys: readonly string[];
}

/** References that the program knows of, whether the database keeps them or not: among them the owner of a row. */
export function declaredReferences(
  nameOf: (table: Table) => string,
  exists: (table: Table) => boolean,
): RowReference[] {
  const there = TABLE_LIST.filter(exists);
  return there.flatMap((table) => {
    const targets = Object.entries(table.columns).flatMap(([column, { references }]) => {
      const owners = column === 'user_id' ? TABLES.users : undefined;
      const to = references ? tableNamed(references.table) : owners;
      return to && exists(to) ? [{ columns: [column], to, keys: to.primaryKey }] : [];
    });
    return targets.map((target) => ({ from: nameOf(table), name: table.name, table, ...target }));
  });
}

/** How the statements of an undo name things. Every declared table has a table of marks: id, and why it stays if it does. */
export interface UndoNames {
  readonly real: (table: Table) => string;
  readonly marks: (table: Table) => string;
  readonly quote: (name: string) => string;
}

const GOES = 'because IS NULL';

/** That the row `x` refers to the row `t`. */
export function refersTo({ columns, keys }: RowReference, quote: (name: string) => string): string {
  return columns.map((column, index) => `x.${quote(column)} = t.${quote(keys[index] ?? 'id')}`).join(' AND ');
}

/** Takes the mark from the rows that are referred to; it says by which table. */
export function spareNeeded(reference: RowReference, names: UndoNames): string {
  const { from, table, name, to } = reference;
  const { real, marks, quote } = names;
  const same = refersTo(reference, quote);
  const stays = table ? ` WHERE NOT EXISTS (SELECT 1 FROM ${marks(table)} m WHERE m.id = x.id AND m.${GOES})` : '';
  return `UPDATE ${marks(to)} SET because = '${name.replaceAll("'", "''")}' WHERE ${GOES} AND id IN (
    SELECT t.id FROM (SELECT id FROM ${marks(to)} WHERE ${GOES}) d JOIN ${real(to)} t ON t.id = d.id JOIN ${from} x ON ${same}${stays})`;
}

/** The child rows of a row that stays, stay. */
export function spareChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks } = names;
  return `UPDATE ${marks(child)} SET because = '' WHERE ${GOES} AND id IN (
    SELECT c.id ${childrenOfMarked(child, root, names)} WHERE d.because IS NOT NULL)`;
}

export function markChildren(child: Table, root: Table, names: UndoNames): string {
  const { marks } = names;
  return `INSERT INTO ${marks(child)} (id) SELECT c.id ${childrenOfMarked(child, root, names)}
    WHERE c.id NOT IN (SELECT id FROM ${marks(child)})`;
}

function childrenOfMarked(child: Table, root: Table, { real, marks, quote }: UndoNames): string {
  const key = quote(root.naturalKey[0] ?? 'id');
  return `FROM ${marks(root)} d JOIN ${real(root)} r ON r.id = d.id JOIN ${real(child)} c ON c.${quote(childLink(child, root))} = r.${key}`;
}

export function deleteMarked(table: Table, { real, marks }: UndoNames): string {
  return `DELETE FROM ${real(table)} WHERE id IN (SELECT id FROM ${marks(table)} WHERE ${GOES})`;
}

/** The rows that were marked and stay: `because` and the columns of the natural key. */
export function selectSpared(table: Table, { real, marks }: UndoNames, cells: readonly string[]): string {
  return `SELECT d.because, ${cells.join(', ')} FROM ${marks(table)} d JOIN ${real(table)} t ON t.id = d.id
    WHERE d.because IS NOT NULL`;
}

/** Tables in the order in which their rows can go: those that refer to others first. */
export const UNDO_ORDER: readonly Table[] = TABLE_LIST.toReversed();

/** Thrown so that a transaction that was only tried is rolled back. */
export class Trial extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super('only tried');
    this.result = result;
  }
}

/** What was thrown, unless it is the result of a trial. */
export function resultOfTrial<T>(error: unknown): T {
  if (error instanceof Trial) return error.result as T;
  throw error;
}
