import { type Column, column, type Table } from '../table.ts';
import { BUILT_EVENT as EXTRA } from '../tables/security.ts';

/** The tables of old applications of which rows are made or looked at. */
export const OLD = { users: 'users', events: 'events', predictions: 'predictions' } as const;

/** What the rows that are already there get in a column that their table lacks. */
export type Fill =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly value: string | number | boolean }
  /** The database numbers the rows. */
  | { readonly kind: 'generated' }
  /** The place among the messages of the conversation, by time and id. */
  | { readonly kind: 'position' }
  /** The id of an event of its own, built from the prediction. */
  | { readonly kind: 'own-event' }
  | { readonly kind: 'risk-score' }
  | { readonly kind: 'attack-detected' }
  /** The key that a load gives to the record with this id in the old table. */
  | { readonly kind: 'record-key' }
  /** The `extra` of the same record: its id, and the key of a prediction's client. */
  | { readonly kind: 'source-id' }
  /** The column must not be NULL and nothing says what to put there. */
  | { readonly kind: 'impossible' };

const DERIVED: Readonly<Record<string, Fill>> = {
  'messages.position': { kind: 'position' },
  'predictions.event_id': { kind: 'own-event' },
  'predictions.risk_score': { kind: 'risk-score' },
  'predictions.attack_detected': { kind: 'attack-detected' },
  // As a load does for records that name neither.
  'metrics.source': { kind: 'constant', value: 'unknown' },
  'conversations.user_id': { kind: 'constant', value: 'system' },
};

export function fillOf(table: Table, name: string): Fill {
  const declared = column(table, name);
  if (declared.type === 'identity') return { kind: 'generated' };
  const derived = DERIVED[`${table.name}.${name}`];
  if (derived !== undefined) return derived;
  if (isKeyedBySource(table) && name === 'record_key') return { kind: 'record-key' };
  if (isKeyedBySource(table) && name === 'extra') return { kind: 'source-id' };
  const standard = declared.default;
  // As a load does for a user without a role, or a counter that is missing.
  if (standard !== undefined && standard !== 'now') return { kind: 'constant', value: standard };
  return declared.notNull ? { kind: 'impossible' } : { kind: 'null' };
}

/** The declaration of a column that is added. What stands for a missing value also does for rows that the application inserts. */
export function addedColumn(declared: Column, fill: Fill): Column {
  return fill.kind === 'constant' ? { ...declared, default: fill.value } : declared;
}

/** Rows of exports of such a table, loaded later, are the adopted rows. */
function isKeyedBySource({ naturalKey }: Table): boolean {
  return String(naturalKey) === 'record_key';
}

/** The `extra` of an event that was built from a prediction, as a load writes it. */
export const BUILT_EVENT = JSON.stringify(EXTRA);

/** What is hashed for the key of a record of this table, before its id and behind it. */
export function recordKeyParts({ name }: Table): readonly [string, string] {
  return [`["${name}","${name}","`, '"]'];
}

/** Columns whose content moves to another table when `because` is missing: the key of a prediction lives in its event. */
const MOVED: Readonly<Record<string, { readonly column: string; readonly because: string }>> = {
  predictions: { column: 'api_key', because: 'event_id' },
};

/** Columns of a stored table that the adoption takes away. */
export function movedColumns(table: Table, stored: ReadonlySet<string>): readonly string[] {
  const moved = MOVED[table.name];
  return moved !== undefined && stored.has(moved.column) && !stored.has(moved.because) ? [moved.column] : [];
}

/** Tables of applications hold API keys as they are; adopted ones hold their SHA-256. */
export const HASHED: Readonly<Record<string, string>> = { events: 'api_key' };

/** No declared table is without this column, and no table of an old application has it. */
const MARK = 'extra';

/** True where the table was made by an application and not yet adopted. */
export function isOld(stored: ReadonlySet<string>): boolean {
  return !stored.has(MARK);
}
