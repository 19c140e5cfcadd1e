import { resolve } from 'node:path';
import type { Database } from '../databases/database.ts';
import type { Target } from '../databases/target.ts';
import { EXIT, MigrateError } from '../errors.ts';
import type { Transform } from '../files/age.ts';
import { describeObstacles, obstaclesToLoad } from '../schema/comparison/plan.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { Table } from '../schema/table.ts';
import { refuseDefaultsInside, refuseExistingOutputs } from '../settings/refuse-outputs.ts';
import type { RunSettings } from '../settings/settings.ts';
import { DEFAULT_TARGET } from '../settings/target.ts';
import { counted } from '../system/quantities.ts';
import { quoted } from '../system/quoted.ts';

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
    if (shared)
      throw new MigrateError('not-this-run', `run ${runId} is shared by ${counted(Number(shared['shards']), 'shard')}`);
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
    hint: `Give another --run-id, or none: what is loaded is skipped. See what it did with \`migrate-json runs ${quoted(runId)}\``,
  });
}

/** What lies beside a directory that somebody chose may be anything, and beside a shard's are those of the others. */
function refuseKeepElsewhere({ keep, backupDir, archiveDir, shard }: RunSettings): void {
  if (keep === undefined || (backupDir === undefined && archiveDir === undefined && shard === undefined)) return;
  const other = shard === undefined ? '--backup-dir or --archive-dir' : '--shard';
  throw new MigrateError('invalid-option', `--keep must not be given with ${other}`, {
    hint: 'It removes old directories in ./migrate-json-backups and ./migrate-json-archive only.',
  });
}

/** How copies of a backup are encrypted. Throws `invalid-option` for what is no public key. */
export async function backupEncryption({ encryptTo }: RunSettings): Promise<Transform | undefined> {
  if (encryptTo.length === 0) return undefined;
  // Loaded only when it is asked for: it takes as long as everything else.
  const { encryptionTo } = await import('../files/age.ts');
  return encryptionTo(encryptTo);
}
