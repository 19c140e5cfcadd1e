import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';

export interface InspectionOptions {
  readonly dbSchema: string;
  readonly ledgerSchema?: string | undefined;
  readonly declared: DeclaredTables;
  /** The tables of the coming run: asked for where something is wrong with a declared one. */
  readonly needed: () => Promise<readonly Table[]>;
}

/** What a check found. Where something is wrong, `hint` says what to do about it. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'problem';
  /** One line, without a secret. */
  readonly message: string;
  readonly hint?: string;
}

/** A named look at one thing. It reads only. */
export interface Check<Subject> {
  readonly name: string;
  look(subject: Subject): Finding | Promise<Finding>;
}

/** What can be said of a database before a run, by somebody who may connect to it. */
export interface Inspection {
  /** Product, version and where it is, for people. */
  readonly label: string;
  /** In the order in which they are printed. */
  readonly checks: readonly Check<void>[];
  close(): Promise<void>;
}

export function ok(message: string): Finding {
  return { status: 'ok', message };
}

export function warning(message: string, hint: string): Finding {
  return { status: 'warning', message, hint };
}

export function problem(message: string, hint: string): Finding {
  return { status: 'problem', message, hint };
}
