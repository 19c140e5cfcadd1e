import { expect, onTestFinished, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { cycleOnBoth, declaredCycle } from '../setup/declared-cycle.ts';
import { HOSTILE_NAMES } from '../setup/hostile-strings.ts';
import { forecast, load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Rows that are made because others name them: `make`.

test('lookup tables are made by their use, with links of every level', async () => {
  const posts = {
    files: 'posts.json',
    key: 'id',
    columns: { id: 'integer', topic: { references: 'topics.id', by: 'name', make: true } },
    children: {
      post_tags: {
        records: '/tags/*',
        order: 'none',
        key: ['post_id', 'tag_id'],
        columns: { tag_id: { from: '$value', references: 'tags.id', by: 'name', make: true } },
      },
      parts: {
        records: '/parts/*',
        columns: { position: { from: '$position', type: 'integer' }, text: 'text' },
        children: {
          part_tags: {
            records: '/tags/<tag>',
            key: ['post_id', 'part_position', 'tag_id'],
            columns: { tag_id: { from: '$tag', references: 'tags.id', by: 'name', make: true }, weight: 'integer' },
          },
        },
      },
    },
  };
  const records = [
    {
      id: 1,
      topic: 'x',
      tags: HOSTILE_NAMES,
      parts: [{ text: 'a', tags: { one: { weight: 1 }, '%_': { weight: 2 } } }, {}],
    },
    { id: 2, topic: "x'", tags: [...HOSTILE_NAMES].reverse() },
    { id: 3, topic: 'x', tags: [], parts: [{ tags: { deep: {} } }] },
    { id: 4, title: 'without' },
  ];
  await cycleOnBoth(
    { posts },
    { 'posts.json': records },
    {
      look: async (query, run) => {
        const names = (await query('SELECT name FROM tags')).map(({ name }) => name);
        expect(names.toSorted()).toEqual([...HOSTILE_NAMES, 'one', 'deep'].toSorted());
        expect(run.tables['tags']).toMatchObject({ inserted: HOSTILE_NAMES.length + 2 });
        expect(run.tables['topics']).toMatchObject({ inserted: 2 });
        expect(run.tables['post_tags']).toMatchObject({ inserted: 2 * HOSTILE_NAMES.length });
      },
    },
  );
});

test('a made row takes further columns from the first record that names it, and no row that is there is touched', async () => {
  const makers = {
    files: 'makers.json',
    key: 'name',
    columns: { name: 'text', country: 'text', rank: { type: 'integer', insert_default: 7 } },
  };
  const cars = {
    files: 'cars.json',
    key: 'id',
    columns: { id: 'integer', maker: { references: 'makers.name', make: { country: '/from/country' } } },
  };
  await cycleOnBoth(
    { makers, cars },
    {
      'makers.json': [{ name: 'A', country: 'de', rank: 1 }],
      'cars.json': [
        { id: 1, maker: 'A', from: { country: 'xx' } },
        { id: 2, maker: 'B', from: { country: 'fr' } },
        { id: 3, maker: 'B', from: { country: 'yy' } },
        { id: 4, maker: 'C' },
      ],
    },
    {
      look: async (query, run) => {
        const rows = await query('SELECT name, country, rank FROM makers ORDER BY name');
        expect(rows.map(({ name, country, rank }) => [name, country, Number(rank)])).toEqual([
          ['A', 'de', 1],
          ['B', 'fr', 7],
          ['C', null, 7],
        ]);
        expect(run.tables['makers']).toMatchObject({ inserted: 3, updated: 0 });
      },
    },
  );
});

test.each(PRODUCTS)(
  'records that come later for rows that were made fill them, also in a dry run of %s',
  async (product) => {
    const nodes = {
      files: 'nodes/*.json',
      key: 'name',
      columns: {
        id: 'identity',
        name: 'text',
        rank: { type: 'integer', max: 99 },
        up: { references: 'nodes.id', by: 'name', make: true, deferred: true },
      },
      children: {
        notes: {
          records: '/notes/*',
          columns: { place: { from: '$position', type: 'integer' }, note: { from: '$value' } },
        },
      },
    };
    const datasets = { nodes };
    const file = (number: number, ...records: object[]) => ({
      [`nodes/${number}.json`]: [...records, { name: `x${number}`, notes: ['long '.repeat(300)] }],
    });
    const { url, drop } = await freshTarget(product);
    onTestFinished(() => drop());
    const root = plant({
      ...file(1, { name: 'leaf', up: 'branch' }, { name: 'poor', up: 'plain' }, { name: 'bad', up: 'vain', rank: 100 }),
      ...file(2, { name: 'branch', up: 'root', rank: 1, notes: ['a'] }, { name: 'plain' }),
      ...file(3, { name: 'root' }, { name: 'vain', rank: 3 }),
    });
    const options = { datasets, batchBytes: 1000, workers: 1 };
    const dry = await load(root, url, { ...options, dryRun: true });
    const run = await load(root, url, { ...options, runId: 'one' });
    expect(run.rejects.map(({ path, code }) => `${path} ${code}`)).toEqual(['nodes/1.json out-of-range']);
    expect(forecast(dry)).toEqual(forecast(run));
    expect(run.tables['nodes']).toEqual({ inserted: 9, updated: 1, unchanged: 2, kept: 0, deleted: 0 });
    const settings = { ...runSettings({ root, to: url, datasets }), restoreFiles: false, workers: 1 };
    for (const ledger of [false, true])
      expect(await verify({ ...settings, ledger })).toMatchObject({ exit_code: 0, differences: [] });
    await undo({ ...settings, run: 'one' });
    expect(await queryTarget(url, 'SELECT name FROM nodes')).toEqual([]);
  },
);

test('a table that is declared by its use alone may have a key of any type, and what belongs to tables', async () => {
  const notes = {
    files: 'notes.json',
    key: 'id',
    columns: {
      id: 'integer',
      year: { references: 'years.year', make: true, type: 'integer' },
      day: { references: 'days.id', by: 'day', make: { label: '/label' }, type: 'date' },
    },
  };
  const files = {
    'notes.json': [
      { id: 1, year: 1999, day: '2020-02-29', label: 'leap' },
      { id: 2, year: 1999, day: '2020-02-29', label: 'other' },
      { id: 3, year: -1 },
    ],
  };
  const tables = { days: { indexes: [['label']], unique: [['label']] } };
  for (const product of PRODUCTS) {
    const { run } = await declaredCycle({ datasets: { notes }, tables }, files, {
      product,
      look: async (query) => {
        const years = (await query('SELECT year FROM years ORDER BY year')).map(({ year }) => Number(year));
        expect(years).toEqual([-1, 1999]);
        expect(await query('SELECT label FROM days')).toEqual([{ label: 'leap' }]);
      },
    });
    expect(run.tables).toMatchObject({ years: { inserted: 2 }, days: { inserted: 1 }, notes: { inserted: 3 } });
  }
});
