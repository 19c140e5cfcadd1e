import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { type DeclaredLoad, loadDeclared } from '../setup/declared.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// `surplus: delete`: child rows that the record no longer has.

const orders = {
  files: 'orders.json',
  key: 'id',
  surplus: 'delete',
  columns: { id: 'integer' },
  children: {
    items: {
      records: '/items/*',
      columns: { position: { from: '$position', type: 'integer' }, sku: 'text' },
      children: {
        options: { records: '/options/<name>', columns: { name: { from: '$name' }, value: { from: '$value' } } },
      },
    },
    tags: { records: '/tags/*', order: 'none', key: ['order_id', 'tag'], columns: { tag: { from: '$value' } } },
  },
} as const;

const DECLARATION = { datasets: { orders }, tables: { items: { unique: [['order_id', 'sku']] } } };

const FIRST = [
  { id: 1, items: [{ sku: 'a' }, { sku: 'b', options: { color: 'red', size: 'L' } }, { sku: 'c' }], tags: ['x', 'y'] },
  { id: 2, items: [{ sku: 'a' }] },
];
const SECOND = [{ id: 1, items: [{ sku: 'c' }], tags: ['y', 'z'] }, FIRST[1]];

async function rowsOf({ query }: DeclaredLoad): Promise<readonly unknown[]> {
  const rows = [
    await query('SELECT order_id, position, sku FROM items ORDER BY order_id, position'),
    await query('SELECT order_id, item_position, name, value FROM options ORDER BY 1, 2, 3'),
    await query('SELECT order_id, tag FROM tags ORDER BY order_id, tag'),
  ];
  return rows.map((some) => some.map((row) => Object.values(row).map(String).join(' ')));
}

const BOTH = [
  ['1 0 a', '1 1 b', '1 2 c', '2 0 a'],
  ['1 1 color red', '1 1 size L'],
  ['1 x', '1 y'],
];

async function isVerified({ root, url }: DeclaredLoad, declaration: object = DECLARATION): Promise<readonly number[]> {
  const codes = [false, true].map(async (ledger) => {
    const { exit_code: code } = await verify(runSettings({ root, to: url, ledger, workers: 1, ...declaration }));
    return code;
  });
  return Promise.all(codes);
}

function loadFirst(product: Product, declaration: object = DECLARATION): Promise<DeclaredLoad> {
  return loadDeclared(declaration, { 'orders.json': FIRST }, product);
}

function takeBack({ url, root }: DeclaredLoad, { head }: Loaded): ReturnType<typeof undo> {
  return undo({ ...runSettings({ root, to: url, ...DECLARATION }), run: head.run_id, restoreFiles: false } as never);
}

const more = ({ warnings }: Loaded) => warnings.map(({ code, message }) => [code, message]);

test.each(PRODUCTS)(
  'rows that a record no longer has go, as the dry run says, and come back with undo, in %s',
  async (product) => {
    const first = await loadFirst(product);
    grow(first.root, { 'orders.json': SECOND });
    const trial = await load(first.root, first.url, { ...DECLARATION, dryRun: true });
    expect(await rowsOf(first)).toEqual(BOTH);
    const second = await load(first.root, first.url, DECLARATION);
    expect(second).toMatchObject({
      exitCode: 0,
      warnings: [],
      tables: {
        orders: { inserted: 0, updated: 0, unchanged: 2, deleted: 0 },
        items: { inserted: 0, updated: 1, unchanged: 1, deleted: 2 },
        options: { deleted: 2 },
        tags: { inserted: 1, updated: 0, unchanged: 1, deleted: 1 },
      },
    });
    expect(forecast(trial)).toEqual(forecast(second));
    expect(await rowsOf(first)).toEqual([['1 0 c', '2 0 a'], [], ['1 y', '1 z']]);
    expect(await isVerified(first)).toEqual([0, 0]);
    expect((await load(first.root, first.url, { ...DECLARATION, reload: true })).tables).toMatchObject({
      items: { unchanged: 2, deleted: 0 },
    });
    expect(await takeBack(first, second)).toMatchObject({ exit_code: 0, totals: { restored: 1, kept: 0 } });
    expect(await rowsOf(first)).toEqual(BOTH);
    expect(await takeBack(first, first)).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
    expect(await rowsOf(first)).toEqual([[], [], []]);
  },
);

