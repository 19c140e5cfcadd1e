import type { ChildRows, RowGroup, RowLookup } from '../schema/row-group.ts';
import type { Row, Table, Value } from '../schema/table.ts';
import type { ExactCells } from './exact-cells.ts';
import type { LedgerRow } from './ledger-query.ts';
import type { Segment } from './row-codec.ts';

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
  /** Of these the rows that another group of the batch takes over. */
  readonly moving?: readonly Row[];
}

export const ABSENT: Comparison = {
  root: 'absent',
  isPlaceholder: false,
  ownerDiffers: false,
  storedIsNewer: false,
  children: [],
};

/** A row that is there as it is given. */
export const SAME: Comparison = { ...ABSENT, root: 'same' };

/** A group to write, with what is known about it. */
export interface Merge {
  readonly group: RowGroup;
  readonly comparison: Comparison;
  /** Only where runs are shared: the group takes the place of what this run has inserted, with all its child rows. */
  readonly replaces?: true;
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
  /** What of these stored rows would not come back if their values were written: empty for most. In the order given. */
  exactCells(table: Table, rows: readonly Row[]): Promise<readonly ExactCells[]>;
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
  /**
   * Whether every one of these rows is there, as it is given, and those that have child tables have no other child rows. May say no
   * where it is so: then each row is to be compared.
   */
  holds(segments: readonly Segment[]): Promise<boolean>;
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
  /** Others of this process may run at the same time: it has a connection of its own. */
  readonly isBeside?: true;
}

/** `beside` other transactions of the same run, or `alone`: then all that others wrote is committed and visible. */
export type Company = 'beside' | 'alone';
