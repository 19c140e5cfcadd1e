const TAB = 0x09;
export const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
/** The first letter of null. */
export const NULL = 0x6e;
export const LETTER_U = 0x75;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** White space within a line. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === RETURN || byte === TAB;
}

export function mayBeginValue(byte: number): boolean {
  return '"[{-0123456789tfnNI'.includes(String.fromCharCode(byte));
}

/** In words, what begins with this byte. */
export function kindOf(byte: number): string {
  if (byte === OPEN_ARRAY) return 'an array';
  if (byte === OPEN_OBJECT) return 'an object';
  return byte === QUOTE ? 'a string' : 'a single value';
}
