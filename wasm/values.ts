// Values as src/json/plain-reader.ts reads them. What is not plain is left to it.
import { BACKSLASH, DELETE, isDigit, MINUS, NOT_PLAIN, POINT, QUOTE, SPACE, ZERO } from './bytes';

/** Digits of which any number is exact in a double, and powers of ten that are: their quotient is rounded once. */
const EXACT_DIGITS: usize = 15;
const POWERS: StaticArray<f64> = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/** The number that was read last. */
export let number: f64 = 0;

/** Where the number ends that begins here. */
export function readNumber(from: usize): usize {
  const isNegative = load<u8>(from) === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let digits: u64 = 0;
  let byte = load<u8>(at);
  while (isDigit(byte)) {
    digits = digits * 10 + (byte - ZERO);
    byte = load<u8>(++at);
  }
  const whole = at - first;
  if (whole === 0 || (whole > 1 && load<u8>(first) === ZERO)) return NOT_PLAIN;
  let fraction: usize = 0;
  if (byte === POINT) {
    const behindPoint = ++at;
    byte = load<u8>(at);
    while (isDigit(byte)) {
      digits = digits * 10 + (byte - ZERO);
      byte = load<u8>(++at);
    }
    fraction = at - behindPoint;
    if (fraction === 0) return NOT_PLAIN;
  }
  if (whole + fraction > EXACT_DIGITS) return NOT_PLAIN;
  const value = fraction === 0 ? <f64>digits : <f64>digits / unchecked(POWERS[<i32>fraction]);
  number = isNegative ? -value : value;
  return at;
}

/** Where a text of printable ASCII ends that needs no unescaping: the index of its closing quote. */
export function endOfText(from: usize): usize {
  for (let at = from; ; at += 16) {
    const bytes = v128.load(at);
    // As signed numbers those above ASCII are negative.
    const isOdd = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
      v128.or(i8x16.lt_s(bytes, i8x16.splat(SPACE)), i8x16.eq(bytes, i8x16.splat(DELETE))),
    );
    const found = i8x16.bitmask(isOdd);
    if (found === 0) continue;
    at += ctz(found);
    return load<u8>(at) === QUOTE ? at : NOT_PLAIN;
  }
}

/** Whether a text is a UUID in lower case, with dashes. */
export function isUuid(text: usize, length: usize): bool {
  if (length !== 36) return false;
  for (let i: usize = 0; i < 36; i++) {
    const byte = load<u8>(text + i);
    const isDash = i === 8 || i === 13 || i === 18 || i === 23;
    if (isDash ? byte !== MINUS : hexDigit(byte) < 0) return false;
  }
  return true;
}

export function hexDigit(byte: u8): i32 {
  if (isDigit(byte)) return byte - ZERO;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

/** Writes a whole number of up to 15 digits in decimal. Answers its length. */
export function writeWhole(value: i64, to: usize): usize {
  let at = to + 31;
  let rest: u64 = value < 0 ? -value : value;
  do {
    store<u8>(--at, <u8>(ZERO + <u8>(rest % 10)));
    rest /= 10;
  } while (rest !== 0);
  if (value < 0) store<u8>(--at, MINUS);
  const length = to + 31 - at;
  for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(at + i));
  return length;
}
