import { isAscii } from 'node:buffer';

export interface TextPlace {
  readonly byte: number;
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into the current chunk into lines and columns, at no cost per byte where the chunk is ASCII. */
export class LineTracker {
  /** Offset of the current chunk's first byte in the stream. */
  base = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #ascii = true;
  #line = 1;
  #lineStart = 0;
  /** UTF-8 continuation bytes between the start of the line and `#counted`. */
  #continuations = 0;
  #counted = 0;

  enter(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#ascii = isAscii(chunk);
    this.#counted = this.base;
  }

  leave(): void {
    this.#count(this.#chunk.length);
    this.base += this.#chunk.length;
    this.#chunk = Buffer.alloc(0);
  }

  /** A byte order mark is no column. */
  startLineAt(index: number): void {
    this.#lineStart = this.base + index;
    this.#counted = this.#lineStart;
    this.#continuations = 0;
  }

  /** `count` line ends passed, the last of them at `lastIndex` of the current chunk. */
  newlines(count: number, lastIndex: number): void {
    this.#line += count;
    this.startLineAt(lastIndex + 1);
  }

  /** Indexes must not go backwards, except within a line of ASCII. */
  place(index: number): TextPlace {
    this.#count(index);
    const byte = this.base + index;
    return { byte, line: this.#line, column: byte - this.#lineStart - this.#continuations + 1 };
  }

  #count(index: number): void {
    if (this.#ascii) return;
    const chunk = this.#chunk;
    let continuations = 0;
    for (let i = this.#counted - this.base; i < index; i++) {
      if (((chunk[i] as number) & 0xc0) === 0x80) continuations++;
    }
    this.#continuations += continuations;
    this.#counted = this.base + index;
  }
}
