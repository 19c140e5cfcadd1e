import { BesideRecords } from './beside-records.ts';
import { isBlank, mayBeginValue, NEWLINE } from './bytes.ts';
import { documentRecord } from './document-record.ts';
import { LineTracker, type TextPlace } from './line-tracker.ts';
import type { RawRecord, SplitFailure, SplitLimits } from './raw-record.ts';
import { RecordBuffer } from './record-buffer.ts';
import { ValueScanner } from './value-scanner.ts';

const NO_BYTES = Buffer.alloc(0);

/** Skipped like a blank: nothing is recovered behind a document that is cut off. https://www.rfc-editor.org/rfc/rfc7464 */
const RECORD_SEPARATOR = 0x1e;

/** Splits JSON documents that follow one another, each over any number of lines. */
export class SequenceSplitter {
  /** There is nothing beside the documents. */
  readonly beside = new BesideRecords();
  failure: SplitFailure | undefined;
  readonly #lines = new LineTracker();
  readonly #limits: SplitLimits;
  readonly #scanner = new ValueScanner();
  readonly #buffer: RecordBuffer;
  /** Where the document at hand begins. */
  #begin: TextPlace | undefined;
  #count = 0;
  #seenBytes = false;
  #records: RawRecord[] = [];

  constructor(limits: SplitLimits) {
    this.#limits = limits;
    this.#buffer = new RecordBuffer(limits.maxRecordBytes);
  }

  push(chunk: Buffer, from: number): RawRecord[] {
    this.#records = [];
    if (this.failure !== undefined) return this.#records;
    this.#lines.enter(chunk);
    this.#seenBytes ||= chunk.length > 0;
    if (from > 0) this.#lines.startLineAt(from);
    for (let at = from; at < chunk.length && this.failure === undefined; ) {
      at = this.#begin === undefined ? this.#between(chunk, at) : this.#scan(chunk, at);
    }
    this.#lines.leave();
    return this.#records;
  }

  end(): RawRecord[] {
    this.#records = [];
    if (this.failure !== undefined) return this.#records;
    if (this.#begin !== undefined && this.#scanner.endsWithInput) this.#finish(NO_BYTES, 0, 0);
    else if (this.#begin !== undefined) {
      const message = 'the file ends in the middle of the value that begins here';
      this.failure = { code: 'truncated-json', message, ...this.#begin };
    } else if (this.#count === 0) {
      this.failure = {
        code: 'empty-file',
        message: this.#seenBytes ? 'nothing but white space' : 'the file is empty',
        byte: 0,
        line: 1,
        column: 1,
      };
    }
    return this.#records;
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    if (byte === NEWLINE) this.#lines.newlines(1, at);
    if (isBlank(byte) || byte === NEWLINE || byte === RECORD_SEPARATOR) return at + 1;
    const place = this.#lines.place(at);
    if (!mayBeginValue(byte)) {
      this.failure = { code: 'invalid-json', message: 'no JSON value begins like this', ...place };
      return at;
    }
    this.#begin = place;
    this.#scanner.start(byte);
    return this.#scan(chunk, at);
  }

  #scan(chunk: Buffer, at: number): number {
    const scanner = this.#scanner;
    const end = scanner.scan(chunk, at, chunk.length);
    if (scanner.newlines > 0) this.#lines.newlines(scanner.newlines, scanner.lastNewline);
    if (end === -1) {
      this.#buffer.add(chunk, at, chunk.length);
      return chunk.length;
    }
    this.#finish(chunk, at, end);
    return end;
  }

  #finish(chunk: Buffer, from: number, to: number): void {
    const begin = this.#begin;
    if (begin === undefined) return;
    this.#begin = undefined;
    const bytes = this.#buffer.take(chunk, from, to);
    const { maxRecordBytes } = this.#limits;
    this.#records.push(documentRecord({ number: ++this.#count, begin, bytes, scanner: this.#scanner, maxRecordBytes }));
  }
}
