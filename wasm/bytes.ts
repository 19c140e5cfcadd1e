export const TAB: u8 = 0x09;
export const NEWLINE: u8 = 0x0a;
export const RETURN: u8 = 0x0d;
export const SPACE: u8 = 0x20;
export const QUOTE: u8 = 0x22;
export const PLUS: u8 = 0x2b;
export const COMMA: u8 = 0x2c;
export const MINUS: u8 = 0x2d;
export const POINT: u8 = 0x2e;
export const ZERO: u8 = 0x30;
export const COLON: u8 = 0x3a;
export const BACKSLASH: u8 = 0x5c;
export const DELETE: u8 = 0x7f;
export const CLOSE_OBJECT: u8 = 0x7d;

/** What no place of a value is: the record is not plain. */
export const NOT_PLAIN: usize = 0;

export function isDigit(byte: u8): bool {
  return <u8>(byte - ZERO) <= 9;
}

/** Moves bytes 16 at once: up to 15 more than there are. `memory.copy` of a few bytes takes many times longer. */
export function copy(to: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Whether bytes are equal; compares 16 at once. */
export function isSame(one: usize, other: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) if (differing(one + i, other + i) !== 0) return false;
  return i === length || (differing(one + i, other + i) & ((1 << (<i32>(length - i))) - 1)) === 0;
}

/** Of 16 bytes a bit for each that differs. */
function differing(one: usize, other: usize): i32 {
  return i8x16.bitmask(i8x16.ne(v128.load(one), v128.load(other)));
}
