import { errorCode, MigrateError } from '../../errors.ts';
import { type Faults, stopped } from '../fault.ts';
import { RefusedRow } from '../refused-row.ts';
import { SQLITE_FAULTS } from './faults.ts';

export function isTransient(error: unknown): boolean {
  return error instanceof MigrateError && error.code === 'database-busy';
}

/** Classifies what better-sqlite3 threw, once, for everything above. Other errors pass as they are. */
export function classify(error: unknown, label: string): unknown {
  if (error instanceof MigrateError || error instanceof RefusedRow) return error;
  const code = errorCode(error) ?? '';
  const faults: Faults = SQLITE_FAULTS;
  const fault = faults[code.split('_', 2).join('_')];
  if (fault === undefined) return error;
  if (fault.decision !== 'reject') return stopped(fault, label, code);
  return new RefusedRow(constraintName(error, code), { cause: new Error(code) });
}

/** `CHECK constraint failed: length("title") <= 500` names the constraint and, unlike PostgreSQL, never the value. */
function constraintName(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : '';
  const named = message.split(' constraint failed: ')[1];
  return named ?? code.replace(/^SQLITE_(CONSTRAINT_)?/, '').toLowerCase();
}
