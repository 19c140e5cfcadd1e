import { batchRows } from '../batch/batch-rows.ts';
import type { Database, LedgerRow } from '../databases/database.ts';
import { MigrateError } from '../errors.ts';
import { latestFiles } from '../ledger/ledger.ts';
import type { Scratch } from '../scratch.ts';
import type { MadeRows } from './made-rows.ts';

/**
 * Refuses when a later run updated one of the rows, or loaded a record that is in one of them: that run must be undone
 * first. Throws `later-run`.
 */
export async function refuseLaterRuns(
  database: Database,
  scratch: Scratch,
  later: readonly string[],
  made: MadeRows,
  goOn: () => void,
): Promise<void> {
  if (later.length === 0) return;
  const holds = await holdersOf(database, scratch);
  for (const runId of later) {
    for await (const page of database.ledgerRows({ kind: 'batches-of-run', runId })) {
      goOn();
      for (const batch of page) {
        const path = sharedWith(batch, (each) => holds(each, runId), made);
        if (path === undefined) continue;
        const message = path === null ? 'updated rows of it' : `loaded records that are in rows of it (${path})`;
        throw new MigrateError('later-run', `run ${runId} ${message}`, {
          hint: `Undo that run first: migrate-json undo ${runId}`,
        });
      }
    }
  }
}

/** Whether a run still holds a path: there may be very many paths. */
async function holdersOf(database: Database, scratch: Scratch): Promise<(path: string, runId: string) => boolean> {
  scratch.exec('CREATE TABLE holders (path TEXT PRIMARY KEY, run_id TEXT) WITHOUT ROWID');
  const insert = scratch.prepare<[string, string]>('INSERT INTO holders VALUES (?, ?)');
  for await (const page of latestFiles(database)) {
    for (const { path, runId, status } of page)
      if (status === 'loaded' || status === 'partial') insert.run(path, runId);
  }
  const select = scratch.prepare<[string, string]>('SELECT 1 FROM holders WHERE path = ? AND run_id = ?');
  return (path, runId) => select.get(path, runId) !== undefined;
}

/** The path of a file that holds a row of both; null where the batch updated one. */
function sharedWith(batch: LedgerRow, isHeld: (path: string) => boolean, made: MadeRows): string | null | undefined {
  let shared: string | undefined;
  for (const [path, rows] of batchRows(batch)) {
    if (rows.some(({ key, fate }) => fate === 'updated' && made.has(key))) return null;
    if (shared === undefined && path !== null && isHeld(path) && rows.some(({ key }) => made.has(key))) shared = path;
  }
  return shared;
}
