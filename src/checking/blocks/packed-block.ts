import type { AccountSummary } from '../../datasets/account.ts';
import type { RecordBlock } from '../../json/record-block.ts';
import type { RowGroup } from '../../schema/row-group.ts';
import { PLACE, PLACES } from '../packed-records.ts';

/** What a record of a block is by which the others were read: they differ from it in the values of their row. */
export interface BlockExample {
  readonly group: RowGroup;
  readonly account: AccountSummary;
}

/** Records of a block as packed records have them, column by column. */
export interface BlockColumns {
  readonly example: BlockExample;
  /** Encoded, one behind the other. */
  readonly rows: Uint8Array;
  /** With the prints, and in place of the account how many columns the members of the record fill. */
  readonly words: Int32Array;
  readonly places: Float64Array;
  /** Of each record in the file. */
  readonly lengths: Int32Array;
  /** The bytes around the records, and where the first of them begins. */
  readonly chunk: Buffer;
  readonly from: number;
}

/** A block whose records are checked and encoded. All of it is valid until the next chunk. */
export class PackedBlock implements RecordBlock {
  readonly count: number;
  readonly bytes: number;
  readonly end: number;
  readonly newlines: number;
  readonly lastNewline: number;
  readonly columns: BlockColumns;

  constructor({ count, end, newlines, lastNewline }: Omit<RecordBlock, 'bytes'>, columns: BlockColumns) {
    this.count = count;
    this.bytes = columns.lengths.reduce((sum, length) => sum + length, 0);
    this.end = end;
    this.newlines = newlines;
    this.lastNewline = lastNewline;
    this.columns = columns;
  }

  /** The bytes of a record, by its place in the block. */
  sourceOf(index: number): Uint8Array {
    const { places, lengths, chunk, from } = this.columns;
    const byteOf = (record: number): number => places[PLACES * record + PLACE.byte] ?? 0;
    const begin = from + byteOf(index) - byteOf(0);
    return new Uint8Array(chunk.subarray(begin, begin + (lengths[index] ?? 0)));
  }
}
