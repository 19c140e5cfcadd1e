import { MigrateError } from '../errors.ts';
import type { DeclaredTables, TableGroup } from '../schema/declared-tables.ts';
import type { Table, Value } from '../schema/table.ts';
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
  /**
   * Of these rows those that the application has written to: to a column of the row, or of one of its child rows, that no
   * declaration has.
   */
  written(group: TableGroup, keys: readonly RowKey[]): Promise<readonly RowKey[]>;
  /** Notes rows that are to go, each with its rows of the child tables. */
  mark(group: TableGroup, keys: readonly RowKey[]): Promise<void>;
  /** Gives rows of one table, and their child rows, their former values back. Resolves with those for which it cannot. */
  restore(groups: readonly StoredGroup[]): Promise<readonly NeededRow[]>;
  /** Takes the mark from every row that a row refers to which stays. */
  spare(): Promise<readonly NeededRow[]>;
  /** Deletes what is marked. Resolves with the number of rows by table. */
  remove(): Promise<ReadonlyMap<string, number>>;
  /**
   * The ledger says of the run and its files that they are undone, and holds no claims of it any more. Of the other files it
   * says that they are not loaded.
   */
  forget(runId: string, others: Iterable<{ readonly runId: string; readonly path: string }>): Promise<void>;
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
  declared: DeclaredTables,
  nameOf: (table: Table) => string,
  exists: (table: Table) => boolean,
): RowReference[] {
  const there = declared.list.filter(exists);
  return there.flatMap((table) => {
    const keys = declared.keysOf(table);
    const targets = keys.map(({ columns, target, to }) => ({ columns, to: target, keys: to }));
    const { owners } = declared;
    const isOwnerTold = keys.some(({ columns }) => String(columns) === table.owner);
    if (owners && table.owner !== undefined && !isOwnerTold)
      targets.push({ columns: [table.owner], to: owners, keys: owners.primaryKey });
    const root = declared.rootOf(table);
    const isTold = targets.some(({ to, columns }) => to === root && String(columns) === String(table.belongsTo?.by));
    if (root && exists(root) && !isTold)
      targets.push({ columns: [...(table.belongsTo?.by ?? [])], to: root, keys: root.naturalKey });
    const isThere = targets.filter(({ to }) => exists(to));
    return isThere.map((target) => ({ from: nameOf(table), name: table.name, table, ...target }));
  });
}

/** Thrown where a statement did not do what it should: nothing of the undo is done then. */
export function keptByDatabase({ name }: Table): MigrateError {
  return new MigrateError('database-refused', `${name}: a trigger or a rule of the database keeps rows as they are`, {
    hint: 'Nothing was undone. See `migrate-json schema check` for the triggers, switch them off, and undo again.',
  });
}

/** That the row `x` refers to the row `t`. */
export function refersTo({ columns, keys }: RowReference, quote: (name: string) => string): string {
  return columns.map((column, index) => `x.${quote(column)} = t.${quote(keys[index] ?? '')}`).join(' AND ');
}

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
