import type { TextPlace } from './line-tracker.ts';
import type { PlainReader } from './plain-reader.ts';
import type { RawRecord } from './raw-record.ts';
import type { RecordBlock } from './record-block.ts';

const NO_BYTES = Buffer.alloc(0);

/** The record that the reader has just read. */
export function plainRecord(
  number: number,
  place: TextPlace,
  { from, end }: { readonly from: number; readonly end: number },
  { row, columns, kept, extra, chunk }: PlainReader,
): RawRecord {
  const { byte, line, column } = place;
  return {
    number,
    key: undefined,
    byte,
    line,
    column,
    length: end - from,
    plain: { row, columns, kept, extra, chunk, from },
    bytes: NO_BYTES,
    members: columns,
    signs: 0,
    finding: undefined,
  };
}

/** Records that were read at once, by the number and the place of the first one. */
export function blockRecord(number: number, { byte, line, column }: TextPlace, block: RecordBlock): RawRecord {
  return {
    number,
    key: undefined,
    byte,
    line,
    column,
    length: block.bytes,
    block,
    bytes: NO_BYTES,
    members: 0,
    signs: 0,
    finding: undefined,
  };
}
