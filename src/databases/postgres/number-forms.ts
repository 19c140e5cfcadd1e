import { normalDecimal } from '../../json/decimal.ts';
import { digitsOf } from '../../schema/table.ts';
import { counted } from '../../system/quantities.ts';
import { roundedDouble, roundedNumber } from '../column-repairs.ts';
import { AS_IT_IS, type FormOf, readAsText, type StoredType } from './form.ts';

const WHOLE = /^(?:0|-?[1-9]\d*)$/;

/** The largest number of each integer type, below zero one more. */
const LARGEST: Readonly<Record<string, bigint>> = {
  int2: 32_767n,
  int4: 2_147_483_647n,
  int8: 9_223_372_036_854_775_807n,
};

function holdsNumber(value: number | bigint, base: string): boolean {
  if (typeof value === 'bigint' || base === 'int8') return isWithin(BigInt(value), base);
  const largest = Number(LARGEST[base]);
  return value <= largest && value >= -largest - 1;
}

export function isWithin(number: bigint, base: string): boolean {
  const largest = LARGEST[base] ?? 0n;
  return number <= largest && number >= -largest - 1n;
}

export const larger: FormOf = ({ base }) => ({
  note: 'larger numbers are refused',
  refuses: (value) => (holdsNumber(value as number | bigint, base) ? undefined : 'the number is too large'),
});

/** A text of digits in a column of numbers. */
export const textInInteger: FormOf = ({ base }) => ({
  note: 'only whole numbers, written without zeros in front, are held',
  refuses: (value) =>
    WHOLE.test(String(value)) && isWithin(BigInt(String(value)), base) ? undefined : 'the text is no such number',
  read: readAsText,
});

export const realInInteger: FormOf = ({ base }) => ({
  note: 'only whole numbers are held',
  repair: roundedNumber(0),
  refuses: (value) =>
    Number.isSafeInteger(value) && isWithin(BigInt(value as number), base) ? undefined : 'the number is not whole',
  write: (value) => String(BigInt(value as number)),
});

/** Digits before and behind the point that a numeric holds. */
function numericLimits({ limit }: StoredType): { readonly before: number; readonly behind: number } {
  if (limit === undefined) return { before: 131_072, behind: 16_383 };
  const behind = ((limit & 0x7ff) ^ 0x400) - 0x400;
  return { before: (limit >> 16) - behind, behind };
}

function numericRefusal(stored: StoredType, text: string): string | undefined {
  const { before, behind } = numericLimits(stored);
  const [whole = '', fraction = ''] = normalDecimal(text).replace('-', '').split('.');
  if (fraction.length > behind)
    return `it has ${counted(fraction.length, 'digit')} behind the point, and the column holds ${behind}`;
  return whole !== '0' && whole.length > before ? 'the number is too large' : undefined;
}

/** Most numbers need no closer look. */
function quickly(stored: StoredType): RegExp {
  const { before, behind } = numericLimits(stored);
  if (stored.limit === undefined) return /^-?\d{1,15}(?:\.\d{1,15})?$/;
  return before < 1 || behind < 1 ? /^0$/ : new RegExp(`^-?\\d{1,${before}}(?:\\.\\d{1,${behind}})?$`);
}

export const inNumeric: FormOf = (stored) => {
  const quick = quickly(stored);
  return {
    ...(stored.limit !== undefined && { note: 'numbers with more digits are refused' }),
    refuses: (value) => {
      const text = String(value);
      return quick.test(text) ? undefined : numericRefusal(stored, text);
    },
    repair: roundedNumber(numericLimits(stored).behind),
    write: (value) => (typeof value === 'string' ? value : normalDecimal(String(value))),
    read: (value) => `trim_scale(${value})`,
  };
};

export const decimalInNumeric: FormOf = (stored, declared) => {
  const { before, behind } = numericLimits(stored);
  const { precision, scale } = digitsOf(declared);
  return behind >= scale && before >= precision - scale ? AS_IT_IS : inNumeric(stored, declared);
};

export const textInNumeric: FormOf = (stored) => ({
  note: 'only numbers in their shortest spelling are held',
  refuses: (value) => {
    const text = String(value);
    const isNumber = /^-?\d+(?:\.\d+)?$/.test(text) && normalDecimal(text) === text;
    return isNumber ? numericRefusal(stored, text) : 'the text is no such number';
  },
  read: (value) => `trim_scale(${value})::text`,
});

/** The number that a float4 prints for it. */
function asFloat4(value: number): number {
  const single = Math.fround(value);
  for (let digits = 6; digits <= 9; digits++) {
    const printed = Number(single.toPrecision(digits));
    if (Math.fround(printed) === single) return printed;
  }
  return single;
}

export const realInFloat4: FormOf = () => ({
  note: 'numbers with more than 6 to 9 digits are refused',
  repair: roundedDouble(asFloat4),
  refuses: (value) => (asFloat4(value as number) === value ? undefined : 'the column would round the number'),
  // Through text: 0.1 stays 0.1.
  read: (value) => `${value}::text::double precision`,
});

export const integerInFloat8: FormOf = () => ({
  note: 'numbers beyond 2^53 are refused',
  repair: roundedDouble((value) => value),
  refuses: (value) => (Number.isSafeInteger(Number(value)) ? undefined : 'the column would round the number'),
  // Through text: a cast keeps 15 digits.
  read: (value) => `${value}::text::numeric`,
});

export const booleanInInteger: FormOf = () => ({
  write: (value) => (value ? '1' : '0'),
  read: (value) => `(${value} <> 0)`,
});
