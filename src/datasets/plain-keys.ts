import { isKeyHash, keyHash } from '../hash/key-hash.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';

/** Members that hold an API key as the client sends it, as applications write them. */
export const PLAIN_KEY_MEMBERS: readonly string[] = [
  'api_key',
  'apiKey',
  'apikey',
  'plain_key',
  'plaintext_key',
  'raw_key',
  'secret_key',
  'user_api_key',
  'x_api_key',
  'x-api-key',
];

/** What the warning `plain-key-stored` says. */
export const PLAIN_KEY_STORED = 'a JSON column keeps the API key inside of it as it is';

const LETTERS: ReadonlySet<string> = new Set(PLAIN_KEY_MEMBERS.map(lettersOf));

/** Whether a member of this name holds an API key, however it is spelled: `API_KEY`, `X-Api-Key`. */
function isPlainKeyMember(member: string): boolean {
  return /key$/i.test(member) && LETTERS.has(lettersOf(member));
}

function lettersOf(member: string): string {
  return member.replaceAll(/[^a-z]/gi, '').toLowerCase();
}

/** How many API keys as clients send them are in a member, at any depth: texts that are not already a SHA-256. */
export function countPlainKeys(member: string, value: JsonValue | undefined): number {
  if (typeof value === 'string') return isPlainKey(member, value) ? 1 : 0;
  if (typeof value !== 'object' || value === null) return 0;
  let found = 0;
  if (Array.isArray(value)) for (const item of value) found += countPlainKeys('', item);
  else if (isJsonObject(value)) for (const name of Object.keys(value)) found += countPlainKeys(name, value[name]);
  return found;
}

/** The value of a member with the SHA-256 in place of every such key. */
export function withHashedKeys(member: string, value: JsonValue): JsonValue {
  if (typeof value === 'string') return isPlainKey(member, value) ? keyHash(value) : value;
  if (countPlainKeys(member, value) === 0) return value;
  if (Array.isArray(value)) return value.map((item) => withHashedKeys('', item));
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = emptyObject();
  for (const [name, item] of Object.entries(value)) copy[name] = withHashedKeys(name, item);
  return copy;
}

function isPlainKey(member: string, text: string): boolean {
  return text !== '' && isPlainKeyMember(member) && !isKeyHash(text);
}
