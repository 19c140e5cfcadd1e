import type { RecordAccount } from '../datasets/account.ts';
import type { RowGroup } from '../schema/row-group.ts';

/** A record that obeys its dataset's rules, or the reasons why not; either way with the account of its members. */
export interface ValidRecord {
  readonly valid: unknown;
  readonly account: RecordAccount;
}

/** The rows of a record, with what duplicates are recognised by. */
export interface MappedRecord {
  readonly group: RowGroup;
  /** The print of table and natural key: equal for records that claim the same row. */
  readonly key: string;
  /** The print of all rows: equal for equal records. */
  readonly content: string;
  /** The row of another table that the record describes as well. */
  readonly lead?: MappedRecord;
}
