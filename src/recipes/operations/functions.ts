import type { Complaint, DatasetFunctions, FunctionContext } from '../../declarations/functions.ts';
import { isKeyHash } from '../../hash/key-hash.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';

/** What each level may do. */
const PERMISSIONS = new Map([
  ['read', ['read']],
  ['write', ['read', 'write']],
  ['admin', ['read', 'write', 'admin']],
]);

function inspect(record: JsonValue): readonly Complaint[] {
  if (!isJsonObject(record) || has(record, 'permissions') || !has(record, 'level')) return [];
  const { level } = record;
  if (typeof level === 'string' && PERMISSIONS.has(level)) return [];
  const reject = `level must be one of ${[...PERMISSIONS.keys()].join(', ')}`;
  return [{ code: typeof level === 'string' ? 'not-one-of' : 'wrong-type', at: '/level', reject }];
}

/** A key has the permissions of its level, where it names none; its name in a map is the level, or what the key is called. */
function prepare(record: JsonValue, { mapKey }: FunctionContext): JsonValue {
  if (!isJsonObject(record)) return record;
  const isHash = mapKey === undefined || isKeyHash(mapKey) || mapKey === (record['key_hash'] ?? record['hash']);
  const label = isHash ? undefined : mapKey;
  return labelled(permitted(record, label), label);
}

/** In a map by level the label is the level. */
function permitted(record: JsonObject, label: string | undefined): JsonObject {
  if (has(record, 'permissions')) return record;
  const permissions = PERMISSIONS.get(String(record['level'] ?? label));
  if (permissions === undefined) return record;
  const { level: _level, ...rest } = record;
  return { ...rest, permissions: [...permissions] };
}

/** In a map the label is the name of a key that has none, unless it only repeats the level. */
function labelled(record: JsonObject, label: string | undefined): JsonObject {
  if (label === undefined || levelOf(record['permissions']) === label) return record;
  return { ...record, [has(record, 'name') || has(record, 'key_name') ? 'map_key' : 'name']: label };
}

/** The level whose permissions these are is written in their place. */
function write(record: JsonValue): JsonValue {
  const level = isJsonObject(record) ? levelOf(record['permissions']) : undefined;
  if (!isJsonObject(record) || level === undefined || record['level'] !== undefined) return record;
  const { permissions: _permissions, ...rest } = record;
  return { ...rest, level };
}

function levelOf(permissions: JsonValue | undefined): string | undefined {
  const text = canonicalJson(permissions ?? null);
  return [...PERMISSIONS].find(([, granted]) => canonicalJson(granted) === text)?.[0];
}

function has(record: JsonObject, member: string): boolean {
  return (record[member] ?? null) !== null;
}

export const apiKeys = { inspect, prepare, write } satisfies DatasetFunctions;
