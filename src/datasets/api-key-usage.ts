import type { Shape } from '../json/probe.ts';
import { emptyObject, type JsonObject } from '../json/value.ts';
import { type Reference, SOURCE_ID } from '../schema/row-group.ts';
import { apiKeys as keyTable, apiKeyUsage as table } from '../schema/tables/accounts.ts';
import type { RecordAccount } from './account.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { objectOf } from './misfits.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { referenceId } from './reference-id.ts';
import { findRows, hasAny } from './shapes.ts';
import { MAP_KEY, sourceIdOf, withMapKey } from './source-id.ts';
import { KEY_MEMBERS, takeKeyHash } from './take-key-hash.ts';
import { withExtra } from './with-extra.ts';
import { extraOf, writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  endpoint: {},
  method: {},
  status_code: {},
  response_time_ms: { from: ['response_time'] },
  request_size_bytes: { from: ['request_size'] },
  response_size_bytes: { from: ['response_size'] },
  ip_address: { from: ['ip'] },
  user_agent: {},
  created_at: { from: ['createdAt', 'timestamp'] },
};

/** Members that name the record or its key: `extra` keeps them. A plain key is kept as `key_hash`. */
const KEPT = ['id', MAP_KEY, 'key_name', 'api_key_id'];

const ORIGIN = { dataset: 'api_key_usage', name: 'api_key_usage' };

interface Use extends Members {
  readonly extra: JsonObject;
  readonly reference: Reference;
}

function compile(context: MappingContext): RecordMapper<Use> {
  const read = compileMembers(table, SPECS, context, { kept: KEPT });
  return {
    validate({ value, key }, _source, account) {
      const record = objectOf(value, 'the use of an API key', account);
      if (record === undefined) return undefined;
      const { rest, hash } = takeKeyHash(record, undefined, account);
      const members = read(rest, '', account);
      if (members === undefined || account.rejected) return undefined;
      const { extra: given } = withMapKey(members, key, []);
      const extra = Object.assign(emptyObject(), given, hash !== undefined && { key_hash: hash });
      const reference = referenceOf(extra, record, account);
      return reference && { values: members.values, extra, reference };
    },
    map(use, source) {
      const values = withExtra(use);
      const references = [use.reference];
      const record_key = recordKey(ORIGIN, sourceIdOf(use.extra), { row: values.row, references }, source);
      return { ...ownedRow(table, values.with({ record_key }).row), references };
    },
  };
}

/** The key by its hash, else by its name, else by the id that it had in its old table: the best that the record knows. */
function referenceOf(extra: JsonObject, record: JsonObject, account: RecordAccount): Reference | undefined {
  const [name, id] = ['key_name', 'api_key_id'].map((member) => referenceId(extra, member, account));
  if (account.rejected) return undefined;
  const { key_hash: hash } = extra;
  if (typeof hash === 'string') {
    const member = KEY_MEMBERS.find((each) => (record[each] ?? null) !== null) ?? 'key_hash';
    return named(`/${member}`, 'key_hash', hash, 'the API key of this hash');
  }
  if (name !== undefined) return named('/key_name', 'key_name', name, 'the API key of this name');
  if (id !== undefined) return named('/api_key_id', SOURCE_ID, id, 'the API key of this id');
  account.reject('missing-member', '', 'neither key_hash nor key_name nor api_key_id says which key was used');
  return undefined;
}

function named(pointer: string, by: string, key: string, words: string): Reference {
  return { column: 'api_key_id', pointer, lookups: [{ table: keyTable, by: [by], key: [key], words }] };
}

const REQUEST = ['endpoint', 'method', 'status_code', 'request_size_bytes', 'response_size_bytes'];
/** Members of other records that are about a request. */
const OF_EVENTS = ['payload', 'event_payload', 'prediction', 'prediction_result'];

function isUse(shape: Shape): boolean {
  if (hasAny(shape, OF_EVENTS)) return false;
  if (hasAny(shape, ['api_key_id', 'key_hash', 'key_name'])) return hasAny(shape, REQUEST);
  // Events name an endpoint, too.
  return hasAny(shape, KEY_MEMBERS) && hasAny(shape, REQUEST.slice(1));
}

export const apiKeyUsage = {
  name: 'api_key_usage',
  mappingVersion: 1,
  description: 'Uses of API keys, each a request: an array, under "data", or NDJSON.',
  tables: [table],
  isOwned: false,
  dependsOn: ['api_keys'],
  destinations: new Map([
    ...destinations(table, SPECS),
    ...[...KEY_MEMBERS, 'key_name', 'api_key_id'].map((member): [string, string] => [
      `/${member}`,
      'api_key_usage.api_key_id',
    ]),
  ]),
  expects: ({ stem }) => /^api[-_]?keys?[-_]usage/i.test(stem),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = (shape: Shape): boolean =>
      isUse(shape) || (isExpected && hasAny(shape, [...REQUEST, ...KEY_MEMBERS, 'key_name', 'api_key_id']));
    return findRows(candidate, isExpected, isMine, ['api_key_usage', 'usage']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['api_key_usage'],
    write({ values }) {
      const extra = extraOf(values);
      const object = writeMembers(table, SPECS, values);
      const isNamed = ['key_hash', 'key_name', 'api_key_id'].some((member) => extra[member] !== undefined);
      if (!isNamed) object['key_hash'] = String(values['api_key_id']);
      return object;
    },
  },
} as const satisfies Dataset;
