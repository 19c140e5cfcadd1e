import pg from 'pg';
import type { BatchMark, Company } from '../transaction.ts';

// Statements that wait for a lock by its name, until the end of the transaction. Who waits is queued in order, so that nobody waits
// for ever.

/** For those who create or change tables. */
export function lockOfSchema(dbSchema: string): string {
  return lockOf(`migrate-json schema ${dbSchema}`);
}

/** For those who create or move a ledger: several schemas of a database share the places for it. */
export function lockOfLedgers(): string {
  return lockOf('migrate-json ledgers');
}

/** For those who begin a run on these tables: of two, the second one finds the first. */
export function lockOfLease(runsTable: string): string {
  return lockOf(`migrate-json lease ${runsTable}`);
}

/** Until the transactions of the same run allow it. */
export function lockOfRun(runId: string, company: Company): string {
  return lockOf(`migrate-json:${runId}`, company === 'beside');
}

/** A server may still be at work on a COMMIT whose connection is lost. It holds this lock until it is done. */
export function lockOfBatch({ runId, batch }: BatchMark): string {
  return lockOf(`migrate-json:${runId}:${batch}`);
}

function lockOf(name: string, isShared = false): string {
  const lock = isShared ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  return `SELECT ${lock}(hashtextextended(${pg.escapeLiteral(name)}, 0))`;
}
