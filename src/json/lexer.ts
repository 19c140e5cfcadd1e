import type { RejectCode } from '../reject.ts';

/** What is wrong with a text; `offset` in UTF-16 units. Messages never quote the source. */
export interface Fault {
  readonly code: RejectCode;
  readonly message: string;
  readonly offset: number;
}

export type Word = 'true' | 'false' | 'null' | 'NaN' | 'Infinity' | '-Infinity';

const WORDS: readonly Word[] = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const BEGUN_NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][-+]?)?)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not stand in JSON strings
const STRING_STOP = /["\\\u0000-\u001f]/g;
const ESCAPED = /["\\/bfnrt]|u[\da-fA-F]{4}/y;
const BEGUN_ESCAPE = /(?:u[\da-fA-F]{0,3})?/y;

/** The tokens of RFC 8259 and Python's NaN and Infinity. Every reader answers undefined after setting `fault`. */
export class Lexer {
  readonly text: string;
  at: number;
  fault: Fault | undefined;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  /** Skips white space; the code unit behind it, NaN at the end. */
  peek(): number {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit;
      this.at++;
    }
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  fail(message: string, at = this.at): undefined {
    const truncated = at >= this.text.length;
    this.fault ??= {
      code: truncated ? 'truncated-json' : 'invalid-json',
      message: truncated ? 'the text ends in the middle of a value' : message,
      offset: Math.min(at, this.text.length),
    };
    return undefined;
  }

  /** The string that begins with the quote at `at`, decoded. */
  string(): string | undefined {
    const begin = this.at;
    const escaped = this.skipString();
    if (escaped === undefined) return undefined;
    if (!escaped) return this.text.slice(begin + 1, this.at - 1);
    return String(JSON.parse(this.text.slice(begin, this.at)));
  }

  /** Moves behind the string that begins at `at`; answers whether it has escapes. */
  skipString(): boolean | undefined {
    let escaped = false;
    let from = this.at + 1;
    for (;;) {
      STRING_STOP.lastIndex = from;
      const stop = STRING_STOP.exec(this.text)?.index;
      if (stop === undefined) return this.fail('', this.text.length);
      const unit = this.text.charCodeAt(stop);
      if (unit === 0x22) {
        this.at = stop + 1;
        return escaped;
      }
      if (unit !== 0x5c) return this.fail('a control character must be escaped in a string', stop);
      const end = matchEnd(ESCAPED, this.text, stop + 1);
      if (end === -1) return this.#wrongEscape(stop);
      escaped = true;
      from = end;
    }
  }

  #wrongEscape(backslash: number): undefined {
    const begun = matchEnd(BEGUN_ESCAPE, this.text, backslash + 1);
    return this.fail('wrong escape behind a backslash', begun === this.text.length ? begun : backslash);
  }

  /** The number at `at`, as the source spells it. */
  number(): string | undefined {
    const begin = this.at;
    const end = matchEnd(NUMBER, this.text, begin);
    if (end !== -1 && !continuesNumber(this.text.charCodeAt(end))) {
      this.at = end;
      return this.text.slice(begin, end);
    }
    return this.fail('this is not a JSON number', begunEnd(this.text, begin));
  }

  /** The word at `at`. */
  word(): Word | undefined {
    const { text, at } = this;
    for (const word of WORDS) {
      if (text.startsWith(word, at)) {
        if (isWordUnit(text.charCodeAt(at + word.length))) break;
        this.at = at + word.length;
        return word;
      }
      if (text.length - at < word.length && text.length > at && word.startsWith(text.slice(at))) {
        return this.fail('', text.length);
      }
    }
    return this.fail('expected a value');
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The end of the text when it could have gone on as a number, else where the number begins. */
function begunEnd(text: string, begin: number): number {
  return matchEnd(BEGUN_NUMBER, text, begin) === text.length ? text.length : begin;
}

function continuesNumber(unit: number): boolean {
  return isWordUnit(unit) || unit === 0x2e || unit === 0x2b || unit === 0x2d;
}

function isWordUnit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}
