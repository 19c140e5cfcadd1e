import { keyHash } from '../hash/key-hash.ts';
import { readFaithfully } from '../json/parse.ts';
import type { Shape } from '../json/probe.ts';
import { ExactNumber, emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import type { Reference, RowGroup } from '../schema/row-group.ts';
import { rowLayout, rowOf, type Value } from '../schema/table.ts';
import { BUILT_EVENT, events as eventTable, predictions as table } from '../schema/tables/security.ts';
import type { RecordAccount } from './account.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { kindOf, objectOf } from './misfits.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey, recordKeyOf } from './record-key.ts';
import { booleanOf } from './repairs.ts';
import { findRows, hasAny } from './shapes.ts';
import { sourceIdOf, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { type Derived, extraOf, withDerived, writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  user_id: { from: ['userId'], identifier: 'number' },
  timestamp: { from: ['prediction_timestamp', 'event_timestamp'] },
  payload: { from: ['event_payload'] },
  prediction: { from: ['prediction_result'] },
  risk_score: {},
  attack_detected: { from: ['is_anomaly'] },
  ip: { from: ['ip_address'] },
  endpoint: {},
  created_at: {},
};

/** Members that name the event. */
const EVENT_MEMBERS = ['event_id', 'client_event_id', 'event_origin', 'event_key'];

/** Members that name the record or its event: `extra` keeps them. */
const KEPT = ['id', ...EVENT_MEMBERS];

/** The old tables of events, in the order in which a reference that names none is tried. */
const EVENT_TABLES = ['events', 'client_events'] as const;

/** What a prediction without an event says of the request that it judged. */
const OF_THE_REQUEST = ['user_id', 'timestamp', 'payload', 'ip', 'endpoint', 'created_at'] as const;

const ORIGIN = { dataset: 'predictions', name: 'predictions' };

function compile(context: MappingContext): RecordMapper<Members> {
  const read = compileMembers(table, SPECS, context, { kept: KEPT });
  return {
    validate({ value, key: name }, _source, account) {
      const record = objectOf(value, 'a prediction', account);
      if (record === undefined) return undefined;
      const { rest, key } = takeKey(record, account);
      const given = read(rest, '', account);
      const members = given && withMapKey(given, name, []);
      if (members === undefined || key === undefined) return members;
      const kept = context.keepPlainKeys ? key : keyHash(key);
      return { ...members, extra: Object.assign(members.extra ?? emptyObject(), { api_key: kept }) };
    },
    map(members, source, account) {
      const derived = derivedOf(members.values.get('prediction'));
      const filled = withDerived(table, members, derived, account);
      const values = withExtra(filled);
      const { extra = emptyObject() } = filled;
      const given = referenceOf(extra);
      const content = { row: values.row, references: given && [given] };
      const key = recordKey(ORIGIN, sourceIdOf(extra), content, source);
      return {
        ...ownedRow(table, values.with({ record_key: key }).row),
        references: [given ?? eventWith(key)],
        ...(given === undefined && { lead: ownEvent(filled, key, context) }),
      };
    },
  };
}

/** Predictions have no column for the key of the client; the event of one that has none gets it. */
function takeKey(value: JsonObject, account: RecordAccount): { readonly rest: JsonObject; readonly key?: string } {
  const key = value['api_key'] ?? null;
  if (key === null) return { rest: value };
  const rest = Object.assign(emptyObject(), value);
  delete rest['api_key'];
  if (typeof key === 'string') {
    account.columns++;
    return { rest, key };
  }
  account.reject('wrong-type', '/api_key', `api_key must be text, not ${kindOf(key)}`);
  return { rest };
}

/** The event that a record names by the id that it had in its old table. */
function referenceOf(extra: JsonObject): Reference | undefined {
  const column = 'event_id';
  if (typeof extra['event_key'] === 'string') return { ...eventWith(extra['event_key']), pointer: '/event_key' };
  const member = extra['event_id'] === undefined ? 'client_event_id' : 'event_id';
  const id = sourceIdOf({ id: extra[member] ?? null });
  if (id === undefined) return undefined;
  const origin = member === 'client_event_id' ? 'client_events' : extra['event_origin'];
  const origins = typeof origin === 'string' ? [origin] : EVENT_TABLES;
  const lookups = origins.map((name) => ({
    table: eventTable,
    by: ['record_key'],
    key: [recordKeyOf({ dataset: 'events', name }, id)],
    words: `the event of this id in ${EVENT_TABLES.find((known) => known === name) ?? 'the origin that it names'}`,
  }));
  return { column, pointer: `/${member}`, lookups };
}

function eventWith(key: string): Reference {
  const lookup = { table: eventTable, by: ['record_key'], key: [key], words: 'the event of this record_key' };
  return { column: 'event_id', pointer: '', lookups: [lookup] };
}

/** A prediction without an event gets one of its own, with its own time: one to one, under the same key. */
function ownEvent({ values, extra }: Members, key: string, context: MappingContext): RowGroup {
  const ofRequest = Object.fromEntries(OF_THE_REQUEST.map((name) => [name, values.get(name)]));
  const apiKey = extra?.['api_key'];
  const row = rowOf(eventTable, { ...ofRequest, api_key: typeof apiKey === 'string' ? apiKey : null, record_key: key });
  const request = new Cells(rowLayout(eventTable), row);
  const event = withExtra({ values: request, extra: { ...BUILT_EVENT } });
  const hashed =
    typeof apiKey === 'string' && !context.keepPlainKeys ? event.with({ api_key: keyHash(apiKey) }) : event;
  return ownedRow(eventTable, hashed.row);
}

/** The old backend stored constants as a risk score; the probability is what it had computed. */
function derivedOf(stored: Value | undefined): Derived {
  const prediction = typeof stored === 'string' ? readFaithfully(stored) : undefined;
  if (prediction === undefined || !isJsonObject(prediction)) return { attack_detected: truthOf(prediction) };
  return {
    risk_score: numberOf(prediction['risk_score']) ?? numberOf(prediction['probability']),
    attack_detected: truthOf(prediction['attack_detected']) ?? truthOf(prediction['prediction']),
  };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** 0 and 1, also as text, "true" and "false". */
function truthOf(value: JsonValue | undefined): Value | undefined {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null || value instanceof ExactNumber || typeof value === 'object')
    return undefined;
  return booleanOf(String(value));
}

const PREDICTION = ['prediction', 'prediction_result', 'prediction_timestamp'];
const ABOUT_A_REQUEST = [
  'payload',
  'event_payload',
  'endpoint',
  'ip',
  'event_id',
  'client_event_id',
  'risk_score',
  'attack_detected',
  'user_id',
];

/** Predictions of models about metrics are other datasets. */
const OF_MODELS = ['predicted_anomaly', 'anomaly_detected', 'model_version_id', 'model_name'];

function isPrediction(shape: Shape): boolean {
  return hasAny(shape, PREDICTION) && hasAny(shape, ABOUT_A_REQUEST);
}

export const predictions = {
  name: 'predictions',
  mappingVersion: 1,
  description: 'What a security service thought of requests, with or without the events that it looked at.',
  tables: [table, eventTable],
  isOwned: false,
  dependsOn: ['events'],
  sharedMembers: ['user_id', 'userId'],
  destinations: new Map([
    ...destinations(table, SPECS),
    ['/api_key', 'events.api_key'],
    ['/event_id', 'predictions.event_id'],
  ]),
  expects: ({ stem }) => /^predictions/i.test(stem),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = isExpected
      ? (shape: Shape) => !hasAny(shape, OF_MODELS) && hasAny(shape, [...PREDICTION, ...ABOUT_A_REQUEST])
      : isPrediction;
    return findRows(candidate, isExpected, isMine, ['predictions']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['predictions'],
    write({ values }) {
      const extra = extraOf(values);
      const object = writeMembers(table, SPECS, values, derivedOf(values['prediction']));
      const event = String(values['event_id']);
      const keys = referenceOf(extra)?.lookups.flatMap(({ key }) => key);
      if (keys === undefined ? event === values['record_key'] : keys.includes(event)) return object;
      for (const member of EVENT_MEMBERS) delete object[member];
      // The application linked it to an event of its own, or to one that was loaded.
      if (event.startsWith('row ')) return { ...object, event_id: event.slice(4), event_origin: 'database' };
      return { ...object, event_key: event };
    },
  },
} as const satisfies Dataset;
