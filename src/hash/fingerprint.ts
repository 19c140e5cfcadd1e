/** How many 32-bit words a fingerprint has: 128 bits, so that equal prints may stand for equal input. */
export const PRINT_LENGTH = 4;

/**
 * Hashes texts and bytes to 128 bits, in a fraction of the time that a cryptographic hash takes. Equal input gives equal
 * prints on every machine; nothing stops somebody from constructing two inputs with the same print.
 *
 * Each piece enters as its length and its words, in blocks of four words. The steps are those of MurmurHash3_x86_128:
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp. Every step can be reversed, so that two inputs
 * that differ in one block only never have the same print.
 */
export class Fingerprint {
  a = 0;
  b = 0;
  c = 0;
  d = 0;

  /** The words as a text: equal for equal prints. */
  get text(): string {
    return `${this.a} ${this.b} ${this.c} ${this.d}`;
  }

  begin(): void {
    this.a = this.b = this.c = this.d = 0;
  }

  /** UTF-16 units. */
  addText(text: string): void {
    const { length } = text;
    this.addBlock(length, unitsAt(text, 0), unitsAt(text, 2), unitsAt(text, 4));
    for (let i = 6; i < length; i += 8)
      this.addBlock(unitsAt(text, i), unitsAt(text, i + 2), unitsAt(text, i + 4), unitsAt(text, i + 6));
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    this.addBlock(to - from, wordAt(bytes, from, to), wordAt(bytes, from + 4, to), wordAt(bytes, from + 8, to));
    let at = from + 12;
    for (; at + 16 <= to; at += 16)
      this.addBlock(fullWord(bytes, at), fullWord(bytes, at + 4), fullWord(bytes, at + 8), fullWord(bytes, at + 12));
    if (at < to)
      this.addBlock(
        wordAt(bytes, at, to),
        wordAt(bytes, at + 4, to),
        wordAt(bytes, at + 8, to),
        wordAt(bytes, at + 12, to),
      );
  }

  /** Differs from every text, also from an empty one. */
  addNull(): void {
    this.addBlock(-1, 0, 0, 0);
  }

  end(): void {
    this.spread();
    this.a = avalanche(this.a);
    this.b = avalanche(this.b);
    this.c = avalanche(this.c);
    this.d = avalanche(this.d);
    this.spread();
  }

  /** The print of what was added until now, while more may follow. */
  ended(): Fingerprint {
    const print = Object.assign(new Fingerprint(), this);
    print.end();
    return print;
  }

  writeTo(words: Int32Array, at: number): void {
    words[at] = this.a;
    words[at + 1] = this.b;
    words[at + 2] = this.c;
    words[at + 3] = this.d;
  }

  private addBlock(one: number, two: number, three: number, four: number): void {
    let { a, b, c, d } = this;
    a ^= Math.imul(turn(Math.imul(one, 0x239b961b), 15), 0xab0e9789);
    a = (Math.imul(turn(a, 19) + b, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(turn(Math.imul(two, 0xab0e9789), 16), 0x38b34ae5);
    b = (Math.imul(turn(b, 17) + c, 5) + 0x0bcaa747) | 0;
    c ^= Math.imul(turn(Math.imul(three, 0x38b34ae5), 17), 0xa1e38b93);
    c = (Math.imul(turn(c, 15) + d, 5) + 0x96cd1c35) | 0;
    d ^= Math.imul(turn(Math.imul(four, 0xa1e38b93), 18), 0x239b961b);
    d = (Math.imul(turn(d, 13) + a, 5) + 0x32ac3b17) | 0;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** Each word depends on all four. */
  private spread(): void {
    this.a = (this.a + this.b + this.c + this.d) | 0;
    this.b = (this.b + this.a) | 0;
    this.c = (this.c + this.a) | 0;
    this.d = (this.d + this.a) | 0;
  }
}

/** The text of the print whose words begin at `at`. */
export function printText(words: Int32Array, at: number): string {
  return words.subarray(at, at + PRINT_LENGTH).join(' ');
}

/** Whether the prints at two places are equal. */
export function isSamePrint(words: Int32Array, at: number, others: Int32Array, from: number): boolean {
  return (
    words[at] === others[from] &&
    words[at + 1] === others[from + 1] &&
    words[at + 2] === others[from + 2] &&
    words[at + 3] === others[from + 3]
  );
}

function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Two units of a text. After its end zero: the length says where that is. */
function unitsAt(text: string, at: number): number {
  const { length } = text;
  if (at >= length) return 0;
  return text.charCodeAt(at) | (at + 1 < length ? text.charCodeAt(at + 1) << 16 : 0);
}

/** Four bytes. After the end zero. */
function wordAt(bytes: Uint8Array, at: number, to: number): number {
  if (at + 4 <= to) return fullWord(bytes, at);
  let word = 0;
  for (let i = to - 1; i >= at; i--) word = (word << 8) | (bytes[i] as number);
  return word;
}

function fullWord(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
