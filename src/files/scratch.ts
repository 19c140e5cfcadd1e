import { accessSync, constants } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { errorCode, MigrateError } from '../errors.ts';

export type Scratch = BetterSqlite3.Database;

/** A prepared statement of it with these parameters. */
export type ScratchStatement<Parameters extends unknown[]> = BetterSqlite3.Statement<Parameters>;

/**
 * A private store on disk for what a run must remember and memory must not grow with: the inventory, keys, report
 * entries. SQLite makes the file when the cache is full, 0600, and unlinks it in the same moment: nothing is left
 * behind, not even after a kill. https://www.sqlite.org/inmemorydb.html#temp_db
 */
export function openScratch(directory?: string): Scratch {
  if (directory !== undefined) assertWritable(directory);
  const scratch = new BetterSqlite3('');
  if (directory !== undefined) scratch.pragma(`temp_store_directory = '${directory.replaceAll("'", "''")}'`);
  scratch.pragma('journal_mode = MEMORY');
  scratch.pragma('synchronous = OFF');
  scratch.pragma('cache_size = -8000');
  // Nobody else will ever read it, so nothing has to be committed.
  scratch.exec('BEGIN');
  return scratch;
}

function assertWritable(directory: string): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new MigrateError('disk-failed', `no temporary file can be created in ${directory} (${errorCode(error)})`, {
      cause: error,
      hint: 'Name a directory that you may write to with --temp-dir.',
    });
  }
}
