import {
  BUILT_EVENT,
  EVENTS,
  type Fill,
  MOVED,
  recordKeyParts,
  TAKEN,
} from '../../schema/comparison/old-predictions.ts';
import type { TableChange } from '../../schema/comparison/table-change.ts';
import type { Table } from '../../schema/table.ts';
import { failed } from '../schema-changes.ts';
import { columnsOf, referencedTables, sequenceOf } from './catalog.ts';
import { quote, quoteText } from './ddl.ts';
import type { Session } from './session.ts';
import { zoneOf } from './zones.ts';

export interface KeyOptions {
  readonly keepPlainKeys: boolean;
}

/** Which event was built from which prediction. */
const OWN_EVENTS = 'pg_temp.own_events';

/**
 * Makes an event for every prediction, one to one, with the prediction's own time. PostgreSQL turns the values into those of the
 * columns, as it does wherever one column is stored into another: times without a zone are those of the session's zone.
 */
export async function buildOwnEvents(session: Session, change: TableChange, options: KeyOptions): Promise<void> {
  if (session.clock) await session.run(`SET LOCAL TIME ZONE ${zoneOf(session.clock)}`);
  await insertEvents(session, change, options);
  const [predictions, events] = [session.name(change.table.name), session.name(EVENTS.name)];
  const odd = await session.count(`SELECT count(*) FROM ${predictions} p
    LEFT JOIN ${OWN_EVENTS} o ON o.prediction = p.id LEFT JOIN ${events} e ON e.id = o.event
      AND e."timestamp" IS NOT DISTINCT FROM p."timestamp" AND e.user_id::text IS NOT DISTINCT FROM p.user_id::text
    WHERE e.id IS NULL`);
  if (odd > 0) throw failed(`${odd} of ${change.table.name} have no event of their own`);
  await session.run("SET LOCAL TIME ZONE 'UTC'");
}

async function insertEvents(session: Session, { table, adds }: TableChange, options: KeyOptions): Promise<void> {
  const [predictions, events] = [session.name(table.name), session.name(EVENTS.name)];
  const added = new Set(adds.map(({ name }) => name));
  const stored = new Set((await columnsOf(session, table.name)).map(({ name }) => name));
  await createOwners(session, predictions);
  const sequence = (await sequenceOf(session, EVENTS.name, 'id')) ?? '';
  await session.run(
    `CREATE TEMP TABLE own_events ON COMMIT DROP AS
      SELECT p.id AS prediction, nextval(${quoteText(sequence)}) AS event FROM (SELECT id FROM ${predictions} ORDER BY id) p`,
  );
  const value = (name: (typeof TAKEN)[number]): string => {
    if (added.has(name) || !stored.has(name)) return 'NULL';
    return name === MOVED && !options.keepPlainKeys ? hashedKey(`p.${MOVED}`) : `p.${quote(name)}`;
  };
  await session.run(
    `INSERT INTO ${events} (id, record_key, extra, ${TAKEN.map(quote).join(', ')}) OVERRIDING SYSTEM VALUE
      SELECT o.event, ${recordKey(table, 'p.id')}, '${BUILT_EVENT}', ${TAKEN.map(value).join(', ')}
      FROM ${predictions} p JOIN ${OWN_EVENTS} o ON o.prediction = p.id ORDER BY o.event`,
  );
}

/** Users that a foreign key needs. Nothing is known of them but their id. */
async function createOwners(session: Session, predictions: string): Promise<void> {
  const { table } = EVENTS.columns.user_id.references;
  if (!(await referencedTables(session, EVENTS.name)).includes(table)) return;
  const users = session.name(table);
  const stored = (await columnsOf(session, table)).map(({ name }) => name);
  // They were not made now.
  const times = ['created_at', 'updated_at'].filter((name) => stored.includes(name));
  await session.run(
    `INSERT INTO ${users} (${['id', ...times].join(', ')}) SELECT DISTINCT ${['p.user_id', ...times.map(() => 'NULL::timestamptz')].join(', ')}
      FROM ${predictions} p WHERE p.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${users} u WHERE u.id::text = p.user_id::text)`,
  );
}

