import { type Container, type RawRecord, RecordSplitter, type SplitFailure } from '../../src/json/split.ts';

export interface Split {
  readonly records: readonly (RawRecord & { readonly text: string })[];
  readonly failure: SplitFailure | undefined;
  readonly envelope: ReadonlyMap<string, number>;
  readonly collections: ReadonlySet<string>;
}

/** Splits bytes in chunks of the given sizes, over and over; every chunk is wiped after use, as a stream may do. */
export function split(
  input: string | Buffer,
  container: Container,
  sizes: readonly number[] = [1 << 20],
  maxRecordBytes = 1 << 24,
): Split {
  const bytes = Buffer.from(input);
  const splitter = new RecordSplitter(container, { maxRecordBytes });
  const records: (RawRecord & { text: string })[] = [];
  const keep = (raw: RawRecord) => records.push({ ...raw, bytes: Buffer.from(raw.bytes), text: raw.bytes.toString() });
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    for (const raw of splitter.push(chunk)) keep(raw);
    chunk.fill(0x7b);
    at += size;
  }
  for (const raw of splitter.end()) keep(raw);
  return {
    records,
    failure: splitter.failure,
    envelope: splitter.beside.envelope,
    collections: splitter.beside.collections,
  };
}
