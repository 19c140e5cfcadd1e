import { MigrateError } from '../errors.ts';
import { compareTable } from '../schema/comparison/compare.ts';
import { EVENTS } from '../schema/comparison/old-predictions.ts';
import { type Step, standsInTheWay } from '../schema/comparison/plan.ts';
import type { FoundTable, Shape } from '../schema/comparison/shape.ts';
import type { TableChange } from '../schema/comparison/table-change.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { SCHEMA_VERSION } from '../schema/ledger-tables.ts';
import type { OpenOptions } from './target.ts';

/** How many rows a table holds, and the same number for the same rows in whatever order. Within one database only. */
export interface Contents {
  readonly rows: number;
  readonly digest: string;
}

/** A table as it was before a step, and the copy that keeps it. */
export interface KeptTable {
  readonly table: string;
  /** `<table>__before_v<version>` */
  readonly copy: string;
  readonly before: Contents;
  readonly after: Contents;
}

/** A step that was taken, as `schema_version.details` keeps it. */
export interface TakenStep {
  readonly name: string;
  readonly applied_at: string;
  readonly duration_ms: number;
  /** No version was recorded before this step. */
  readonly isFirst: boolean;
  readonly kept: readonly KeptTable[];
  readonly created: readonly { readonly table: string; readonly after: Contents }[];
  /** Statements that turn the tables back into what they were. Not to be shown: they may be long. */
  readonly undo: readonly string[];
}

export interface VersionState {
  /** The highest recorded version; null where nothing is recorded. */
  readonly version: number | null;
  readonly steps: readonly TakenStep[];
}

/** Tables whose rows are no longer those that a step left. */
export interface ChangedTable {
  readonly table: string;
  readonly rowsThen: number;
  readonly rowsNow: number;
}

export interface SchemaChangesOptions extends OpenOptions {
  readonly keepPlainKeys: boolean;
  /** Fails where the database does not exist, instead of creating it. */
  readonly mustExist: boolean;
}

/** The copy of a table before the step to a version. */
export function copyName(table: string, version: number): string {
  return `${table}__before_v${version}`;
}

/** The declared table that a copy of this name is of, whoever made it. */
export function copiedTable(name: string, declared: DeclaredTables): string | undefined {
  const table = /^(\w+)__before_v\d+$/.exec(name)?.[1];
  return table === undefined ? undefined : declared.find(table)?.name;
}

/**
 * What changing the tables needs of a database. Each method that changes something is one transaction: it happens as a
 * whole, with its record in `schema_version`, or not at all.
 */
export interface SchemaChanges {
  /** `PostgreSQL` or `SQLite`, for people. */
  readonly product: string;
  /** The tables that it was opened with. */
  readonly declared: DeclaredTables;
  /** Declared tables as they are stored. */
  examine(): Promise<Shape>;
  versionState(): Promise<VersionState>;
  /** Names of tables that are called like copies. */
  copies(): Promise<readonly string[]>;
  /** Changes tables, checks what came of it and records the step; copies those first of which rows change. */
  take(step: Step): Promise<TakenStep>;
  /** Copies of a step that are gone or no longer hold what was copied. */
  brokenCopies(step: TakenStep): Promise<readonly string[]>;
  changedSince(step: TakenStep): Promise<readonly ChangedTable[]>;
  /** Turns the tables of the last step back into what they were, drops what it created, its copies and its record. */
  takeBack(step: TakenStep): Promise<void>;
  dropCopies(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export function failed(message: string): MigrateError {
  return new MigrateError('step-failed', message);
}

/** A table of which rows changed, and its copy. Throws where rows came or went: only events are made. */
export function keptTable({ table: { name } }: TableChange, before: Contents, after: Contents): KeptTable {
  if (name !== EVENTS.name && after.rows !== before.rows) throw failed(`${name} has other rows than before`);
  return { table: name, copy: copyName(name, SCHEMA_VERSION), before, after };
}

/** Throws where a table that was changed still keeps a run from loading. */
export function refuseUnfit({ table }: TableChange, found: FoundTable): void {
  const left = compareTable(table, found).differences.find(standsInTheWay);
  if (left) throw failed(`${table.name}${left.column === null ? '' : `.${left.column}`} still ${left.message}`);
}
