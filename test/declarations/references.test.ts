import { expect, onTestFinished, test } from 'vitest';
import { cycleOnBoth, declaredCycle } from '../setup/declared-cycle.ts';
import { HOSTILE_NAMES } from '../setup/hostile-strings.ts';
import { forecast, load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// References by what source files know of a row: `by`, `fold`.

const customers = {
  files: 'customers.json',
  key: 'id',
  columns: { id: 'text', email: { type: 'text', unique: true }, number: { type: 'integer', unique: true } },
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

test('a member names a row by a unique column of it, of any type', async () => {
  const people = HOSTILE_NAMES.filter((name) => name !== '').map((email, number) => ({
    id: `c${number}`,
    email,
    number,
  }));
  await cycleOnBoth(
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
  await cycleOnBoth(notes({}), files, {
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

test('rows of one file that name each other by a natural key come in any order', async () => {
  const staff = {
    files: 'staff.json',
    columns: {
      id: 'identity',
      login: { type: 'text', required: true, unique: true },
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
  await cycleOnBoth(
    { staff },
    { 'staff.json': [...chain, ...cycle] },
    {
      // What the database numbers itself cannot be known before it is written.
      rejects: [4, 5, 6, 7].map((record) => `staff.json ${record} unknown-reference /boss`),
    },
  );
  await cycleOnBoth(
    { staff: keyed },
    { 'staff.json': [...chain, ...cycle].map((each) => ({ id: `id ${each.login}`, ...each })) },
    { rejects: ['staff.json 4 unknown-reference /boss'] },
  );
});

test('a reference that several rows answer is told as such, and files of a later run are as those of the first', async () => {
  const people = {
    files: 'people.json',
    key: 'id',
    columns: { id: 'integer', name: { type: 'text', unique: true } },
  };
  const notes = {
    files: 'notes/*.json',
    key: ['author', 'at'],
    duplicates: { latest: 'version' },
    columns: {
      author: { references: 'people.id', by: 'name', fold: 'case' },
      at: 'date',
      version: 'integer',
    },
  };
  for (const product of PRODUCTS) {
    const { url, drop } = await freshTarget(product);
    onTestFinished(() => drop());
    const root = plant({
      'people.json': [
        { id: 1, name: 'Ann' },
        { id: 2, name: 'Bob' },
        { id: 3, name: 'BOB' },
      ],
      'notes/a.json': [
        { author: 'ann', at: '2020-01-01', version: 1 },
        { author: 'ann', at: '2020-01-01', version: 3 },
        { author: 'ann', at: '2020-01-01', version: 2 },
        { author: 'bob', at: '2020-01-01', version: 1 },
      ],
    });
    const datasets = { people, notes };
    const first = await load(root, url, { datasets });
    expect(first.rejects.map(({ record, code, pointer }) => `${record} ${code} ${pointer}`)).toEqual([
      '4 ambiguous-reference /author',
    ]);
    grow(root, {
      'notes/b.json': [
        { author: 'ANN', at: '2020-01-01', version: 4 },
        { author: 'Ann', at: '2020-01-02' },
      ],
    });
    const planned = await load(root, url, { datasets, dryRun: true });
    const second = await load(root, url, { datasets });
    expect(forecast(second)).toEqual(forecast(planned));
    const rows = await queryTarget(url, 'SELECT author, version FROM notes ORDER BY at');
    expect(rows.map(({ author, version }) => [Number(author), version && Number(version)])).toEqual([
      [1, expect.any(Number)],
      [1, null],
    ]);
  }
});
