import { expect, test } from 'vitest';
import { declaredCycle } from '../setup/declared-cycle.ts';
import { PRODUCTS } from '../setup/targets.ts';

// References by what source files know of a row: `by`, `fold`, `make`, `orphans`.

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

const customers = {
  files: 'customers.json',
  key: 'id',
  columns: { id: 'text', email: { type: 'text', unique: true }, number: 'integer' },
};

const orders = {
  files: 'orders.json',
  key: 'id',
  columns: {
    id: 'integer',
    customer: { from: '/email', references: 'customers.id', by: 'email' },
    second: { from: '/number', references: 'customers.id', by: 'number' },
  },
};

/** The cycle on both databases, which must come to the same. */
async function onBoth(
  datasets: Record<string, unknown>,
  files: Record<string, unknown>,
  options: Omit<Parameters<typeof declaredCycle>[2], 'product'> = {},
): Promise<void> {
  const digests = new Set<string>();
  for (const product of PRODUCTS) {
    const { digest } = await declaredCycle({ datasets }, files as never, { product, ...options });
    digests.add(digest);
  }
  expect(digests.size).toBe(1);
}

test('a member names a row by a unique column of it, of any type', async () => {
  const people = HOSTILE.filter((name) => name !== '').map((email, number) => ({ id: `c${number}`, email, number }));
  await onBoth(
    { customers, orders },
    {
      'customers.json': people,
      'orders.json': [
        ...people.map(({ email }, id) => ({ id, email, number: id })),
        { id: 98 },
        { id: 99, email: 'nobody' },
        { id: 100, number: 77 },
      ],
    },
    {
      rejects: ['orders.json 15 unknown-reference /email', 'orders.json 16 unknown-reference /number'],
      look: async (query) => {
        const rows = await query('SELECT id, customer, second FROM orders ORDER BY id');
        const told = rows.map(({ id, customer, second }) => [Number(id), customer, second]);
        expect(told).toEqual([...people.map(({ id }, index) => [index, id, id]), [98, null, null]]);
      },
    },
  );
});

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
  await onBoth(
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

test('names that differ in case alone are one row with `fold`, and others without', async () => {
  const notes = (column: object) => ({
    notes: {
      files: 'n.json',
      key: 'id',
      columns: { id: 'integer', tag: { references: 'tags.id', by: 'name', make: true, ...column } },
    },
  });
  const names = [
    'Red',
    'RED',
    'red',
    'ÉTÉ',
    'été',
    'Ñu',
    'ñU',
    'ΣΑΣ',
    'σας',
    'İ',
    'i',
    '\u{10400}',
    '\u{10428}',
    'K',
    '\u212a',
  ];
  const files = { 'n.json': names.map((tag, id) => ({ id, tag })) };
  await onBoth(notes({}), files, {
    look: async (query) => expect(await query('SELECT id FROM tags')).toHaveLength(names.length),
  });
  for (const product of PRODUCTS) {
    await declaredCycle({ datasets: notes({ fold: 'case' }) }, files, {
      product,
      look: async (query) => {
        const stored = (await query('SELECT name FROM tags')).map(({ name }) => name);
        expect(stored.toSorted()).toEqual(['Red', 'ÉTÉ', 'Ñu', 'ΣΑΣ', 'σας', 'İ', 'i', '\u{10400}', 'K'].toSorted());
        const linked = await query('SELECT n.id, t.name FROM notes n JOIN tags t ON t.id = n.tag ORDER BY n.id');
        expect(linked.slice(0, 5).map(({ name }) => name)).toEqual(['Red', 'Red', 'Red', 'ÉTÉ', 'ÉTÉ']);
      },
    });
  }
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
  await onBoth(
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

test('rows of one file that name each other by a natural key come in any order', async () => {
  const staff = {
    files: 'staff.json',
    columns: {
      id: 'identity',
      login: { type: 'text', required: true },
      boss: { references: 'staff.id', by: 'login', deferred: true },
    },
    key: 'login',
  };
  const keyed = { ...staff, columns: { ...staff.columns, id: 'text' }, key: 'id' };
  const chain = [{ login: 'c', boss: 'b' }, { login: 'b', boss: 'a' }, { login: 'a' }, { login: 'z', boss: 'nobody' }];
  const cycle = [
    { login: 'x', boss: 'y' },
    { login: 'y', boss: 'x' },
    { login: 'self', boss: 'self' },
  ];
  await onBoth(
    { staff },
    { 'staff.json': [...chain, ...cycle] },
    {
      // What the database numbers itself cannot be known before it is written.
      rejects: [4, 5, 6, 7].map((record) => `staff.json ${record} unknown-reference /boss`),
    },
  );
  await onBoth(
    { staff: keyed },
    { 'staff.json': [...chain, ...cycle].map((each) => ({ id: `id ${each.login}`, ...each })) },
    { rejects: ['staff.json 4 unknown-reference /boss'] },
  );
});

test('orphans are rejected, NULL with a warning, or kept', async () => {
  const targets = { files: 'targets.json', key: 'id', columns: { id: 'text', slug: 'text' } };
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
  await onBoth(refs('reject'), files, {
    rejects: ['refs.json 2 unknown-reference /slug'],
    look: async (query) =>
      expect(await rows(query)).toEqual([
        ['t1', 't1'],
        [null, null],
      ]),
  });
  await onBoth(refs('keep'), files, {
    look: async (query) =>
      expect(await rows(query)).toEqual([
        ['t1', 't1'],
        ['gone', 'gone'],
        [null, null],
      ]),
  });
  await onBoth(refs('set_null'), files, {
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
