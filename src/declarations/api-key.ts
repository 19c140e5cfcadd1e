import type { RecordAccount } from '../datasets/account.ts';
import { kindOf } from '../datasets/misfits.ts';
import { isKeyHash, keyHash } from '../hash/key-hash.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Environment } from './environment.ts';
import type { DatasetDeclaration } from './language.ts';
import type { DatasetPlan } from './plan.ts';
import { Misspelt, readSource } from './source.ts';

// The API key that a record is about. No plain key stays in the record: its SHA-256 is stored.

/** An export that hides its keys. */
const MASKED = /\*{4}/;

interface Taken {
  readonly record: JsonValue;
  readonly environment: Environment;
}

/** The members by name. */
export function apiKeyOf(key: DatasetDeclaration['api_key']): DatasetPlan['apiKey'] {
  const namesOf = (pointers: readonly string[]): string[] =>
    pointers.flatMap((text) => {
      const source = readSource(text);
      return source instanceof Misspelt || source.of !== 'record' ? [] : (source.way[0] ?? []);
    });
  return key && { hashes: namesOf(key.hashes), plain: namesOf(key.plain) };
}

/** The member of the rest that keeps the hash, where no column takes it. */
export function keyMemberOf({ api_key: key, columns }: DatasetDeclaration): string | undefined {
  const isTaken = Object.values(columns).some(
    (each) => typeof each === 'object' && [each.from ?? []].flat().includes('$api_key'),
  );
  return isTaken ? undefined : apiKeyOf(key)?.hashes[0];
}

/**
 * Takes it out of a record: the name in a map of hashes, else a hash that the record holds, else that of its plain key.
 */
export function compileApiKey({
  apiKey,
  keyMember,
}: DatasetPlan): (record: JsonValue, environment: Environment, account: RecordAccount) => Taken {
  if (apiKey === undefined) return (record, environment) => ({ record, environment });
  const { hashes, plain } = apiKey;
  return (record, environment, account) => {
    if (!isJsonObject(record)) return { record, environment };
    const rest: JsonObject = Object.assign(emptyObject(), record);
    const key = takePlainKey(rest, plain, account);
    const name = environment.mapKey;
    const taken = (found: { readonly member: string; readonly text: string } | undefined): Taken => {
      const about = found && { hash: found.text, member: found.member, keptAs: keyMember };
      return { record: rest, environment: { ...environment, apiKey: about } };
    };
    if (name !== undefined && isKeyHash(name)) {
      if (key !== undefined) account.drop('plain-key');
      return taken({ member: key?.member ?? hashes[0] ?? '', text: name.toLowerCase() });
    }
    const hash = takeHash(rest, hashes, account);
    if (key === undefined) return taken(hash);
    if (hash !== undefined || !isKeyHash(key.text)) account.drop('plain-key');
    else account.columns++;
    if (hash !== undefined) return taken(hash);
    if (!MASKED.test(key.text)) return taken({ member: key.member, text: keyHash(key.text) });
    account.reject('masked-secret', `/${key.member}`, 'the key is masked');
    return taken(undefined);
  };
}

/** Takes the first hash out of the record. A SHA-256 is lower case, as the application writes it. */
function takeHash(rest: JsonObject, hashes: readonly string[], account: RecordAccount): FoundText | undefined {
  const [found] = hashes.flatMap((member) => textIn(rest, member, account));
  if (found === undefined) return undefined;
  delete rest[found.member];
  account.columns++;
  return { member: found.member, text: isKeyHash(found.text) ? found.text.toLowerCase() : found.text };
}

/** Takes all of them out of the record, and answers the first. */
function takePlainKey(rest: JsonObject, plain: readonly string[], account: RecordAccount): FoundText | undefined {
  const found = plain.flatMap((member) => textIn(rest, member, account));
  for (const member of plain) delete rest[member];
  for (const _other of found.slice(1)) account.drop('plain-key');
  return found[0];
}

interface FoundText {
  readonly member: string;
  readonly text: string;
}

function textIn(record: JsonObject, member: string, account: RecordAccount): FoundText[] {
  const value = record[member] ?? null;
  if (value === null) return [];
  if (typeof value === 'string' && value !== '') return [{ member, text: value }];
  account.reject('wrong-type', `/${member}`, `${member} must be text, not ${value === '' ? 'empty' : kindOf(value)}`);
  return [];
}
