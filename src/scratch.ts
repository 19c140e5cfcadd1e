import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { errorCode, MigrateError } from './errors.ts';

export type Scratch = BetterSqlite3.Database;

/**
 * A private store on disk for what a run must remember and memory must not grow with: the inventory, keys, report
 * entries. The file is 0600 and unlinked as soon as it is open, so nothing is left behind, not even after a kill.
 */
export function openScratch(directory: string = tmpdir()): Scratch {
  const path = join(directory, `migrate-json-${randomUUID()}.tmp`);
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    throw new MigrateError('disk-failed', `no temporary file can be created in ${directory} (${errorCode(error)})`, {
      cause: error,
      hint: 'Name a directory that you may write to with --temp-dir.',
    });
  }
  const scratch = new BetterSqlite3(path);
  scratch.pragma('journal_mode = OFF');
  scratch.pragma('synchronous = OFF');
  scratch.pragma('locking_mode = EXCLUSIVE');
  scratch.pragma('cache_size = -16000');
  // Nobody else will ever read it, so nothing has to be committed. Writing opens the file; then its name is not needed.
  scratch.exec('BEGIN; CREATE TABLE opened (at INTEGER)');
  unlinkSync(path);
  return scratch;
}
