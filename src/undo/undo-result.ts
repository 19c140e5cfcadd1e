import type { RestoreResult } from '../copies/restore.ts';

export interface UndoTally {
  /** Rows that the run had created. A conversation and its messages count by their tables. */
  deleted: number;
  /** Rows that have their former values again. A conversation with its messages counts once. */
  restored: number;
  /** Rows that stay as they are. */
  kept: number;
}

/** A row that the run made and that stays as it is. */
export interface KeptRow {
  readonly table: string;
  /** The record that the run loaded into it; null where only the key tells the row. */
  readonly path: string | null;
  readonly record: number | null;
  readonly key: readonly string[] | null;
  /** Somebody has changed it since, or a row of another table refers to it. */
  readonly reason: 'changed' | 'referenced';
  /** The table that refers to it. */
  readonly by: string | null;
}

export interface UndoResult {
  /** The run that was undone. */
  readonly run_id: string;
  readonly target: string;
  readonly dry_run: boolean;
  readonly exit_code: number;
  readonly totals: Readonly<UndoTally>;
  readonly tables: Readonly<Record<string, Readonly<UndoTally>>>;
  /** The first ones; `totals` counts all. */
  readonly kept: readonly KeptRow[];
  /** Where its source files are, as far as they were moved. */
  readonly archives: readonly string[];
  /** What --restore-files did with each archive. */
  readonly restored_files: readonly RestoreResult[];
  readonly duration_ms: number;
}
