import { hash } from 'node:crypto';

/** The SHA-256 of an API key in hex, as `api_keys.key_hash` holds it. What is such a hash already stays. */
export function keyHash(key: string): string {
  return isKeyHash(key) ? key.toLowerCase() : sha256(key);
}

export function isKeyHash(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