/** What the rows that are there have in the columns that they get. */
export async function fillColumns(session: Session, change: TableChange, options: KeyOptions): Promise<void> {
  const { table, adds } = change;
  const values: Readonly<Partial<Record<Fill, string>>> = {
    'own-event': 'o.event',
    'risk-score': RISK_SCORE,
    'attack-detected': ATTACK_DETECTED,
    'record-key': recordKey(table, 't.id'),
    'source-id': sourceId(change, options),
  };
  const set = adds.flatMap(({ name, fill }) =>
    values[fill] === undefined ? [] : [`${quote(name)} = ${values[fill]}`],
  );
  const hasOwn = adds.some(({ fill }) => fill === 'own-event');
  const events = hasOwn ? ` FROM ${OWN_EVENTS} o WHERE o.prediction = t.id` : '';
  if (set.length > 0) await session.run(`UPDATE ${session.name(table.name)} t SET ${set.join(', ')}${events}`);
}

/** What a load leaves in `extra`. */
function sourceId({ drops }: TableChange, { keepPlainKeys }: KeyOptions): string {
  if (drops.length === 0) return "jsonb_build_object('id', t.id)";
  const key = keepPlainKeys ? `t.${MOVED}::text` : hashedKey(`t.${MOVED}`);
  return `jsonb_strip_nulls(jsonb_build_object('id', t.id, '${MOVED}', ${key}))`;
}

/** The SHA-256 of a key in hex; what is a hash already stays. The same as a load stores. */
function hashedKey(from: string): string {
  return `CASE WHEN ${from}::text ~* '^[0-9a-f]{64}$' THEN lower(${from}::text)
    ELSE encode(sha256(convert_to(${from}::text, 'UTF8')), 'hex') END`;
}

/** The key that a load gives to the record with this id. `id` is an expression. */
function recordKey(table: Table, id: string): string {
  const [before, behind] = recordKeyParts(table).map(quoteText);
  return `encode(sha256(convert_to(${before} || ${id} || ${behind}, 'UTF8')), 'hex')`;
}

const PREDICTION = 't.prediction::jsonb';

/** `risk_score` of a prediction's JSON: the member, else `probability`, else unknown. As a load derives it. */
const RISK_SCORE = `coalesce(${numberOf(`${PREDICTION} -> 'risk_score'`)}, ${numberOf(`${PREDICTION} -> 'probability'`)})`;

/** `attack_detected` of a prediction's JSON: the member, else its `prediction` of 0 or 1, else unknown. */
const ATTACK_DETECTED = `CASE WHEN jsonb_typeof(${PREDICTION}) <> 'object' THEN ${truthOf(PREDICTION)} ELSE
  coalesce(${truthOf(`${PREDICTION} -> 'attack_detected'`)}, ${truthOf(`${PREDICTION} -> 'prediction'`)}) END`;

/** A number that a double holds without losing a digit. */
function numberOf(member: string): string {
  const number = `(${member})::numeric`;
  return `CASE WHEN jsonb_typeof(${member}) = 'number' THEN CASE WHEN abs(${number}) < 1.7e308 THEN
    CASE WHEN ${number}::double precision::text::numeric = ${number} THEN ${number}::double precision END END END`;
}

/** `true`, 1, and both as text. */
function truthOf(member: string): string {
  const text = `lower(${member} #>> '{}')`;
  return `CASE jsonb_typeof(${member})
    WHEN 'number' THEN CASE (${member})::numeric WHEN 1 THEN true WHEN 0 THEN false END
    WHEN 'object' THEN NULL WHEN 'array' THEN NULL
    ELSE CASE WHEN ${text} IN ('true', '1') THEN true WHEN ${text} IN ('false', '0') THEN false END END`;
}
