import { expect, test } from 'vitest';
import { PRODUCTS } from '../setup/targets.ts';
import { declared, world } from './world.ts';

// A table that only the application fills, in which rows are looked up.

const ORDERS = declared({
  id: 'integer',
  shop_id: { from: '/shop', references: 'shops.id', by: 'code', orphans: 'set_null' },
});

const TABLES = (product: string): readonly string[] => [
  `CREATE TABLE shops (id ${product === 'SQLite' ? 'INTEGER' : 'serial'} PRIMARY KEY, code varchar(9) NOT NULL, owner text NOT NULL)`,
  'CREATE TABLE u (id bigint PRIMARY KEY, shop_id int REFERENCES shops (id))',
];

test.each(PRODUCTS)('`by` finds rows of a table of %s that no dataset feeds, and writes none', async (product) => {
  const { run, root, rows, cli, runs } = await world(
    product,
    ORDERS,
    [{ id: 1, shop: 'b' }, { id: 2, shop: 'c' }, { id: 3 }],
    ...TABLES(product),
    "INSERT INTO shops (code, owner) VALUES ('a', 'x'), ('b', 'y')",
  );
  expect((await cli('schema', 'check')).code).toBe(0);
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect([first.exitCode, first.rejects, dry.tables]).toEqual([0, [], first.tables]);
  expect(first.warnings.map(({ code }) => code)).toContain('unknown-reference');
  expect((await rows('u')).map(({ shop_id }) => shop_id)).toEqual([2, null, null]);
  expect(await rows('shops')).toHaveLength(2);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
  expect((await run({ reload: true })).tables['u']?.unchanged).toBe(3);
  for (const id of await runs()) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
  expect([await rows('u'), await rows('shops')]).toMatchObject([[], [{ id: 1 }, { id: 2 }]]);
});

test.each(PRODUCTS)('where that table of %s is not there, nothing is loaded and none is made', async (product) => {
  const { run, query, cli } = await world(product, ORDERS, [{ id: 1, shop: 'b' }], 'CREATE TABLE other (id int)');
  for (const dryRun of [true, false]) {
    const { exitCode, error } = await run({ dryRun });
    expect([exitCode, error]).toEqual([5, expect.stringContaining('only the application makes it')]);
  }
  await expect(query('SELECT * FROM shops')).rejects.toThrow();
  expect((await cli('schema', 'check')).code).toBe(5);
  expect((await cli('schema', 'print')).stdout).not.toMatch(/CREATE TABLE [^(]*shops/);
});

test('a name that is near to that of another table is a mistake', async () => {
  const { run } = await world(
    'SQLite',
    {
      datasets: {
        ...(ORDERS.datasets as object),
        shop: { files: 's.json', key: 'code', columns: { id: 'identity', code: 'text' } },
      },
    } as typeof ORDERS,
    [{ id: 1 }],
  );
  await expect(run()).rejects.toThrow(/did you mean shop/);
});
