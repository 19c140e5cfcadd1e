import { canonicalise } from '../../json/canonical.ts';
import { normalDecimal } from '../../json/decimal.ts';
import { type Column, digitsOf, type Value } from '../../schema/table.ts';
import type { LedgerRow } from '../ledger-query.ts';

/** Begins what stands for a value that has no form of its own: no text of a record has this character. */
export const ODD = '\u0000';

/** What better-sqlite3 takes and, with safe integers, gives back. */
export type Bound = null | string | number | bigint | Uint8Array;

export function bind(value: LedgerRow[string] | undefined): Bound {
  if (value === undefined) return null;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** The same for a column, which may hold its decimals as doubles. */
export function bindTo(declared: Column, value: Value | undefined): Bound {
  if (declared.type === 'bytes' && typeof value === 'string') return Buffer.from(value, 'base64');
  const isDouble = typeof value === 'string' && declared.type === 'decimal' && digitsOf(declared).fitsDouble;
  return isDouble ? Number(value) : bind(value);
}

/**
 * A stored value in the form that both databases share. Columns of SQLite may hold anything: what is no value of the declared type is
 * its text, and bytes that are none are their digits behind a character that no text of a record has.
 */
export function read(declared: Column, stored: Bound): Value {
  if (stored === null) return null;
  if (stored instanceof Uint8Array)
    return declared.type === 'bytes'
      ? Buffer.from(stored).toString('base64')
      : `${ODD}${Buffer.from(stored).toString('hex')}`;
  switch (declared.type) {
    case 'boolean':
      return Number.isNaN(Number(stored)) ? String(stored) : Number(stored) !== 0;
    case 'integer':
    case 'identity':
      return integerOf(stored);
    case 'real':
      return Number.isNaN(Number(stored)) || stored === '' ? String(stored) : Number(stored);
    case 'timestamp':
      return fullTimestamp(String(stored));
    case 'time':
      return fullClock(String(stored));
    case 'decimal':
      return decimalText(declared, stored);
    case 'json':
      return canonicalise(String(stored));
    case 'bytes':
      return `${ODD}${stored}`;
    default:
      return String(stored);
  }
}

/** True when both say the same, whatever the spelling: JSON members are unordered, and 1.0 is 1. */
export function sameValue(declared: Column, stored: Bound, value: Value): boolean {
  if (stored === null || value === null) return stored === value;
  if (stored === value) return true;
  return read(declared, stored) === value;
}

function integerOf(stored: string | number | bigint): Value {
  if (typeof stored === 'number' ? !Number.isInteger(stored) : typeof stored === 'string' && !/^-?\d+$/.test(stored))
    return stored;
  const exact = BigInt(stored);
  if (exact >= Number.MIN_SAFE_INTEGER && exact <= Number.MAX_SAFE_INTEGER) return Number(exact);
  return BigInt.asIntN(64, exact) === exact ? exact : String(stored);
}

/** Doubles hold more digits than the column has. */
function decimalText(declared: Column, stored: string | number | bigint): string {
  const { fitsDouble, scale } = digitsOf(declared);
  return normalDecimal(typeof stored === 'number' && fitsDouble ? stored.toFixed(scale) : String(stored).trim());
}

/** SQLite's own CURRENT_TIMESTAMP has no fraction; other applications write `T`, and say that it is UTC. */
export function fullTimestamp(stored: string): string {
  const isTime = stored.length >= 19 && stored[4] === '-' && (stored[10] === ' ' || stored[10] === 'T');
  if (!isTime) return stored;
  const clock = withoutZone(stored.slice(11));
  const full = fullClock(clock);
  return full.length === CLOCK && full[8] === '.' ? `${stored.slice(0, 10)} ${full}` : stored;
}

/** Whether it is what `fullTimestamp` makes of times. */
export function isFullTime(text: string): boolean {
  return text.length === 11 + CLOCK && text[4] === '-' && text[10] === ' ' && text[19] === '.';
}

/** Characters of `HH:MM:SS.ffffff`. */
const CLOCK = 15;

function withoutZone(clock: string): string {
  if (clock.endsWith('Z')) return clock.slice(0, -1);
  return clock.endsWith('+00:00') ? clock.slice(0, -6) : clock;
}

/** Applications leave the fraction out, or write fewer digits. */
function fullClock(stored: string): string {
  if (stored.length === 8) return `${stored}.000000`;
  return stored.length > 9 && stored.length < CLOCK && stored[8] === '.' ? stored.padEnd(CLOCK, '0') : stored;
}

/** For json_each. JSON has integers of any size, which JavaScript's writer refuses. */
export function keysAsJson(keys: readonly (readonly Bound[])[]): string {
  const text = (part: Bound): string => (typeof part === 'bigint' ? String(part) : JSON.stringify(part));
  return `[${keys.map((key) => `[${key.map(text).join(',')}]`).join(',')}]`;
}
