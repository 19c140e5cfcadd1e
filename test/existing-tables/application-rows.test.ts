import { expect, test } from 'vitest';
import { PRODUCTS } from '../setup/targets.ts';
import { declared, world } from './world.ts';

// Rows that the application made, and that records meet.

test.each(PRODUCTS)('a number that %s made does not make two things one', async (product) => {
  const key = product === 'SQLite' ? 'INTEGER PRIMARY KEY AUTOINCREMENT' : 'serial PRIMARY KEY';
  const { run, root, rows, cli, runs } = await world(
    product,
    declared({ id: 'integer', name: 'text', note: 'text' }),
    [
      { id: 1, name: 'an old order' },
      { id: 2, name: 'the same' },
      { id: 3, name: 'new' },
    ],
    `CREATE TABLE u (id ${key}, name text, note text)`,
    "INSERT INTO u (name, note) VALUES ('a new order', NULL), ('the same', 'of the application')",
  );
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect(
    [dry, first].map(({ exitCode, rejects }) => [exitCode, rejects.map(({ record, code }) => [record, code])]),
  ).toEqual([
    [1, [[1, 'number-taken']]],
    [1, [[1, 'number-taken']]],
  ]);
  expect(dry.tables).toEqual(first.tables);
  const loaded = [
    { id: 1, name: 'a new order', note: null },
    { id: 2, name: 'the same', note: 'of the application' },
    { id: 3, name: 'new', note: null },
  ];
  expect(await rows('u')).toEqual(loaded);
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
  // What a run has loaded is known to be the same thing.
  const again = await run({ reload: true });
  expect([again.exitCode, again.rejects.length, again.tables['u']?.unchanged]).toEqual([1, 1, 2]);
  const decided = await run({ onConflict: 'update' });
  expect([decided.exitCode, decided.tables['u']?.updated]).toEqual([0, 1]);
  expect((await rows('u'))[0]).toEqual({ id: 1, name: 'an old order', note: null });
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
  const [last] = await runs();
  expect((await cli('undo', last ?? '', '--yes')).code).toBe(0);
  expect(await rows('u')).toEqual(loaded);
});

test.each(PRODUCTS)('a child row of the application on %s stays below its own row', async (product) => {
  const items = { records: '/items/*', key: ['id'], columns: { id: 'integer', name: 'text' }, order: 'none' };
  const { run, root, rows, change, cli } = await world(
    product,
    declared({ id: 'text', name: 'text' }, { children: { items } }),
    [
      { id: 'a', name: 'Ann', items: [{ id: 1, name: 'lamp' }] },
      { id: 'b', name: 'Bo', items: [{ id: 2, name: 'desk' }] },
      { id: 'c', name: 'Cy', items: [{ id: 3, name: 'chair' }] },
    ],
    'CREATE TABLE u (id varchar(9) PRIMARY KEY, name text)',
    'CREATE TABLE items (id integer PRIMARY KEY, u_id varchar(9) NOT NULL REFERENCES u (id), name text)',
    "INSERT INTO u VALUES ('a', 'Ann'), ('z', 'Zoe')",
    "INSERT INTO items VALUES (1, 'z', 'lamp of Zoe')",
  );
  const [dry, first] = [await run({ dryRun: true }), await run()];
  const codes = [dry, first].map(({ exitCode, rejects }) => [
    exitCode,
    rejects.map(({ record, code }) => [record, code]),
  ]);
  expect(codes).toEqual(codes.map(() => [1, [[1, 'number-taken']]]));
  expect(dry.tables).toEqual(first.tables);
  const lamp = { id: 1, u_id: 'z', name: 'lamp of Zoe' };
  expect(await rows('items')).toEqual([lamp, { id: 2, u_id: 'b', name: 'desk' }, { id: 3, u_id: 'c', name: 'chair' }]);
  expect((await cli('verify', root)).code).toBe(0);
  // What a run has loaded, a later one may move.
  change([
    { id: 'a', name: 'Ann', items: [{ id: 2, name: 'desk' }] },
    { id: 'b', name: 'Bo', items: [{ id: 3, name: 'chair' }] },
    { id: 'c', name: 'Cy' },
  ]);
  expect((await run()).exitCode).toBe(0);
  expect((await rows('items')).map(Object.values)).toEqual([Object.values(lamp), [2, 'a', 'desk'], [3, 'b', 'chair']]);
  change([{ id: 'a', name: 'Ann', items: [{ id: 1, name: 'lamp' }] }]);
  expect((await run({ onConflict: 'update' })).exitCode).toBe(0);
  expect((await rows('items'))[0]).toEqual({ id: 1, u_id: 'a', name: 'lamp' });
});

