import { expect, onTestFinished, test } from 'vitest';
import { cycleOnBoth } from '../setup/declared-cycle.ts';
import { forecast, load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What becomes of references that lead nowhere: `orphans`.

test('orphans are rejected, NULL with a warning, or kept', async () => {
  const targets = { files: 'targets.json', key: 'id', columns: { id: 'text', slug: { type: 'text', unique: true } } };
  const files = {
    'targets.json': [{ id: 't1', slug: 's1' }],
    'refs.json': [
      { id: 1, key: 't1', slug: 's1' },
      { id: 2, key: 'gone', slug: 'gone' },
      { id: 3, key: null },
    ],
  };
  const refs = (orphans: string) => ({
    targets,
    refs: {
      files: 'refs.json',
      key: 'id',
      columns: {
        id: 'integer',
        key: { references: 'targets.id', orphans },
        by: { from: '/slug', references: 'targets.id', by: 'slug', orphans },
      },
    },
  });
  const rows = async (query: (statement: string) => Promise<Record<string, unknown>[]>) =>
    (await query('SELECT id, key, "by" AS named FROM refs ORDER BY id')).map(({ key, named }) => [key, named]);
  await cycleOnBoth(refs('reject'), files, {
    rejects: ['refs.json 2 unknown-reference /slug'],
    look: async (query) =>
      expect(await rows(query)).toEqual([
        ['t1', 't1'],
        [null, null],
      ]),
  });
  await cycleOnBoth(refs('keep'), files, {
    look: async (query) =>
      expect(await rows(query)).toEqual([
        ['t1', 't1'],
        ['gone', 'gone'],
        [null, null],
      ]),
  });
  await cycleOnBoth(refs('set_null'), files, {
    look: async (query, { warnings }) => {
      expect(await rows(query)).toEqual([
        ['t1', 't1'],
        [null, null],
        [null, null],
      ]);
      expect(warnings.map(({ code, path }) => [code, path])).toEqual([
        ['unknown-reference', 'refs.json'],
        ['unknown-reference', 'refs.json'],
      ]);
    },
  });
});

test('orphans of child rows reject their record, are NULL, or kept', async () => {
  const products = {
    files: 'products.json',
    key: 'sku',
    columns: { sku: 'text', code: { type: 'text', unique: true } },
  };
  const orders = (orphans: string) => ({
    products,
    orders: {
      files: 'orders.json',
      key: 'id',
      columns: { id: 'integer' },
      children: {
        lines: {
          records: '/lines/*',
          columns: {
            position: { from: '$position', type: 'integer' },
            sku: { references: 'products.sku', orphans },
            code: { references: 'products.sku', by: 'code', orphans },
          },
        },
      },
    },
  });
  const files = {
    'products.json': [{ sku: 'p1', code: 'c1' }],
    'orders.json': [
      { id: 1, lines: [{ sku: 'p1', code: 'c1' }, {}] },
      { id: 2, lines: [{ sku: 'p1' }, { code: 'gone' }] },
      { id: 3, lines: [{ sku: 'gone' }] },
    ],
  };
  const lines = async (query: (statement: string) => Promise<Record<string, unknown>[]>) =>
    (await query('SELECT sku, code FROM lines ORDER BY order_id, position')).map(({ sku, code }) => [sku, code]);
  await cycleOnBoth(orders('reject'), files, {
    rejects: ['orders.json 2 unknown-reference /lines/1/code', 'orders.json 3 unknown-reference /lines/0/sku'],
    look: async (query) =>
      expect(await lines(query)).toEqual([
        ['p1', 'p1'],
        [null, null],
      ]),
  });
  await cycleOnBoth(orders('keep'), files, {
    look: async (query) =>
      expect(await lines(query)).toEqual([
        ['p1', 'p1'],
        [null, null],
        ['p1', null],
        [null, 'gone'],
        ['gone', null],
      ]),
  });
  await cycleOnBoth(orders('set_null'), files, {
    look: async (query, { warnings }) => {
      expect(await lines(query)).toEqual([
        ['p1', 'p1'],
        [null, null],
        ['p1', null],
        [null, null],
        [null, null],
      ]);
      expect(warnings).toHaveLength(2);
    },
  });
});

test('rows of one file may name each other by key with orphans that are NULL, and be made where none is', async () => {
  const nodes = (column: object) => ({
    nodes: {
      files: 'nodes.json',
      key: 'id',
      columns: {
        id: 'text',
        rank: { type: 'integer', max: 9 },
        up: { references: 'nodes.id', deferred: true, ...column },
      },
    },
  });
  const tree = [
    { id: 'leaf', up: 'branch' },
    { id: 'branch', up: 'root' },
    { id: 'root', up: 'root' },
    { id: 'left', up: 'right' },
    { id: 'right', up: 'left' },
    { id: 'lost', up: 'gone' },
  ];
  const ups = async (query: (statement: string) => Promise<Record<string, unknown>[]>) =>
    Object.fromEntries((await query('SELECT id, up FROM nodes')).map(({ id, up }) => [id, up]));
  const all = { leaf: 'branch', branch: 'root', root: 'root', left: 'right', right: 'left' };
  await cycleOnBoth(
    nodes({ orphans: 'set_null' }),
    { 'nodes.json': tree },
    {
      look: async (query) => expect(await ups(query)).toEqual({ ...all, lost: null }),
    },
  );
  await cycleOnBoth(
    nodes({ make: true }),
    { 'nodes.json': tree },
    {
      look: async (query, run) => {
        expect(await ups(query)).toEqual({ ...all, lost: 'gone', gone: null });
        expect(run.tables['nodes']).toMatchObject({ inserted: 7, updated: 0 });
      },
    },
  );
  const below = { id: 'below', up: 'bad' };
  await cycleOnBoth(
    nodes({ orphans: 'reject', by: 'id' }),
    { 'nodes.json': [...tree, { id: 'bad', rank: 10 }, below] },
    {
      rejects: [
        'nodes.json 6 unknown-reference /up',
        'nodes.json 7 out-of-range /rank',
        'nodes.json 8 unknown-reference /up',
      ],
    },
  );
});

test('whoever names a row that the database refuses is an orphan', async () => {
  const staff = {
    files: 'staff.json',
    key: 'id',
    columns: {
      id: 'text',
      login: { type: 'text', unique: true },
      boss: { references: 'staff.id', by: 'login', deferred: true },
    },
  };
  const records = [
    { id: '1', login: 'a' },
    { id: '2', login: 'b', boss: 'c' },
    { id: '3', login: 'a' },
    { id: '4', login: 'c', boss: 'a' },
  ];
  for (const product of PRODUCTS) {
    const { url, drop } = await freshTarget(product);
    onTestFinished(() => drop());
    const root = plant({
      'staff.json': [...records, { id: '5', login: 'd', boss: 'e' }, { id: '6', login: 'e', boss: 'f' }],
    });
    const dry = await load(root, url, { datasets: { staff }, dryRun: true });
    const run = await load(root, url, { datasets: { staff } });
    expect(run.rejects.map(({ record, code, pointer }) => `${record} ${code} ${pointer}`)).toEqual([
      '3 not-unique ',
      '5 unknown-reference /boss',
      '6 unknown-reference /boss',
    ]);
    expect(forecast(dry)).toEqual(forecast(run));
    const rows = await queryTarget(url, 'SELECT id, boss FROM staff ORDER BY id');
    expect(rows.map(({ id, boss }) => [id, boss])).toEqual([
      ['1', null],
      ['2', '4'],
      ['4', '1'],
    ]);
  }
});
