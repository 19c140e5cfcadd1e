import { createHash } from 'node:crypto';

/** The namespace of all ids that migrate-json derives. Fixed for ever: other programs may compute the same ids. */
const NAMESPACE = '6d696772-6174-5e2d-8a73-6f6e2d6a7331';

const NAMESPACE_BYTES = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');

/** UUIDv5 of a natural key, its parts as a JSON array. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5 */
export function derivedId(...key: readonly string[]): string {
  const hash = createHash('sha1').update(NAMESPACE_BYTES).update(JSON.stringify(key)).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
