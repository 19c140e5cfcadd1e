const FIRST_SIZE = 4096;

/** Collects the bytes of one value that spans chunks, up to a limit; beyond it nothing is kept. */
export class RecordBuffer {
  readonly #limit: number;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  #overflown = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get overflown(): boolean {
    return this.#overflown;
  }

  add(chunk: Buffer, from: number, to: number): void {
    if (this.#overflown || from === to) return;
    const length = this.#length + to - from;
    if (length > this.#limit) {
      this.#overflown = true;
      this.#buffer = Buffer.alloc(0);
      this.#length = 0;
      return;
    }
    if (length > this.#buffer.length) this.#grow(length);
    chunk.copy(this.#buffer, this.#length, from, to);
    this.#length = length;
  }

  /**
   * The value that ends at `to`: a view on the chunk where it lies in one chunk. Undefined when it is over the limit.
   * The buffer is given away, so that the bytes stay valid while the next value is collected.
   */
  take(chunk: Buffer, from: number, to: number): Buffer | undefined {
    if (this.#length === 0 && !this.#overflown) {
      return to - from > this.#limit ? undefined : chunk.subarray(from, to);
    }
    this.add(chunk, from, to);
    const bytes = this.#overflown ? undefined : this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    this.#overflown = false;
    return bytes;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_SIZE, 2 * length));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
