import { hash } from 'node:crypto';

/** The namespace of all ids that migrate-json derives. Fixed for ever: other programs may compute the same ids. */
const NAMESPACE = '6d696772-6174-5e2d-8a73-6f6e2d6a7331';

const NAMESPACE_BYTES = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');

/** UUIDv5 of a natural key, its parts as a JSON array. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5 */
export function derivedId(...key: readonly string[]): string {
  const hex = hash('sha1', Buffer.concat([NAMESPACE_BYTES, Buffer.from(JSON.stringify(key))]), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
