import { MigrateError } from '../../errors.ts';
import { compareTable } from '../../schema/adoption/compare.ts';
import { OLD } from '../../schema/adoption/fills.ts';
import { type Step, standsInTheWay } from '../../schema/adoption/plan.ts';
import { SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { schemasOf } from '../../schema/table-place.ts';
import { type Contents, copyName, type KeptTable } from '../schema-changes.ts';
import { type AlterOptions, addColumns, advanceSequence, changeColumns, constrain, fillColumns } from './alter.ts';
import { foreignKeysAround, tableNames } from './catalog.ts';
import { contentsOf } from './contents.ts';
import { createTables } from './ddl.ts';
import { createSchema } from './ledger.ts';
import { buildOwnEvents } from './own-events.ts';
import type { Session } from './session.ts';
import { readTable } from './shape.ts';
import { keySwitches, triggerSwitches, undoOf } from './undo.ts';

/** What a step did; inside of its transaction. */
export interface Adopted {
  readonly kept: readonly KeptTable[];
  readonly created: readonly { readonly table: string; readonly after: Contents }[];
  readonly undo: readonly string[];
}

/** Runs a step. The caller holds the transaction. */
export async function adopt(session: Session, step: Step, options: AlterOptions): Promise<Adopted> {
  const names = step.adoptions.map(({ table }) => table.name);
  if (names.length > 0)
    await session.run(`LOCK TABLE ${names.map((name) => session.name(name)).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  const undo = await undoOf(session, step);
  const before: Contents[] = [];
  for (const name of names) before.push(await keep(session, name));
  const triggers = await triggerSwitches(session, names);
  await session.run(...triggers.off);
  await changeAll(session, step, options);
  // Columns that are added may refer to tables that are created, and those to columns that are changed.
  for (const schema of schemasOf(session.schema, step.creates)) await createSchema(session.client, schema);
  await session.run(...createTables(step.creates, session.schema));
  for (const adoption of step.adoptions) {
    await addColumns(session, adoption);
    await advanceSequence(session, adoption);
    if (adoption.buildsEvents) await buildOwnEvents(session, adoption, options);
    await fillColumns(session, adoption, options);
  }
  // A foreign key that is checked later would forbid the changes of the table that come now.
  await session.run('SET CONSTRAINTS ALL IMMEDIATE');
  for (const adoption of step.adoptions) await constrain(session, adoption);
  await session.run(...triggers.on);
  await checkStep(session, step, before, options);
  const kept: KeptTable[] = [];
  for (const [index, table] of names.entries()) {
    const was = before[index] ?? { rows: 0, digest: '' };
    kept.push({ table, copy: copyName(table, SCHEMA_VERSION), before: was, after: await contentsOf(session, table) });
  }
  const created: { table: string; after: Contents }[] = [];
  for (const { name } of step.creates) created.push({ table: name, after: await contentsOf(session, name) });
  return { kept, created, undo };
}

/** Foreign keys between columns that both change their type would forbid the change of either. */
async function changeAll(session: Session, { adoptions }: Step, options: AlterOptions): Promise<void> {
  const converts = adoptions.filter((each) => each.converts.length > 0).map(({ table }) => table.name);
  const keys = keySwitches(converts.length === 0 ? [] : await foreignKeysAround(session, converts));
  await session.run(...keys.off);
  for (const adoption of adoptions) await changeColumns(session, adoption, options);
  await session.run(...keys.on);
}

/** Copies a table and compares the copy with it. */
async function keep(session: Session, name: string): Promise<Contents> {
  const copy = copyName(name, SCHEMA_VERSION);
  if ((await tableNames(session)).includes(copy)) {
    throw new MigrateError('copy-exists', `the table ${copy} of an earlier upgrade is still there`);
  }
  await session.run(`CREATE TABLE ${session.name(copy)} AS TABLE ${session.name(name)}`);
  const [before, copied] = [await contentsOf(session, name), await contentsOf(session, copy)];
  if (before.digest !== copied.digest) throw failed(`the copy of ${name} is not equal to it`);
  return before;
}

/** No row came or went, the tables are now as declared, and every prediction has its time and its event. */
async function checkStep(
  session: Session,
  step: Step,
  before: readonly Contents[],
  options: AlterOptions,
): Promise<void> {
  for (const [index, { table, adds, buildsEvents }] of step.adoptions.entries()) {
    const found = await readTable(session, table, options);
    const left = compareTable(table, found, 'upgrade').differences.find(standsInTheWay);
    if (left) throw failed(`${table.name}${left.column === null ? '' : `.${left.column}`} still ${left.message}`);
    const isParent = table.name === OLD.users || table.name === OLD.events;
    const rows = await session.count(`SELECT count(*) FROM ${session.name(table.name)}`);
    const had = before[index]?.rows ?? 0;
    if (isParent ? rows < had : rows !== had) throw failed(`${table.name} has ${rows} rows instead of ${had}`);
    // A prediction that had an event before may share it.
    if (buildsEvents && adds.some(({ name }) => name === 'event_id')) await checkEvents(session, had);
  }
}

async function checkEvents(session: Session, expected: number): Promise<void> {
  const fitting = await session.count(`SELECT count(DISTINCT e.id) FROM ${session.name(OLD.predictions)} p
    JOIN ${session.name(OLD.events)} e ON e.id = p.event_id
    WHERE e."timestamp" IS NOT DISTINCT FROM p."timestamp" AND e.user_id IS NOT DISTINCT FROM p.user_id`);
  if (fitting !== expected) throw failed(`${fitting} of ${expected} predictions have an event of their own`);
}

export function failed(message: string): MigrateError {
  return new MigrateError('step-failed', message);
}