test.each(PRODUCTS)('rows that the application added stay, and are told, in %s', async (product) => {
  const first = await loadFirst(product);
  await queryTarget(
    first.url,
    "INSERT INTO items (order_id, position, sku) VALUES (1, 3, 'own'), (1, -1, 'own too')",
    "INSERT INTO tags (order_id, tag) VALUES (1, 'a'), (1, 'xx')",
  );
  grow(first.root, { 'orders.json': SECOND });
  const second = await load(first.root, first.url, DECLARATION);
  expect(second.tables).toMatchObject({ items: { deleted: 2 }, options: { deleted: 2 }, tags: { deleted: 1 } });
  expect(more(second)).toEqual([
    [
      'database-has-more',
      expect.stringMatching(/holds 4 more rows below that of record 1 in orders; `surplus: delete` takes/),
    ],
  ]);
  expect(await rowsOf(first)).toEqual([
    ['1 -1 own too', '1 0 c', '1 3 own', '2 0 a'],
    [],
    ['1 a', '1 xx', '1 y', '1 z'],
  ]);
});

test.each(PRODUCTS)('rows that the application changed stay in %s', async (product) => {
  const first = await loadFirst(product);
  await queryTarget(first.url, "UPDATE items SET sku = 'C' WHERE position = 2");
  grow(first.root, { 'orders.json': SECOND });
  const { tables, warnings } = await load(first.root, first.url, DECLARATION);
  expect(tables).toMatchObject({ items: { updated: 1, deleted: 0 }, tags: { deleted: 0 } });
  expect(warnings.map(({ code }) => code)).toEqual(['database-has-more']);
});

test.each(PRODUCTS)(
  'rows of a table with a column of the application that holds something stay in %s',
  async (product) => {
    const first = await loadFirst(product);
    await queryTarget(
      first.url,
      'ALTER TABLE tags ADD COLUMN seen integer',
      "UPDATE tags SET seen = 1 WHERE tag = 'y'",
    );
    grow(first.root, { 'orders.json': SECOND });
    const { tables } = await load(first.root, first.url, DECLARATION);
    expect(tables).toMatchObject({ items: { deleted: 2 }, tags: { deleted: 0 } });
  },
);

test.each(PRODUCTS)('rows that a table of the application refers to stay in %s', async (product) => {
  const declaration = { datasets: { orders } };
  const first = await loadFirst(product, declaration);
  await queryTarget(
    first.url,
    'CREATE TABLE picks (order_id bigint, place bigint, FOREIGN KEY (order_id, place) REFERENCES items (order_id, position) ON DELETE CASCADE)',
    'INSERT INTO picks VALUES (1, 2)',
  );
  grow(first.root, { 'orders.json': SECOND });
  const { exitCode, tables, warnings } = await load(first.root, first.url, declaration);
  expect(exitCode).toBe(0);
  expect(tables).toMatchObject({ items: { updated: 1, deleted: 0 }, tags: { inserted: 1, deleted: 0 } });
  expect(warnings.map(({ code }) => code)).toEqual(['database-has-more']);
  expect(await first.query('SELECT * FROM picks')).toHaveLength(1);
});