test.each(PRODUCTS)('what a record does not say stays in a row of the application on %s', async (product) => {
  const { run, root, rows, cli, runs, change, query } = await world(
    product,
    declared(
      { id: 'text', name: 'text', phone: 'text', meta: 'json' },
      {
        children: {
          pets: {
            records: '/pets/*',
            key: ['u_id', 'kind'],
            columns: { kind: 'text', name: 'text', age: 'integer' },
            order: 'none',
          },
        },
      },
    ),
    [
      { id: 'a', name: 'Ann', pets: [{ kind: 'cat', name: 'Tom' }] },
      { id: 'b', name: 'Bo', phone: null },
      { id: 'c', name: 'Cy', phone: '3' },
    ],
    'CREATE TABLE u (id varchar(9) PRIMARY KEY, name text, phone text, meta text)',
    'CREATE TABLE pets (u_id varchar(9) REFERENCES u (id), kind varchar(9), name text, age int, PRIMARY KEY (u_id, kind))',
    `INSERT INTO u VALUES ('a', 'Old', '1', '{"a":  1}'), ('b', 'Bo', '2', NULL)`,
    "INSERT INTO pets VALUES ('a', 'cat', 'Old', 7)",
  );
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect([first.exitCode, first.rejects]).toEqual([0, []]);
  expect(dry.tables).toEqual(first.tables);
  expect(first.tables).toMatchObject({ u: { inserted: 1, updated: 1, unchanged: 1 }, pets: { updated: 1 } });
  const loaded = [
    { id: 'a', name: 'Ann', phone: '1', meta: '{"a":  1}' },
    { id: 'b', name: 'Bo', phone: '2', meta: null },
    { id: 'c', name: 'Cy', phone: '3', meta: null },
  ];
  expect(await rows('u')).toEqual(loaded);
  expect(await query('SELECT * FROM pets')).toEqual([{ u_id: 'a', kind: 'cat', name: 'Tom', age: 7 }]);
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
  expect(await cli('verify', '--ledger')).toMatchObject({ code: 0 });
  const again = await run({ reload: true });
  expect(again.tables).toMatchObject({ u: { updated: 0, unchanged: 3 }, pets: { updated: 0, unchanged: 1 } });
  // In a row that a run made, what the record no longer says is gone.
  change([
    { id: 'a', name: 'Anna', pets: [{ kind: 'cat' }] },
    { id: 'b', name: 'Bo' },
    { id: 'c', name: 'Cy' },
  ]);
  expect((await run()).tables).toMatchObject({ u: { updated: 2, unchanged: 1 } });
  expect((await rows('u')).map(({ name, phone }) => [name, phone])).toEqual([
    ['Anna', '1'],
    ['Bo', '2'],
    ['Cy', null],
  ]);
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
  for (const id of await runs()) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
  expect(await rows('u')).toEqual([
    { id: 'a', name: 'Old', phone: '1', meta: '{"a":  1}' },
    { id: 'b', name: 'Bo', phone: '2', meta: null },
  ]);
});

test.each(PRODUCTS)(
  'child rows that the application adds to a table of %s without a place are its own',
  async (product) => {
    const { run, root, cli, query } = await world(
      product,
      declared(
        { id: 'integer' },
        {
          children: {
            items: { records: '/items/*', columns: { position: { from: '$position', type: 'integer' }, sku: 'text' } },
          },
        },
      ),
      [{ id: 1, items: [{ sku: 'a' }, { sku: 'b' }] }],
      'CREATE TABLE u (id int PRIMARY KEY)',
      `CREATE TABLE items (id ${product === 'SQLite' ? 'INTEGER' : 'serial'} PRIMARY KEY, u_id int NOT NULL REFERENCES u (id), sku text)`,
    );
    expect((await run()).exitCode).toBe(0);
    await query("INSERT INTO items (u_id, sku) VALUES (1, 'mine')", 'INSERT INTO u VALUES (7)');
    const verified = await cli('verify', root, '--json');
    expect([verified.code, JSON.parse(verified.stdout).totals.application]).toEqual([0, 2]);
    expect((await cli('verify', root)).stdout).toContain("2 rows are the application's: no run loaded them");
    expect(await cli('verify', '--ledger')).toMatchObject({ code: 0 });
    await query("UPDATE items SET sku = 'other' WHERE sku = 'a'");
    expect(await cli('verify', '--ledger')).toMatchObject({ code: 5 });
  },
);

test.each(['DATETIME', 'TIMESTAMP', 'INTEGER'])(
  'an empty SQLite column %s gets times as applications write them',
  async (type) => {
    const { run, query } = await world(
      'SQLite',
      declared({ id: 'integer', at: { type: 'timestamp', epoch: 'ms' } }),
      [{ id: 1, at: 1_735_725_600_500 }],
      `CREATE TABLE u (id int PRIMARY KEY, at ${type})`,
    );
    expect((await run()).exitCode).toBe(0);
    const [row] = await query('SELECT at FROM u');
    expect(row?.['at']).toBe(type === 'INTEGER' ? 1_735_725_600_500 : '2025-01-01 10:00:00.500000');
    expect((await run({ reload: true })).tables['u']?.unchanged).toBe(1);
  },
);
