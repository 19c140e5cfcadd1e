import { normaliseDecimal } from '../json/canonical.ts';
import { ExactNumber, NonFinite } from '../json/value.ts';
import type { Column } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
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
  const pointer = picked.pointerOf(name);
  const nearest = Number(value.text);
  if (declared.type === 'real' && Number.isFinite(nearest)) {
    keepSource(picked, name, value);
    account.repair('real-rounded');
    picked.known[name] = nearest;
    return;
  }
  const digits = normaliseDecimal(value.text);
  if (/^-?\d+$/.test(digits)) picked.known[name] = BigInt(digits);
  else if (!Number.isFinite(nearest) || digits.includes('e+')) {
    picked.known[name] = undefined;
    account.reject('number-out-of-range', pointer, `${name} is larger than the column can hold`);
  } else picked.known[name] = nearest;
}

/** Repairs a member whose schema failed, where that is certain; true when it did. */
export function repaired(picked: Picked, name: string, declared: Column, account: RecordAccount): boolean {
  const value = picked.known[name];
  if (typeof value !== 'string') return false;
  const text = value.trim();
  const replacement = replacementOf(text, declared);
  if (replacement === undefined) return false;
  keepSource(picked, name, value);
  account.repair(typeof replacement === 'boolean' ? 'boolean-from-text' : 'number-from-text');
  picked.known[name] = replacement;
  return true;
}

function replacementOf(text: string, { type }: Column): number | boolean | undefined {
  if (type === 'boolean') return booleanOf(text);
  if ((type !== 'integer' && type !== 'real') || !DECIMAL.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) && (type === 'real' || Number.isSafeInteger(number)) ? number : undefined;
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
