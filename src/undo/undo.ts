import { type RestoreResult, restoreFiles } from '../copies/restore.ts';
import type { Database } from '../databases/database.ts';
import { openDatabase } from '../databases/open.ts';
import { MigrateError } from '../errors.ts';
import { openScratch } from '../files/scratch.ts';
import { asRun } from '../ledger/lone-writer.ts';
import { registryOfRun } from '../recipes/past-declarations.ts';
import type { Listener } from '../report/events.ts';
import type { RunSettings } from '../settings/settings.ts';
import { DEFAULT_TARGET, parseTarget } from '../settings/target.ts';
import { followersOf } from './later-runs.ts';
import { RowsBack } from './rows-back.ts';
import { archivesOf, type RunToUndo, readRun } from './run-to-undo.ts';
import type { UndoResult } from './undo-result.ts';

export interface UndoSettings
  extends Pick<
    RunSettings,
    | 'registry'
    | 'to'
    | 'toOrigin'
    | 'dbSchema'
    | 'ledgerSchema'
    | 'databaseZone'
    | 'allowPlaintext'
    | 'dryRun'
    | 'tempDir'
  > {
  /** The run to undo. */
  readonly run: string;
  readonly restoreFiles: boolean;
  /** Of encrypted archives: see `RestoreSettings`. */
  readonly identity?: string | undefined;
}

export interface UndoOptions {
  readonly listener?: Listener;
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Asked before anything is changed, once it is known that there is such a run. */
  readonly confirm?: () => Promise<void>;
}

/**
 * Takes a run back, in one transaction: rows that it created are deleted, rows that it updated get their former values.
 * What was changed since, or what other rows refer to, stays and is named. Its files count as not loaded from then on.
 */
export async function undo(settings: UndoSettings, options: UndoOptions = {}): Promise<UndoResult> {
  const startedAt = performance.now();
  const { environment, signal, listener } = options;
  const target = parseTarget(settings.to ?? DEFAULT_TARGET, { ...settings, ...(environment && { environment }) });
  listener?.({ kind: 'target', label: target.label, origin: settings.toOrigin, dryRun: settings.dryRun });
  const { dbSchema, ledgerSchema, databaseZone } = settings;
  const open = (readOnly: boolean, { tables: declared } = settings.registry): Promise<Database> =>
    openDatabase(target, {
      declared,
      dbSchema,
      ledgerSchema,
      databaseZone,
      dryRun: false,
      readOnly,
      isTrial: settings.dryRun,
      ...(signal && { signal }),
    });
  // Nothing is created where there is no such run.
  const registry = await closing(await open(true), (database) =>
    registryOfRun(database, settings.run, settings.registry),
  );
  const run = await closing(await open(true, registry), (database) => readRun(database, settings.run, registry));
  if (!settings.dryRun) await options.confirm?.();
  const throwIfStopped = (): void => {
    if (signal?.aborted) throw new MigrateError('interrupted', 'the undo was interrupted; nothing was changed');
  };
  const [rows, archives, files] = await closing(await open(false, registry), (database) =>
    settings.dryRun
      ? takeBack(database, run, settings, throwIfStopped, options)
      : asRun(
          database,
          `undo ${settings.run}`,
          signal,
          () => takeBack(database, run, settings, throwIfStopped, options),
          exitCodeOfUndo,
        ),
  );
  const duration_ms = Math.round(performance.now() - startedAt);
  const told = { run_id: run.runId, target: target.label, dry_run: settings.dryRun, archives, restored_files: files };
  return { ...told, ...rows, duration_ms };
}

type TakenBack = readonly [
  rows: ReturnType<RowsBack['result']>,
  archives: readonly string[],
  files: readonly RestoreResult[],
];

function exitCodeOfUndo([rows]: TakenBack): number {
  return rows.exit_code;
}

async function takeBack(
  database: Database,
  run: RunToUndo,
  settings: UndoSettings,
  throwIfStopped: () => void,
  { signal, listener = () => undefined }: UndoOptions,
): Promise<TakenBack> {
  const scratch = openScratch(settings.tempDir);
  try {
    const rows = new RowsBack(database, scratch, throwIfStopped, listener);
    await rows.remember(run);
    const followers = await followersOf(database, scratch, run.later, rows.made, throwIfStopped);
    const archives = await archivesOf(database, run.runId);
    const files: RestoreResult[] = [];
    // First the files: each of them is verified before the first byte is written, and a copy more harms nobody.
    if (settings.restoreFiles && !settings.dryRun) {
      for (const directory of archives) {
        const { identity, tempDir } = settings;
        files.push(await restoreFiles({ directory, identity, tempDir, yes: false }, signal ? { signal } : {}));
      }
    }
    await database.undo((undoing) => rows.takeBack(undoing, run, followers), settings.dryRun);
    return [rows.result(), archives, files];
  } finally {
    scratch.close();
  }
}

async function closing<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
