import { dirname } from 'node:path';
import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { isZip } from '../files/open-tree.ts';
import { datasetsIn, readLedgerFile } from '../ledger/ledger.ts';
import type { Table } from '../schema/table.ts';

export interface RunToUndo {
  readonly runId: string;
  readonly isUndone: boolean;
  /** Runs that began after it and are not undone, the last one first. */
  readonly later: readonly string[];
  /** In which tables its rows are; undefined where it did not end and may have rows of files that it does not tell of. */
  readonly tables: ReadonlySet<Table> | undefined;
}

/** How a run ended that tells of every file of which it loaded rows. */
const ENDED = new Set(['complete', 'partial']);

/** Throws `unknown-run`, `not-undoable` where the run itself was an undo, `unknown-dataset` where its rows cannot be found. */
export async function readRun(database: Database, runId: string, registry: Registry): Promise<RunToUndo> {
  const { later, run } = await findRun(database, runId);
  if (run === undefined) throw new MigrateError('unknown-run', `there is no run ${runId} in this database`);
  if (isUndo(run)) throw new MigrateError('not-undoable', `run ${runId} took another run back`);
  const { status } = run;
  const fed = await tablesOf(database, runId, registry);
  const tables = ENDED.has(String(status)) ? fed : undefined;
  return { runId, isUndone: status === 'undone', later, tables };
}

async function findRun(
  database: Database,
  runId: string,
): Promise<{ readonly later: readonly string[]; readonly run: LedgerRow | undefined }> {
  const later: string[] = [];
  for await (const page of database.ledgerRows({ kind: 'runs' })) {
    for (const run of page) {
      if (run['run_id'] === runId) return { later, run };
      if (!isUndo(run) && run['status'] !== 'undone') later.push(String(run['run_id']));
    }
  }
  return { later, run: undefined };
}

function isUndo({ command }: LedgerRow): boolean {
  return String(command).startsWith('undo ');
}

async function tablesOf(database: Database, runId: string, registry: Registry): Promise<ReadonlySet<Table>> {
  const names = new Set<string>();
  for await (const page of database.ledgerRows({ kind: 'files-of-run', runId }))
    for (const row of page) for (const name of datasetsIn(readLedgerFile(row))) names.add(name);
  return new Set([...names].flatMap((name) => registry.get(name).tables));
}

/** The directories to which files of the run were moved. */
export async function archivesOf(database: Database, runId: string): Promise<readonly string[]> {
  const archives = new Set<string>();
  for await (const page of database.ledgerRows({ kind: 'files-of-run', runId })) {
    for (const { path, archived_to: movedTo } of page) {
      if (movedTo === null || movedTo === undefined) continue;
      const place = String(path)
        .split('/')
        .reduce((around) => dirname(around), String(movedTo));
      // What was read out of a zip file was moved with it.
      archives.add(isZip(place) ? dirname(place) : place);
    }
  }
  return [...archives].toSorted();
}
