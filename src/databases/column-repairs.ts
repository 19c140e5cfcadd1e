import { normalDecimal } from '../json/decimal.ts';
import type { Value } from '../schema/table.ts';
import { microsOf, textOfMicros } from '../time/iso-text.ts';

/** What a load may do to a value that a column does not hold, where somebody allows it by this name. */
export interface ColumnRepair {
  readonly name: ColumnRepairName;
  /** The nearest value that the column holds. */
  readonly of: (value: Value) => Value;
}

export const COLUMN_REPAIRS = ['round-to-column', 'cut-to-column'] as const;

export type ColumnRepairName = (typeof COLUMN_REPAIRS)[number];

function rounding(of: ColumnRepair['of']): ColumnRepair {
  return { name: 'round-to-column', of };
}

/** Numbers of so many digits behind the point; a half goes away from zero. */
export function roundedNumber(digits: number): ColumnRepair {
  return rounding((value) => asBefore(value, roundedDecimal(normalDecimal(String(value)), digits)));
}

/** Numbers of so many digits in all. */
export function roundedToDigits(digits: number): ColumnRepair {
  return rounding((value) => {
    const plain = normalDecimal(String(value));
    const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
    const leading = whole === '0' ? -(/^0*/.exec(fraction)?.[0].length ?? 0) : whole.length;
    return asBefore(value, roundedDecimal(plain, digits - leading));
  });
}

/** By a function of doubles. */
export function roundedDouble(of: (value: number) => number): ColumnRepair {
  return rounding((value) => {
    const rounded = of(Number(value));
    return typeof value === 'number' ? rounded : BigInt(rounded);
  });
}

/** Times in whole units of so many microseconds; a half goes to the later one. */
export function roundedTime(unit: bigint): ColumnRepair {
  return rounding((value) => {
    const micros = microsOf(String(value)) + unit / 2n;
    const rest = ((micros % unit) + unit) % unit;
    return textOfMicros(micros - rest);
  });
}

/** Times of day, which do not go on to the next one. */
export function cutClock(digits: number): ColumnRepair {
  return rounding((value) => `${String(value).slice(0, 9 + digits)}`.padEnd(15, '0'));
}

/** Texts of so many characters. */
export function cutText(most: number, trimsEnd = false): ColumnRepair {
  return {
    name: 'cut-to-column',
    of: (value) => {
      const cut = [...String(value)].slice(0, most).join('');
      return trimsEnd ? cut.replace(/ +$/, '') : cut;
    },
  };
}

function asBefore(value: Value, decimal: string): Value {
  if (typeof value === 'string') return decimal;
  const isWhole = /^-?\d+$/.test(decimal);
  return isWhole && typeof value === 'bigint' ? BigInt(decimal) : Number(decimal);
}

/** A plain decimal with at most so many digits behind the point; fewer than none are zeros before it. */
export function roundedDecimal(plain: string, digits: number): string {
  const sign = plain.startsWith('-') ? '-' : '';
  const [whole = '0', fraction = ''] = plain.slice(sign.length).split('.');
  if (fraction.length <= digits) return plain;
  const all = `${whole}${fraction}`;
  const kept = whole.length + digits;
  const isUp = kept >= 0 && Number(all[kept] ?? '0') >= 5;
  const scaled = BigInt(all.slice(0, Math.max(kept, 0)) || '0') + (isUp ? 1n : 0n);
  if (digits <= 0) return normalDecimal(`${sign}${scaled}${'0'.repeat(-digits)}`);
  const text = String(scaled).padStart(digits + 1, '0');
  return normalDecimal(`${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`);
}

/** Those that somebody allows. Under `--strict` a repair is a reject, which the table gives. */
export function columnRepairs({
  repair,
  strict,
}: {
  readonly repair: readonly string[];
  readonly strict: boolean;
}): readonly ColumnRepairName[] {
  return strict ? [] : COLUMN_REPAIRS.filter((name) => repair.includes(name));
}
