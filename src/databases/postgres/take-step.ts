import { MigrateError } from '../../errors.ts';
import { EVENTS } from '../../schema/comparison/old-predictions.ts';
import type { Step } from '../../schema/comparison/plan.ts';
import type { TableChange } from '../../schema/comparison/table-change.ts';
import { SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import { schemasOf } from '../../schema/table-place.ts';
import {
  type Contents,
  copyName,
  failed,
  type KeptTable,
  keptTable,
  refuseUnfit,
  type TakenStep,
} from '../schema-changes.ts';
import { changeColumns, constrain } from './alter.ts';
import { tableNames } from './catalog.ts';
import { contentsOf } from './contents.ts';
import { createTables } from './ddl.ts';
import { createSchema } from './ledger.ts';
import { linkTypes } from './link-types.ts';
import { buildOwnEvents, fillColumns, type KeyOptions } from './own-events.ts';
import type { Session } from './session.ts';
import { readRelations, readTable } from './shape.ts';
import { triggerSwitches, undoOf } from './undo.ts';

/** What a step did; inside of its transaction. */
export type Done = Pick<TakenStep, 'kept' | 'created' | 'undo'>;

/** Takes a step. The caller holds the transaction. */
export async function takeStep(session: Session, step: Step, options: KeyOptions): Promise<Done> {
  const { changes, creates } = step;
  const names = changes.map(({ table }) => table.name);
  if (names.length > 0)
    await session.run(`LOCK TABLE ${names.map((name) => session.name(name)).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  const old = changes.filter(({ isOld }) => isOld);
  const undo = await undoOf(session, old, creates);
  const before = new Map<TableChange, Contents>();
  for (const change of old) before.set(change, await keep(session, change.table.name));
  const triggers = await triggerSwitches(session, names);
  await session.run(...triggers.off);
  for (const schema of schemasOf(session.schema, creates)) await createSchema(session.client, schema);
  // Columns that are added may refer to tables that are created.
  const linkType = linkTypes(session.declared, await readRelations(session), session.schema);
  await session.run(...createTables(creates, session.schema, linkType));
  for (const change of changes) await changeColumns(session, change);
  // Those that are there are filled before others are made.
  for (const change of old) {
    if (change.table.name !== EVENTS.name) await buildOwnEvents(session, change, options);
    await fillColumns(session, change, options);
  }
  // A foreign key that is checked later would forbid the changes of the table that come now.
  await session.run('SET CONSTRAINTS ALL IMMEDIATE');
  for (const change of changes) await constrain(session, change);
  await session.run(...triggers.on);
  for (const change of changes) refuseUnfit(change, await readTable(session, change.table));
  const kept: KeptTable[] = [];
  for (const [change, was] of before) kept.push(keptTable(change, was, await contentsOf(session, change.table.name)));
  const created: { table: string; after: Contents }[] = [];
  for (const { name } of creates) created.push({ table: name, after: await contentsOf(session, name) });
  return { kept, created, undo };
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
