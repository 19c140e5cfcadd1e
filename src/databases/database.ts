import { MigrateError } from '../errors.ts';
import type { Shape } from '../schema/adoption/shape.ts';
import type { DeclaredTables, TableGroup } from '../schema/declared-tables.ts';
import { LEDGER } from '../schema/ledger-tables.ts';
import type { ChildRows, RowGroup, RowLookup } from '../schema/row-group.ts';
import type { Row, Table, Value } from '../schema/table.ts';
import type { Shard } from '../system/shard.ts';
import type { ColumnRepairName } from './column-repairs.ts';
import type { RowFormat, Segment } from './row-codec.ts';
import type { RowKey, RowUndo } from './row-undo.ts';
import type { StoredPair } from './stored-rows.ts';

/** What the database already holds of a group, row by row, before anything is written. */
export interface Comparison {
  readonly root: 'absent' | 'same' | 'differs';
  /** The stored row has nothing but its key: see `hasPlaceholders`. */
  readonly isPlaceholder: boolean;
  readonly ownerDiffers: boolean;
  /** The stored `updated_at` is later than the group's. */
  readonly storedIsNewer: boolean;
  readonly children: readonly ChildComparison[];
}

export interface ChildComparison {
  readonly table: string;
  readonly absent: number;
  readonly same: number;
  readonly differs: number;
  /** Rows of the same parent that the group does not have. */
  readonly surplus: number;
  /** Of these the rows that go when the group is merged. */
  readonly going?: readonly Row[];
}

export const ABSENT: Comparison = {
  root: 'absent',
  isPlaceholder: false,
  ownerDiffers: false,
  storedIsNewer: false,
  children: [],
};

/** A group to write, with what is known about it. */
export interface Merge {
  readonly group: RowGroup;
  readonly comparison: Comparison;
  /** Only where runs are shared: the group takes the place of what this run has inserted, with all its child rows. */
  readonly replaces?: true;
}

/** The constraint that is named when a row is gone after it was written without an error. */
export const SWALLOWED = 'a trigger or rule swallows the row';

/** The constraint that is named when a row is there after it was written, and is not what was written. */
export const CHANGED = 'a trigger, a rule or a computed column changes the row';

/** The constraint that is named when no placeholder can be made for an owner. */
export const ANOTHER_OWNER = 'the database takes the id of another user for the same, or does not keep it';

/** The database refuses a row: a constraint, named without the value. Everything else a driver throws is a MigrateError. */
export class RefusedRow extends Error {
  readonly constraint: string;

  constructor(constraint: string, options?: { cause?: unknown }) {
    super(`the database refuses a row: ${constraint}`, options);
    this.constraint = constraint;
  }
}

/** A row that is to be appended has a value that its table does not hold as it is: each record must be looked at. */
export class UnfitRow extends RefusedRow {
  constructor() {
    super('the table does not hold a value as it is');
  }
}

/** A value that a table has no place for. */
export interface Misfit {
  readonly column: string;
  /** The type of the column, as the database words it; undefined where there is no such column. */
  readonly words: string | undefined;
  readonly why: string;
  /** Where it is the column for the rest: the members in it. */
  readonly members?: readonly string[];
}

/** A row of which repairs have changed values, with their names: one for each value. */
export interface FittedRow {
  readonly row: Row;
  readonly repairs: readonly ColumnRepairName[];
}

/** What a lookup found of a row; `several` where it is not unique, nothing where there is none. */
export type FoundRow = { readonly value: Value } | 'several' | undefined;

