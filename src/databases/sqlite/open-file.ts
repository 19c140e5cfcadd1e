import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import type { OpenOptions } from '../target.ts';

/** How long a statement waits for another writer while the database is opened, in ms: that is not tried again. */
const OPEN_TIMEOUT = 5000;

/**
 * The last connection that is closed moves the WAL into the database, unless it cannot write. One that reads only, and stays
 * open until all others are closed, leaves the file as it was. https://www.sqlite.org/wal.html#ckpt
 */
export function keepWal(path: string): BetterSqlite3.Database | undefined {
  if (!existsSync(`${path}-wal`)) return undefined;
  const guard = new BetterSqlite3(path, { readonly: true });
  guard.prepare('SELECT count(*) FROM sqlite_schema').get();
  return guard;
}

export function openForReading(path: string, options: Pick<OpenOptions, 'dryRun'>): BetterSqlite3.Database {
  if (!existsSync(path)) {
    if (options.dryRun) return new BetterSqlite3(':memory:');
    throw new MigrateError('database-unavailable', `${path} does not exist`, {
      hint: 'Load something first, or name another --to.',
    });
  }
  if (statSync(path).size === 0) return new BetterSqlite3(':memory:');
  if (existsSync(`${path}-journal`)) takeBackJournal(path);
  const connection = new BetterSqlite3(path, { readonly: !isClosedWal(path), fileMustExist: true });
  connection.pragma('query_only = ON');
  connection.pragma(`busy_timeout = ${OPEN_TIMEOUT}`);
  return connection;
}

/** What a killed writer left half done can only be taken back by somebody who may write; every reader of SQLite does so. */
function takeBackJournal(path: string): void {
  const connection = new BetterSqlite3(path, { fileMustExist: true });
  try {
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    connection.close();
  }
}

/** Reading a WAL database creates its -wal and -shm files. Only a connection that may write removes them when it is closed. */
function isClosedWal(path: string): boolean {
  return isWal(path) && !existsSync(`${path}-wal`);
}

/** https://www.sqlite.org/fileformat2.html#file_format_version_numbers */
export function isWal(path: string): boolean {
  const header = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, 20, 0);
  } finally {
    closeSync(file);
  }
  return header[18] === 2;
}

export function openForWriting(path: string, label: string): BetterSqlite3.Database {
  createFile(path, label);
  const connection = new BetterSqlite3(path);
  connection.pragma(`busy_timeout = ${OPEN_TIMEOUT}`);
  connection.pragma('foreign_keys = ON');
  // A reopened WAL database would have NORMAL, which may lose the last commits when the power fails.
  connection.pragma('synchronous = FULL');
  connection.pragma('cache_size = -8000');
  return connection;
}

/** SQLite would create the file with the umask's rights: the rows may hold secrets, so only the owner may read it. */
function createFile(path: string, label: string): void {
  if (existsSync(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    throw new MigrateError('database-unavailable', `${label} cannot be created`, {
      cause: error,
      hint: 'Check that the directory exists and that you may write to it.',
    });
  }
}
