import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';

// What people met who used the language for the first time.

const position = { from: '$position', type: 'integer' } as const;

test.each(PRODUCTS)('children over one list share its elements by their conditions, in %s', async (product) => {
  const datasets = {
    pages: {
      files: 'pages.json',
      key: 'id',
      columns: { id: 'integer' },
      children: {
        images: { records: '/parts/*', when: { '/type': 'image' }, columns: { position, type: 'text', url: 'text' } },
        texts: { records: '/parts/*', when: { '/type': 'text' }, columns: { position, type: 'text', body: 'text' } },
      },
    },
  };
  const parts = [
    { type: 'text', body: 'a' },
    { type: 'image', url: 'b.png' },
    { type: 'text', body: 'c' },
  ];
  const files = {
    'pages.json': [
      { id: 1, parts },
      { id: 2, parts: [{ type: 'video' }] },
    ],
  };
  const { rejects, tables, exported, root } = await loadDeclared({ datasets }, files, product);
  expect(rejects.map(({ code, record, pointer }) => [code, record, pointer])).toEqual([['not-taken', 2, '/parts/0']]);
  expect(tables).toMatchObject({ images: { inserted: 1 }, texts: { inserted: 2 } });
  // The list is one again, in its order.
  expect(JSON.parse(await exported('pages.json'))).toEqual([{ id: 1, parts }]);
  const all = { ...datasets.pages.children, others: { records: '/parts/*', columns: { position, type: 'text' } } };
  const url = await freshUrl(product);
  const whole = await load(root, url, { datasets: { pages: { ...datasets.pages, children: all } } });
  expect(whole.rejects).toEqual([]);
});

test.each(PRODUCTS)(
  'of a list that children share an export says where elements were, in %s, if others are gone',
  async (product) => {
    const shared = (type: string) => ({
      records: '/parts/*',
      when: { '/type': type },
      columns: { position, type: 'text' },
    });
    const pages = {
      files: 'pages.json',
      key: 'id',
      columns: { id: 'integer' },
      children: { images: shared('image'), texts: shared('text') },
    } as const;
    const parts = ['text', 'image', 'text', 'image'].map((type) => ({ type }));
    const { root, url, query, exported } = await loadDeclared(
      { datasets: { pages } },
      { 'pages.json': [{ id: 1, parts }] },
      product,
    );
    await query('DELETE FROM images WHERE position = 1');
    const text = await exported('pages.json');
    expect(JSON.parse(text)).toEqual([
      {
        id: 1,
        parts: [{ type: 'text' }, { type: 'text', $position: 2 }, { type: 'image', $position: 3 }],
      },
    ]);
    writeFileSync(join(root, 'pages.json'), text);
    const again = await load(root, url, { datasets: { pages } });
    expect(again.rejects).toEqual([]);
    expect((await query('SELECT position FROM texts ORDER BY 1')).map(({ position: at }) => Number(at))).toEqual([
      0, 2,
    ]);
    expect((await query('SELECT position FROM images')).map(({ position: at }) => Number(at))).toEqual([3]);
  },
);

test.each(PRODUCTS)(
  'children that each have a part of the elements of one list make one list again, in %s',
  async (product) => {
    const columns = { position, sku: 'text' };
    const datasets = {
      orders: {
        files: 'orders.json',
        key: 'id',
        columns: { id: 'integer' },
        children: {
          items: { records: '/items/*', rest: { ignore: ['/price', '/currency'] }, columns },
          prices: {
            records: '/items/*',
            rest: { ignore: ['/sku'] },
            columns: { position, price: 'integer', currency: 'text' },
          },
        },
      },
    };
    const orders = [{ id: 1, items: [{ sku: 'a', price: 1, currency: 'EUR' }, { sku: 'b', price: 2 }, { sku: 'c' }] }];
    const { exitCode, exported } = await loadDeclared({ datasets }, { 'orders.json': orders }, product);
    expect(exitCode).toBe(0);
    expect(JSON.parse(await exported('orders.json'))).toEqual(orders);
  },
);

test.each([
  ['reject', 'reject'],
  ['ignore', { ignore: ['/nothing'] }],
])('with rest: %s a value is taken in another spelling, and counted', async (_name, rest) => {
  const columns = {
    id: 'integer',
    count: 'integer',
    done: 'boolean',
    share: 'real',
    at: 'timestamp',
    uuid: 'uuid',
    day: 'date',
  };
  const datasets = { rows: { files: 'rows.json', key: 'id', rest, columns } };
  const good = { id: '12', count: '7', done: 'true', uuid: '7D444840-9DC0-11D1-B245-5FFDCE74FAD2' };
  const rows = [
    good,
    { id: 1, share: 0.5, day: '' },
    { id: 2, count: 'seven' },
    { id: 3, at: '2024-01-01T00:00:00.123456789Z' },
    { id: 4, more: 1 },
  ];
  const text = JSON.stringify([...rows, { id: 5, share: 'SHARE' }]).replace('"SHARE"', '0.12345678901234567890123');
  const { rejects, files, query, exported } = await loadDeclared({ datasets }, { 'rows.json': text });
  expect(rejects.map(({ code, record, pointer }) => [code, record, pointer])).toEqual([
    ['wrong-type', 3, '/count'],
    ['invalid-time', 4, '/at'],
    ['unmapped-member', 5, '/more'],
    ['number-out-of-range', 6, '/share'],
  ]);
  expect(files[0]?.repairs).toEqual({
    'number-from-text': 2,
    'boolean-from-text': 1,
    respelled: 1,
    'empty-as-null': 1,
  });
  expect((await query('SELECT id FROM rows ORDER BY id')).map(({ id }) => Number(id))).toEqual([1, 12]);
  expect(JSON.parse(await exported('rows.json'))[1]).toEqual({
    id: 12,
    count: 7,
    done: true,
    uuid: '7d444840-9dc0-11d1-b245-5ffdce74fad2',
  });
});

