import type { MigrateError, RunStatus } from '../errors.ts';
import type { Reject } from '../reject.ts';

export type { Reject };

export type FileStatus = 'loaded' | 'unchanged' | 'partial' | 'failed' | 'not-reached' | 'unrecognised';

export interface RecordCounts {
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
}

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly kept: number;
  /** Child rows that records no longer have: see `surplus` in docs/declarations.md. */
  readonly deleted: number;
}

export const NO_ROWS: RowCounts = { inserted: 0, updated: 0, unchanged: 0, kept: 0, deleted: 0 };
export const NO_RECORDS: RecordCounts = { read: 0, loaded: 0, rejected: 0 };

export function addRows(a: RowCounts, b: RowCounts): RowCounts {
  return {
    inserted: a.inserted + b.inserted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    kept: a.kept + b.kept,
    // Entries of older versions do not have it.
    deleted: a.deleted + (b.deleted ?? 0),
  };
}

/** What a dataset amounts to in one run. */
export interface DatasetCounts extends RecordCounts {
  readonly files: number;
}

/** Where the members of loaded records went: every one is counted once. */
export interface Account {
  /** In a column. */
  readonly columns: number;
  /** In `extra`, unmapped or by rule. */
  readonly extra: number;
  /** Kept nowhere, by rule. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Not members: columns that a derivation filled. */
  readonly derived: number;
}

export const NO_ACCOUNT: Account = { columns: 0, extra: 0, dropped: {}, derived: 0 };

/** What became of one file. Its rejects are kept apart, because there may be very many. */
export interface FileEntry {
  readonly path: string;
  readonly dataset: string | null;
  readonly owner: string | null;
  readonly owner_from: string | null;
  readonly reason: string;
  readonly status: FileStatus;
  readonly skipped_by: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly records: RecordCounts;
  readonly rows: RowCounts;
  readonly repairs: Readonly<Record<string, number>>;
  readonly unmapped: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Records by dataset, where several take from the file: `dataset` is then the first by name. */
  readonly datasets?: Readonly<Record<string, RecordCounts>>;
  readonly archived_to: string | null;
}

/** Whether a file is partial only because --only leaves out its other datasets. */
export function isInPart({
  status,
  skipped_by,
  records,
}: Pick<FileEntry, 'status' | 'skipped_by' | 'records'>): boolean {
  return status === 'partial' && skipped_by === 'only' && records.rejected === 0;
}

/** Whether something of the file should be in the database and is not. */
export function hasProblem(file: Pick<FileEntry, 'status' | 'skipped_by' | 'records'>): boolean {
  return file.status === 'failed' || (file.status === 'partial' && !isInPart(file));
}

/** A file with its rejects, which are read while they are iterated. */
export interface FileReport extends FileEntry {
  readonly rejects: Iterable<Reject>;
}

export interface Warning {
  readonly code: string;
  readonly path: string | null;
  readonly message: string;
}

export interface Totals {
  readonly files: number;
  readonly files_loaded: number;
  readonly files_unchanged: number;
  readonly files_partial: number;
  readonly files_failed: number;
  /** The run stopped before them: the next one loads them. */
  readonly files_not_reached: number;
  readonly files_unrecognised: number;
  readonly bytes: number;
  readonly records_read: number;
  readonly records_loaded: number;
  readonly records_rejected: number;
  readonly repairs: number;
  readonly warnings: number;
}

/** What the exit code and the verdict depend on, and the totals do not say. */
export interface FileNotes {
  /** Of the unrecognised: files that look like data and were not read. */
  readonly unexplained: number;
  /** Of the partial: files of which --only leaves out the rest, and of what was read nothing was rejected. */
  readonly inPart: number;
  /** How often each repair was made. Unknown of runs of older versions. */
  readonly repairs?: Readonly<Record<string, number>>;
  /** Of the records of unchanged files: those whose row the application deleted. Unknown of runs of older versions. */
  readonly gone?: number;
}

/** A run as a whole: everything of the report but the files and warnings, which are streamed. */
export interface ReportHead {
  readonly report_version: 1;
  readonly tool_version: string;
  readonly run_id: string;
  readonly shard: string | null;
  readonly command: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly status: RunStatus;
  readonly exit_code: number;
  /** What ended the run early. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  /** The limit that stopped the run before its last file. */
  readonly stopped_by?: 'max-errors';
  readonly dry_run: boolean;
  readonly root: string;
  readonly target: string | null;
  readonly schema_version: number;
  readonly started_at: string;
  readonly finished_at: string;
  readonly duration_ms: number;
  readonly backup: string | null;
  readonly archive: string | null;
  readonly totals: Totals;
  /** Not in the JSON report. Unknown of runs of older versions. */
  readonly notes?: FileNotes;
  readonly datasets: Readonly<Record<string, DatasetCounts>>;
  readonly tables: Readonly<Record<string, RowCounts>>;
  /** By dataset. */
  readonly account: Readonly<Record<string, Account>>;
  /** Most frequent first. */
  readonly reject_codes: readonly RejectCount[];
  readonly throughput: Throughput;
}

export type RejectExample = Reject & { readonly path: string };

/** How many records one reason cost, with the first of them. */
export interface RejectCount {
  readonly code: string;
  readonly records: number;
  readonly example: RejectExample;
  /** A few that follow it. */
  readonly further: readonly RejectExample[];
}

/** Rows that went into the database in each interval since the run began. */
export interface Throughput {
  readonly interval_ms: number;
  readonly rows: readonly number[];
}

/** The report of a run. Files come by path; iterating again starts again. */
export interface Report {
  readonly head: ReportHead;
  readonly files: () => Iterable<FileReport>;
  readonly warnings: () => Iterable<Warning>;
  /** Most frequent first. */
  readonly rejectCodes: () => readonly RejectCount[];
  /** Frees the store behind `files` and `warnings`. */
  readonly close: () => void;
  /** The error of `head`, with its cause. */
  readonly error?: MigrateError;
}
