import type { ChangedTable, SchemaChanges } from '../databases/schema-changes.ts';
import { MigrateError } from '../errors.ts';
import { checkSchema } from './check.ts';

export interface RollbackResult {
  /** Tables that are again as they were. */
  readonly restored: readonly { readonly table: string; readonly rows: number }[];
  /** Tables that the upgrade had created. */
  readonly dropped: readonly string[];
  /** Tables whose later rows or changes are gone; empty unless --yes was given. */
  readonly lost: readonly ChangedTable[];
}

export interface RollbackOptions {
  readonly yes: boolean;
  /** Called when everything is checked and before anything is changed: throws where it shall not be. */
  readonly confirm?: (tables: readonly string[]) => Promise<void>;
}

/** Takes back every recorded step, the last one first. Nothing is changed unless all of them can be. */
export async function rollbackSchema(changes: SchemaChanges, options: RollbackOptions): Promise<RollbackResult> {
  const { steps } = await changes.versionState();
  if (steps.length === 0) throw new MigrateError('nothing-to-roll-back', 'no adopted table is recorded');
  await refuseBrokenCopies(changes);
  const lost: ChangedTable[] = [];
  for (const step of steps) lost.push(...(await changes.changedSince(step)));
  if (lost.length > 0 && !options.yes) {
    throw new MigrateError(
      'rows-would-vanish',
      `rows changed since the upgrade: ${lost.map(describeChange).join('; ')}`,
    );
  }
  await options.confirm?.(steps.flatMap(({ kept, created }) => [...kept, ...created].map(({ table }) => table)));
  for (const step of steps.toReversed()) await changes.takeBack(step);
  return {
    restored: steps.flatMap(({ kept }) => kept.map(({ table, before }) => ({ table, rows: before.rows }))),
    dropped: steps.flatMap(({ created }) => created.map(({ table }) => table)),
    lost,
  };
}

export function describeChange({ table, rowsThen, rowsNow }: ChangedTable): string {
  if (rowsNow > rowsThen) return `${table} has ${rowsNow - rowsThen} more (${rowsNow} instead of ${rowsThen})`;
  if (rowsNow < rowsThen) return `${table} has ${rowsThen - rowsNow} fewer (${rowsNow} instead of ${rowsThen})`;
  return `some of the ${rowsNow} of ${table} are not what they were`;
}

async function refuseBrokenCopies(changes: SchemaChanges): Promise<void> {
  const broken = await brokenCopies(changes);
  if (broken.length === 0) return;
  throw new MigrateError('copy-broken', `${broken.join(', ')} no longer holds what was copied`);
}

async function brokenCopies(changes: SchemaChanges): Promise<readonly string[]> {
  const { steps } = await changes.versionState();
  const broken: string[] = [];
  for (const step of steps) broken.push(...(await changes.brokenCopies(step)));
  return broken;
}

export interface CleanupResult {
  readonly dropped: readonly string[];
}

/** Drops the copies. Without `yes` only where they are known, whole, and the tables are as they should be. */
export async function cleanUpSchema(
  changes: SchemaChanges,
  options: { readonly yes: boolean },
): Promise<CleanupResult> {
  const copies = await changes.copies();
  if (copies.length > 0 && !options.yes) await refuseNeededCopies(changes, copies);
  if (copies.length > 0) await changes.dropCopies(copies);
  return { dropped: copies };
}

async function refuseNeededCopies(changes: SchemaChanges, copies: readonly string[]): Promise<void> {
  const { steps } = await changes.versionState();
  const known = new Set(steps.flatMap(({ kept }) => kept.map(({ copy }) => copy)));
  const unknown = copies.filter((copy) => !known.has(copy));
  if (unknown.length > 0) throw new MigrateError('copies-needed', `no recorded upgrade made ${unknown.join(', ')}`);
  const broken = await brokenCopies(changes);
  if (broken.length > 0)
    throw new MigrateError('copies-needed', `${broken.join(', ')} no longer holds what was copied`);
  if (!(await checkSchema(changes)).ok)
    throw new MigrateError('copies-needed', 'the tables are not as they should be, so the copies may still be needed');
}
