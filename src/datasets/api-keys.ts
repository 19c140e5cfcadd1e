import { isKeyHash } from '../hash/key-hash.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import { emptyObject, type JsonObject } from '../json/value.ts';
import { fits } from '../schema/table.ts';
import { apiKeys as table } from '../schema/tables/accounts.ts';
import type { RecordAccount } from './account.ts';
import type { Candidate, Dataset, MappingContext, RecordMapper, StoredRow } from './dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { objectOf } from './misfits.ts';
import { ownedRow } from './owned-row.ts';
import { findRows, hasAny, inDirectory } from './shapes.ts';
import { MAP_KEY } from './source-id.ts';
import { KEY_MEMBERS, takeKeyHash } from './take-key-hash.ts';
import { withExtra } from './with-extra.ts';
import { extraOf, withDerived, writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  key_name: { as: 'name' },
  permissions: {},
  user_id: { from: ['user', 'userId'], identifier: 'text' },
  expires_at: { from: ['expires'] },
  last_used_at: { from: ['last_used'] },
  usage_count: {},
  rate_limit_per_hour: { as: 'rate_limit' },
  is_active: {},
  created_by: { identifier: 'text' },
  created_at: { as: 'created' },
  updated_at: {},
};

/** What the old application did with a key that says nothing about these. */
const DEFAULTS = { usage_count: 0, rate_limit_per_hour: 1000, is_active: true } as const;

/** What each level may do. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'admin'],
};

/** `extra` keeps the description, and a level or a name in a map that says more than the permissions and the name. */
const KEPT = ['id', 'description', 'level', MAP_KEY];

interface ApiKey extends Members {
  readonly hash: string;
}

function compile(context: MappingContext): RecordMapper<ApiKey> {
  const read = compileMembers(table, SPECS, context, { kept: KEPT });
  return {
    validate({ value, key: name }, _source, account) {
      const record = objectOf(value, 'an API key', account);
      if (record === undefined) return undefined;
      const { rest, hash } = takeKeyHash(record, name, account);
      const label = name === undefined || isKeyHash(name) || name === hash ? undefined : name;
      const members = read(labelled(permitted(rest, label, account), label), '', account);
      if (hash === undefined) {
        if (!account.rejected) account.reject('missing-member', '', 'neither the key nor its hash is there');
        return undefined;
      }
      if (!fits(hash, table.columns.key_hash.max)) account.reject('too-long', '', 'the hash of the key is too long');
      return members && !account.rejected ? { ...members, hash } : undefined;
    },
    map({ hash, ...members }, _source, account) {
      const values = withExtra(withDerived(table, members, DEFAULTS, account));
      return ownedRow(table, values.with({ key_hash: hash }).row);
    },
  };
}

/** With the permissions of its level, where it names none. In a map by level the label is the level. */
function permitted(record: JsonObject, label: string | undefined, account: RecordAccount): JsonObject {
  if ((record['permissions'] ?? null) !== null) return record;
  const level = record['level'] ?? (label !== undefined && Object.hasOwn(PERMISSIONS, label) ? label : null);
  if (level === null) return record;
  const permissions = typeof level === 'string' && Object.hasOwn(PERMISSIONS, level) ? PERMISSIONS[level] : undefined;
  if (permissions === undefined) {
    const message = `level must be one of ${Object.keys(PERMISSIONS).join(', ')}`;
    account.reject(typeof level === 'string' ? 'not-one-of' : 'wrong-type', '/level', message);
    return record;
  }
  const permittedRecord: JsonObject = Object.assign(emptyObject(), record, { permissions: [...permissions] });
  delete permittedRecord['level'];
  return permittedRecord;
}

/** In a map the label is the name of a key that has none, unless it only repeats the level. */
function labelled(record: JsonObject, label: string | undefined): JsonObject {
  if (label === undefined || canonicalJson(record['permissions'] ?? null) === canonicalLevel(label)) return record;
  const isNamed = ['name', 'key_name'].some((member) => (record[member] ?? null) !== null);
  return Object.assign(emptyObject(), record, { [isNamed ? MAP_KEY : 'name']: label });
}

function canonicalLevel(level: string): string | undefined {
  const permissions = Object.hasOwn(PERMISSIONS, level) ? PERMISSIONS[level] : undefined;
  return permissions && canonicalJson([...permissions]);
}

/** The level whose permissions these are. */
function levelOf(permissions: StoredRow[string] | undefined): string | undefined {
  return Object.keys(PERMISSIONS).find((level) => canonicalLevel(level) === permissions);
}

const SIGNS = ['permissions', 'level', 'rate_limit', 'rate_limit_per_hour', 'usage_count', 'last_used_at', 'key_name'];

/** What tells of a use of a key, or of something else that was done with it. */
const OF_A_USE = ['endpoint', 'method', 'status_code', 'payload', 'event_payload', 'prediction', 'api_key_id'];

function isApiKey(shape: Shape): boolean {
  return hasAny(shape, KEY_MEMBERS) && hasAny(shape, SIGNS) && !hasAny(shape, OF_A_USE);
}

/** A map whose names are hashes, or whose members hold keys. */
function isMapOfKeys(shape: Shape | undefined, isMine: (record: Shape) => boolean): boolean {
  if (shape?.begins !== 'object') return false;
  return [...shape.members].some(
    ([name, member]) => isMine(member) || (isKeyHash(name) && member.begins === 'object' && !hasAny(member, OF_A_USE)),
  );
}

/** Members under which files hold their keys, as a list or as a map. */
const WRAPPERS = ['keys', 'api_keys'];

function containerOf(candidate: Candidate, isExpected: boolean): Container | undefined {
  const { shape, lines } = candidate;
  const isMine = (record: Shape): boolean =>
    isApiKey(record) || (isExpected && hasAny(record, KEY_MEMBERS) && !hasAny(record, OF_A_USE));
  if (!lines && shape.begins === 'object' && !isMine(shape)) {
    const name = WRAPPERS.find((wrapper) => isMapOfKeys(shape.members.get(wrapper), isMine));
    if (name !== undefined) return { kind: 'member', name };
    if (isMapOfKeys(shape, isMine)) return { kind: 'map' };
  }
  return findRows(candidate, isExpected, isMine, WRAPPERS);
}

export const apiKeys = {
  name: 'api_keys',
  mappingVersion: 2,
  description: 'API keys: a map by hash, a map by level under "keys", or rows with the key or its hash.',
  tables: [table],
  isOwned: false,
  destinations: new Map([
    ...destinations(table, SPECS),
    ['/level', 'api_keys.permissions'],
    ...KEY_MEMBERS.map((member): [string, string] => [`/${member}`, 'api_keys.key_hash']),
  ]),
  expects: (candidate) =>
    /^api[-_]?keys?(?:$|[-_](?!usage))/i.test(candidate.stem) ||
    ['api_keys', 'api-keys'].some((name) => inDirectory(candidate, name)),
  containerOf(candidate) {
    return containerOf(candidate, this.expects(candidate));
  },
  compile,
  layout: {
    table,
    container: 'map',
    path: () => ['api_keys'],
    key: ({ values }) => String(values['key_hash']),
    write({ values }) {
      const object = writeMembers(table, SPECS, values, DEFAULTS);
      const level = levelOf(values['permissions']);
      if (level !== undefined && extraOf(values)['level'] === undefined) {
        delete object['permissions'];
        object['level'] = level;
      }
      // A name in the map that is no SHA-256 would not be known as the hash.
      const hash = String(values['key_hash']);
      if (!isKeyHash(hash)) object['key_hash'] = hash;
      return object;
    },
  },
} as const satisfies Dataset;
