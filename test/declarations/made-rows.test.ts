import { expect, test } from 'vitest';
import { cycleOnBoth } from '../setup/declared-cycle.ts';

// Rows that are made because others name them: `make`.

const HOSTILE = [
  'a\\b',
  '\\N',
  "o'hara",
  '"',
  'tab\tbed',
  'ﬁ',
  '日本',
  '\u{1f600}',
  ' blank ',
  '',
  '1',
  '01',
  'NULL',
  '%_',
];

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
    { id: 1, topic: 'x', tags: HOSTILE, parts: [{ text: 'a', tags: { one: { weight: 1 }, '%_': { weight: 2 } } }, {}] },
    { id: 2, topic: "x'", tags: [...HOSTILE].reverse() },
    { id: 3, topic: 'x', tags: [], parts: [{ tags: { deep: {} } }] },
    { id: 4, title: 'without' },
  ];
  await cycleOnBoth(
    { posts },
    { 'posts.json': records },
    {
      look: async (query, run) => {
        const names = (await query('SELECT name FROM tags')).map(({ name }) => name);
        expect(names.toSorted()).toEqual([...HOSTILE, 'one', 'deep'].toSorted());
        expect(run.tables['tags']).toMatchObject({ inserted: HOSTILE.length + 2 });
        expect(run.tables['topics']).toMatchObject({ inserted: 2 });
        expect(run.tables['post_tags']).toMatchObject({ inserted: 2 * HOSTILE.length });
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