test.each(PRODUCTS)(
  'rows of a table that is there go and come back with undo in %s, unless it holds more than is declared',
  async (product) => {
    const { items } = orders.children;
    const columns = { position: items.columns.position, sku: { type: 'text', column: 'sku_code' } };
    const children = { items: { records: items.records, columns, rest: 'reject' } };
    const declaration = { datasets: { orders: { ...orders, rest: 'reject', children } } };
    const url = await freshUrl(product);
    await queryTarget(
      url,
      'CREATE TABLE orders (id bigint PRIMARY KEY)',
      `CREATE TABLE items (order_id bigint NOT NULL REFERENCES orders (id), position bigint NOT NULL, sku_code varchar(20), seen integer,
      PRIMARY KEY (order_id, position))`,
    );
    const root = plant({ 'orders.json': [{ id: 1, items: [{ sku: 'a' }, { sku: 'b' }] }] });
    expect(await load(root, url, declaration)).toMatchObject({ exitCode: 0, tables: { items: { inserted: 2 } } });
    grow(root, { 'orders.json': [{ id: 1, items: [{ sku: 'c' }] }] });
    const second = await load(root, url, declaration);
    expect(second).toMatchObject({ exitCode: 0, warnings: [], tables: { items: { updated: 1, deleted: 1 } } });
    const stored = () => queryTarget(url, 'SELECT sku_code FROM items ORDER BY position');
    expect(await stored()).toEqual([{ sku_code: 'c' }]);
    const settings = { ...runSettings({ root, to: url, ...declaration }), run: second.head.run_id };
    expect((await undo(settings as never)).exit_code).toBe(0);
    expect(await stored()).toEqual([{ sku_code: 'a' }, { sku_code: 'b' }]);
    await queryTarget(url, 'UPDATE items SET seen = 1 WHERE position = 1');
    const third = await load(root, url, declaration);
    expect(third).toMatchObject({ exitCode: 0, tables: { items: { updated: 1, deleted: 0 } } });
    expect(third.warnings.map(({ code }) => code)).toEqual(['database-has-more']);
  },
);

test.each(PRODUCTS)('without undo, and with keep, nothing is deleted in %s', async (product) => {
  const first = await loadFirst(product);
  grow(first.root, { 'orders.json': SECOND.map((order) => ({ ...order, tags: ['x', 'y'], items: [{ sku: 'a' }] })) });
  for (const options of [{ undo: false }, { onConflict: 'keep' }] as const) {
    const { exitCode, tables, warnings } = await load(first.root, first.url, {
      ...DECLARATION,
      ...options,
      reload: true,
    });
    expect(exitCode).toBe(0);
    expect([tables['items']?.deleted, warnings.map(({ code }) => code)]).toEqual([0, ['database-has-more']]);
  }
  const keep = { ...DECLARATION, datasets: { orders: { ...orders, surplus: 'keep' } } };
  expect((await load(first.root, first.url, keep)).tables).toMatchObject({ items: { deleted: 0 } });
  // Whoever says `delete` later: what a run loaded and nobody changed.
  const last = await load(first.root, first.url, DECLARATION);
  expect(last.tables).toMatchObject({ items: { deleted: 2 }, options: { deleted: 2 } });
  expect(await isVerified(first)).toEqual([0, 0]);
});

test.each(PRODUCTS)('children of one dataset each have their word, in %s', async (product) => {
  const { surplus: _surplus, ...plain } = orders;
  const { tags, items } = orders.children;
  const declaration = {
    datasets: { orders: { ...plain, children: { items, tags: { ...tags, surplus: 'delete' } } } },
  };
  const first = await loadFirst(product, declaration);
  grow(first.root, { 'orders.json': [{ id: 1, items: [], tags: [] }, FIRST[1]] });
  const second = await load(first.root, first.url, declaration);
  expect(second.tables).toMatchObject({ items: { deleted: 0 }, options: { deleted: 0 }, tags: { deleted: 2 } });
  expect(second.warnings.map(({ code }) => code)).toEqual(['database-has-more']);
});

test('what contradicts itself is refused', () => {
  const read = (dataset: object) => () => runSettings({ root: '.', datasets: { orders: { ...orders, ...dataset } } });
  const { items, tags } = orders.children;
  expect(read({ children: {} })).toThrow('the dataset has no children');
  const seen = { type: 'boolean', owned_by: 'application' };
  expect(read({ children: { tags: { ...tags, columns: { ...tags.columns, seen } } } })).toThrow(
    'no undo could bring back what the application writes',
  );
  const options = { ...items.children.options, surplus: 'keep' };
  expect(read({ children: { items: { ...items, children: { options } } } })).toThrow(
    'rows go with those that they lie below',
  );
  expect(
    read({ children: { tags, others: { ...tags, table: 'tags', records: '/others/*', surplus: 'keep' } } }),
  ).toThrow('another child feeds tags, and says delete of its surplus');
});
