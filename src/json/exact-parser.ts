import { survivesDouble } from './decimal.ts';
import { type Fault, Lexer } from './lexer.ts';
import { joinPointer } from './pointer.ts';
import { MAX_DEPTH } from './raw-record.ts';
import { ExactNumber, type JsonObject, type JsonValue, NonFinite } from './value.ts';

const SHORT_NUMBER = 16;

export type ExactResult =
  | { readonly value: JsonValue; readonly special: boolean }
  | { readonly fault: Fault; readonly pointer: string };

/** Parses JSON and Python's NaN and Infinity; refuses duplicate members and rounds no number. */
export function parseExactly(text: string): ExactResult {
  const parser = new ExactParser(text);
  const value = parser.document();
  if (value !== undefined) return { value, special: parser.special };
  const fault = parser.lexer.fault ?? { code: 'invalid-json', message: 'expected a value', offset: 0 };
  return { fault, pointer: parser.pointer() };
}

class ExactParser {
  readonly lexer: Lexer;
  special = false;
  /** Where the parser is. It stays where it failed. */
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.lexer = new Lexer(text);
  }

  pointer(): string {
    return this.#path.reduce(joinPointer, '');
  }

  document(): JsonValue | undefined {
    const value = this.#value();
    if (value === undefined) return undefined;
    this.lexer.peek();
    if (this.lexer.ended) return value;
    const message = 'something follows the end of the value';
    this.lexer.fault = { code: 'trailing-garbage', message, offset: this.lexer.at };
    return undefined;
  }

  #value(): JsonValue | undefined {
    const unit = this.lexer.peek();
    if (unit === 0x22) return this.lexer.string();
    if (unit === 0x7b) return this.#nested(() => this.#object());
    if (unit === 0x5b) return this.#nested(() => this.#array());
    const minusInfinity = unit === 0x2d && this.lexer.text.charCodeAt(this.lexer.at + 1) === 0x49;
    if ((unit === 0x2d && !minusInfinity) || (unit >= 0x30 && unit <= 0x39)) return this.#number();
    return this.#word();
  }

  #nested(read: () => JsonValue | undefined): JsonValue | undefined {
    if (this.#path.length < MAX_DEPTH) return read();
    const message = `more than ${MAX_DEPTH} nested levels`;
    this.lexer.fault ??= { code: 'too-deep', message, offset: this.lexer.at };
    return undefined;
  }

  #number(): JsonValue | undefined {
    const source = this.lexer.number();
    if (source === undefined) return undefined;
    const isShort = source.length < SHORT_NUMBER && !/[eE]/.test(source);
    if (isShort || survivesDouble(source)) return Number(source);
    this.special = true;
    return new ExactNumber(source);
  }

  #word(): JsonValue | undefined {
    const word = this.lexer.word();
    switch (word) {
      case undefined:
        return undefined;
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
      default:
        this.special = true;
        return new NonFinite(word);
    }
  }

  #array(): JsonValue[] | undefined {
    const values: JsonValue[] = [];
    this.lexer.at++;
    if (this.#closes(0x5d)) return values;
    for (;;) {
      this.#path.push(values.length);
      const value = this.#value();
      if (value === undefined) return undefined;
      this.#path.pop();
      values.push(value);
      const more = this.#separator(0x5d);
      if (more !== true) return more === false ? values : undefined;
    }
  }

  #object(): JsonObject | undefined {
    const object: JsonObject = {};
    this.lexer.at++;
    if (this.#closes(0x7d)) return object;
    for (;;) {
      const name = this.#name(object);
      if (name === undefined) return undefined;
      this.#path.push(name);
      const value = this.#value();
      if (value === undefined) return undefined;
      this.#path.pop();
      define(object, name, value);
      const more = this.#separator(0x7d);
      if (more !== true) return more === false ? object : undefined;
    }
  }

  #name(object: JsonObject): string | undefined {
    if (this.lexer.peek() !== 0x22) return this.lexer.fail('expected a name in double quotes');
    const offset = this.lexer.at;
    const name = this.lexer.string();
    if (name === undefined) return undefined;
    if (Object.hasOwn(object, name)) return this.#duplicate(name, offset);
    if (this.lexer.peek() !== 0x3a) return this.lexer.fail('expected a colon behind the name');
    this.lexer.at++;
    return name;
  }

  #duplicate(name: string, offset: number): undefined {
    this.#path.push(name);
    const message = `the member ${quoteName(name)} occurs twice; the first is ${shorten(this.pointer())}`;
    this.lexer.fault = { code: 'duplicate-member', message, offset };
    return undefined;
  }

  #closes(bracket: number): boolean {
    if (this.lexer.peek() !== bracket) return false;
    this.lexer.at++;
    return true;
  }

  /** True behind a comma, false behind the closing bracket. */
  #separator(bracket: number): boolean | undefined {
    if (this.#closes(bracket)) return false;
    if (this.#closes(0x2c)) return true;
    return this.lexer.fail('expected a comma or a closing bracket');
  }
}

/** Long enough to be recognised, short enough for a line of a report. */
const NAME_LENGTH = 80;

export function quoteName(name: string): string {
  return JSON.stringify(shorten(name));
}

function shorten(text: string): string {
  return text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH)}…` : text;
}

/** An assignment to `__proto__` would change the object's prototype instead. */
export function define(object: JsonObject, name: string, value: JsonValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
