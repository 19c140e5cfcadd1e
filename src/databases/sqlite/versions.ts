import type BetterSqlite3 from 'better-sqlite3';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { LEDGER, SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { schemaVersionRow } from '../../schema/version.ts';
import type { TakenStep, VersionState } from '../schema-changes.ts';
import { readSteps, writeSteps } from '../taken-steps.ts';
import { createTable, quote } from './ddl.ts';
import { columnsOf, tableNames } from './shape.ts';

const VERSIONS = LEDGER.schemaVersion.name;

/** Nothing where the table of versions is missing, or belongs to another program. */
export function readState(connection: BetterSqlite3.Database): VersionState {
  const columns = columnsOf(connection, VERSIONS).map(({ name }) => name);
  const isOurs = Object.keys(LEDGER.schemaVersion.columns).every((name) => columns.includes(name));
  if (!isOurs) return { version: null, steps: [] };
  const row = connection
    .prepare<[], { version: number; details: string | null }>(
      `SELECT version, details FROM ${quote(VERSIONS)} ORDER BY version DESC LIMIT 1`,
    )
    .get();
  return { version: row?.version ?? null, steps: readSteps(row?.details ?? null) };
}

/** Records the version, and the steps that can be taken back. */
export function record(
  connection: BetterSqlite3.Database,
  steps: readonly TakenStep[],
  declared: DeclaredTables,
): void {
  if (!tableNames(connection).includes(VERSIONS)) {
    for (const sql of createTable(LEDGER.schemaVersion)) connection.exec(sql);
  }
  const { version, description, checksum, applied_at } = schemaVersionRow(declared);
  const insert = `INSERT INTO ${quote(VERSIONS)} (version, description, checksum, applied_at, duration_ms)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
  const update = `UPDATE ${quote(VERSIONS)} SET details = ? WHERE version = ?`;
  connection.prepare(insert).run(version, description, checksum, applied_at, steps.at(-1)?.duration_ms ?? null);
  connection.prepare(update).run(writeSteps(steps), SCHEMA_VERSION);
}

/** The step that recorded the version takes it along, and the table as well if nothing else is in it. */
export function forget(connection: BetterSqlite3.Database, step: TakenStep, declared: DeclaredTables): void {
  if (!tableNames(connection).includes(VERSIONS)) return;
  const left = readState(connection).steps.slice(0, -1);
  if (left.length > 0 || !step.isFirst) {
    record(connection, left, declared);
    return;
  }
  connection.prepare(`DELETE FROM ${quote(VERSIONS)} WHERE version = ?`).run(SCHEMA_VERSION);
  const others = connection.prepare(`SELECT 1 FROM ${quote(VERSIONS)}`).get();
  if (others === undefined) connection.exec(`DROP TABLE ${quote(VERSIONS)}`);
}
