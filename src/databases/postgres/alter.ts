import { addsKey, type TableChange, withAddedIndexes } from '../../schema/comparison/table-change.ts';
import { type Column, column } from '../../schema/table.ts';
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
export async function constrain(session: Session, change: TableChange): Promise<void> {
  const { table, adds, drops } = change;
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
  await session.run(...createIndexes(withAddedIndexes(change), name));
  if (addsKey(change)) await session.run(`CREATE UNIQUE INDEX ON ${name} (${table.naturalKey.map(quote).join(', ')})`);
  for (const each of drops) await session.run(`ALTER TABLE ${name} DROP COLUMN ${quote(each)}`);
}
