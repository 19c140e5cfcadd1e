import { isKeyHash, keyHash } from '../hash/key-hash.ts';
import { emptyObject, type JsonObject } from '../json/value.ts';
import type { RecordAccount } from './account.ts';
import { kindOf } from './misfits.ts';
import { PLAIN_KEY_MEMBERS } from './plain-keys.ts';

/** Members that hold the hash of a key; the application compares with it. */
const HASHES = ['key_hash', 'hash'];

/** Members that hold the key as the client sends it, in records that are about keys. */
const PLAIN_KEYS = ['key', ...PLAIN_KEY_MEMBERS];

/** Every member that says which key a record is about, or is of. */
export const KEY_MEMBERS: readonly string[] = [...HASHES, ...PLAIN_KEYS];

/** An export that hides its keys. */
const MASKED = /\*{4}/;

/**
 * The hash of the key that a record is about, and the record without it: the name in a map of hashes, else a hash that the
 * record holds, else that of its plain key. No plain key stays in the record.
 */
export function takeKeyHash(
  record: JsonObject,
  name: string | undefined,
  account: RecordAccount,
): { readonly rest: JsonObject; readonly hash: string | undefined } {
  const rest: JsonObject = Object.assign(emptyObject(), record);
  const plain = takePlainKey(rest, account);
  if (name !== undefined && isKeyHash(name)) {
    if (plain !== undefined) account.drop('plain-key');
    return { rest, hash: name.toLowerCase() };
  }
  const hash = takeHash(rest, account);
  if (plain === undefined) return { rest, hash };
  if (hash !== undefined || !isKeyHash(plain.text)) account.drop('plain-key');
  else account.columns++;
  if (hash !== undefined) return { rest, hash };
  if (!MASKED.test(plain.text)) return { rest, hash: keyHash(plain.text) };
  account.reject('masked-secret', `/${plain.member}`, 'the key is masked');
  return { rest, hash: undefined };
}

/** Takes the first hash out of the record. A SHA-256 is lower case, as the application writes it. */
function takeHash(rest: JsonObject, account: RecordAccount): string | undefined {
  const [found] = HASHES.flatMap((member) => textIn(rest, member, account));
  if (found === undefined) return undefined;
  delete rest[found.member];
  account.columns++;
  return isKeyHash(found.text) ? found.text.toLowerCase() : found.text;
}

/** Takes all of them out of the record, and answers the first. */
function takePlainKey(rest: JsonObject, account: RecordAccount): { member: string; text: string } | undefined {
  const found = PLAIN_KEYS.flatMap((member) => textIn(rest, member, account));
  for (const member of PLAIN_KEYS) delete rest[member];
  for (const _other of found.slice(1)) account.drop('plain-key');
  return found[0];
}

function textIn(record: JsonObject, member: string, account: RecordAccount): { member: string; text: string }[] {
  const value = record[member] ?? null;
  if (value === null) return [];
  if (typeof value === 'string' && value !== '') return [{ member, text: value }];
  account.reject('wrong-type', `/${member}`, `${member} must be text, not ${value === '' ? 'empty' : kindOf(value)}`);
  return [];
}