/** One transaction of a load. In a dry run `merge` and `createOwners` write to shadow tables that vanish. */
export interface Transaction {
  /** The rows that lookups find, in the order given. Keys within one call are complete: no lookup among them. */
  find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]>;
  /** The state of each group before the merge, in the order given. Keys within one call are distinct. */
  compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]>;
  /**
   * Which of these groups, which were compared last, may lose child rows: all are as given, and no row that stays refers to one of
   * them. Nobody else changes these rows until the transaction ends.
   */
  findLoose(going: ReadonlyMap<RowGroup, readonly ChildRows[]>): Promise<ReadonlySet<RowGroup>>;
  /** Creates placeholder owners where missing; the ids that were created. */
  createOwners(ids: readonly string[]): Promise<readonly string[]>;
  /** Deletes what goes, inserts what is absent and updates what differs; all or nothing. Throws RefusedRow when a constraint forbids a row. */
  merge(groups: readonly Merge[]): Promise<void>;
  /**
   * Inserts rows without looking what is there. Where the database refuses one, because its key is taken or because a
   * constraint forbids it, the transaction ends with RefusedRow, at the latest when it is committed. `meanwhile` is called
   * once, when all rows are on their way: a server is then at work for a while. Throws UnfitRow where a table of other types does
   * not hold a value.
   */
  append(segments: readonly Segment[], meanwhile: () => void): Promise<void>;
  /** Moves what numbers rows of these tables past the numbers that are there, and never back. */
  passNumbers(tables: readonly Table[]): Promise<void>;
  insertLedger(table: Table, rows: readonly LedgerRow[]): Promise<void>;
}

/** What reads can ask as well. */
export type Finder = Pick<Transaction, 'find'>;

/** Names one transaction in the ledger, so that a commit whose answer was lost can be looked up. */
export interface BatchMark {
  readonly runId: string;
  readonly batch: number;
  /** In a run that several processes share: whether others may write at the same time. */
  readonly company?: Company;
}

/** `beside` other transactions of the same run, or `alone`: then all that others wrote is committed and visible. */
export type Company = 'beside' | 'alone';

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
  /** Characters of these texts that it cannot store, because its encoding has none such. */
  unstorable(texts: Iterable<string>): Promise<ReadonlySet<string>>;
  /**
   * Creates those of the tables, all declared ones where none are named, and of the ledger that are missing, and records the
   * schema version. Returns their names. In a dry run it makes what rows of these tables are tried on, once.
   */
  createTables(tables?: readonly Table[]): Promise<readonly string[]>;
  /** The declared tables as they are stored, by the catalog alone. */
  examine(): Promise<Shape>;
  /** Columns of declared tables that no declaration knows, and that hold a value in some row, as `table.column`. */
  undeclaredColumns(): Promise<readonly string[]>;
  hasTable(table: Table): boolean;
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

/** After so many seconds without a sign of life, by the clock of the database, the holder of a target is dead. */
export const LEASE_SECONDS = 10;

/** A run, or a shard of one, that wants the target for itself. */
export interface WantedLease {
  /** Names the process: see process-identity.ts. */
  readonly holder: string;
  /** Whether another holder is known to be dead, though his time is not over. */
  readonly mayTakeOver: (holder: string) => boolean;
}

export interface LeaseOwner {
  readonly runId: string;
  readonly shard: number | null;
}

/** Who works on the target. Times are UTC. */
export interface HeldBy {
  readonly runId: string;
  readonly holder: string;
  readonly since: string;
  /** His last sign of life. */
  readonly renewedAt: string;
  /** In the middle of a transaction. */
  readonly isAtWork: boolean;
}

/** `lastBatch` is 0 for none. */
export type BegunRun = { readonly lastBatch: number } | { readonly heldBy: HeldBy };

export function leaseLost(runId: string): MigrateError {
  return new MigrateError('lease-lost', `run ${runId} does not hold the database any more`);
}

