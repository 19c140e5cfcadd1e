/** Integers of up to this many digits are written out, as ECMAScript's Number::toString does. */
const PLAIN_DIGITS = 21;
/** Values from 1e-6 on are written without an exponent. */
const PLAIN_ZEROS = 6;
const SAFE_EXPONENT_DIGITS = 15;

/** PostgreSQL's numeric, see "Numeric Types" in its manual. */
const NUMERIC_INTEGER_DIGITS = 131_072;
const NUMERIC_FRACTION_DIGITS = 16_383;

/** A decimal as 0.DIGITS × 10^point, digits without zeros at either end; no digits for zero. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly point: number | bigint;
}

/**
 * The one spelling of a JSON number: that of ECMAScript's Number::toString, carried on to any number of digits and any
 * exponent, so that a number which a double holds is spelled like `String(number)`. Zero has no sign.
 */
export function normaliseDecimal(source: string): string {
  const { negative, digits, point } = readDecimal(source);
  if (digits === '') return '0';
  return negative ? `-${spell(digits, point)}` : spell(digits, point);
}

/**
 * False where PostgreSQL's numeric, and with it jsonb, cannot hold the number: more than 131072 digits before or 16383
 * after the decimal point. Zeros at the end of the fraction do not count: the number is sent in its normalised spelling.
 */
export function jsonbHolds(source: string): boolean {
  const { digits, point } = readDecimal(source);
  if (digits === '') return true;
  if (typeof point === 'bigint') return false;
  return point <= NUMERIC_INTEGER_DIGITS && digits.length - point <= NUMERIC_FRACTION_DIGITS;
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Zeros that are written out to avoid an exponent: more than a decimal column has digits. */
const MOST_ZEROS = 2000;

/**
 * A decimal without exponent, plus and superfluous zeros: `12.5`, `-0.07`, `1200`, `0`. What is no number, or has too many
 * zeros for that, stays as it is.
 */
export function normalDecimal(source: string): string {
  if (!NUMBER.test(source)) return source;
  const { negative, digits, point } = readDecimal(source);
  if (digits === '') return '0';
  if (typeof point === 'bigint' || Math.abs(point) > MOST_ZEROS + digits.length) return source;
  return `${negative ? '-' : ''}${writeOut(digits, point)}`;
}

/** The same where the decimal has at most so many digits, `scale` of them behind the point; otherwise nothing. */
export function decimalWithin(source: string, precision: number, scale: number): string | undefined {
  if (!NUMBER.test(source)) return undefined;
  const { digits, point } = readDecimal(source);
  if (digits === '') return '0';
  const isWithin = point <= precision - scale && typeof point === 'number' && digits.length - point <= scale;
  return isWithin ? normalDecimal(source) : undefined;
}

function readDecimal(source: string): Decimal {
  const negative = source.startsWith('-');
  const exponentAt = source.search(/[eE]/);
  const mantissa = source.slice(negative ? 1 : 0, exponentAt === -1 ? undefined : exponentAt);
  const pointAt = mantissa.indexOf('.');
  const all = pointAt === -1 ? mantissa : mantissa.slice(0, pointAt) + mantissa.slice(pointAt + 1);
  let first = 0;
  while (first < all.length && all[first] === '0') first++;
  let last = all.length;
  while (last > first && all[last - 1] === '0') last--;
  const shift = (pointAt === -1 ? mantissa.length : pointAt) - first;
  const exponent = exponentAt === -1 ? '' : source.slice(exponentAt + 1);
  return { negative, digits: all.slice(first, last), point: addExponent(shift, exponent) };
}

function addExponent(shift: number, exponent: string): number | bigint {
  if (exponent === '') return shift;
  const significant = exponent.replace(/^([-+]?)0+(?=\d)/, '$1');
  if (significant.length <= SAFE_EXPONENT_DIGITS) return shift + Number(significant);
  return BigInt(significant.replace('+', '')) + BigInt(shift);
}

function spell(digits: string, point: number | bigint): string {
  if (typeof point === 'number' && point <= PLAIN_DIGITS && point > -PLAIN_ZEROS) {
    return writeOut(digits, point);
  }
  const exponent = typeof point === 'number' ? point - 1 : point - 1n;
  const mantissa = digits.length === 1 ? digits : `${digits.slice(0, 1)}.${digits.slice(1)}`;
  return `${mantissa}e${exponent < 0 ? '' : '+'}${exponent}`;
}

function writeOut(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Whether a double holds every digit of a JSON number: printing the double gives the same decimal. 17 digits that
 * differ from the shortest spelling of their double do not survive.
 */
export function survivesDouble(source: string): boolean {
  const number = Number(source);
  const printed = String(number);
  if (printed === source) return true;
  return Number.isFinite(number) && normaliseDecimal(source) === normaliseDecimal(printed);
}

/** The number as an integer, where it is one: 1e3 and 12.0 are, however large. */
export function wholeNumber(source: string): bigint | undefined {
  const { negative, digits, point } = readDecimal(source);
  if (digits === '') return 0n;
  if (typeof point !== 'number' || point < digits.length || point > MOST_WHOLE_DIGITS) return undefined;
  const whole = BigInt(digits) * 10n ** BigInt(point - digits.length);
  return negative ? -whole : whole;
}

/** More digits than any column of integers has. */
const MOST_WHOLE_DIGITS = 400;

/** Which of two numbers is larger, to the last digit: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  const [one, other] = [readDecimal(a), readDecimal(b)];
  const [signOne, signOther] = [signOf(one), signOf(other)];
  if (signOne !== signOther) return signOne - signOther;
  return signOne * compareSizes(one, other);
}

function signOf({ negative, digits }: Decimal): number {
  if (digits === '') return 0;
  return negative ? -1 : 1;
}

function compareSizes(one: Decimal, other: Decimal): number {
  if (one.point !== other.point) return one.point < other.point ? -1 : 1;
  if (one.digits === other.digits) return 0;
  const length = Math.max(one.digits.length, other.digits.length);
  return one.digits.padEnd(length, '0') < other.digits.padEnd(length, '0') ? -1 : 1;
}
