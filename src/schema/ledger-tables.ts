import type { Table } from './table.ts';

const time = { type: 'timestamp' } as const;
const text = { type: 'text' } as const;
const requiredText = { type: 'text', notNull: true } as const;
const requiredInteger = { type: 'integer', notNull: true } as const;

/** The version of the bookkeeping tables: a release in which they differ from the one before raises it. */
export const SCHEMA_VERSION = 1;

/** Which process is at work, and its last sign of life by the clock of the database. */
const lease = { lease_holder: text, lease_renewed_at: time } as const;

/**
 * The tables that say what was loaded. Their rows commit in the transaction of the rows they tell of. What they are called in a
 * database, ledger-place.ts says.
 */
export const LEDGER = {
  schemaVersion: {
    name: 'schema_version',
    columns: {
      version: requiredInteger,
      description: requiredText,
      checksum: requiredText,
      applied_at: time,
      duration_ms: { type: 'integer' },
      /** Steps that adopted tables of an application, their copies, and the way back: see databases/schema-changes.ts. */
      details: { type: 'json' },
    },
    primaryKey: ['version'],
    naturalKey: ['version'],
  },
  runs: {
    name: 'runs',
    columns: {
      run_id: requiredText,
      tool_version: requiredText,
      command: requiredText,
      root: text,
      status: requiredText,
      exit_code: { type: 'integer' },
      started_at: time,
      finished_at: time,
      /** The run's report without its files. */
      report: { type: 'json' },
      ...lease,
    },
    primaryKey: ['run_id'],
    naturalKey: ['run_id'],
  },
  /** The processes that share a run: a row each. A run without shards has none. */
  shards: {
    name: 'shards',
    columns: {
      run_id: requiredText,
      shard: requiredInteger,
      /** How many there are. The same for all of a run. */
      shards: requiredInteger,
      status: requiredText,
      /** The last phase of which all its files are done: see datasets/registry.ts. */
      phase: requiredInteger,
      /** When it was done with its files, but for those that it left to the last shard. */
      loaded_at: time,
      exit_code: { type: 'integer' },
      started_at: time,
      finished_at: time,
      /** The shard's report without its files. */
      report: { type: 'json' },
      ...lease,
    },
    primaryKey: ['run_id', 'shard'],
    naturalKey: ['run_id', 'shard'],
  },
  files: {
    name: 'files',
    columns: {
      id: { type: 'identity' },
      run_id: requiredText,
      path: requiredText,
      dataset: text,
      status: requiredText,
      sha256: text,
      bytes: { type: 'integer' },
      mtime_ns: text,
      ctime_ns: text,
      inode: text,
      fingerprint: text,
      /** Where the file was moved to after its rows were committed. */
      archived_to: text,
      /** The file's entry in the run's report. */
      report: { type: 'json' },
      /** What the file adds to the totals of a run: many files have the same, so that few of them need to be parsed. */
      counts: { type: 'json' },
    },
    primaryKey: ['id'],
    naturalKey: ['id'],
    indexes: [
      ['path', 'id'],
      ['run_id', 'path'],
    ],
  },
  /** What tells rows apart of tables that have no column for it, and what else of such rows has no column. */
  rowKeys: {
    name: 'row_keys',
    columns: {
      id: { type: 'identity' },
      table_name: requiredText,
      /** The row's own key, as a number or as text. */
      row_number: { type: 'integer' },
      row_text: text,
      record_key: text,
      /** By column. */
      kept: { type: 'json' },
    },
    primaryKey: ['id'],
    naturalKey: ['id'],
    unique: [
      ['table_name', 'row_number'],
      ['table_name', 'row_text'],
      ['table_name', 'record_key'],
    ],
  },
  batches: {
    name: 'batches',
    columns: {
      run_id: requiredText,
      batch: requiredInteger,
      records: requiredInteger,
      /** Which record of which file holds which key: see load/claim-list.ts. */
      claims: { type: 'bytes' },
      /** What `undo` must know besides, NULL where that was not wanted: see load/memory.ts. */
      undo: { type: 'bytes' },
      committed_at: time,
    },
    primaryKey: ['run_id', 'batch'],
    naturalKey: ['run_id', 'batch'],
  },
  /** What was declared when files were loaded, each once: see recipes/kept.ts. */
  declarations: {
    name: 'declarations',
    columns: { hash: requiredText, content: requiredText },
    primaryKey: ['hash'],
    naturalKey: ['hash'],
  },
  /** Under which of them a run has loaded. Runs of older versions have none. */
  runDeclarations: {
    name: 'run_declarations',
    columns: { run_id: requiredText, hash: requiredText },
    primaryKey: ['run_id'],
    naturalKey: ['run_id'],
  },
} as const satisfies Record<string, Table>;

export type LedgerName = keyof typeof LEDGER;

export const LEDGER_LIST: readonly Table[] = Object.values(LEDGER);