/** What the processes that share a run tell each other, through the ledger. */
export interface RunSharing {
  /**
   * Inserts the run where it is the first shard of it, and the shard, or opens both again. The shard's last batch is
   * counted from 0. Throws `not-this-run` where the run has another number of shards, or none; nothing is changed then.
   */
  begin(
    run: LedgerRow & { readonly run_id: string },
    shard: Shard,
    wanted: WantedLease,
    start: ShardStart,
  ): Promise<BegunRun>;
  update(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<void>;
  /**
   * Notes that a shard is done with its files, with `loaded_at` among the values. True where all others are as well: exactly
   * one shard is the last. It counts as running on.
   */
  finish(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<boolean>;
  /** The run has ended: so has every shard that was killed after it was done with its files. */
  endAll(runId: string): Promise<void>;
  /** By number. Also during a transaction. */
  batches(runId: string, ranges: readonly BatchRange[]): Promise<readonly ClaimedBatch[]>;
  /** During a transaction: takes keys from a file, which must be loaded again. */
  displace(runId: string, path: string, batches: readonly ClaimedBatch[]): Promise<void>;
}

export interface ShardStart {
  /** What the row of the shard says at the beginning, as JSON. */
  readonly report: string;
  /** Is given the report of every shard that has begun before; throws where this one does not belong to them. */
  readonly refuse: (report: string) => void;
}

/** Batches between two numbers, without these. */
export interface BatchRange {
  readonly after: number;
  readonly before: number;
}

export interface ClaimedBatch {
  readonly batch: number;
  /** See batch/claims.ts. */
  readonly claims: Uint8Array;
}

export type KeyForm = 'stored' | 'named';

/** What stands before the generated key of a row without a record key, where rows must be told apart all the same. */
export type UnkeyedRows = 'row ';

export type LedgerRow = Readonly<Record<string, Value | Uint8Array>>;

/** The questions that the program asks its ledger. */
export type LedgerQuery =
  /** The newest row of each path that tells of rows, by path (bytewise): a file that was left out stays loaded. */
  | { readonly kind: 'latest-files' }
  | { readonly kind: 'files-of-run'; readonly runId: string }
  /** Newest first. */
  | { readonly kind: 'runs' }
  | { readonly kind: 'shards' }
  | { readonly kind: 'batches' }
  | { readonly kind: 'batches-of-run'; readonly runId: string }
  /** What was declared for a run: one row, or none where nothing was noted. */
  | { readonly kind: 'declarations-of-run'; readonly runId: string };

/** The table that answers each question. */
export const LEDGER_TABLE = {
  'latest-files': LEDGER.files,
  'files-of-run': LEDGER.files,
  runs: LEDGER.runs,
  shards: LEDGER.shards,
  batches: LEDGER.batches,
  'batches-of-run': LEDGER.batches,
  'declarations-of-run': LEDGER.declarations,
} as const satisfies Record<LedgerQuery['kind'], Table>;

/** Where rows go: parsed once, without a secret in `label`. */
export type Target =
  | { readonly kind: 'sqlite'; readonly path: string; readonly label: string }
  | { readonly kind: 'postgres'; readonly config: PostgresConfig; readonly label: string };

export interface PostgresConfig {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly ssl?:
    | boolean
    | {
        readonly rejectUnauthorized: boolean;
        readonly ca?: string;
        /** The file that `ca` was read from. */
        readonly caPath?: string;
        readonly checkHostname: boolean;
      };
  readonly applicationName?: string;
  /** As libpq's `options`: settings of the session, or what a provider routes by. */
  readonly options?: string;
  /** Where a password is looked up that is not given. */
  readonly passwordFile?: string;
  /** Binds the password to the TLS connection, where the server can. */
  readonly bindsChannel?: boolean;
  /** In ms. */
  readonly connectTimeout?: number;
}

export interface OpenOptions {
  readonly declared: DeclaredTables;
  readonly dbSchema: string;
  /** Where a new ledger shall be; on PostgreSQL. */
  readonly ledgerSchema?: string | undefined;
  /** The zone of times in columns of an application that name none. Default: UTC. */
  readonly databaseZone?: string | undefined;
  readonly dryRun: boolean;
  /** Reads only: fails where the database does not exist. */
  readonly readOnly?: boolean;
  /** Everything is rolled back: the files of the database stay as they are, also when the connection is closed. */
  readonly isTrial?: boolean;
  /** After an interruption a statement that waits for others is given up, and nothing is tried again. */
  readonly signal?: AbortSignal;
  /** Told about each retry of a transient error. */
  readonly onRetry?: (notice: { readonly attempt: number; readonly reason: string }) => void;
}
