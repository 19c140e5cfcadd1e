import { BesideRecords } from './beside-records.ts';
import { isBlank, NEWLINE } from './bytes.ts';
import { documentRecord } from './document-record.ts';
import { LineTracker, type TextPlace } from './line-tracker.ts';
import type { PlainReader } from './plain-reader.ts';
import { blockRecord, plainRecord } from './plain-record.ts';
import type { RawRecord, SplitFailure, SplitLimits } from './raw-record.ts';
import { RecordBuffer } from './record-buffer.ts';
import { ValueScanner } from './value-scanner.ts';

const NO_BYTES = Buffer.alloc(0);

/** Splits NDJSON: the newline byte ends a record even inside a broken string, so one bad line spoils no other. */
export class LineSplitter {
  readonly lines = new LineTracker();
  readonly beside = new BesideRecords();
  failure: SplitFailure | undefined;
  readonly #limits: SplitLimits;
  readonly #plain: PlainReader | undefined;
  readonly #scanner = new ValueScanner();
  readonly #buffer: RecordBuffer;
  /** Where the first byte of the line that is no white space was seen. */
  #begin: TextPlace | undefined;
  #number = 0;
  #seenBytes = false;

  constructor(limits: SplitLimits, plain?: PlainReader) {
    this.#limits = limits;
    this.#plain = plain;
    this.#buffer = new RecordBuffer(limits.maxRecordBytes);
  }

  push(chunk: Buffer, from: number): RawRecord[] {
    const records: RawRecord[] = [];
    this.lines.enter(chunk);
    this.#plain?.enter(chunk);
    if (from > 0) this.lines.startLineAt(from);
    this.#seenBytes ||= chunk.length > 0;
    let at = from;
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline;
      at = this.#skipBlanks(chunk, at, end);
      if (newline === -1) {
        this.#buffer.add(chunk, at, end);
        break;
      }
      const lastEnd = this.#readBlock(records, at);
      if (lastEnd === -1 && !this.#readPlain(records, chunk, at, end)) this.#finish(records, chunk, at, end);
      const passed = lastEnd === -1 ? newline : lastEnd;
      this.lines.newlines(1, passed);
      at = passed + 1;
    }
    this.lines.leave();
    return records;
  }

  end(): RawRecord[] {
    const records: RawRecord[] = [];
    this.#finish(records, NO_BYTES, 0, 0);
    if (this.#number === 0) {
      const message = this.#seenBytes ? 'nothing but white space' : 'the file is empty';
      this.failure = { code: 'empty-file', message, byte: 0, line: 1, column: 1 };
    }
    return records;
  }

  /** The index of the line end of the last line, where several were read at once; else -1. */
  #readBlock(records: RawRecord[], from: number): number {
    const place = this.#begin;
    if (place === undefined || place.byte !== this.lines.base + from) return -1;
    const number = this.#number + 1;
    const { maxRecordBytes } = this.#limits;
    const block = this.#plain?.readBlock({ from, number, place, areLines: true, maxRecordBytes });
    if (block === undefined) return -1;
    this.#begin = undefined;
    this.#number += block.count;
    records.push(blockRecord(number, place, block));
    if (block.newlines > 0) this.lines.newlines(block.newlines, block.lastNewline);
    return block.end;
  }

  /** Whether the line holds a record that needs no parser, and nothing behind it. */
  #readPlain(records: RawRecord[], chunk: Buffer, from: number, to: number): boolean {
    const [begin, plain] = [this.#begin, this.#plain];
    if (plain === undefined || begin === undefined || begin.byte !== this.lines.base + from) return false;
    const end = plain.read(from);
    if (end === -1 || plain.newlines > 0 || end - from > this.#limits.maxRecordBytes) return false;
    if (skipBlanks(chunk, end, to) !== to) return false;
    this.#begin = undefined;
    records.push(plainRecord(++this.#number, begin, { from, end }, plain));
    return true;
  }

  /** White space before the record is skipped, so that a long blank line needs no memory. */
  #skipBlanks(chunk: Buffer, from: number, end: number): number {
    if (this.#begin !== undefined) return from;
    const at = skipBlanks(chunk, from, end);
    if (at < end) this.#begin = this.lines.place(at);
    return at;
  }

  #finish(records: RawRecord[], chunk: Buffer, from: number, to: number): void {
    const begin = this.#begin;
    if (begin === undefined) return;
    this.#begin = undefined;
    const bytes = withoutTrailingBlanks(this.#buffer.take(chunk, from, to));
    this.#examine(bytes);
    const { maxRecordBytes } = this.#limits;
    records.push(documentRecord({ number: ++this.#number, begin, bytes, scanner: this.#scanner, maxRecordBytes }));
  }

  /** Counts what is in the line; what follows the first value is for the parser to refuse. */
  #examine(bytes: Buffer | undefined): void {
    this.#scanner.start((bytes ?? NO_BYTES)[0] ?? 0);
    if (bytes !== undefined) this.#scanner.scan(bytes, 0, bytes.length);
  }
}

function skipBlanks(chunk: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(chunk[at] as number)) at++;
  return at;
}

function withoutTrailingBlanks(bytes: Buffer | undefined): Buffer | undefined {
  if (bytes === undefined) return undefined;
  let end = bytes.length;
  while (end > 0 && isBlank(bytes[end - 1] as number)) end--;
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}
