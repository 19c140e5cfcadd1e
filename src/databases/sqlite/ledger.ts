import type BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import { describePlace, isOfLedger, type LedgerPlace, ledgerPlace, SIGNATURE } from '../../schema/ledger-place.ts';
import { LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import type { LedgerQuery } from '../ledger-query.ts';
import { LEASE_SECONDS } from '../run-lease.ts';
import { columnsOf } from './catalog.ts';
import { createIndexes, createTable, quote } from './ddl.ts';

export interface LocatedLedger {
  readonly place: LedgerPlace;
  readonly isThere: boolean;
}

const PREFIXED = ledgerPlace('prefixed', undefined);
const FORMER = ledgerPlace('former', undefined);

/** @throws MigrateError `ledger-unclear` where there are two */
export function locateLedger(connection: BetterSqlite3.Database): LocatedLedger {
  const [place, other] = [PREFIXED, FORMER].filter((each) => SIGNATURE.every((table) => isIn(connection, each, table)));
  if (place && other) {
    const message = `the database has two ledgers: ${describePlace(place)}, and ${describePlace(other)}`;
    throw new MigrateError('ledger-unclear', message);
  }
  return { place: place ?? PREFIXED, isThere: place !== undefined };
}

function isIn(connection: BetterSqlite3.Database, place: LedgerPlace, table: Table): boolean {
  const stored = columnsOf(connection, place.stored(table)?.name ?? '').map(({ name }) => name);
  return isOfLedger(table, stored);
}

/**
 * Gives the tables of an older version their new names, inside of a transaction. Whoever works with them keeps them as they
 * are; then a later command does it.
 */
export function takeOverLedger(connection: BetterSqlite3.Database): void {
  const { place } = locateLedger(connection);
  if (place.naming !== 'former' || isHeld(connection)) return;
  for (const table of LEDGER_LIST) {
    // An application may have a table of that name.
    if (!isIn(connection, FORMER, table)) continue;
    const [old, fresh] = [FORMER.stored(table) ?? table, PREFIXED.stored(table) ?? table];
    const indexes = connection.prepare<[string], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
    );
    for (const index of indexes.pluck().all(old.name)) connection.exec(`DROP INDEX ${quote(index)}`);
    connection.exec(`ALTER TABLE ${quote(old.name)} RENAME TO ${quote(fresh.name)}`);
    for (const sql of createIndexes(fresh)) connection.exec(sql);
  }
}

function isHeld(connection: BetterSqlite3.Database): boolean {
  const sql = `SELECT 1 FROM ${quote(FORMER.tables.runs.name)} WHERE status = 'running' AND lease_holder IS NOT NULL
    AND unixepoch(lease_renewed_at) > unixepoch() - ${LEASE_SECONDS} LIMIT 1`;
  return connection.prepare(sql).get() !== undefined;
}

/** Creates what is missing, inside of a transaction. */
export function createLedger(connection: BetterSqlite3.Database, { tables }: LedgerPlace): void {
  for (const table of Object.values(tables)) {
    if (columnsOf(connection, table.name).length > 0) continue;
    for (const sql of createTable(table)) connection.exec(sql);
  }
}

/** Of a row with a lease: its holder gives no sign of life any more. */
export const IS_STALE = `unixepoch(lease_renewed_at) < unixepoch() - ${LEASE_SECONDS}`;

/** A run whose process is gone is interrupted, though only the next one will write so. */
const STATUS_NOW = `iif(status = 'running' AND lease_holder IS NOT NULL AND ${IS_STALE}, 'interrupted', status) AS status`;

/** The answer to each question, in the order of the contract. */
export function ledgerQuery({ tables }: LedgerPlace, kind: LedgerQuery['kind']): string {
  const [runs, shards, files, batches] = [tables.runs, tables.shards, tables.files, tables.batches].map(({ name }) =>
    quote(name),
  );
  switch (kind) {
    case 'latest-files':
      // Walks the index (path, id), so that nothing has to be sorted.
      return `SELECT * FROM ${files} f WHERE id = (SELECT max(id) FROM ${files}
        WHERE path = f.path AND status NOT IN ('unrecognised', 'not-reached')) ORDER BY path`;
    case 'files-of-run':
      return `SELECT * FROM ${files} WHERE id IN (SELECT max(id) FROM ${files} WHERE run_id = ? GROUP BY path) ORDER BY path`;
    case 'runs':
      return `SELECT *, ${STATUS_NOW} FROM ${runs} ORDER BY rowid DESC`;
    case 'shards':
      return `SELECT *, ${STATUS_NOW} FROM ${shards} ORDER BY run_id, shard`;
    case 'batches':
      return `SELECT * FROM ${batches} ORDER BY run_id, batch`;
    case 'batches-of-run':
      return `SELECT * FROM ${batches} WHERE run_id = ? ORDER BY batch`;
    case 'declarations-of-run':
      return `SELECT * FROM ${quote(tables.declarations.name)}
        WHERE hash = (SELECT hash FROM ${quote(tables.runDeclarations.name)} WHERE run_id = ?)`;
  }
}

export function lastBatch({ tables }: LedgerPlace): string {
  return `SELECT coalesce(max(batch), 0) FROM ${quote(tables.batches.name)} WHERE run_id = ?`;
}

/** Parameters: where to, path. */
export function recordArchived({ tables }: LedgerPlace): string {
  const files = quote(tables.files.name);
  return `UPDATE ${files} SET archived_to = ? WHERE id = (SELECT max(id) FROM ${files} WHERE path = ?)`;
}
