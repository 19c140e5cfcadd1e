import type { Finding } from '../reject.ts';
import { define, quoteName } from './exact-parser.ts';
import { joinPointer } from './pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './value.ts';

/** Characters that databases cannot store: which of them U+FFFD may replace. */
export interface AllowedRepairs {
  readonly nulCharacter: boolean;
  readonly loneSurrogate: boolean;
}

export type TextRepair = 'nul-character' | 'lone-surrogate';

export type TextCheck<T> =
  | { readonly value: T; readonly repairs: readonly TextRepair[] }
  | { readonly finding: Finding };

/** Checks one string, for example the key of a record. */
export function checkText(text: string, allow: AllowedRepairs): TextCheck<string> {
  return check((checker) => checker.text(text, '', 'the text'), allow);
}

/** Checks every string and member name of a value. A value without findings comes back as it is. */
export function checkTexts(value: JsonValue, allow: AllowedRepairs): TextCheck<JsonValue> {
  return check((checker) => checker.value(value, ''), allow);
}

function check<T>(run: (checker: TextChecker) => T, allow: AllowedRepairs): TextCheck<T> {
  const checker = new TextChecker(allow);
  const value = run(checker);
  return checker.finding === undefined ? { value, repairs: checker.repairs } : { finding: checker.finding };
}

class TextChecker {
  readonly repairs: TextRepair[] = [];
  finding: Finding | undefined;
  readonly #allow: AllowedRepairs;

  constructor(allow: AllowedRepairs) {
    this.#allow = allow;
  }

  value(value: JsonValue, pointer: string): JsonValue {
    if (typeof value === 'string') return this.text(value, pointer, 'the text');
    if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) {
        const checked = this.value(element, joinPointer(pointer, index));
        if (checked !== element) value[index] = checked;
      }
      return value;
    }
    return isJsonObject(value) ? this.#object(value, pointer) : value;
  }

  text(text: string, pointer: string, what: string): string {
    let repaired = text;
    if (repaired.includes('\0')) {
      if (this.#allow.nulCharacter) {
        this.repairs.push('nul-character');
        repaired = repaired.replaceAll('\0', '\ufffd');
      } else this.#find('nul-character', pointer, `${what} contains the character U+0000`);
    }
    if (!repaired.isWellFormed()) {
      if (this.#allow.loneSurrogate) {
        this.repairs.push('lone-surrogate');
        repaired = repaired.toWellFormed();
      } else this.#find('lone-surrogate', pointer, `${what} contains half of a surrogate pair`);
    }
    return repaired;
  }

  #object(object: JsonObject, pointer: string): JsonObject {
    const names = Object.keys(object);
    let renamed = false;
    const entries = names.map((name): [string, JsonValue] => {
      const at = joinPointer(pointer, name);
      const value = object[name] as JsonValue;
      const checked = this.value(value, at);
      if (checked !== value) define(object, name, checked);
      const checkedName = this.text(name, at, 'the name of this member');
      renamed ||= checkedName !== name;
      return [checkedName, checked];
    });
    return renamed ? this.#rebuild(entries, pointer) : object;
  }

  #rebuild(entries: readonly [string, JsonValue][], pointer: string): JsonObject {
    const object: JsonObject = {};
    for (const [name, value] of entries) {
      if (Object.hasOwn(object, name)) {
        const message = `the member ${quoteName(name)} occurs twice after the repair of its name`;
        this.#find('duplicate-member', joinPointer(pointer, name), message);
      }
      define(object, name, value);
    }
    return object;
  }

  #find(code: Finding['code'], pointer: string, message: string): void {
    this.finding ??= { code, pointer, message };
  }
}
