import { describe, expect, test } from 'vitest';
import { createTable as createOnPostgres } from '../../src/databases/postgres/ddl.ts';
import { createTable as createOnSqlite } from '../../src/databases/sqlite/ddl.ts';
import { rollbackSchema } from '../../src/rollback.ts';
import type { Table } from '../../src/schema/table.ts';
import { TABLE_LIST } from '../setup/built-in.ts';
import { bothStores } from '../setup/places.ts';
import { emptyDatabase } from './old-database.ts';

/** What no old application had. */
const NEW = ['extra', 'record_key', 'position'];

function asItWas({ findableBySourceId: _indexed, ...table }: Table): Table {
  const columns = Object.fromEntries(Object.entries(table.columns).filter(([name]) => !NEW.includes(name)));
  const isNew = table.naturalKey.some((name) => NEW.includes(name));
  return { ...table, columns, naturalKey: isNew ? table.primaryKey : table.naturalKey };
}

describe.each(bothStores())('$product', (store) => {
  test('every declared table without its new columns is adopted without --convert, and comes back', async () => {
    const old = await emptyDatabase(store);
    const { dbSchema } = old.place;
    const before = TABLE_LIST.map(asItWas);
    const create = (table: Table) =>
      store.product === 'SQLite' ? createOnSqlite(table) : createOnPostgres(table, dbSchema);
    await old.run(before.flatMap(create).join(';\n'));
    await old.run("INSERT INTO users (id) VALUES ('ann')");
    await old.run("INSERT INTO conversations (id, user_id) VALUES ('c', 'ann')");
    await old.run("INSERT INTO messages (conversation_id, role) VALUES ('c', 'user'), ('c', 'assistant')");
    const dump = await old.dump();
    const upgraded = await old.upgrade();
    expect(upgraded.obstacles).toEqual([]);
    expect(upgraded.adopted.toSorted()).toEqual(TABLE_LIST.map(({ name }) => name).toSorted());
    expect(await old.obstacles()).toEqual([]);
    await old.change((changes) => rollbackSchema(changes, { yes: false }));
    expect(await old.dump()).toEqual(dump);
  });

  test('tables that were created by upgrade are as declared, with nothing to go back to', async () => {
    const fresh = await emptyDatabase(store);
    const { created, differences } = await fresh.upgrade();
    expect(created).toContain(
      store.product === 'SQLite' ? 'migrate_json_schema_version' : 'migrate_json.schema_version',
    );
    expect(differences.every(({ code }) => code === 'missing-table')).toBe(true);
    expect((await fresh.upgrade({ convert: true, naiveTime: 'Europe/Berlin' })).differences).toEqual([]);
    await expect(fresh.change((changes) => rollbackSchema(changes, { yes: true }))).rejects.toMatchObject({
      code: 'nothing-to-roll-back',
    });
  });
});
