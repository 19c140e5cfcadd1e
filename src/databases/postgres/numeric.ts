/** A numeric as the server sends it: digits to the base of 10,000. https://doxygen.postgresql.org/backend_2utils_2adt_2numeric_8c_source.html */
export interface Numeric {
  /** Without zeros at either end. */
  readonly digits: readonly number[];
  /** The first digit counts 10000 ** weight. */
  readonly weight: number;
  /** What stands for it in the protocol: also of what is no number. */
  readonly sign: number;
  /** Decimal digits behind the point. */
  readonly scale: number;
}

const GROUP = 4;
const NEGATIVE = 0x4000;
/** Where the scale stands behind the beginning of a numeric, and the digits. */
export const SCALE_AT = 6;
const DIGITS_AT = 8;
const SPECIAL: Readonly<Record<number, string>> = { 49152: 'NaN', 53248: 'Infinity', 61440: '-Infinity' };
const SPECIAL_SIGNS = new Map(Object.entries(SPECIAL).map(([sign, text]) => [text, Number(sign)]));

/** Of a decimal as `normalDecimal` spells it. */
export function numericOf(text: string): Numeric {
  const special = SPECIAL_SIGNS.get(text);
  if (special !== undefined) return { digits: [], weight: 0, sign: special, scale: 0 };
  const negative = text.startsWith('-');
  const [given = '', fraction = ''] = text.slice(negative ? 1 : 0).split('.');
  const whole = given === '0' ? '' : given;
  const before = Math.ceil(whole.length / GROUP);
  const padded = whole.padStart(before * GROUP, '0') + fraction.padEnd(Math.ceil(fraction.length / GROUP) * GROUP, '0');
  const digits = Array.from({ length: padded.length / GROUP }, (_, at) =>
    Number(padded.slice(at * GROUP, (at + 1) * GROUP)),
  );
  const first = digits.findIndex((digit) => digit !== 0);
  if (first === -1) return { digits: [], weight: 0, sign: 0, scale: fraction.length };
  const last = digits.findLastIndex((digit) => digit !== 0);
  return {
    digits: digits.slice(first, last + 1),
    weight: before - 1 - first,
    sign: negative ? NEGATIVE : 0,
    scale: fraction.length,
  };
}

/** Groups of digits of which a double holds the number. */
const FEW = 3;

/** Most numbers: without lists of their digits. */
function fewDigits(
  bytes: Buffer,
  from: number,
  { count, weight, sign }: { readonly count: number; readonly weight: number; readonly sign: number },
): string {
  let number = 0;
  for (let at = 0; at < count; at++) number = number * 10_000 + bytes.readInt16BE(from + DIGITS_AT + 2 * at);
  const behind = GROUP * (count - 1 - weight);
  const text = String(number).padStart(behind + 1, '0');
  const fraction = behind === 0 ? '' : text.slice(-behind).replace(/0+$/, '');
  const whole = behind === 0 ? text : text.slice(0, -behind);
  return `${sign === NEGATIVE ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The numeric that begins at a place, as `normalDecimal` spells it. */
export function numericText(bytes: Buffer, from: number): string {
  const count = bytes.readInt16BE(from);
  const weight = bytes.readInt16BE(from + 2);
  const sign = bytes.readUInt16BE(from + 4);
  const special = SPECIAL[sign];
  if (special !== undefined) return special;
  if (count === 0) return '0';
  if (count <= FEW && weight >= 0 && weight < count) return fewDigits(bytes, from, { count, weight, sign });
  const group = (at: number): string => {
    const digit = at < 0 || at >= count ? 0 : bytes.readInt16BE(from + DIGITS_AT + 2 * at);
    return String(digit).padStart(GROUP, '0');
  };
  const groups = (first: number, end: number): string =>
    Array.from({ length: Math.max(0, end - first) }, (_, at) => group(first + at)).join('');
  const whole = groups(0, weight + 1).replace(/^0+/, '');
  const fraction = groups(weight + 1, count).replace(/0+$/, '');
  return `${sign === NEGATIVE ? '-' : ''}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
}
