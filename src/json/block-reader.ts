import type { TextPlace } from './line-tracker.ts';
import type { ExampleMember } from './plain-rules.ts';
import type { PlainValues } from './raw-record.ts';
import type { RecordBlock } from './record-block.ts';

export interface BlockStart {
  /** The index of the first record in the chunk. */
  readonly from: number;
  /** The number and the place of that record. */
  readonly number: number;
  readonly place: TextPlace;
  /** Each record is followed by a line end, not by a comma. */
  readonly areLines: boolean;
  readonly maxRecordBytes: number;
}

/** Reads records at once, with the same result as one by one. */
export interface BlockReader {
  /** The bytes of the records that are read next. */
  enter(chunk: Buffer): void;
  /** Records look like this one, which was read by itself by the example: those behind it may be read at once. */
  learn(example: readonly ExampleMember[], values: Omit<PlainValues, 'from'>): void;
  /** Undefined where the first record must be looked at by itself. */
  read(example: readonly ExampleMember[], start: BlockStart): RecordBlock | undefined;
}
