import type { BesideRecords } from './beside-records.ts';
import type { PlainReader } from './plain-reader.ts';
import type { Container, RawRecord, SplitFailure, SplitLimits } from './raw-record.ts';
import { LineSplitter } from './split-lines.ts';
import { SequenceSplitter } from './split-sequence.ts';
import { TreeSplitter } from './split-tree.ts';

export * from './raw-record.ts';
export { pathText, placeAt, waysMeet } from './steps.ts';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits decoded UTF-8 bytes into records while they arrive, in memory bounded by the largest record. A byte order mark
 * at the start is skipped. Whether the bytes of a record are valid UTF-8 and valid JSON is for its reader to check.
 */
export class RecordSplitter {
  readonly #splitter: LineSplitter | SequenceSplitter | TreeSplitter;
  /** The first bytes, until they can be compared with a byte order mark. */
  #head: Buffer | undefined = Buffer.alloc(0);

  /** @param plain reads records that need no parser; without it the bytes of each record are handed out. */
  constructor(container: Container, limits: SplitLimits, plain?: PlainReader) {
    if (container.kind !== 'lines') this.#splitter = new TreeSplitter(container, limits, plain);
    else this.#splitter = container.isSequence ? new SequenceSplitter(limits) : new LineSplitter(limits, plain);
  }

  /** The records that end in this chunk. Their bytes are valid until the next `push` or `end`. */
  push(chunk: Buffer): RawRecord[] {
    if (this.#head === undefined) return this.#splitter.push(chunk, 0);
    const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    if (head.length < BYTE_ORDER_MARK.length) {
      this.#head = Buffer.from(head);
      return [];
    }
    this.#head = undefined;
    const marked = head.compare(BYTE_ORDER_MARK, 0, 3, 0, 3) === 0;
    return this.#splitter.push(head, marked ? BYTE_ORDER_MARK.length : 0);
  }

  /** What is left: the last line or document. Afterwards `failure` tells whether the container was complete. */
  end(): RawRecord[] {
    const head = this.#head ?? Buffer.alloc(0);
    this.#head = undefined;
    const records = head.length === 0 ? [] : this.#splitter.push(head, 0);
    return [...records, ...this.#splitter.end()];
  }

  /** What is wrong with the container. Nothing is split behind a failure; records before it were complete. */
  get failure(): SplitFailure | undefined {
    return this.#splitter.failure;
  }

  /** False where the root lacks the member in which the records lie. */
  get foundPlace(): boolean {
    return !(this.#splitter instanceof TreeSplitter) || this.#splitter.foundPlace;
  }

  /** The values beside the records of a document. */
  get beside(): BesideRecords {
    return this.#splitter.beside;
  }
}
