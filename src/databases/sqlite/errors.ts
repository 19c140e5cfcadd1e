import { errorCode, MigrateError } from '../../errors.ts';
import { RefusedRow } from '../database.ts';

/** https://www.sqlite.org/rescode.html */
export function isTransient(error: unknown): boolean {
  return error instanceof MigrateError && error.code === 'database-busy';
}

/** Classifies what better-sqlite3 threw, once, for everything above. Other errors pass as they are. */
export function classify(error: unknown, label: string): unknown {
  if (error instanceof MigrateError || error instanceof RefusedRow) return error;
  const code = errorCode(error) ?? '';
  if (code.startsWith('SQLITE_CONSTRAINT')) return new RefusedRow(constraintName(error, code), { cause: error });
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new MigrateError('database-busy', `${label} is locked by another program`, { cause: error });
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return new MigrateError('not-a-database', `${label} is not a SQLite database, or it is damaged`, { cause: error });
  }
  if (code.startsWith('SQLITE_FULL'))
    return new MigrateError('disk-full', `the disk of ${label} is full`, { cause: error });
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM')) {
    return new MigrateError('database-refused', `${label} cannot be written`, { cause: error });
  }
  if (code.startsWith('SQLITE_IOERR'))
    return new MigrateError('disk-failed', `the disk of ${label} fails`, { cause: error });
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new MigrateError('database-unavailable', `${label} cannot be opened`, {
      cause: error,
      hint: 'Check that the directory exists and that the path names a file you may read and write.',
    });
  }
  return error;
}

/** `CHECK constraint failed: length("title") <= 500` names the constraint and, unlike PostgreSQL, never the value. */
function constraintName(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : '';
  const named = message.split(' constraint failed: ')[1];
  return named ?? code.replace('SQLITE_CONSTRAINT_', '').toLowerCase();
}
