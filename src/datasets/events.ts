import { keyHash } from '../hash/key-hash.ts';
import type { Shape } from '../json/probe.ts';
import type { JsonObject } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import { BUILT_EVENT, events as table } from '../schema/tables/security.ts';
import type { Dataset, MappingContext, RecordMapper, SourceContext, StoredRow } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { findRows, hasAny } from './shapes.ts';
import { sourceIdOf, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { extraOf, writeMembers } from './write-members.ts';

const EVENT_SPECS: MemberSpecs = {
  user_id: { from: ['userId'], identifier: 'number' },
  api_key: {},
  timestamp: { from: ['event_timestamp'] },
  payload: { from: ['event_payload'] },
  ip: { from: ['ip_address'] },
  endpoint: {},
  created_at: {},
};

/** What tells a request that was looked at from other rows with a time. */
const PACKET = ['network_packet_size', 'protocol_type', 'login_attempts', 'session_duration', 'ip_reputation_score'];

/** The old tables of events, in the order in which a reference that names none is tried. */
export const EVENT_TABLES = ['events', 'client_events'] as const;

function compile(context: MappingContext): RecordMapper<Members> {
  return compileFlat(
    {
      table,
      specs: EVENT_SPECS,
      kept: ['id', 'origin'],
      what: 'an event',
      finish: (members, key) => withMapKey(members, key, []),
      map(members, source) {
        const extra = members.extra ?? {};
        const origin = { dataset: 'events', name: originOf(extra, source) };
        const values = eventValues(withOrigin(members, origin.name), context);
        const id = sourceIdOf(extra);
        return ownedRow(table, values.with({ record_key: recordKey(origin, id, values, source) }).row);
      },
    },
    context,
  );
}

/** The columns of an event; its key only as the hash that joins `api_keys.key_hash`. */
export function eventValues(members: Members, context: MappingContext): Cells {
  const values = withExtra(members);
  const key = values.get('api_key');
  return typeof key === 'string' && !context.keepPlainKeys ? values.with({ api_key: keyHash(key) }) : values;
}

/** The old table that a record comes from: its own word, or the name of the member or file that holds it. */
function originOf(extra: JsonObject, { stem, member = stem }: SourceContext): string {
  if (typeof extra['origin'] === 'string') return extra['origin'];
  return [member, stem].some((name) => name.startsWith('client_events')) ? 'client_events' : 'events';
}

/** What only the name of the file or member says is remembered, so that an exported event still says it. */
function withOrigin(members: Members, origin: string): Members {
  if (origin === 'events' || members.extra?.['origin'] !== undefined) return members;
  return { ...members, extra: { ...members.extra, origin } };
}

function isEvent(shape: Shape): boolean {
  if (hasAny(shape, ['prediction', 'prediction_result', 'prediction_timestamp'])) return false;
  if (hasAny(shape, ['event_payload', 'event_timestamp'])) return true;
  return hasAny(shape, ['payload']) && hasAny(shape, ['timestamp', 'endpoint', 'ip', 'api_key']);
}

export const events = {
  name: 'events',
  mappingVersion: 1,
  description: 'Requests that a security service looked at: exports of its rows as an array, under "data", or NDJSON.',
  tables: [table],
  isOwned: false,
  sharedMembers: ['user_id', 'userId'],
  destinations: new Map(destinations(table, EVENT_SPECS)),
  expects: ({ stem }) => /^(client_)?events/i.test(stem),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = isExpected
      ? (shape: Shape) =>
          isEvent(shape) || hasAny(shape, ['payload', 'timestamp', 'ip', 'endpoint', 'api_key', ...PACKET])
      : isEvent;
    return findRows(candidate, isExpected, isMine, EVENT_TABLES);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: ({ values }) => (isOwnEvent(values) ? undefined : ['events']),
    write: ({ values }) => ({ ...writeMembers(table, EVENT_SPECS, values), ...ofTheApplication(values) }),
  },
} as const satisfies Dataset;

/** An event that the application inserted has no id of an old table, only its generated key. */
function ofTheApplication({ record_key: key }: StoredRow): JsonObject {
  return typeof key === 'string' && key.startsWith('row ') ? { id: key.slice(4), origin: 'database' } : {};
}

/** Built from a prediction that had no event: the prediction is written, and builds it again. */
function isOwnEvent(values: StoredRow): boolean {
  return extraOf(values)['built_from'] === BUILT_EVENT.built_from;
}
