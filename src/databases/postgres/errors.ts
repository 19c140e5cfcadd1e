import { errorCode, MigrateError } from '../../errors.ts';
import { type Fault, type Faults, stopped } from '../fault.ts';
import { RefusedRow } from '../refused-row.ts';
import { POSTGRES_FAULTS, type PostgresFault } from './faults.ts';

/** A lost connection, or a passing refusal: the same work may be tried again, where it says so on a new connection. */
export class TransientError extends MigrateError {
  readonly lostConnection: boolean;
  /** False where a server that was never there would be waited for. */
  readonly isWorthAFirstTry: boolean;

  constructor(decision: 'retry' | 'reconnect' | 'reconnect-if-known', { code, message, cause, hint }: MigrateError) {
    super(code, message, { cause, hint });
    this.lostConnection = decision !== 'retry';
    this.isWorthAFirstTry = decision !== 'reconnect-if-known';
  }

  /** The same cause where trying again is pointless. */
  asFinal(): MigrateError {
    return new MigrateError(this.code, this.message, { cause: this.cause, hint: this.hint });
  }
}

export function isTransient(error: unknown): boolean {
  return error instanceof TransientError;
}

/** COMMIT of a failed transaction answers ROLLBACK, without an error. */
export function rolledBack(label: string): TransientError {
  return new TransientError('retry', new MigrateError('database-busy', `${label} rolled the transaction back`));
}

/**
 * Classifies what pg threw, once, for everything above. PostgreSQL quotes values in `message`, `detail` and `where`,
 * so only the SQLSTATE and the names of constraint, table and column go on.
 */
export function classify(error: unknown, label: string): unknown {
  if (error instanceof MigrateError || error instanceof RefusedRow || !(error instanceof Error)) return error;
  const code = isRowSecurity(error) ? 'row-security' : (errorCode(error) ?? codeInWords(error.message));
  if (code === undefined) return error;
  const fault = faultOf(code);
  if (fault === undefined) return isSqlState(code) ? refused(label, code, error) : error;
  if (fault.decision === 'reject')
    return new RefusedRow(`${nameOf(error)} (SQLSTATE ${code})`, { cause: new Error(code) });
  const final = stopped(fault, label, isSqlState(code) ? `SQLSTATE ${code}` : code);
  return fault.decision === 'stop' ? final : new TransientError(fault.decision, final);
}

/** The server has no code for it, and words it in its own language. */
function isRowSecurity(error: Error): boolean {
  return Reflect.get(error, 'routine') === 'check_enable_rls';
}

function faultOf(code: string): Fault | undefined {
  const faults: Faults = POSTGRES_FAULTS;
  if (isCertificate(code)) return POSTGRES_FAULTS.certificate;
  return faults[code] ?? (isSqlState(code) ? faults[code.slice(0, 2)] : undefined);
}

/** Where no better words are known those of the server, without what may be a value of a record: numbers, and everything in quotes. */
function refused(label: string, code: string, error: Error): MigrateError {
  const words = withoutValues(error.message);
  const hint = Reflect.get(error, 'hint');
  return new MigrateError('database-refused', `${label} refuses (SQLSTATE ${code}): ${words}`, {
    cause: new Error(code),
    ...(typeof hint === 'string' && { hint: `The server says: ${withoutValues(hint)}` }),
  });
}

function withoutValues(text: string): string {
  return text.replace(/"[^"]*"|'[^']*'|\d[\d.,:-]*/g, '…');
}

/** Not an error of the operating system, such as EPIPE. */
function isSqlState(code: string): boolean {
  return /^(?!E[A-Z]{4})[0-9A-Z]{5}$/.test(code);
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isCertificate(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|EPROTO$)/.test(code);
}

/** What pg tells in words only. */
function codeInWords(message: string): PostgresFault | undefined {
  if (/SSL/.test(message)) return 'no-tls';
  if (/timeout/i.test(message)) return 'no-answer';
  if (/connection|socket/i.test(message)) return 'connection-lost';
  return /SASL|password/i.test(message) ? 'no-password' : undefined;
}

/** The check by which the shadow of a dry run refuses what no partition takes. */
export const NO_PARTITION = 'no partition takes it';

function nameOf(error: Error): string {
  const isWithoutPartition =
    Reflect.get(error, 'routine') === 'ExecFindPartition' || fieldOf(error, 'constraint') === NO_PARTITION;
  if (isWithoutPartition) return `no partition of ${fieldOf(error, 'table') ?? ''} takes it`;
  const named = ['table', 'column', 'constraint'].flatMap((field) => fieldOf(error, field) ?? []);
  return named.length > 0 ? named.join('.') : 'constraint';
}

/** The shadow of a dry run stands for the table itself. */
function fieldOf(error: Error, field: string): string | undefined {
  const name: unknown = Reflect.get(error, field);
  return typeof name === 'string' ? name.replace(/^shadow_/, '') : undefined;
}
