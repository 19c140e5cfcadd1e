import { expect, test } from 'vitest';
import { holdContract } from '../contract/contract.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type Declaration, world } from './world.ts';

// Links of children to keys that the database makes, where the key of the parent is one of a kind of its own.

const NAMED = {
  datasets: {
    users: { files: 'users.json', key: ['id'], columns: { id: 'integer', email: { type: 'text', unique: true } } },
    rx: {
      files: 'rx.json',
      key: ['user_id', 'day'],
      columns: { id: 'identity', user_id: { from: '/user', references: 'users.id', by: 'email' }, day: 'date' },
      surplus: 'delete',
      children: {
        items: {
          records: '/items/*',
          link: { rx_id: 'id' },
          columns: {
            position: { from: '$position', type: 'integer' },
            drug: 'text',
            by_id: { from: '/by', references: 'users.id', by: 'email', orphans: 'set_null' },
          },
        },
      },
    },
  },
} as unknown as Declaration;

test('the key of the parent may be a reference by name', async () => {
  const data = plant({
    'users.json': [
      { id: 3, email: 'a@x' },
      { id: 5, email: 'b@x' },
    ],
    'rx.json': [
      { user: 'a@x', day: '2024-01-01', items: [{ drug: 'q', by: 'b@x' }, { drug: 'r' }] },
      { user: 'b@x', day: '2024-01-01', items: [{ drug: 's', by: 'a@x' }] },
      { user: 'a@x', day: '2024-01-02', items: [] },
    ],
  });
  await holdContract({ name: 'keys by name', data, options: NAMED, isWhole: true });
});

const BY_CODE = {
  datasets: {
    rx: {
      files: 'u.json',
      key: ['code'],
      columns: { id: 'identity', code: 'text', t: 'text' },
      rest: 'reject',
      children: {
        items: {
          records: '/items/*',
          link: { rx_id: 'id' },
          columns: { position: { from: '$position', type: 'integer' }, drug: 'text' },
          rest: 'reject',
        },
      },
    },
  },
} as unknown as Declaration;

test.each(PRODUCTS)('%s: keys that fold letters, and rows that name no parent', async (product) => {
  const isPostgres = product === 'PostgreSQL';
  const number = isPostgres ? 'serial PRIMARY KEY' : 'INTEGER PRIMARY KEY';
  const { run, query, cli, runs, change } = await world(
    product,
    BY_CODE,
    [
      { code: 'Ab', t: '1', items: [{ drug: 'x' }] },
      { code: 'cd', items: [{ drug: 'y' }] },
      { code: 'CD', items: [{ drug: 'lost' }] },
    ],
    ...(isPostgres ? ['CREATE EXTENSION IF NOT EXISTS citext'] : []),
    `CREATE TABLE rx (id ${number}, code ${isPostgres ? 'citext' : 'TEXT COLLATE NOCASE'} NOT NULL UNIQUE, t text)`,
    `CREATE TABLE items (id ${number}, rx_id int REFERENCES rx (id), position int, drug text)`,
    "INSERT INTO items (drug) VALUES ('nobody')",
  );
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect([dry.rejects, dry.tables]).toEqual([first.rejects, first.tables]);
  expect(first.rejects.map(({ code }) => code)).toHaveLength(1);
  const items = await query('SELECT drug FROM items JOIN rx ON rx.id = rx_id ORDER BY drug');
  expect(items).toEqual([{ drug: 'x' }, { drug: 'y' }]);
  expect((await cli('verify', '--ledger')).code).toBe(0);
  expect((await run({ reload: true })).tables).toMatchObject({ rx: { unchanged: 2 }, items: { unchanged: 2 } });
  change([
    { code: 'Ab', t: '2', items: [{ drug: 'z' }] },
    { code: 'cd', items: [{ drug: 'y' }, { drug: 'n' }] },
  ]);
  const [planned, changed] = [await run({ dryRun: true }), await run()];
  expect(planned.tables).toEqual(changed.tables);
  expect(changed.tables['items']).toMatchObject({ inserted: 1, updated: 1 });
  for (const id of await runs()) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
  expect(await query('SELECT drug FROM items')).toEqual([{ drug: 'nobody' }]);
});

test('a table of SQLite without a rowid needs a key of one column, which is said before the first row', async () => {
  const { run, cli } = await world(
    'SQLite',
    BY_CODE,
    [{ code: 'a', items: [{ drug: 'x' }] }],
    'CREATE TABLE rx (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, t text)',
    'CREATE TABLE items (rx_id int REFERENCES rx (id), position int, drug text, PRIMARY KEY (rx_id, position)) WITHOUT ROWID',
  );
  for (const dryRun of [true, false]) {
    const { exitCode, error } = await run({ dryRun });
    expect([exitCode, error]).toEqual([5, expect.stringContaining('linked by rx_id need a rowid')]);
  }
  expect((await cli('schema', 'check')).code).toBe(5);
});
