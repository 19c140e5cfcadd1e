import { TextDecoder } from 'node:util';
import type { Finding } from '../reject.ts';

/** Whether TextDecoder knows the name. https://encoding.spec.whatwg.org/#names-and-labels */
export function isEncoding(name: string): boolean {
  try {
    new TextDecoder(name);
    return true;
  } catch {
    return false;
  }
}

/** The encoding by byte order mark, else as given; or why the bytes cannot be text. `undefined` is UTF-8, passed as it is. */
export function detectEncoding(
  head: Buffer,
  given: string,
): { readonly decoder: TextDecoder | undefined } | { readonly finding: Finding } {
  if (head[0] === 0xff && head[1] === 0xfe) return { decoder: new TextDecoder('utf-16le', { fatal: true }) };
  if (head[0] === 0xfe && head[1] === 0xff) return { decoder: new TextDecoder('utf-16be', { fatal: true }) };
  const isMarked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  const isUtf8 = isMarked || new TextDecoder(given).encoding === 'utf-8';
  if (isUtf8 && isWide(head)) {
    const message = 'the file looks like UTF-16 or UTF-32 without a byte order mark';
    return { finding: { code: 'unsupported-encoding', pointer: '', message } };
  }
  return { decoder: isUtf8 ? undefined : new TextDecoder(given, { fatal: true }) };
}

/** JSON begins with ASCII: where the zeros (0) of the wide encodings are among the first bytes. Other zeros are damage. */
const WIDE = /^(?:x0|0x|x0.0|0x..|000x)$/;

function isWide(head: Buffer): boolean {
  const first = head.subarray(0, 4);
  return first.includes(0) && WIDE.test(Array.from(first, (byte) => (byte === 0 ? '0' : 'x')).join(''));
}

/** The text of the beginning of a file; a character that is cut off at its end is left out. */
export function decodePrefix(
  bytes: Buffer,
  given: string,
  atEnd: boolean,
): { readonly text: string; readonly atEnd: boolean } | { readonly finding: Finding } {
  const detected = detectEncoding(bytes, given);
  if ('finding' in detected) return detected;
  // Not fatal: what is wrong with the bytes is found, with its place, when the records are read.
  const decoder = new TextDecoder(detected.decoder?.encoding ?? 'utf-8');
  return { text: decoder.decode(bytes, { stream: !atEnd }), atEnd };
}