test.each(PRODUCTS)('bounds have any number of digits, and are exact, in %s', async (product) => {
  const columns = {
    id: 'integer',
    large: { type: 'integer', min: '-9007199254740995', max: '9007199254740995' },
    exact: { type: 'decimal(30,10)', max: '123456789012345678.0000000001' },
    real: { type: 'real', min: '0.1' },
  };
  const datasets = { rows: { files: 'rows.json', key: 'id', columns } };
  const text = `[{"id": 1, "large": 9007199254740995, "exact": 123456789012345678.0000000001, "real": 0.1}, {"id": 2, "large": 9007199254740996},
    {"id": 3, "exact": 123456789012345678.0000000002}, {"id": 4, "large": -9007199254740996}, {"id": 5, "large": 5, "real": 0.09999999}]`;
  const { rejects, query, url } = await loadDeclared({ datasets }, { 'rows.json': text }, product);
  expect(rejects.map(({ code, record }) => [code, record])).toEqual(
    [2, 3, 4, 5].map((record) => ['out-of-range', record]),
  );
  expect(await query('SELECT id FROM rows')).toHaveLength(1);
  const added = queryTarget(url, 'INSERT INTO rows (id, large) VALUES (9, 9007199254740996)');
  await expect(added, 'the database keeps the bound, too').rejects.toThrow();
  const read = (bounds: object) => () =>
    runSettings({
      root: '.',
      datasets: { rows: { files: 'a', key: 'id', columns: { id: { type: 'integer', ...bounds } } } },
    });
  expect(read({ min: '9007199254740995', max: '9007199254740994' })).toThrow('the least is greater than the most');
  expect(read({ min: 'many' })).toThrow('min');
});

test.each(PRODUCTS)('fold: case prefers the exact spelling, in %s', async (product) => {
  const datasets = {
    tags: { files: 'tags.json', key: 'id', columns: { id: 'integer', name: { unique: true } } },
    posts: {
      files: 'posts.json',
      key: 'id',
      columns: { id: 'integer', tag_id: { from: '/tag', references: 'tags.id', by: 'name', fold: 'case' } },
    },
    marks: {
      files: 'marks.json',
      key: 'id',
      columns: {
        id: 'integer',
        word_id: { from: '/word', references: 'words.id', by: 'name', fold: 'case', make: true },
      },
    },
  };
  const files = {
    'tags.json': [
      { id: 1, name: 'US' },
      { id: 2, name: 'us' },
      { id: 3, name: 'Sea' },
    ],
    'posts.json': [
      { id: 1, tag: 'us' },
      { id: 2, tag: 'US' },
      { id: 3, tag: 'sea' },
      { id: 4, tag: 'Us' },
      { id: 5, tag: 'ocean' },
    ],
    'marks.json': [
      { id: 1, word: 'Sun' },
      { id: 2, word: 'sun' },
    ],
  };
  const { rejects, query } = await loadDeclared({ datasets }, files, product);
  const found = await query('SELECT id, tag_id FROM posts ORDER BY id');
  expect(found.map(({ id, tag_id: tag }) => [Number(id), Number(tag)])).toEqual([
    [1, 2],
    [2, 1],
    [3, 3],
  ]);
  expect(rejects.map(({ code, record, message }) => [code, record, message])).toEqual([
    ['ambiguous-reference', 4, 'several rows of the database have the row of tags whose name the record names'],
    ['unknown-reference', 5, 'neither a file nor the database has the row of tags whose name the record names'],
  ]);
  expect(await query('SELECT name FROM words'), 'one row is made of both spellings').toHaveLength(1);
});

test.each(PRODUCTS)(
  'a member may repeat the key of the record around it, and say nothing else, in %s',
  async (product) => {
    const datasets = {
      terms: {
        files: 'hits.json',
        records: '/<term>',
        key: 'term',
        columns: { term: { from: '$term' } },
        children: {
          hits: {
            records: '/<id>',
            link: { term: 'term' },
            columns: { id: { from: '$id' }, term: 'text', price: 'integer' },
          },
        },
      },
    } as const;
    const files = { 'hits.json': { a: { '1': { term: 'a', price: 5 } }, b: { '1': { term: 'a', price: 6 } } } };
    const { rejects, exported } = await loadDeclared({ datasets }, files, product);
    expect(rejects.map(({ code, pointer }) => [code, pointer])).toEqual([['check-failed', '/b/1']]);
    expect(JSON.parse(await exported('hits.json'))).toEqual({ a: files['hits.json'].a });
  },
);

test('what a column takes of an object around the records leaves the rest of it to be told', async () => {
  const columns = { id: 'integer', shop: { from: '$document/shop/id' } };
  const items = { files: 'a.json', records: '/items/*', key: 'id', columns };
  const notes = { files: 'a.json', records: '/notes/*', key: 'id', columns: { id: 'integer' } };
  const shop = { id: 's', owner: 'ann', staff: [{ id: 5 }] };
  const files = { 'a.json': { shop, items: [{ id: 1 }], notes: [{ id: 2 }] } };
  const one = await loadDeclared({ datasets: { items } }, { 'a.json': { shop, items: [{ id: 1 }] } });
  expect(one.rejects).toMatchObject([{ code: 'second-collection', message: expect.stringContaining('"/shop/staff"') }]);
  expect(one.warnings).toMatchObject([{ code: 'beside-records', message: expect.stringContaining('"/shop/owner"') }]);
  const two = await loadDeclared({ datasets: { items, notes } }, files);
  expect(two.rejects).toMatchObject([{ message: expect.stringContaining('"/shop/owner", "/shop/staff"') }]);
});
