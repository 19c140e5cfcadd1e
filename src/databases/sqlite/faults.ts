import type { Faults } from '../fault.ts';

/**
 * Every result code that the program knows what to do about, printed in docs/reference.md. Extended codes such as
 * SQLITE_IOERR_READ are found by their first two words. https://www.sqlite.org/rescode.html
 */
export const SQLITE_FAULTS = {
  SQLITE_BUSY: { decision: 'retry', error: 'database-busy', what: 'it is locked by another program' },
  SQLITE_LOCKED: { decision: 'retry', error: 'database-busy', what: 'it is locked by another connection' },
  SQLITE_PROTOCOL: { decision: 'retry', error: 'database-busy', what: 'its locks are in use by too many programs' },
  SQLITE_NOTADB: {
    decision: 'stop',
    error: 'not-a-database',
    what: 'it is not a SQLite database, or it is encrypted',
  },
  SQLITE_CORRUPT: {
    decision: 'stop',
    error: 'not-a-database',
    what: 'it is not a SQLite database any more: it is damaged',
    hint: 'Put it back from a backup, or save what is left: sqlite3 FILE .recover',
  },
  SQLITE_FULL: { decision: 'stop', error: 'disk-full', what: 'its disk is full' },
  SQLITE_IOERR: { decision: 'stop', error: 'disk-failed', what: 'its disk fails' },
  SQLITE_NOMEM: {
    decision: 'stop',
    error: 'database-unavailable',
    what: 'there is not enough memory',
    hint: 'Give a smaller --batch-bytes and run the same command again.',
  },
  SQLITE_CANTOPEN: {
    decision: 'stop',
    error: 'database-unavailable',
    what: 'it cannot be opened',
    hint: 'Check that the directory exists and that the path names a file you may read and write.',
  },
  SQLITE_READONLY: {
    decision: 'stop',
    error: 'database-refused',
    what: 'it cannot be written',
    hint: 'Check the rights of the file and of its directory, and that the file system is not read-only.',
  },
  SQLITE_PERM: { decision: 'stop', error: 'database-refused', what: 'the file may not be used' },
  SQLITE_ERROR: {
    decision: 'stop',
    error: 'database-refused',
    what: 'a table or a column is gone, or a trigger fails',
    hint: 'Somebody changed the tables. Run `migrate-json schema check` to see what is missing.',
  },
  SQLITE_CONSTRAINT: { decision: 'reject', what: 'a constraint' },
  SQLITE_MISMATCH: { decision: 'reject', what: 'a value of another type than that of the column' },
  SQLITE_TOOBIG: { decision: 'reject', what: 'a value that is larger than SQLite allows' },
} as const satisfies Faults;
