import { LEDGER, SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { schemaVersionRow } from '../../schema/version.ts';
import type { TakenStep, VersionState } from '../schema-changes.ts';
import { readSteps, writeSteps } from '../taken-steps.ts';
import { columnsOf, tableNames } from './catalog.ts';
import { createTable } from './ddl.ts';
import type { Session } from './session.ts';

const VERSIONS = LEDGER.schemaVersion.name;

/** Nothing where the table of versions is missing, or belongs to another program. */
export async function readState(session: Session): Promise<VersionState> {
  const nothing = { version: null, steps: [] };
  if (!(await tableNames(session)).includes(VERSIONS)) return nothing;
  const columns = (await columnsOf(session, VERSIONS)).map(({ name }) => name);
  if (!Object.keys(LEDGER.schemaVersion.columns).every((name) => columns.includes(name))) return nothing;
  const [row] = await session.rows<{ version: string; details: string | null }>(
    `SELECT version, details FROM ${session.name(VERSIONS)} ORDER BY version DESC LIMIT 1`,
  );
  return row === undefined ? nothing : { version: Number(row.version), steps: readSteps(row.details) };
}

/** Records the version, and the steps that can be taken back. */
export async function record(session: Session, steps: readonly TakenStep[]): Promise<void> {
  if (!(await tableNames(session)).includes(VERSIONS))
    await session.run(...createTable(LEDGER.schemaVersion, session.schema));
  const { version, description, checksum } = schemaVersionRow(session.declared);
  const versions = session.name(VERSIONS);
  const duration = steps.at(-1)?.duration_ms ?? null;
  await session.rows(
    `INSERT INTO ${versions} (version, description, checksum, applied_at, duration_ms) VALUES ($1, $2, $3, now(), $4)
      ON CONFLICT DO NOTHING`,
    ...[version, description, checksum, duration],
  );
  await session.rows(`UPDATE ${versions} SET details = $1 WHERE version = $2`, writeSteps(steps), SCHEMA_VERSION);
}

/** The step that recorded the version takes it along, and the table as well if nothing else is in it. */
export async function forget(session: Session, step: TakenStep): Promise<void> {
  if (!(await tableNames(session)).includes(VERSIONS)) return;
  const left = (await readState(session)).steps.slice(0, -1);
  if (left.length > 0 || !step.isFirst) return record(session, left);
  await session.rows(`DELETE FROM ${session.name(VERSIONS)} WHERE version = $1`, SCHEMA_VERSION);
  const others = await session.rows(`SELECT version FROM ${session.name(VERSIONS)}`);
  if (others.length === 0) await session.run(`DROP TABLE ${session.name(VERSIONS)}`);
}
