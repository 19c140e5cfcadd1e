import type { TableChange } from '../../schema/comparison/table-change.ts';
import { type Column, column, type Table } from '../../schema/table.ts';
import { addForeignKey, columnLine, createIndexes, defaultOf, quote } from './ddl.ts';
import type { Session } from './session.ts';

/** Lets columns be NULL, and adds those that are missing; with what the rows have there where that is the declared default. */
export async function changeColumns(session: Session, { table, adds, relaxes }: TableChange): Promise<void> {
  const alter = `ALTER TABLE ${session.name(table.name)}`;
  for (const name of relaxes) await session.run(`${alter} ALTER COLUMN ${quote(name)} DROP NOT NULL`);
  for (const { name, fill } of adds) {
    const declared = column(table, name);
    const line = columnLine(name, fill === 'default' ? declared : emptyAtFirst(declared), session.schema);
    await session.run(`${alter} ADD COLUMN ${line}`);
  }
}

/** Rows that are there must not get the moment of the upgrade. */
function emptyAtFirst(declared: Column): Column {
  const { notNull: _notNull, default: _default, ...rest } = declared;
  return rest;
}

/** Keys, defaults and indexes of what was added, once the rows are filled; then what was moved elsewhere goes. */
export async function constrain(session: Session, { table, adds, drops, isOld }: TableChange): Promise<void> {
  const name = session.name(table.name);
  for (const { name: added } of adds.filter(({ fill }) => fill !== 'default')) {
    const declared = column(table, added);
    const alter = `ALTER TABLE ${name} ALTER COLUMN ${quote(added)}`;
    if (declared.default !== undefined) await session.run(`${alter} SET DEFAULT ${defaultOf(declared)}`);
    if (declared.notNull) await session.run(`${alter} SET NOT NULL`);
  }
  const added = new Set(adds.map((each) => each.name));
  const keys = (table.foreignKeys ?? []).filter(({ columns }) => columns.some((each) => added.has(each)));
  await session.run(...keys.map((key) => addForeignKey(table, key, session.schema)));
  await session.run(...newIndexes(table, added, name));
  if (isOld && table.naturalKey.every((each) => added.has(each)))
    await session.run(`CREATE UNIQUE INDEX ON ${name} (${table.naturalKey.map(quote).join(', ')})`);
  for (const each of drops) await session.run(`ALTER TABLE ${name} DROP COLUMN ${quote(each)}`);
}

/** Indexes over what was added; the others are the application's own affair. */
function newIndexes(table: Table, added: ReadonlySet<string>, on: string): string[] {
  const { findableBySourceId, indexes = [], rest = '', ...others } = table;
  const wanted = indexes.filter((columns) => columns.some((name) => added.has(name.replace('-', ''))));
  const sourceId = findableBySourceId && added.has(rest) ? { findableBySourceId } : {};
  return createIndexes({ ...others, rest, indexes: wanted, ...sourceId }, on);
}
