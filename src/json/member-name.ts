import { isAscii, isUtf8 } from 'node:buffer';
import type { Finding } from '../reject.ts';

/** Decodes a member name from its bytes, quotes included. */
export function decodeName(bytes: Buffer): { readonly name: string } | { readonly finding: Finding } {
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) {
    return { finding: { code: 'invalid-utf8', pointer: '', message: 'the name of this record is not valid UTF-8' } };
  }
  try {
    return { name: String(JSON.parse(bytes.toString(ascii ? 'latin1' : 'utf8'))) };
  } catch {
    const message = 'the name of this record has a control character or a wrong escape in it';
    return { finding: { code: 'invalid-json', pointer: '', message } };
  }
}
