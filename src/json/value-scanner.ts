import { BACKSLASH, LETTER_U, NEWLINE, QUOTE } from './bytes.ts';
import { MAX_DEPTH, NON_FINITE, PLAIN_NUMBERS, TOO_DEEP, UNICODE_ESCAPE } from './raw-record.ts';
import { numbersSurviveDouble } from './shortest-decimal.ts';

const PLAIN = 0;
const STRING = 1;
const OPEN = 2;
const CLOSE = 3;
const COLON = 4;
const CAPITAL = 5;
const LINE_END = 6;
const EXPONENT = 7;

/** What a byte outside strings means. */
const CLASSES = classTable({
  [STRING]: '"',
  [OPEN]: '[{',
  [CLOSE]: ']}',
  [COLON]: ':',
  [CAPITAL]: 'NI',
  [LINE_END]: '\n',
  [EXPONENT]: 'eE',
});

/** Bytes that end a number or a word which stands alone as a record. */
const SCALAR_ENDS = classTable({ 1: ' \t\r\n,]}[{"' });

/** Numbers shorter than this without an exponent have at most 15 digits, and 15 digits survive a double. */
const LONG_NUMBER = 16;

function classTable(classes: Readonly<Record<number, string>>): Uint8Array {
  const table = new Uint8Array(256);
  for (const [code, characters] of Object.entries(classes)) {
    for (const character of characters) table[character.charCodeAt(0)] = Number(code);
  }
  return table;
}

/**
 * Finds the end of one JSON value in chunks cut anywhere, and notes what the parser must look at. It counts brackets
 * without comparing their kinds: judging a damaged value is the parser's business.
 */
export class ValueScanner {
  members = 0;
  signs = PLAIN_NUMBERS;
  /** Line ends passed in the last `scan`, and the index of the last of them. */
  newlines = 0;
  lastNewline = -1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #scalar = false;

  /** Prepares for a value that begins with this byte. */
  start(firstByte: number): void {
    this.members = 0;
    this.signs = PLAIN_NUMBERS;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    const kind = CLASSES[firstByte];
    this.#scalar = kind !== STRING && kind !== OPEN;
  }

  /** A number or word at the very end of a document is complete: nothing else could end it. */
  get endsWithInput(): boolean {
    return this.#scalar;
  }

  /** The index behind the value, or -1 when it goes on behind `to`. */
  scan(bytes: Buffer, from: number, to: number): number {
    this.newlines = 0;
    return this.#scalar ? this.#scanScalar(bytes, from, to) : this.#scanNested(bytes, from, to);
  }

  #scanScalar(bytes: Buffer, from: number, to: number): number {
    // A lone scalar is too short to be worth a closer look.
    this.signs &= ~PLAIN_NUMBERS;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if (SCALAR_ENDS[byte] === 1) return i;
      if (CLASSES[byte] === CAPITAL) this.signs |= NON_FINITE;
    }
    return -1;
  }

  // The hot loop of the program: state lives in locals, and the two inner loops do nothing but skip.
  #scanNested(bytes: Buffer, from: number, to: number): number {
    let i = from;
    let depth = this.#depth;
    let members = this.members;
    let signs = this.signs;
    let inString = this.#inString;
    if (this.#escaped && i < to) {
      this.#escaped = false;
      if (bytes[i] === LETTER_U) signs |= UNICODE_ESCAPE;
      if (bytes[i] !== NEWLINE) i++;
    }
    let end = -1;
    scanning: while (i < to) {
      if (inString) {
        let byte = 0;
        while (i < to) {
          byte = bytes[i++] as number;
          if (byte === QUOTE || byte === BACKSLASH || byte === NEWLINE) break;
        }
        if (byte === QUOTE) {
          inString = false;
          if (depth === 0) {
            end = i;
            break;
          }
        } else if (byte === BACKSLASH) {
          if (i === to) this.#escaped = true;
          else {
            if (bytes[i] === LETTER_U) signs |= UNICODE_ESCAPE;
            if (bytes[i] !== NEWLINE) i++;
          }
        } else if (byte === NEWLINE) {
          this.newlines++;
          this.lastNewline = i - 1;
        }
        continue;
      }
      const runStart = i;
      let kind = PLAIN;
      while (i < to) {
        kind = CLASSES[bytes[i++] as number] as number;
        if (kind !== PLAIN) break;
      }
      if (i - runStart > LONG_NUMBER && !numbersSurviveDouble(bytes, runStart, i - 1)) signs &= ~PLAIN_NUMBERS;
      // The run goes on in the next chunk, perhaps with the rest of a number.
      if (kind === PLAIN) signs &= ~PLAIN_NUMBERS;
      switch (kind) {
        case STRING:
          inString = true;
          break;
        case OPEN:
          if (++depth > MAX_DEPTH) signs |= TOO_DEEP;
          break;
        case CLOSE:
          if (--depth === 0) {
            end = i;
            break scanning;
          }
          break;
        case COLON:
          members++;
          break;
        case CAPITAL:
          signs |= NON_FINITE;
          break;
        case LINE_END:
          this.newlines++;
          this.lastNewline = i - 1;
          break;
        case EXPONENT:
          // The e of true and false follows a letter.
          if (i - 1 === runStart || isDigitOrPoint(bytes[i - 2] as number)) signs &= ~PLAIN_NUMBERS;
          break;
        default:
          break;
      }
    }
    this.#depth = depth;
    this.members = members;
    this.signs = signs;
    this.#inString = inString;
    return end;
  }
}

function isDigitOrPoint(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e;
}
