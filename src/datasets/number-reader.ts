import { compareDecimals, decimalWithin, wholeNumber } from '../json/decimal.ts';
import type { PlainForm } from '../json/plain-rules.ts';
import { ExactNumber, type JsonValue } from '../json/value.ts';
import type { Column } from '../schema/table.ts';
import { expectation, refuse, wrongType } from './misfits.ts';
import { asNull, type ColumnReader, type ReadValue, Refused, Repaired, withForm } from './read-value.ts';
import { isNoValue } from './repairs.ts';

const INT64 = 2n ** 63n;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const TOO_LARGE = refuse('number-out-of-range', 'is larger than the column can hold');

/** Whole numbers, exact up to 64 bits. */
export function compileIntegerReader(declared: Column): ColumnReader {
  const { min, most } = declared;
  // NaN leaves every number to the exact comparison.
  const [least, largest] = [quickBound(min, Number.MIN_SAFE_INTEGER), quickBound(most, Number.MAX_SAFE_INTEGER)];
  const wantsWhole = refuse('wrong-type', `must be ${expectation(declared)}`);
  const isOutOfRange = refuse('out-of-range', `must be ${expectation(declared)}`);

  const hold = (whole: bigint): number | bigint | Refused => {
    if (whole < -INT64 || whole >= INT64) return TOO_LARGE;
    if (isOutside(String(whole), declared)) return isOutOfRange;
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
  };
  const fromText = (source: string): ReadValue => {
    if (isNoValue(source)) return asNull(source);
    const whole = DECIMAL.test(source.trim()) ? wholeNumber(source.trim()) : undefined;
    const held = whole === undefined ? wrongType(declared, source) : hold(whole);
    return held instanceof Refused ? held : new Repaired(held, ['number-from-text'], source);
  };
  const fromExact = (number: ExactNumber): ReadValue => {
    const whole = wholeNumber(number.text);
    if (whole !== undefined) return hold(whole);
    return Math.abs(Number(number.text)) < 2 ** 63 ? wantsWhole : TOO_LARGE;
  };
  const read: ColumnReader = (value) => {
    // Adding 0 takes the sign of a zero, as a bigint has none.
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= largest)
      return (value as number) + 0;
    if (typeof value === 'string') return fromText(value);
    if (value instanceof ExactNumber) return fromExact(value);
    // Of all digits: those of the double itself are others than the shortest ones, which the source wrote.
    const whole = typeof value === 'number' ? wholeNumber(String(value)) : undefined;
    return whole === undefined ? wrongType(declared, value) : hold(whole);
  };
  return withForm(read, numberForm('integer', least, largest));
}

/** Doubles; a number with more digits is rounded, and `extra` keeps all of them. */
export function compileRealReader(declared: Column): ColumnReader {
  const [min, most] = [quickBound(declared.min, -Number.MAX_VALUE), quickBound(declared.most, Number.MAX_VALUE)];
  const isOutOfRange = refuse('out-of-range', `must be ${expectation(declared)}`);
  const isInRange = (number: number): boolean =>
    (number >= min && number <= most) || (isExact && !isOutside(String(number), declared));
  const isExact = Number.isNaN(min) || Number.isNaN(most);

  const fromText = (source: string): ReadValue => {
    if (isNoValue(source)) return asNull(source);
    const text = source.trim();
    const number = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(number)) return wrongType(declared, source);
    return isOutside(text, declared) ? isOutOfRange : new Repaired(number, ['number-from-text'], source);
  };
  const fromExact = (number: ExactNumber): ReadValue => {
    const nearest = Number(number.text);
    if (!Number.isFinite(nearest)) return TOO_LARGE;
    return isOutside(number.text, declared) ? isOutOfRange : new Repaired(nearest, ['real-rounded'], number);
  };
  const read: ColumnReader = (value: JsonValue) => {
    if (typeof value === 'number') return isInRange(value) ? value : isOutOfRange;
    if (typeof value === 'string') return fromText(value);
    return value instanceof ExactNumber ? fromExact(value) : wrongType(declared, value);
  };
  return withForm(read, numberForm('real', min, most));
}

/** NaN is no bound: others must compare. */
function numberForm(kind: 'real' | 'integer', least: number, most: number): PlainForm | undefined {
  return Number.isNaN(least) || Number.isNaN(most) ? undefined : { kind, least, most };
}

/** Decimals, exact; one that has more digits than its column holds is refused. */
export function compileDecimalReader(declared: Column): ColumnReader {
  const { precision = 0, scale = 0 } = declared;
  const isOutOfRange = refuse('out-of-range', `must be ${expectation(declared)}`);
  const hold = (text: string): string | Refused => {
    const held = decimalWithin(text, precision, scale);
    return held === undefined || isOutside(held, declared) ? isOutOfRange : held;
  };
  return (value) => {
    if (typeof value === 'number') return hold(String(value));
    if (value instanceof ExactNumber) return hold(value.text);
    if (typeof value !== 'string') return wrongType(declared, value);
    if (isNoValue(value)) return asNull(value);
    const held = DECIMAL.test(value.trim()) ? hold(value.trim()) : wrongType(declared, value);
    return held instanceof Refused ? held : new Repaired(held, ['number-from-text'], value);
  };
}

/** A bound for comparisons of doubles: NaN, which is none, where it must be compared digit by digit. */
function quickBound(bound: number | string | undefined, none: number): number {
  if (bound === undefined) return none;
  return typeof bound === 'number' ? bound : Number.NaN;
}

/** Decided on all digits: the nearest double of what is a little too large may be just large enough. */
function isOutside(text: string, { min, most }: Column): boolean {
  return (
    (min !== undefined && compareDecimals(text, String(min)) < 0) ||
    (most !== undefined && compareDecimals(text, String(most)) > 0)
  );
}
