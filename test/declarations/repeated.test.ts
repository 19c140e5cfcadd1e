import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { loadDeclared } from '../setup/declared.ts';
import { forecast, load } from '../setup/load.ts';
import { freshUrl, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Rows that must be one of a kind, and are not.

async function expectForecast(datasets: object, root: string, product: (typeof PRODUCTS)[number], tables?: object) {
  const url = await freshUrl(product);
  const given = { datasets, ...(tables && { tables }) };
  const dry = await load(root, url, { ...given, dryRun: true });
  const run = await load(root, url, given);
  expect(forecast(dry)).toEqual(forecast(run));
  const checked = await verify(runSettings({ root, to: url, ...given, workers: 1 }));
  expect({ code: checked.exit_code, differences: checked.differences }).toEqual({ code: 0, differences: [] });
}

test.each(PRODUCTS)(
  'equal elements of a set are one row, counted; others with one key reject the record, in %s',
  async (product) => {
    const datasets = {
      posts: {
        files: 'posts.json',
        key: 'id',
        columns: { id: 'integer' },
        children: {
          post_tags: {
            records: '/tags/*',
            order: 'none',
            key: ['post_id', 'tag'],
            columns: { tag: { from: '$value' } },
          },
          parts: {
            records: '/parts/*',
            order: 'none',
            key: ['post_id', 'name'],
            columns: { name: 'text', size: 'integer' },
            children: {
              marks: {
                records: '/marks/*',
                columns: { at: { from: '$position', type: 'integer' }, mark: { from: '$value' } },
              },
            },
          },
        },
      },
    };
    const posts = [
      {
        id: 1,
        tags: ['sea', 'sun', 'sea'],
        parts: [
          { name: 'a', size: 1, marks: ['x'] },
          { size: 1, name: 'a', marks: ['x'] },
        ],
      },
      { id: 2, tags: ['sea'], parts: [{ name: 'a', size: 1 }, { name: 'b' }, { name: 'a', size: 2 }] },
      {
        id: 3,
        parts: [
          { name: 'a', marks: ['x'] },
          { name: 'a', marks: ['y'] },
        ],
      },
      { id: 4, tags: ['sea'] },
    ];
    const { root, rejects, files, query } = await loadDeclared({ datasets }, { 'posts.json': posts }, product);
    expect(rejects.map(({ code, record, pointer, message }) => [code, record, pointer, message])).toEqual([
      [
        'conflicting-duplicate',
        2,
        '/parts/2',
        'the element at /parts/0 of the record has the same key and other content',
      ],
      [
        'conflicting-duplicate',
        3,
        '/parts/1',
        'the element at /parts/0 of the record has the same key and other content',
      ],
    ]);
    expect(files).toMatchObject([{ dropped: { 'repeated-element': 2 } }]);
    const tags = await query('SELECT post_id, tag FROM post_tags ORDER BY post_id, tag');
    expect(tags.map(({ post_id: id, tag }) => [Number(id), tag])).toEqual([
      [1, 'sea'],
      [1, 'sun'],
      [4, 'sea'],
    ]);
    await expectForecast(datasets, root, product);
  },
);

test.each(PRODUCTS)('names that are looked up without regard to case are one element, in %s', async (product) => {
  const tag_id = { from: '$value', references: 'tags.id', by: 'name', make: true, fold: 'case' };
  const datasets = {
    posts: {
      files: 'posts.json',
      key: 'id',
      columns: { id: 'integer' },
      children: { post_tags: { records: '/tags/*', order: 'none', key: ['post_id', 'tag_id'], columns: { tag_id } } },
    },
  };
  const files = { 'posts.json': [{ id: 1, tags: ['Sea', 'sea', 'sun'] }] };
  const { root, rejects, query } = await loadDeclared({ datasets }, files, product);
  expect(rejects).toEqual([]);
  expect((await query('SELECT tag_id FROM post_tags')).length).toBe(2);
  await expectForecast(datasets, root, product);
});

test.each(PRODUCTS)('a value that must be unique names the record that has it, in %s', async (product) => {
  const datasets = {
    users: {
      files: '*.json',
      key: 'id',
      columns: { id: 'integer', email: { unique: true }, house: 'text', room: 'integer' },
      children: {
        phones: { records: '/phones/*', order: 'none', key: 'phone', columns: { phone: { from: '$value' } } },
      },
    },
  };
  const tables = { users: { unique: [['house', 'room']] } };
  const files = {
    'a.json': [
      { id: 1, email: 'ann', house: 'h', room: 1, phones: ['1', '2'] },
      { id: 2, email: 'ann' },
      { id: 3, house: 'h', room: 1 },
      { id: 4, house: 'h' },
      { id: 5, house: 'h', phones: ['3', '2'] },
    ],
    'b.json': [
      { id: 6, email: 'ann' },
      { id: 7, email: 'bob' },
    ],
  };
  const { root, url, rejects } = await loadDeclared({ datasets, tables }, files, product);
  const has = (what: string) => `${what} must be unique, and record 1 of a.json has the same`;
  expect(rejects.map(({ code, path, record, message }) => [code, path, record, message])).toEqual([
    ['not-unique', 'a.json', 2, has('email of users')],
    ['not-unique', 'a.json', 3, has('house, room of users')],
    ['not-unique', 'a.json', 5, has('phone of phones')],
    ['not-unique', 'b.json', 1, has('email of users')],
  ]);
  await expectForecast(datasets, root, product, tables);
  expect((await load(root, url, { datasets, tables })).rejects).toEqual(rejects);
  const later = plant({ 'c.json': [{ id: 8, email: 'bob' }] });
  for (const dryRun of [true, false]) {
    const again = await load(later, url, { datasets, tables, dryRun });
    expect(again.rejects).toMatchObject([
      { code: 'not-unique', message: 'email of users must be unique, and a row of the database has the same' },
    ]);
  }
});

test.each(PRODUCTS)('a record that is looked up by a name is named in the same way, in %s', async (product) => {
  const datasets = {
    posts: {
      files: 'posts.json',
      key: 'id',
      columns: {
        id: 'integer',
        slug: { unique: true },
        tag_id: { from: '/tag', references: 'tags.id', by: 'name', make: true },
      },
    },
  };
  const files = {
    'posts.json': [
      { id: 1, slug: 'a', tag: 'x' },
      { id: 2, slug: 'a', tag: 'y' },
    ],
  };
  const { root, rejects, query } = await loadDeclared({ datasets }, files, product);
  expect(rejects).toMatchObject([{ code: 'not-unique', record: 2 }]);
  expect(await query('SELECT name FROM tags')).toEqual([{ name: 'x' }]);
  await expectForecast(datasets, root, product);
});
