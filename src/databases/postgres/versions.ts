import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { LEDGER, LEDGER_LIST, SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { schemaVersionRow } from '../../schema/version-row.ts';
import type { TakenStep, VersionState } from '../schema-changes.ts';
import { readSteps, writeSteps } from '../taken-steps.ts';
import { quote } from './ddl.ts';
import { createLedger, type LocatedLedger } from './ledger.ts';
import type { Session } from './session.ts';

/** Nothing where there is no ledger. */
export async function readState(session: Session, { place, isThere }: LocatedLedger): Promise<VersionState> {
  const nothing = { version: null, steps: [] };
  if (!isThere || !(await existsIn(session, place, LEDGER.schemaVersion))) return nothing;
  const [row] = await session.rows<{ version: string; details: string | null }>(
    `SELECT version, details FROM ${versionsOf(session, place)} ORDER BY version DESC LIMIT 1`,
  );
  return row === undefined ? nothing : { version: Number(row.version), steps: readSteps(row.details) };
}

/** Records the version, and the steps that can be taken back. Creates what is missing of the ledger. */
export async function record(session: Session, located: LocatedLedger, steps: readonly TakenStep[]): Promise<void> {
  const { place } = located;
  const missing: Table[] = [];
  for (const table of LEDGER_LIST) if (!(await existsIn(session, place, table))) missing.push(table);
  await createLedger(session.client, located, missing, session.schema);
  await insertVersion(session, place, steps.at(-1)?.duration_ms ?? null);
  const sql = `UPDATE ${versionsOf(session, place)} SET details = $1 WHERE version = $2`;
  await session.rows(sql, writeSteps(steps), SCHEMA_VERSION);
}

export async function insertVersion(session: Session, place: LedgerPlace, duration: number | null): Promise<void> {
  const { version, description, checksum } = schemaVersionRow(session.declared);
  await session.rows(
    `INSERT INTO ${versionsOf(session, place)} (version, description, checksum, applied_at, duration_ms)
      VALUES ($1, $2, $3, now(), $4) ON CONFLICT DO NOTHING`,
    ...[version, description, checksum, duration],
  );
}

/** The step that recorded the version takes it along, and the ledger as well if it tells of nothing that was loaded. */
export async function forget(session: Session, located: LocatedLedger, step: TakenStep): Promise<void> {
  const { place, isThere } = located;
  if (!isThere) return;
  const left = (await readState(session, located)).steps.slice(0, -1);
  if (left.length > 0 || !step.isFirst) return record(session, located, left);
  const name = (table: Table): string =>
    `${quote(place.schema ?? session.schema)}.${quote(place.stored(table)?.name ?? '')}`;
  await session.rows(`DELETE FROM ${name(LEDGER.schemaVersion)} WHERE version = $1`, SCHEMA_VERSION);
  const others = await session.rows(`SELECT run_id FROM ${name(LEDGER.runs)} WHERE command <> 'schema' LIMIT 1`);
  if (others.length > 0) return;
  for (const table of LEDGER_LIST) await session.run(`DROP TABLE IF EXISTS ${name(table)}`);
  await dropEmptySchema(session, place);
}

/** One that was made for the ledger, and holds nothing else. */
async function dropEmptySchema(session: Session, { naming, schema = '' }: LedgerPlace): Promise<void> {
  if (naming !== 'own') return;
  const owned = await session.rows(
    `SELECT 1 AS one FROM pg_namespace n WHERE nspname = $1 AND pg_has_role(nspowner, 'USAGE')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid)`,
    schema,
  );
  if (owned.length > 0) await session.run(`DROP SCHEMA ${quote(schema)}`);
}

function versionsOf(session: Session, { schema, tables }: LedgerPlace): string {
  return `${quote(schema ?? session.schema)}.${quote(tables.schemaVersion.name)}`;
}

async function existsIn(session: Session, place: LedgerPlace, table: Table): Promise<boolean> {
  const name = `${quote(place.schema ?? session.schema)}.${quote(place.stored(table)?.name ?? '')}`;
  const [row] = await session.rows<{ there: string | null }>('SELECT to_regclass($1) AS there', name);
  return row?.there !== null;
}
