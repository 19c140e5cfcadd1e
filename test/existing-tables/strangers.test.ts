import { expect, test } from 'vitest';
import { PRODUCTS, queryTarget } from '../setup/targets.ts';
import { type Declaration, declared, world } from './world.ts';

// What people who did not know the program found about tables that are there.

test.each(PRODUCTS)('a value for a column that %s computes must be what it computes', async (product) => {
  const { run, rows } = await world(
    product,
    declared({ id: 'integer', score: 'integer', doubled: 'integer' }),
    [
      { id: 1, score: 2, doubled: 4 },
      { id: 2, score: 2, doubled: 5 },
    ],
    'CREATE TABLE u (id bigint PRIMARY KEY, score int NOT NULL DEFAULT 0, doubled int GENERATED ALWAYS AS (score * 2) STORED)',
  );
  const dry = await run({ dryRun: true });
  const first = await run();
  expect([dry, first].map(({ rejects }) => rejects.map(({ record, code }) => [record, code]))).toEqual([
    [[2, 'database-refused']],
    [[2, 'database-refused']],
  ]);
  expect((await rows('u')).map(({ id }) => Number(id))).toEqual([1]);
});

test.each(PRODUCTS)(
  'undo brings back what a default of %s had filled, and what the application had',
  async (product) => {
    const { run, root, rows, cli, runs, change } = await world(
      product,
      declared({ id: 'integer', name: 'text', lvl: 'integer' }),
      [
        { id: 1, name: 'a' },
        { id: 3, name: 'new' },
      ],
      'CREATE TABLE u (id int PRIMARY KEY, name text, lvl int NOT NULL DEFAULT 7)',
      "INSERT INTO u VALUES (3, 'old', 3)",
    );
    expect((await run()).exitCode).toBe(0);
    const first = [
      { id: 1, name: 'a', lvl: 7 },
      { id: 3, name: 'new', lvl: 3 },
    ];
    expect(await rows('u')).toEqual(first);
    expect((await cli('verify', root)).code).toBe(0);
    expect((await cli('verify', '--ledger')).code).toBe(0);
    change([
      { id: 1, name: 'a', lvl: 5 },
      { id: 3, name: 'new', lvl: 9 },
    ]);
    expect((await run()).exitCode).toBe(0);
    expect((await rows('u')).map(({ lvl }) => lvl)).toEqual([5, 9]);
    const [second, one] = await runs();
    expect((await cli('undo', String(second), '--yes')).code).toBe(0);
    expect(await rows('u')).toEqual(first);
    expect((await cli('undo', String(one), '--yes')).code).toBe(0);
    expect(await rows('u')).toEqual([{ id: 3, name: 'old', lvl: 3 }]);
  },
);

test.each(PRODUCTS)('a row without a key that the application deleted may come again on %s', async (product) => {
  const key = product === 'SQLite' ? 'INTEGER PRIMARY KEY' : 'serial PRIMARY KEY';
  const { run, change, url, rows } = await world(
    product,
    { datasets: { u: { files: 'u.json', columns: { kind: 'text' }, rest: 'reject' } } } as Declaration,
    [{ kind: 'a' }, { kind: 'b' }],
    `CREATE TABLE u (id ${key}, kind text)`,
  );
  expect((await run()).exitCode).toBe(0);
  await queryTarget(url, "DELETE FROM u WHERE kind = 'b'");
  change([{ kind: 'a' }, { kind: 'b' }, { kind: 'c' }]);
  const dry = await run({ dryRun: true });
  const second = await run();
  expect([second.exitCode, second.rejects, second.tables]).toEqual([0, [], dry.tables]);
  expect((await rows('u')).map(({ kind }) => kind)).toEqual(['a', 'b', 'c']);
});

test.each(PRODUCTS)(
  'a child with a key of its own and a link of another spelling is taken back on %s',
  async (product) => {
    const { run, rows, cli, runs } = await world(
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
      `CREATE TABLE items (id ${product === 'SQLite' ? 'INTEGER' : 'serial'} PRIMARY KEY, "uId" int NOT NULL REFERENCES u (id), sku text)`,
    );
    expect((await run()).exitCode).toBe(0);
    expect(await rows('items')).toMatchObject([
      { uId: 1, sku: 'a' },
      { uId: 1, sku: 'b' },
    ]);
    const [one] = await runs();
    expect((await cli('undo', String(one), '--yes')).code).toBe(0);
    expect([await rows('items'), await rows('u')]).toEqual([[], []]);
  },
);

test.each(PRODUCTS)(
  'undo keeps a row of %s of which the application has written a column that nobody declares, and one with such a child row',
  async (product) => {
    const json = product === 'PostgreSQL' ? 'jsonb' : 'JSON';
    const { run, rows, cli, runs, url } = await world(
      product,
      declared(
        { id: 'integer', name: 'text' },
        {
          children: {
            notes: { records: '/notes/*', columns: { position: { from: '$position', type: 'integer' }, text: 'text' } },
          },
        },
      ),
      [1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, notes: [{ text: 'x' }] })),
      `CREATE TABLE u (id int PRIMARY KEY, name text, seen int NOT NULL DEFAULT 0, tags ${json}, made timestamp DEFAULT CURRENT_TIMESTAMP)`,
      `CREATE TABLE notes (id integer PRIMARY KEY ${product === 'PostgreSQL' ? 'GENERATED ALWAYS AS IDENTITY' : ''}, u_id int REFERENCES u ON DELETE CASCADE, text text, read boolean DEFAULT false)`,
    );
    expect((await run()).exitCode).toBe(0);
    const no = product === 'PostgreSQL' ? 'true' : '1';
    await queryTarget(
      url,
      'UPDATE u SET seen = 1 WHERE id = 1',
      "UPDATE u SET tags = '[]' WHERE id = 2",
      `UPDATE notes SET read = ${no} WHERE u_id = 3`,
    );
    const [id] = await runs();
    const { code, stdout, stderr } = await cli('undo', String(id), '--yes', '--json');
    expect(code, stderr).toBe(1);
    expect(JSON.parse(stdout).kept.map(({ record, reason }: Record<string, unknown>) => [record, reason])).toEqual([
      [1, 'changed'],
      [2, 'changed'],
      [3, 'changed'],
    ]);
    expect((await rows('u')).map(({ id: key }) => Number(key))).toEqual([1, 2, 3]);
  },
);
