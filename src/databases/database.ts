import type { Shape } from '../schema/comparison/shape.ts';
import type { DeclaredTables, TableGroup } from '../schema/declared-tables.ts';
import type { Row, Table, Value } from '../schema/table.ts';
import type { ColumnRepairName } from './column-repairs.ts';
import type { LedgerQuery, LedgerRow } from './ledger-query.ts';
import type { FittedRow, Misfit } from './refused-row.ts';
import type { RowFormat } from './row-codec.ts';
import type { RowKey, RowUndo } from './row-undo.ts';
import type { BegunRun, RunSharing, WantedLease } from './run-lease.ts';
import type { StoredPair } from './stored-rows.ts';
import type { BatchMark, Finder, Transaction } from './transaction.ts';

/**
 * What the loader needs of a database. `databases/<name>/` implements it with the same file names;
 * shared code knows no database but through this contract.
 */
export interface Database {
  /** `PostgreSQL` or `SQLite`, for people. */
  readonly product: string;
  /** The tables that it was opened with. */
  readonly declared: DeclaredTables;
  /** True where nothing is written: a dry run. */
  readonly dryRun: boolean;
  /** How many transactions with a mark that says `isBeside` may run at the same time. */
  readonly batchesAtOnce: number;
  /** Whether other things may be read while `storedPairs` is on its way: a session of a server has one thing to do at a time. */
  readonly readsAtOnce: boolean;
  /** How rows are encoded for `append`. */
  readonly rowFormat: RowFormat;
  /** Whether `append` may be tried: the table refuses a key that it has, and takes the encoded values. */
  canAppend(table: Table): boolean;
  /** Whether it has a place for every value that the table is declared to hold. */
  holdsAll(table: Table): boolean;
  /** The first value of a row that the table has no place for. `open` are columns that get their value later. */
  misfit(table: Table, row: Row, open: ReadonlySet<string>): Misfit | undefined;
  /** The row as the table holds it, where these repairs are allowed and change it. */
  fitted(table: Table, row: Row, allowed: readonly ColumnRepairName[]): FittedRow | undefined;
  /** Whether it refuses every row of the table of which a declared foreign key leads nowhere. Never in a dry run. */
  keepsKeys(table: Table): boolean;
  /** Columns that the table computes: a record may say nothing of them. */
  computedColumns(table: Table): ReadonlySet<string>;
  /** Whether it may store something else than it is given: it computes columns, or a trigger of the application fires. */
  changesRows(table: Table): boolean;
  /** Whether rows are known by a number that the database makes for those that somebody else inserts. */
  numbersRows(table: Table): boolean;
  /** Whether nothing in the table that is there tells its rows apart: only files that no run has loaded are taken. */
  isUnkeyed(table: Table): boolean;
  /** Characters of these texts that it cannot store, because its encoding has none such. */
  unstorable(texts: Iterable<string>): Promise<ReadonlySet<string>>;
  /**
   * Creates those of the tables, all declared ones where none are named, and of the ledger that are missing, and records the
   * schema version. Forgets the rows of tables without a key that are empty. Returns their names. In a dry run it makes what rows of these tables are tried on, once.
   */
  createTables(tables?: readonly Table[]): Promise<readonly string[]>;
  /** The declared tables as they are stored, by the catalog alone. */
  examine(): Promise<Shape>;
  /** Columns of declared tables that no declaration knows, and that hold a value in some row, as `table.column`. */
  undeclaredColumns(): Promise<readonly string[]>;
  hasTable(table: Table): boolean;
  /** False where it is not there. */
  hasRows(table: Table): Promise<boolean>;
  /** Whether there is a ledger, wherever it is. */
  readonly hasLedger: boolean;
  /** Runs the work in one transaction, again after a transient error; `mark` finds out whether a lost commit happened. */
  transaction<T>(mark: BatchMark | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Ledger rows in pages, none where the table does not exist. Values as in `Row`, keyed by column, but `bytes` as
   * Uint8Array and JSON as the database prints it.
   */
  ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]>;
  /** Inserts the run, or opens it again where the same command is given again, and takes the target for it. */
  beginRun(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun>;
  /**
   * Says that the run is alive, where no transaction is open: each of them does so itself. Throws `lease-lost` when
   * another run has taken over.
   */
  renewLease(): Promise<void>;
  /** Inserts a row of the ledger, unless it has one with this key, or is of an older version that has no such table. */
  noteOnce(table: Table, row: LedgerRow): Promise<void>;
  /** Another status than `running` gives the target free. */
  updateRun(runId: string, values: Readonly<Record<string, Value>>): Promise<void>;
  /** How several processes share a run; undefined where only one can write at a time. */
  readonly sharing: RunSharing | undefined;
  /** Notes in the newest ledger row of each path where the file was moved to. */
  recordArchived(files: readonly { readonly path: string; readonly archivedTo: string }[]): Promise<void>;
  /**
   * All rows of a table by natural key (bytewise), in declared column order; a generated key that a column refers to as
   * the natural key of its row, parts joined by U+001F. The table may be missing: no rows.
   */
  rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row>;
  /**
   * The rows of a child table, by natural key, that belong to root rows with these natural keys. Inside a snapshot. Keys that name
   * rows are as they are stored, or as `rows` gives them.
   */
  children(table: Table, roots: readonly RowKey[], keys: KeyForm): Promise<readonly Row[]>;
  /** The rows of a table that have these natural keys, each a list of values, with generated keys as they are stored. */
  rowsByKey(table: Table, keys: readonly RowKey[]): Promise<readonly Row[]>;
  /**
   * All rows of a table with those of its child tables, a root's together, table after table and in the order of their
   * natural key; without child tables, in whatever order is fastest. Inside a snapshot; nothing else may be asked meanwhile.
   */
  storedPairs(group: TableGroup): AsyncIterable<Iterable<StoredPair>>;
  /**
   * Takes rows back in one transaction, during which nobody else writes; again after a transient error. With `isTrial` the
   * transaction is rolled back.
   */
  undo<T>(work: (undo: RowUndo) => Promise<T>, isTrial: boolean): Promise<T>;
  /** Everything that is read during the work is of one moment. */
  snapshot<T>(work: (finder: Finder) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export type KeyForm = 'stored' | 'named';

/** What stands before the generated key of a row without a record key, where rows must be told apart all the same. */
export type UnkeyedRows = 'row ';
