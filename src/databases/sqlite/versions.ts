import type BetterSqlite3 from 'better-sqlite3';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { LEDGER, SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { schemaVersionRow } from '../../schema/version-row.ts';
import type { TakenStep, VersionState } from '../schema-changes.ts';
import { readSteps, writeSteps } from '../taken-steps.ts';
import { columnsOf } from './catalog.ts';
import { quote } from './ddl.ts';
import { createLedger, locateLedger } from './ledger.ts';

/** Nothing where there is no ledger. */
export function readState(connection: BetterSqlite3.Database): VersionState {
  const { place, isThere } = locateLedger(connection);
  const versions = place.tables.schemaVersion.name;
  if (!isThere || columnsOf(connection, versions).length === 0) return { version: null, steps: [] };
  const row = connection
    .prepare<[], { version: number; details: string | null }>(
      `SELECT version, details FROM ${quote(versions)} ORDER BY version DESC LIMIT 1`,
    )
    .get();
  return { version: row?.version ?? null, steps: readSteps(row?.details ?? null) };
}

/** Records the version, and the steps that can be taken back. Creates what is missing of the ledger. */
export function record(
  connection: BetterSqlite3.Database,
  steps: readonly TakenStep[],
  declared: DeclaredTables,
): void {
  const { place } = locateLedger(connection);
  createLedger(connection, place);
  insertVersion(connection, place, declared, steps.at(-1)?.duration_ms ?? null);
  const update = `UPDATE ${quote(place.tables.schemaVersion.name)} SET details = ? WHERE version = ?`;
  connection.prepare(update).run(writeSteps(steps), SCHEMA_VERSION);
}

export function insertVersion(
  connection: BetterSqlite3.Database,
  { tables }: LedgerPlace,
  declared: DeclaredTables,
  duration: number | null,
): void {
  const { version, description, checksum, applied_at } = schemaVersionRow(declared);
  const insert = `INSERT INTO ${quote(tables.schemaVersion.name)} (version, description, checksum, applied_at, duration_ms)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
  connection.prepare(insert).run(version, description, checksum, applied_at, duration);
}

/** The step that recorded the version takes it along, and the ledger as well if it tells of nothing that was loaded. */
export function forget(connection: BetterSqlite3.Database, step: TakenStep, declared: DeclaredTables): void {
  const { place, isThere } = locateLedger(connection);
  if (!isThere) return;
  const left = readState(connection).steps.slice(0, -1);
  if (left.length > 0 || !step.isFirst) {
    record(connection, left, declared);
    return;
  }
  const name = (table: Table): string => quote(place.stored(table)?.name ?? '');
  connection.prepare(`DELETE FROM ${name(LEDGER.schemaVersion)} WHERE version = ?`).run(SCHEMA_VERSION);
  const others = connection.prepare(`SELECT 1 FROM ${name(LEDGER.runs)} WHERE command <> 'schema' LIMIT 1`).get();
  if (others !== undefined) return;
  for (const table of Object.values(LEDGER)) connection.exec(`DROP TABLE IF EXISTS ${name(table)}`);
}
