import { canonicalise } from '../../json/canonical.ts';
import { plainDecimal } from '../../json/decimal.ts';
import { type Column, digitsOf, type Value } from '../../schema/table.ts';
import type { LedgerRow } from '../ledger-query.ts';

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

/** A stored value in the form that both databases share. */
export function read(declared: Column, stored: Bound): Value {
  if (stored instanceof Uint8Array) return declared.type === 'bytes' ? Buffer.from(stored).toString('base64') : null;
  if (stored === null) return null;
  switch (declared.type) {
    case 'boolean':
      return Number(stored) !== 0;
    case 'integer':
    case 'identity':
      return narrow(stored);
    case 'real':
      return Number(stored);
    case 'timestamp':
      return fullTimestamp(String(stored));
    case 'time':
      return fullClock(String(stored));
    case 'decimal':
      return decimalText(declared, stored);
    case 'json':
      return canonicalise(String(stored));
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

function narrow(stored: string | number | bigint): Value {
  const exact = BigInt(stored);
  return exact >= Number.MIN_SAFE_INTEGER && exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : exact;
}

/** Doubles hold more digits than the column has. */
function decimalText(declared: Column, stored: string | number | bigint): string {
  const { fitsDouble, scale } = digitsOf(declared);
  return plainDecimal(typeof stored === 'number' && fitsDouble ? stored.toFixed(scale) : String(stored).trim());
}

/** SQLite's own CURRENT_TIMESTAMP has no fraction; other applications write `T`, and say that it is UTC. */
export function fullTimestamp(stored: string): string {
  if (stored.length < 19) return stored;
  return `${stored.slice(0, 10)} ${fullClock(withoutZone(stored.slice(11)))}`;
}

function withoutZone(clock: string): string {
  if (clock.endsWith('Z')) return clock.slice(0, -1);
  return clock.endsWith('+00:00') ? clock.slice(0, -6) : clock;
}

/** Applications leave the fraction out, or write fewer digits. */
function fullClock(stored: string): string {
  if (stored.length === 8) return `${stored}.000000`;
  return stored.length > 9 && stored.length < 15 ? stored.padEnd(15, '0') : stored;
}

/** For json_each. JSON has integers of any size, which JavaScript's writer refuses. */
export function keysAsJson(keys: readonly (readonly Bound[])[]): string {
  const text = (part: Bound): string => (typeof part === 'bigint' ? String(part) : JSON.stringify(part));
  return `[${keys.map((key) => `[${key.map(text).join(',')}]`).join(',')}]`;
}
