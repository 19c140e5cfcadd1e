import type { random } from './random.ts';

/** What formats between a file and a table give a meaning to: COPY, JSON, UTF-8, SQL, C strings, terminals. */
const PIECES = [
  '\\',
  '\\N',
  '\\.',
  '\\\\',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\b',
  '\f',
  '\v',
  '"',
  "'",
  '\u0001',
  '\u001b',
  '\u007f',
  '\u0080',
  '\u0085',
  '\u009f',
  '\u00ad',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffd',
  '\ufffe',
  '\uffff',
  '\ud7ff',
  '\ue000',
  '\u{10000}',
  '\u{1f642}',
  '\u{10ffff}',
  'e\u0301',
  '\u00e9',
  'ß',
  '漢',
  ' ',
  '',
];

/** A string of up to `maxLength` pieces that every database can store: any character but NUL and lone surrogates. */
export function randomString({ next }: ReturnType<typeof random>, maxLength = 12): string {
  const length = Math.floor(next() * (maxLength + 1));
  return Array.from({ length }, () => piece(next)).join('');
}

function piece(next: () => number): string {
  const kind = next();
  if (kind < 0.4) return PIECES[Math.floor(next() * PIECES.length)] ?? '';
  if (kind < 0.7) return String.fromCodePoint(1 + Math.floor(next() * 0xff));
  const codePoint = 1 + Math.floor(next() * (kind < 0.85 ? 0xffff : 0x10ffff));
  return codePoint >= 0xd800 && codePoint <= 0xdfff ? 'x' : String.fromCodePoint(codePoint);
}
