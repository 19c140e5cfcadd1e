import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow } from '../setup/trees.ts';

// `owned_by: application`: a column that no load writes.

const datasets = {
  users: {
    files: 'users.json',
    key: 'id',
    columns: {
      id: 'integer',
      name: 'text',
      visits: { type: 'integer', owned_by: 'application', required: true, insert_default: 3 },
      seen: { type: 'timestamp', owned_by: 'application' },
    },
  },
};

test.each(PRODUCTS)('no load writes or compares a column of the application, in %s', async (product) => {
  const { root, url, query, exported, exitCode } = await loadDeclared(
    { datasets },
    {
      'users.json': [
        { id: 1, name: 'Ada', visits: 99, seen: 'x' },
        { id: 2, name: 'Bob' },
      ],
    },
    product,
  );
  expect(exitCode).toBe(0);
  const rows = async () =>
    (await query('SELECT CAST(visits AS integer) AS visits, seen IS NULL AS unseen FROM users ORDER BY id')).map(
      ({ visits, unseen }) => [Number(visits), Boolean(unseen)],
    );
  expect(await rows()).toEqual([
    [3, true],
    [3, true],
  ]);
  await queryTarget(
    url,
    "UPDATE users SET visits = 7, seen = '2024-01-01 00:00:00.000000+00' WHERE id = 1".replace(
      '+00',
      product === 'SQLite' ? '' : '+00',
    ),
  );
  for (const ledger of [false, true])
    expect((await verify(runSettings({ root, to: url, workers: 1, ledger, datasets }))).exit_code).toBe(0);
  const again = await load(root, url, { datasets, reload: true });
  expect(again.tables).toMatchObject({ users: { unchanged: 2 } });
  grow(root, { 'users.json': [{ id: 1, name: 'Ada L.' }] });
  expect((await load(root, url, { datasets })).tables).toMatchObject({ users: { updated: 1 } });
  expect(await rows()).toEqual([
    [7, false],
    [3, true],
  ]);
  // The members of these names are data as any other.
  expect(JSON.parse(await exported('users.json'))).toEqual([
    { id: 1, name: 'Ada L.' },
    { id: 2, name: 'Bob' },
  ]);
});

test.each(PRODUCTS)('a member of its name is kept with the rest, in %s', async (product) => {
  const file = [{ id: 1, visits: 99 }];
  const { exported } = await loadDeclared({ datasets }, { 'users.json': file }, product);
  expect(JSON.parse(await exported('users.json'))).toEqual(file);
});

const read =
  (columns: object, more: object = {}) =>
  () =>
    runSettings({
      root: '.',
      datasets: { users: { files: 'a.json', key: 'id', columns: { id: 'integer', ...columns }, ...more } },
    });
const owned = { type: 'integer', owned_by: 'application' };

test.each<[string, () => unknown, string]>([
  ['from a member', read({ visits: { ...owned, from: '/visits' } }), 'only the application writes this column'],
  ['with a default', read({ visits: { ...owned, default: 1 } }), 'only the application writes this column'],
  ['as a key', read({ visits: owned }, { key: ['id', 'visits'] }), 'a load writes the key of its rows'],
  ['required', read({ visits: { ...owned, required: true } }), 'write `insert_default:`, too'],
  [
    'as what another derives from',
    read({ visits: owned, more: { type: 'integer', derive: 'visits' } }),
    'name a column that a load fills',
  ],
])('a column of the application is refused %s', (_title, make, words) => {
  expect(make).toThrow(words);
});
