import type { ColumnRepairName } from '../databases/column-repairs.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { ConflictMode } from './decide.ts';

export interface LoadOptions {
  readonly declared: DeclaredTables;
  readonly runId: string;
  /** Of the same run, where it was begun before: its batches are numbered on. */
  readonly lastBatch: number;
  /** What becomes of rows of a dataset that are there and differ. */
  readonly onConflictOf: (dataset: string) => ConflictMode;
  /** Somebody has decided what becomes of them, also where they are known by nothing but a number that the database made. */
  readonly takesNumbers: (dataset: string) => boolean;
  /** The child tables of a dataset of which rows go that its records no longer have. */
  readonly surplusGoes: (dataset: string) => ReadonlySet<string>;
  /** Of several states of a record of the dataset the one that was changed last counts: files hold no row against each other. */
  readonly hasStates: (dataset: string) => boolean;
  /** Also over a row that another file holds: somebody has looked at both records, and wants this one. */
  readonly overwritesHolders: boolean;
  /** What is done is remembered, so that it can be undone. */
  readonly remembers: boolean;
  /** When the records of a dataset load: those that others refer to go first, in one transaction as well. */
  readonly levelOf: (dataset: string) => number;
  /** What may be done to values that a table does not hold. */
  readonly repairs: readonly ColumnRepairName[];
  /** How many batches may load at the same time. */
  readonly batchesAtOnce: number;
  /** A file with a reject loads nothing. */
  readonly wholeFiles: boolean;
  /** Where several processes share the run: which of two files that were loaded in the wrong order keeps a key. */
  readonly precedence?: Precedence | 'settled-later';
}

/**
 * What becomes of files that hold a group, equal ones, which other processes of this run have loaded before an earlier
 * file that has it: they stay; they give way; or their rows do as well, because this run has inserted them.
 */
export type Precedence = (group: RowGroup, holders: readonly string[]) => 'stays' | 'yields' | 'vanishes';
