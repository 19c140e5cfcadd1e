import type { Database } from '../databases/database.ts';
import { MigrateError } from '../errors.ts';
import type { Scratch } from '../files/scratch.ts';
import { latestFiles } from '../ledger/ledger.ts';
import { batchRows } from '../load/batch-rows.ts';
import { quoted } from '../system/quoted.ts';
import type { MadeRows } from './made-rows.ts';

/** A file that a later run loaded, with records that are in rows of the run that is undone. */
export interface Follower {
  readonly runId: string;
  readonly path: string;
}

/**
 * Refuses when a later run updated one of the rows, or made it again after it was deleted: that run must be undone first. Throws `later-run`. Resolves with the
 * files of later runs that only met rows which go: they count as loaded no more.
 */
export async function followersOf(
  database: Database,
  scratch: Scratch,
  later: readonly string[],
  made: MadeRows,
  throwIfStopped: () => void,
): Promise<Iterable<Follower>> {
  if (later.length === 0) return [];
  scratch.exec('CREATE TABLE followers (run_id TEXT, path TEXT, PRIMARY KEY (run_id, path)) WITHOUT ROWID');
  const insert = scratch.prepare('INSERT OR IGNORE INTO followers VALUES (?, ?)');
  const holds = await holdersOf(database, scratch);
  for (const runId of later) {
    for await (const page of database.ledgerRows({ kind: 'batches-of-run', runId })) {
      throwIfStopped();
      for (const batch of page) {
        for (const [path, rows] of batchRows(batch, database.declared)) {
          const shared = rows.filter(({ key, claim }) => made.has(key, claim));
          // What a run with --no-undo changed of a row shows in the row, which stays then.
          const isTold = batch['undo'] instanceof Uint8Array;
          if (isTold && shared.some(({ fate }) => fate !== 'met')) throw changedSince(runId);
          if (shared.length > 0 && path !== null && holds(path, runId)) insert.run(runId, path);
        }
      }
    }
  }
  const select = scratch.prepare<[], Follower>('SELECT run_id AS runId, path FROM followers');
  return { [Symbol.iterator]: () => select.iterate() };
}

function changedSince(runId: string): MigrateError {
  return new MigrateError('later-run', `run ${runId} updated rows of it, or made them again`, {
    hint: `Undo that run first: \`migrate-json undo ${quoted(runId)}\``,
  });
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
