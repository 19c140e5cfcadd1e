import { dirname, join, resolve } from 'node:path';
import type { Database } from '../databases/database.ts';
import { readJournal, readJournalHead } from '../files/read-manifest.ts';
import { type LedgerFile, latestFiles } from '../ledger/ledger.ts';
import type { RunContext } from './run-context.ts';

/** How a run stands in the ledger that never came to its end: killed, or interrupted. */
const WITHOUT_END: ReadonlySet<unknown> = new Set(['running', 'interrupted']);

/** The newest runs over a root, up to the first that came to its end. Before this run is begun. */
export async function runsWithoutEnd(database: Database, root: string): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for await (const page of database.ledgerRows({ kind: 'runs' })) {
    for (const { run_id: runId, root: other, status } of page) {
      if (other !== root) continue;
      if (!WITHOUT_END.has(status)) return runs;
      runs.add(String(runId));
    }
  }
  return runs;
}

/**
 * Whether these runs have loaded and archived all that was under the root, and only their end was not recorded. Where they
 * were killed between a move and its entry in the ledger, the journal of their archive tells.
 */
export async function haveArchivedAll(parts: RunContext, runs: ReadonlySet<string>): Promise<boolean> {
  const { database } = parts;
  const open = new Set<string>();
  let archived = 0;
  for await (const page of latestFiles(database)) {
    for (const file of page) {
      if (!isOf(file, runs)) continue;
      if (file.archivedTo !== null) archived++;
      else if (file.status === 'loaded') open.add(file.path);
      else return false;
      // So many files are never on their way to the archive at once.
      if (open.size > MOST_ON_THEIR_WAY) return false;
    }
  }
  if (open.size === 0) return archived > 0;
  const moved: { readonly path: string; readonly archivedTo: string }[] = [];
  for await (const { path, directory } of journals(parts, runs)) {
    if (open.delete(path)) moved.push({ path, archivedTo: join(directory, path) });
  }
  if (open.size > 0) return false;
  if (!database.dryRun) await database.recordArchived(moved);
  return true;
}

const MOST_ON_THEIR_WAY = 1000;

/** Loaded by one of the runs, or moved to its archive. */
function isOf({ runId, archivedTo }: LedgerFile, runs: ReadonlySet<string>): boolean {
  return runs.has(runId) || (archivedTo?.split(/[/\\]/).some((name) => runs.has(name)) ?? false);
}

async function* journals({ settings, outputs, root }: RunContext, runs: ReadonlySet<string>) {
  if (outputs.archive === null) return;
  const parent = dirname(outputs.archive);
  const named = settings.archiveDir === undefined ? [] : [resolve(settings.archiveDir)];
  for (const directory of new Set([...named, ...[...runs].map((run) => join(parent, run))])) {
    const head = await readJournalHead(directory).catch(() => undefined);
    if (head === undefined || 'refused' in head || !runs.has(head.run_id) || head.root !== root.path) continue;
    for await (const { path } of readJournal(directory)) yield { path, directory };
  }
}
