import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Database } from '../databases/database.ts';
import type { Target } from '../databases/target.ts';
import { EXIT, errorCode, MigrateError } from '../errors.ts';
import type { Transform } from '../files/age.ts';
import { correctedIn } from '../files/corrected-rejects.ts';
import { isZip, isZipName } from '../files/open-tree.ts';
import { MARKERS } from '../files/output-directory.ts';
import { headOfDirectory, isNewOrEmpty, runOfDirectory } from '../files/run-of-directory.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/adoption/plan.ts';
import type { Shape } from '../schema/adoption/shape.ts';
import type { Table } from '../schema/table.ts';
import { runOutputs } from '../settings/run-outputs.ts';
import type { RunSettings } from '../settings/settings.ts';
import { newRunId } from '../system/run-id.ts';

/** Where rows go when nothing else is said. For trials: it refuses `--archive` and is never made inside the root. */
export const DEFAULT_TARGET = 'migrate-json.db';

/** The root as it is on disk, a directory or a zip file. Nothing outside of it is opened. */
export function realRoot(root: string): string {
  try {
    const real = realpathSync(root);
    const isDirectory = statSync(real).isDirectory();
    if (isDirectory) readdirSync(real);
    else accessSync(real, constants.R_OK);
    if (isDirectory || isZip(real)) return real;
  } catch (error) {
    const reason = errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${errorCode(error)})`;
    const what = isZipName(root) ? 'zip file' : 'directory';
    throw new MigrateError('root-missing', `the ${what} ${root} ${reason}`);
  }
  throw new MigrateError('root-not-directory', `${root} is a file, neither a directory nor a zip file`);
}

/** A root, or a backup or an archive of one; of a zip file that is the file in it. */
export function verifiedRoot(given: string): string {
  const root = realRoot(given);
  if (headOfDirectory(root) === undefined) return root;
  const [only = '', ...others] = readdirSync(root).filter((name) => !MARKERS.includes(name));
  const file = join(root, only);
  return others.length === 0 && isZip(file) ? file : root;
}

/** Refuses what can be refused before anything is opened. */
export async function refuseBeforehand(settings: RunSettings, target: Target, root: string): Promise<void> {
  if (settings.to === undefined) refuseAsDefault(settings, root);
  refuseUnshareable(settings, target);
  refuseExistingOutputs(settings);
  refuseDefaultsInside(settings, root);
  refuseKeepElsewhere(settings);
  await backupEncryption(settings);
}

function refuseAsDefault(settings: RunSettings, root: string): void {
  if (settings.archive) {
    throw new MigrateError('invalid-option', '--archive needs a target that was chosen with --to or DATABASE_URL');
  }
  if (resolve(DEFAULT_TARGET).startsWith(`${root}/`)) {
    throw new MigrateError(
      'invalid-option',
      'the default database would be created inside the directory of the sources',
      {
        hint: 'Name another place with --to.',
      },
    );
  }
}

/** Files of the target, which are never sources. */
export function databaseFiles(target: Target): readonly string[] {
  if (target.kind !== 'sqlite') return [];
  return ['', '-journal', '-wal', '-shm'].map((ending) => target.path + ending);
}

/** A SQLite file takes one writer at a time, and a network file system not even that. */
function refuseUnshareable({ shard }: RunSettings, target: Target): void {
  if (shard === undefined || target.kind !== 'sqlite') return;
  throw new MigrateError('invalid-option', '--shard needs a PostgreSQL: a SQLite file has one writer at a time', {
    hint: 'Leave --shard out, or name a PostgreSQL with --to.',
  });
}

/** Refuses tables that a run cannot load into, before its first row; those of the ledger are always among them. */
export function refuseObstacles(shape: Shape, tables: readonly Table[]): void {
  const obstacles = obstaclesToLoad(shape, tables);
  if (obstacles.length === 0) return;
  const isOfRights = obstacles.some(({ code }) => code === 'missing-right');
  throw new MigrateError('schema-drift', `a run cannot load into these tables: ${describeObstacles(obstacles)}`, {
    ...(isOfRights && { hint: 'Ask for the missing rights: docs/grants.sql gives them.' }),
  });
}

/** Exit codes of a run that went through all its files, or must not be tried again as it is. */
const ENDED: readonly unknown[] = [EXIT.complete, EXIT.rejected, EXIT.badData];

/** Refuses the id of a run that this one does not go on: what the ledger tells of it would be lost. */
export async function refuseOtherRun(database: Database, { runId, command }: RunSought): Promise<void> {
  for await (const page of database.ledgerRows({ kind: 'shards' })) {
    const shared = page.find((row) => row['run_id'] === runId);
    if (shared) throw new MigrateError('not-this-run', `run ${runId} is shared by ${String(shared['shards'])} shards`);
  }
  for await (const page of database.ledgerRows({ kind: 'runs' })) {
    const run = page.find((row) => row['run_id'] === runId);
    if (run === undefined) continue;
    if (run['status'] === 'undone') throw runEnded(runId, 'was undone');
    if (ENDED.includes(run['exit_code'])) throw runEnded(runId, `has ended with exit code ${String(run['exit_code'])}`);
    if (run['command'] === command) return;
    throw new MigrateError('not-this-run', `run ${runId} is one of migrate-json ${String(run['command'])}`, {
      hint: 'Give another --run-id, or none.',
    });
  }
}

export interface RunSought {
  readonly runId: string;
  readonly command: string;
}

function runEnded(runId: string, how: string): MigrateError {
  return new MigrateError('run-ended', `run ${runId} ${how}: its record and its copies stay as they are`, {
    hint: `Give another --run-id, or none: what is loaded is skipped. See what it did with migrate-json runs ${runId}`,
  });
}

/** An output inside of the sources must be asked for. */
export function refuseDefaultsInside(settings: RunSettings, root: string): void {
  if (!`${resolve('.')}/`.startsWith(`${root}/`)) return;
  for (const key of ['backup', 'archive'] as const) {
    if (!settings[key] || settings[`${key}Dir`] !== undefined) continue;
    throw new MigrateError('invalid-option', `the ${key} would be made inside the directory of the sources`, {
      hint: `Name another place with --${key}-dir.`,
    });
  }
}

/** What lies beside a directory that somebody chose may be anything, and beside a shard's are those of the others. */
function refuseKeepElsewhere({ keep, backupDir, archiveDir, shard }: RunSettings): void {
  if (keep === undefined || (backupDir === undefined && archiveDir === undefined && shard === undefined)) return;
  const other = shard === undefined ? '--backup-dir or --archive-dir' : '--shard';
  throw new MigrateError('invalid-option', `--keep must not be given with ${other}`, {
    hint: 'It removes old directories in ./migrate-json-backups and ./migrate-json-archive only.',
  });
}

/**
 * Found out before anything is done: directories that this run shall write must be new or empty, or of the same run, which
 * was begun before.
 */
export function refuseExistingOutputs(settings: RunSettings): void {
  const runId = settings.runId ?? newRunId();
  const { backup, archive, rejects } = runOutputs(settings, runId, new Date());
  for (const path of [backup, archive, rejects]) {
    if (path === null || isNewOrEmpty(path) || runOfDirectory(path) === runId) continue;
    throw new MigrateError('output-exists', `${path} exists and is not an empty directory`);
  }
  // The same command again would write what was rejected over what somebody has corrected.
  const corrected = rejects !== null && runOfDirectory(rejects) === runId ? correctedIn(rejects) : undefined;
  if (corrected !== undefined)
    throw new MigrateError('rejects-corrected', `${corrected} was changed since run ${runId} wrote it`);
}

/** How copies of a backup are encrypted. Throws `invalid-option` for what is no public key. */
export async function backupEncryption({ encryptTo }: RunSettings): Promise<Transform | undefined> {
  if (encryptTo.length === 0) return undefined;
  // Loaded only when it is asked for: it takes as long as everything else.
  const { encryptionTo } = await import('../files/age.ts');
  return encryptionTo(encryptTo);
}
