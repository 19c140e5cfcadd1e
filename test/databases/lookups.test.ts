import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/databases/database.ts';
import type { FoundRow } from '../../src/databases/transaction.ts';
import { resolveReferences } from '../../src/load/references.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import { type RowLookup, SOURCE_ID } from '../../src/schema/row-group.ts';
import { rowOf, type Table, type Value } from '../../src/schema/table.ts';
import { freshTarget, openTarget, PRODUCTS, type Product } from '../setup/targets.ts';
import { group, loadGroups, loadInto } from './groups.ts';

const customers = {
  name: 'customers',
  columns: {
    id: { type: 'text', max: 36, notNull: true },
    name: { type: 'text' },
    number: { type: 'uuid' },
    limit: { type: 'decimal', precision: 20, scale: 2 },
    rate: { type: 'decimal', precision: 6, scale: 2 },
    born: { type: 'date' },
    wakes: { type: 'time' },
    seen: { type: 'timestamp' },
    active: { type: 'boolean' },
    points: { type: 'integer' },
    more: { type: 'json' },
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
  rest: 'more',
  findableBySourceId: true,
} as const satisfies Table;

const badges = {
  name: 'badges',
  columns: { id: { type: 'identity' }, title: { type: 'text', max: 40 }, colour: { type: 'text' } },
  primaryKey: ['id'],
  naturalKey: ['title'],
} as const satisfies Table;

const orders = {
  name: 'orders',
  columns: {
    id: { type: 'text', notNull: true },
    customer: { type: 'text', references: { table: 'customers' } },
    badge: { type: 'integer', references: { table: 'badges' } },
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
} as const satisfies Table;

const declared = new DeclaredTables([customers, badges, orders]);

const ANN = {
  id: 'c1',
  name: 'Ann',
  number: '00000000-0000-4000-8000-00000000000a',
  limit: '123456789012345678.9',
  rate: '12.5',
  born: '1990-02-28',
  wakes: '07:30:00.000001',
  seen: '2024-01-02 03:04:05.000006',
  active: true,
  points: 9007199254740993n,
  more: '{"id":"old 7"}',
} as const;

async function open(product: Product, url?: string): Promise<{ readonly url: string; readonly database: Database }> {
  const target = url === undefined ? await freshTarget(product) : undefined;
  const place = url ?? target?.url ?? '';
  const database = await openTarget(place, { declared, dryRun: url !== undefined });
  await database.createTables();
  onTestFinished(async () => {
    await database.close();
    await target?.drop();
  });
  return { url: place, database };
}

const lookup = (table: Table, by: string, value: Value, answer?: string): RowLookup => ({
  table,
  by: [by],
  key: [value],
  words: 'it',
  ...(answer !== undefined && { answer }),
});

const find = (database: Database, lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> =>
  database.transaction(undefined, (transaction) => transaction.find(lookups));

describe.each(PRODUCTS)('lookups on %s', (product) => {
  test('answer the key of the row, or any other column, in the form of its type', async () => {
    const { database } = await open(product);
    await loadGroups(database, [group(customers, ANN), group(customers, { id: 'c2', name: 'Bob' })]);
    expect(await find(database, [lookup(customers, 'name', 'Bob'), lookup(customers, SOURCE_ID, 'old 7')])).toEqual([
      { value: 'c2' },
      { value: 'c1' },
    ]);
    const names = Object.keys(customers.columns);
    const found = await find(
      database,
      names.map((name) => lookup(customers, 'name', 'Ann', name)),
    );
    expect(found).toEqual(Object.values(ANN).map((value) => ({ value })));
  });

  test('find a row by a value of any type', async () => {
    const { database } = await open(product);
    await loadGroups(database, [group(customers, ANN), group(customers, { id: 'c2', name: 'Bob', active: false })]);
    const names = Object.keys(customers.columns).filter((name) => name !== 'more');
    const found = await find(
      database,
      names.map((name) => lookup(customers, name, ANN[name as keyof typeof ANN])),
    );
    expect(found).toEqual(names.map(() => ({ value: 'c1' })));
  });

  test('answer the number of a row that has one, and nothing or several as before', async () => {
    const { database } = await open(product);
    await loadGroups(
      database,
      ['a', 'b', 'c'].map((title) => group(badges, { title, colour: title === 'a' ? 'red' : 'blue' })),
    );
    const [number, title, none, several, empty] = await find(database, [
      lookup(badges, 'title', 'b'),
      lookup(badges, 'colour', 'red', 'title'),
      lookup(badges, 'title', 'x'),
      lookup(badges, 'colour', 'blue'),
      lookup(customers, 'name', 'Ann', 'more'),
    ]);
    expect(number).toEqual({ value: expect.any(Number) });
    expect([title, none, several, empty]).toEqual([{ value: 'a' }, undefined, 'several', undefined]);
  });

  test('of a dry run see what it would insert and change', async () => {
    const real = await open(product);
    await loadGroups(real.database, [
      group(customers, ANN),
      group(customers, { id: 'c2', name: 'Bob' }),
      group(badges, { title: 'a', colour: 'red' }),
    ]);
    const [stored] = await find(real.database, [lookup(badges, 'title', 'a')]);
    const { database } = await open(product, real.url);
    const found = await database.transaction(undefined, async (transaction) => {
      await loadInto(transaction, [
        group(customers, { ...ANN, name: 'Anna' }),
        group(customers, { id: 'c3', name: 'Cid' }),
        group(badges, { title: 'a', colour: 'green' }),
      ]);
      return transaction.find([
        ...['Ann', 'Anna', 'Bob', 'Cid'].map((name) => lookup(customers, 'name', name)),
        lookup(badges, 'colour', 'green'),
        lookup(badges, 'colour', 'green', 'title'),
        lookup(badges, 'title', 'a', 'colour'),
      ]);
    });
    expect(found).toEqual([
      undefined,
      { value: 'c1' },
      { value: 'c2' },
      { value: 'c3' },
      stored,
      { value: 'a' },
      { value: 'green' },
    ]);
  });

  test('fill the column of a row that refers to another by something else than its key', async () => {
    const { database } = await open(product);
    await loadGroups(database, [group(customers, ANN), group(badges, { title: 'a' })]);
    const order = {
      ...group(orders, { id: 'o' }),
      references: [
        { column: 'customer', pointer: '/customerName', lookups: [lookup(customers, 'name', 'Ann')] },
        { column: 'badge', pointer: '/badge', lookups: [lookup(badges, 'title', 'a')] },
      ],
    };
    const nobody = {
      ...order,
      references: [{ column: 'customer', pointer: '/c', lookups: [lookup(customers, 'name', 'X')] }],
    };
    const [found, lost] = await database.snapshot((finder) => resolveReferences([order, nobody], finder));
    const [number] = await find(database, [lookup(badges, 'title', 'a')]);
    expect(found).toMatchObject({
      group: {
        row: rowOf(orders, { id: 'o', customer: 'c1', badge: typeof number === 'object' ? number.value : null }),
      },
    });
    expect(lost).toMatchObject({ finding: { code: 'unknown-reference', pointer: '/c' } });
  });
});
