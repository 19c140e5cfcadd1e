// In the executable: better-sqlite3 with its library out of an asset. The system loads libraries from files only: it lies in a
// new directory that no other user can enter, and is removed as soon as it is loaded, so that not even a kill leaves it behind.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRawAsset } from 'node:sea';
import createDatabase from '../../node_modules/better-sqlite3/lib/database.js';
import SqliteError from '../../node_modules/better-sqlite3/lib/sqlite-error.js';
import { errorCode, MigrateError } from '../../src/errors.ts';

let library;

function load() {
  let directory;
  try {
    directory = mkdtempSync(join(tmpdir(), 'migrate-json-'));
    const path = join(directory, 'better-sqlite3.node');
    writeFileSync(path, Buffer.from(getRawAsset('better-sqlite3.node')), { flag: 'wx', mode: 0o500 });
    const module = { exports: {} };
    process.dlopen(module, path);
    return module.exports;
  } catch (error) {
    throw new MigrateError('disk-failed', `SQLite cannot be loaded from ${tmpdir()} (${errorCode(error)})`, {
      cause: error,
      hint: 'Set TMPDIR to a directory that you may write to, on a file system that programs may be started from.',
    });
  } finally {
    if (directory) rmSync(directory, { recursive: true, force: true });
  }
}

const Database = createDatabase(() => {
  library ??= load();
  return library;
}, false);
Database.SqliteError = SqliteError;

export default Database;
