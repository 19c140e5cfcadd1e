/** How the rows of a table compare. A conversation with its messages counts once. */
export interface RowTally {
  equal: number;
  different: number;
  missing: number;
  /** Rows that a run loaded and no source has any more. */
  extra: number;
  /** Rows of the application, which no run loaded: they are nobody's to compare. */
  application: number;
}

/** One row that is not as it should be. No value is told, but for the key of a row that has no other name. */
export interface Difference {
  readonly kind: 'different' | 'missing' | 'extra';
  readonly table: string;
  /** The record that says how the row should be; of extra messages that of their conversation; null for any other extra row. */
  readonly path: string | null;
  readonly record: number | null;
  /** What differs, as pointers into the row: `/title`, `/extra/colour`, `/messages/3/content`. */
  readonly pointers: readonly string[];
  /** The natural key of an extra row, or of an owner who is not there. */
  readonly key: readonly string[] | null;
}

export interface RecordSums {
  readonly read: number;
  /** They are not valid, and no row is expected of them. */
  readonly rejected: number;
}

export interface VerifyResult {
  /** Null where the ledger is what is compared with. */
  readonly root: string | null;
  /** The database, without secrets. */
  readonly target: string;
  readonly exit_code: number;
  readonly records: RecordSums;
  readonly totals: Readonly<RowTally>;
  readonly tables: Readonly<Record<string, Readonly<RowTally>>>;
  /** The first ones; `totals` counts all. */
  readonly differences: readonly Difference[];
  readonly duration_ms: number;
}
