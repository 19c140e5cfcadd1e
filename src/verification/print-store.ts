import type { Scratch } from '../files/scratch.ts';
import { type Fingerprint, PRINT_LENGTH } from '../hash/fingerprint.ts';

/** Which of the two sides says that a row is, or should be, there. */
export type Side = 'expected' | 'stored';

/** What each entry holds, in 32-bit words: the prints of key and content, and where the row comes from. */
export const PRINT = { key: 0, content: PRINT_LENGTH, file: 2 * PRINT_LENGTH, record: 9, table: 10 } as const;
export const PRINT_WORDS = 11;

/** In place of a file: the row must be there, whatever is in it. */
export const ANYTHING = -1;

/** In place of a file: a row that is told of already, as another declaration reads it. */
export const ANOTHER_FORM = -2;

/** One after the other is held in memory: of a hundred million rows a million and a half, in 66 MB a side. */
export const PARTITIONS = 64;

const BUFFERED = 1024;

/** The prints of both sides, spread by key over partitions, in the scratch store: neither side is held in memory. */
export class PrintStore {
  private readonly words = new Int32Array(2 * PRINT_LENGTH);
  private readonly insert;
  private readonly select;
  private readonly buffers: Readonly<Record<Side, readonly Buffer32[]>>;

  constructor(scratch: Scratch) {
    scratch.exec(`CREATE TABLE prints (id INTEGER PRIMARY KEY, side TEXT, part INTEGER, entries BLOB);
      CREATE INDEX prints_part ON prints (part, side)`);
    this.insert = scratch.prepare<[string, number, Uint8Array]>(
      'INSERT INTO prints (side, part, entries) VALUES (?, ?, ?)',
    );
    this.select = scratch
      .prepare<[number, string], Buffer>('SELECT entries FROM prints WHERE part = ? AND side = ? ORDER BY id')
      .pluck();
    const empty = (): Buffer32[] => Array.from({ length: PARTITIONS }, () => new Buffer32());
    this.buffers = { expected: empty(), stored: empty() };
  }

  /** The words of a key and a content stand in `words` from a place on. */
  addWords(side: Side, words: Int32Array, at: number, file: number, record: number, table: number): void {
    const buffer = this.bufferFor(side, words[at] as number);
    const { entries } = buffer;
    for (let word = 0; word < PRINT.file; word++) entries[buffer.at++] = words[at + word] as number;
    entries[buffer.at++] = file;
    entries[buffer.at++] = record;
    entries[buffer.at++] = table;
  }

  add(
    side: Side,
    key: Readonly<Fingerprint>,
    content: Readonly<Fingerprint>,
    file: number,
    record: number,
    table: number,
  ): void {
    key.writeTo(this.words, PRINT.key);
    content.writeTo(this.words, PRINT.content);
    this.addWords(side, this.words, 0, file, record, table);
  }

  /** All entries of a side in a partition, in the order in which they were added. */
  entries(side: Side, partition: number): Int32Array {
    this.flush(side, partition);
    const pieces = this.select.all(partition, side);
    const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return new Int32Array(all.buffer);
  }

  private bufferFor(side: Side, word: number): Buffer32 {
    const partition = word & (PARTITIONS - 1);
    const buffer = this.buffers[side][partition] as Buffer32;
    if (buffer.at === buffer.entries.length) this.flush(side, partition);
    return buffer;
  }

  private flush(side: Side, partition: number): void {
    const buffer = this.buffers[side][partition] as Buffer32;
    if (buffer.at === 0) return;
    this.insert.run(side, partition, new Uint8Array(buffer.entries.buffer, 0, 4 * buffer.at));
    buffer.at = 0;
  }
}

class Buffer32 {
  readonly entries = new Int32Array(PRINT_WORDS * BUFFERED);
  at = 0;
}
