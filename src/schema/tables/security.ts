import type { Table } from '../table.ts';
import {
  boolean,
  identity,
  integer,
  json,
  real,
  recordKey,
  refersTo,
  required,
  stamped,
  text,
  timestamp,
  userId,
} from './columns.ts';

export const events = {
  name: 'events',
  columns: {
    id: identity,
    user_id: refersTo('users', 'cascade', userId),
    api_key: text(),
    timestamp: timestamp,
    payload: json,
    ip: text(50),
    endpoint: text(200),
    created_at: stamped,
    record_key: recordKey,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['record_key'],
  indexes: [['user_id']],
  owner: 'user_id',
  rest: 'extra',
  keepsRest: true,
  created: 'created_at',
  recordKey: 'record_key',
} as const satisfies Table;

/** The `extra` of an event that was built from a prediction. */
export const BUILT_EVENT = { built_from: 'predictions' } as const;

export const predictions = {
  name: 'predictions',
  columns: {
    id: identity,
    user_id: refersTo('users', 'cascade', userId),
    event_id: required(refersTo('events', 'cascade', integer)),
    timestamp: timestamp,
    payload: json,
    prediction: json,
    risk_score: real,
    attack_detected: boolean,
    ip: text(50),
    endpoint: text(200),
    created_at: stamped,
    record_key: recordKey,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['record_key'],
  indexes: [['user_id'], ['event_id'], ['timestamp']],
  owner: 'user_id',
  rest: 'extra',
  keepsRest: true,
  created: 'created_at',
  recordKey: 'record_key',
} as const satisfies Table;
