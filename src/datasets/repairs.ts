import { compareDecimals, wholeNumber } from '../json/decimal.ts';
import { ExactNumber, NonFinite } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import type { Column } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import { expectation } from './column-schema.ts';
import type { MappingContext } from './dataset.ts';
import { emptyObject, type Picked } from './picked.ts';

/**
 * Every repair by name. `automatic` ones can be reversed, because `extra` keeps the source value; the others lose
 * something and happen only with `--repair NAME`.
 */
export const REPAIRS = {
  'non-finite-as-text': { automatic: true, description: 'NaN or Infinity in a JSON column is stored as a string.' },
  'non-finite-as-null': { automatic: false, description: 'NaN or Infinity in a column of numbers is stored as NULL.' },
  'nul-character': { automatic: false, description: 'U+0000 is replaced by U+FFFD.' },
  'lone-surrogate': { automatic: false, description: 'Half of a surrogate pair is replaced by U+FFFD.' },
  'number-from-text': {
    automatic: true,
    description: 'A number written as text is stored as a number; extra keeps the text.',
  },
  'boolean-from-text': {
    automatic: true,
    description: 'True or false written as text is stored as a boolean; extra keeps the text.',
  },
  'setting-from-text': {
    automatic: true,
    description: 'A typed setting written as text is stored under its type; extra keeps the text.',
  },
  'empty-as-null': {
    automatic: true,
    description:
      'Empty text or 0000-00-00 where a column has no text is stored as NULL, as is an empty text that must be unique; extra keeps it.',
  },
  'time-truncated': {
    automatic: true,
    description: 'Digits of a time after the microseconds are cut off; extra keeps all of them.',
  },
  'real-rounded': {
    automatic: true,
    description: 'A number has more digits than the column holds; extra keeps all of them.',
  },
  'plain-key-hashed': {
    automatic: true,
    description: 'A plain API key in a member without a column is replaced by its SHA-256.',
  },
  'ambiguous-local-time': { automatic: true, description: 'A local time that occurs twice takes the earlier instant.' },
} as const;

const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Replaces a number that is no plain double: by a bigint, by the nearest double, or by nothing. */
export function resolveSpecial(
  picked: Picked,
  name: string,
  declared: Column,
  account: RecordAccount,
  context: MappingContext,
): void {
  const value = picked.known[name];
  if (value instanceof NonFinite) {
    picked.known[name] = undefined;
    if (context.repair.includes('non-finite-as-null')) account.repair('non-finite-as-null');
    else account.reject('non-finite-number', picked.pointerOf(name), `${name} is ${value.text}, which is no number`);
  } else if (value instanceof ExactNumber) {
    resolveExact(value, picked, name, declared, account);
  }
}

function resolveExact(
  value: ExactNumber,
  picked: Picked,
  name: string,
  declared: Column,
  account: RecordAccount,
): void {
  const { text } = value;
  const reject = (code: RejectCode, words: string): void => {
    picked.known[name] = undefined;
    account.reject(code, picked.pointerOf(name), `${name} ${words}`);
  };
  const nearest = Number(text);
  if (declared.type === 'real' && Number.isFinite(nearest)) {
    if (isOutside(text, declared)) {
      reject('out-of-range', `must be ${expectation(declared)}`);
      return;
    }
    keepSource(picked, name, value);
    account.repair('real-rounded');
    picked.known[name] = nearest;
    return;
  }
  const whole = wholeNumber(text);
  if (whole !== undefined) picked.known[name] = whole;
  else if (declared.type === 'real' || !Number.isFinite(nearest) || Math.abs(nearest) >= 2 ** 63) {
    reject('number-out-of-range', 'is larger than the column can hold');
  } else reject('wrong-type', `must be ${expectation(declared)}`);
}

/** Decided on all digits: the nearest double of what is a little too large may be just large enough. */
function isOutside(text: string, { min, most }: Column): boolean {
  return (
    (min !== undefined && compareDecimals(text, String(min)) < 0) ||
    (most !== undefined && compareDecimals(text, String(most)) > 0)
  );
}

/** Repairs a member whose schema failed, where that is certain; true when it did. */
export function repaired(picked: Picked, name: string, declared: Column, account: RecordAccount): boolean {
  const value = picked.known[name];
  if (typeof value !== 'string') return false;
  const text = value.trim();
  const isText = declared.type === 'text' && declared.oneOf === undefined;
  if (!isText && NO_VALUE.test(text)) return asNull(picked, name, account);
  const replacement = declared.type === 'timestamp' ? withoutNanoseconds(text) : replacementOf(text, declared);
  if (replacement === undefined) return false;
  keepSource(picked, name, value);
  account.repair(nameOf(replacement));
  picked.known[name] = replacement;
  return true;
}

/** How MySQL and exports through CSV write that there is no value. */
const NO_VALUE = /^(?:|0000-00-00(?:[T ]00:00:00(?:\.0+)?Z?)?)$/;

/** Stores NULL in place of a text that says nothing. */
export function asNull(picked: Picked, name: string, account: RecordAccount): true {
  const value = picked.known[name];
  if (typeof value === 'string') keepSource(picked, name, value);
  account.repair('empty-as-null');
  picked.known[name] = undefined;
  return true;
}

/** Go writes nine digits, .NET seven. */
function withoutNanoseconds(text: string): string | undefined {
  const shorter = text.replace(/(:\d\d\.\d{6})\d+/, '$1');
  return shorter === text ? undefined : shorter;
}

function nameOf(replacement: number | bigint | boolean | string): keyof typeof REPAIRS {
  if (typeof replacement === 'string') return 'time-truncated';
  return typeof replacement === 'boolean' ? 'boolean-from-text' : 'number-from-text';
}

function replacementOf(text: string, declared: Column): number | bigint | boolean | undefined {
  const { type } = declared;
  if (type === 'boolean') return booleanOf(text);
  if ((type !== 'integer' && type !== 'real') || !DECIMAL.test(text)) return undefined;
  if (type === 'integer') return wholeNumber(text);
  const number = Number(text);
  const isJustInside = isOutside(text, declared) && !isOutside(String(number), declared);
  return Number.isFinite(number) && !isJustInside ? number : undefined;
}

/** Python's and JavaScript's spellings. */
export function booleanOf(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}

/** Under the name of the column, which no member without a column can have: `export` writes it in place of the column. */
function keepSource(picked: Picked, name: string, value: string | ExactNumber): void {
  picked.extra ??= emptyObject();
  picked.extra[name] = value;
}
