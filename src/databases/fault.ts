import { type ErrorCode, MigrateError } from '../errors.ts';

/**
 * What is done about a fault that a driver reports: the same work again after a pause (`retry`), on a new connection
 * (`reconnect`), on a new connection if there ever was one (`reconnect-if-known`: a server that was never there is not
 * waited for), nothing (`stop`), or only the rows that the database does not take are left out (`reject`).
 */
export type Fault =
  | {
      readonly decision: 'retry' | 'reconnect' | 'reconnect-if-known' | 'stop';
      readonly error: ErrorCode;
      /** What is wrong, as it follows the name of the database. */
      readonly what: string;
      /** What the user can do, where that is more than the hint of `error`. */
      readonly hint?: string;
    }
  | { readonly decision: 'reject'; readonly what: string };

/** By the code of the driver, or the first characters of it. */
export type Faults = Readonly<Record<string, Fault>>;

/** The fault as an error. The code goes with it, the message of the driver does not: it may quote a value. */
export function stopped(fault: Exclude<Fault, { decision: 'reject' }>, label: string, code: string): MigrateError {
  return new MigrateError(fault.error, `${label}: ${fault.what} (${code})`, {
    cause: new Error(code),
    ...(fault.hint !== undefined && { hint: fault.hint }),
  });
}
