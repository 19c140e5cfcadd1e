import type { Adoption } from '../../schema/adoption/compare.ts';
import { BUILT_EVENT, OLD, recordKeyParts } from '../../schema/adoption/fills.ts';
import type { Table } from '../../schema/table.ts';
import { columnsOf, referencedTables, sequenceOf, tableNames } from './catalog.ts';
import { quote, quoteText } from './ddl.ts';
import type { Session } from './session.ts';

/** Which event was built from which prediction. */
const OWN_EVENTS = 'pg_temp.own_events';

/** What an event takes from the prediction that it is built from. */
const TAKEN = ['user_id', 'api_key', 'timestamp', 'payload', 'ip', 'endpoint', 'created_at'] as const;

/** The SHA-256 of a key in hex; what is a hash already stays. The same as a load stores. */
export function hashedKey(from: string): string {
  return `CASE WHEN ${from}::text ~* '^[0-9a-f]{64}$' THEN lower(${from}::text)
    ELSE encode(sha256(convert_to(${from}::text, 'UTF8')), 'hex') END`;
}

/**
 * Gives every prediction without one an event of its own, one to one, with the prediction's own time. Stored columns have their
 * declared types by now. `added` were not there before.
 */
export async function buildOwnEvents(
  session: Session,
  { table, adds }: Adoption,
  options: { readonly keepPlainKeys: boolean },
): Promise<void> {
  const [predictions, events] = [session.name(table.name), session.name(OLD.events)];
  const added = new Set(adds.map(({ name }) => name));
  const stored = new Set((await columnsOf(session, table.name)).map(({ name }) => name));
  if ((await referencedTables(session, OLD.events)).includes(OLD.users)) await createPlaceholders(session, predictions);
  const sequence = (await sequenceOf(session, OLD.events, 'id')) ?? '';
  const next = `nextval(${quoteText(sequence)})`;
  await session.run(
    `CREATE TEMP TABLE own_events ON COMMIT DROP AS
      SELECT p.id AS prediction, ${next} AS event FROM (SELECT id FROM ${predictions} WHERE event_id IS NULL ORDER BY id) p`,
  );
  const value = (name: (typeof TAKEN)[number]): string => {
    if (added.has(name) || !stored.has(name)) return 'NULL';
    return name === 'api_key' && !options.keepPlainKeys ? hashedKey('p.api_key') : `p.${quote(name)}`;
  };
  const key = added.has('id') ? 'NULL' : recordKey(table, 'p.id');
  await session.run(
    `INSERT INTO ${events} (id, record_key, extra, ${TAKEN.map(quote).join(', ')}) OVERRIDING SYSTEM VALUE
      SELECT o.event, ${key}, '${BUILT_EVENT}', ${TAKEN.map(value).join(', ')} FROM ${predictions} p JOIN ${OWN_EVENTS} o ON o.prediction = p.id
      ORDER BY o.event`,
    `UPDATE ${predictions} p SET event_id = o.event FROM ${OWN_EVENTS} o WHERE o.prediction = p.id`,
  );
}

/** Users that a foreign key needs. Nothing is known of them but their id. */
async function createPlaceholders(session: Session, from: string): Promise<void> {
  if (!(await tableNames(session)).includes(OLD.users)) return;
  const users = session.name(OLD.users);
  await session.run(
    `INSERT INTO ${users} (id, created_at, updated_at) SELECT DISTINCT p.user_id, NULL::timestamptz, NULL::timestamptz
      FROM ${from} p WHERE p.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${users} u WHERE u.id = p.user_id)`,
  );
}

/** The key that a load gives to the record with this id. `id` is an expression. */
export function recordKey(table: Table, id: string): string {
  const [before, behind] = recordKeyParts(table).map(quoteText);
  return `encode(sha256(convert_to(${before} || ${id} || ${behind}, 'UTF8')), 'hex')`;
}

/** `risk_score` of a prediction's JSON: the member, else `probability`, else unknown. As a load derives it. */
export const RISK_SCORE = `coalesce(${numberOf("prediction -> 'risk_score'")}, ${numberOf("prediction -> 'probability'")})`;

/** `attack_detected` of a prediction's JSON: the member, else its `prediction` of 0 or 1, else unknown. */
export const ATTACK_DETECTED = `CASE WHEN jsonb_typeof(prediction) <> 'object' THEN ${truthOf('prediction')} ELSE
  coalesce(${truthOf("prediction -> 'attack_detected'")}, ${truthOf("prediction -> 'prediction'")}) END`;

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
