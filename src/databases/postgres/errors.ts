import { type ErrorCode, errorCode, MigrateError } from '../../errors.ts';
import { RefusedRow } from '../database.ts';

/** SQLSTATEs that pass by themselves. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TRANSIENT = new Set(['40001', '40P01', '53300', '57P01', '57P02', '57P03', '55P03']);

const LOST_CONNECTION = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  '08006',
  '08003',
  '08001',
]);

const TERMINAL: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '28P01': ['authentication-failed', 'the server does not accept this user and password'],
  '28000': ['authentication-failed', 'the server does not let this user in'],
  '3D000': ['database-refused', 'there is no such database on the server'],
  '3F000': ['database-refused', 'there is no such schema in the database'],
  '42501': ['database-refused', 'the role lacks a right that is needed here'],
  '25006': ['database-refused', 'the server is read-only'],
  '53100': ['disk-full', 'the disk of the server is full'],
  '57014': ['database-refused', 'the server cancelled the statement'],
  '0A000': ['database-refused', 'the server does not support this'],
  ENOTFOUND: ['database-unavailable', 'the host name is unknown'],
};

/** A lost connection, or a passing refusal: the same work may be tried again on a new connection. */
export class TransientError extends MigrateError {
  readonly lostConnection: boolean;

  constructor(message: string, lostConnection: boolean, cause: unknown) {
    super(lostConnection ? 'database-unavailable' : 'database-busy', message, { cause });
    this.lostConnection = lostConnection;
  }

  /** The same cause where trying again is pointless. */
  asFinal(): MigrateError {
    return new MigrateError(this.code, this.message, { cause: this.cause });
  }
}

export function isTransient(error: unknown): boolean {
  return error instanceof TransientError;
}

/**
 * Classifies what pg threw, once, for everything above. PostgreSQL quotes values in `message`, `detail` and `where`,
 * so only the SQLSTATE and the names of constraint, table and column go on.
 */
export function classify(error: unknown, label: string): unknown {
  if (error instanceof MigrateError || error instanceof RefusedRow || !(error instanceof Error)) return error;
  const code = errorCode(error);
  const cause = new Error(`SQLSTATE ${code ?? 'unknown'}`);
  if (code === undefined) return withoutCode(error, label);
  if (TRANSIENT.has(code))
    return new TransientError(`${label} is busy (SQLSTATE ${code})`, code.startsWith('57'), cause);
  if (LOST_CONNECTION.has(code)) return new TransientError(`${label} cannot be reached (${code})`, true, cause);
  const terminal = TERMINAL[code];
  if (terminal) return new MigrateError(terminal[0], `${label}: ${terminal[1]}`, { cause });
  if (/^(22|23|44|P0)/.test(code)) return new RefusedRow(`${nameOf(error)} (SQLSTATE ${code})`, { cause });
  return isSqlState(code)
    ? new MigrateError('database-refused', `${label} refuses (SQLSTATE ${code})`, { cause })
    : error;
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}

/** A lost socket has no code, and pg tells of it in words only. */
function withoutCode(error: Error, label: string): unknown {
  if (/connection|timeout|socket/i.test(error.message) && !/SSL/.test(error.message)) {
    return new TransientError(`the connection to ${label} was lost`, true, new Error('connection lost'));
  }
  if (/SSL/.test(error.message)) {
    return new MigrateError('database-refused', `${label} does not offer TLS as asked`, {
      cause: new Error('TLS refused'),
      hint: 'Check sslmode, or accept a connection without TLS with sslmode=disable.',
    });
  }
  if (/SASL|password/i.test(error.message)) {
    return new MigrateError('authentication-failed', `${label} asks for a password and none was given`);
  }
  return error;
}

function nameOf(error: Error): string {
  const named = ['table', 'column', 'constraint']
    .map((field): unknown => Reflect.get(error, field))
    .filter((part) => typeof part === 'string')
    // The shadow of a dry run stands for the table itself.
    .map((part) => part.replace(/^shadow_/, ''));
  return named.length > 0 ? named.join('.') : 'constraint';
}
