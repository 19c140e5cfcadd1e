import type { Column, Table } from '../table.ts';
import { BUILT_EVENT as EXTRA, events, predictions } from '../tables/security.ts';
import type { FoundTable } from './shape.ts';

/** What the rows that are there get in a column that is added. */
export type Fill =
  | 'null'
  /** As a load does for a record without a value. */
  | 'default'
  /** The id of an event of its own, built from the prediction. */
  | 'own-event'
  | 'risk-score'
  | 'attack-detected'
  /** The key that a load gives to the record with this id in the old table. */
  | 'record-key'
  /** The `extra` of the same record: its id, and the key of a prediction's client. */
  | 'source-id';

/** By table. Rows of exports of these tables, loaded later, are the rows that were there. */
const FILLS: Readonly<Record<string, Readonly<Record<string, Fill>>>> = {
  [predictions.name]: {
    event_id: 'own-event',
    risk_score: 'risk-score',
    attack_detected: 'attack-detected',
    record_key: 'record-key',
    extra: 'source-id',
  },
  [events.name]: { record_key: 'record-key', extra: 'source-id' },
};

/** Predictions as the web-security application made them at first: each with the API key of its client, and no event. */
export function areWithoutEvents({ name, keepsRest }: Table, found: FoundTable | undefined): boolean {
  if (found === undefined || name !== predictions.name || keepsRest !== true) return false;
  return !found.columns.some(({ holds }) => holds === 'event_id');
}

/** The tables that change where predictions are without events. */
export const OLD: readonly string[] = [predictions.name, events.name];

/** The column of these that goes: the key lives in the event. */
export const MOVED = 'api_key';

/** What an event takes from the prediction that it is built from. */
export const TAKEN = ['user_id', MOVED, 'timestamp', 'payload', 'ip', 'endpoint', 'created_at'] as const;

/** The table of their events. */
export const EVENTS = events;

export function oldFill(table: Table, name: string): Fill {
  return FILLS[table.name]?.[name] ?? 'null';
}

/** Of a column that is added to a table of ours. Undefined where nothing says what to put there. */
export function fillOf(declared: Column): Fill | undefined {
  if (declared.default !== undefined && declared.default !== 'now') return 'default';
  return declared.notNull || declared.type === 'identity' ? undefined : 'null';
}

/** The `extra` of an event that was built from a prediction, as a load writes it. */
export const BUILT_EVENT = JSON.stringify(EXTRA);

/** What is hashed for the key of a record of this table, before its id and behind it. */
export function recordKeyParts({ name }: Table): readonly [string, string] {
  return [`["${name}","${name}","`, '"]'];
}
