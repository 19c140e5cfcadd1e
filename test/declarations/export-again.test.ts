import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { exportDeclared, loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { PRODUCTS, type Product } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

// An export that is loaded over the rows that it was made of: no row is new, and none changes.

async function expectSame(declaration: Partial<GivenDeclarations>, files: Tree, product: Product, exitCode = 0) {
  const first = await loadDeclared(declaration, files, product);
  expect(first.exitCode).toBe(exitCode);
  const back = await exportDeclared(first.url, declaration);
  const again = await load(back, first.url, { ...declaration, reload: true });
  expect({ exitCode: again.exitCode, rejects: again.rejects }).toEqual({ exitCode: 0, rejects: [] });
  for (const [table, { inserted, updated }] of Object.entries(again.tables))
    expect({ table, inserted, updated }).toEqual({ table, inserted: 0, updated: 0 });
  const checked = await verify(runSettings({ root: back, to: first.url, ...declaration, workers: 1 }));
  expect({ code: checked.exit_code, totals: checked.totals }).toMatchObject({ code: 0, totals: { different: 0 } });
  return { ...first, back };
}

test.each(PRODUCTS)('records without a key that are spelled otherwise keep their rows, in %s', async (product) => {
  const datasets = {
    sales: {
      files: 'sales/<day>.json',
      columns: {
        day: { from: '$day' },
        price: { from: ['/price', '/cost'], type: 'decimal(12,2)', number: { unit: '€', group: '.', decimal: ',' } },
        at: 'timestamp',
        note: 'text',
      },
    },
  };
  const sales = [
    { price: '€ 1.200', at: '2024-01-05T09:30:00Z' },
    { price: '€ 1.200', at: '2024-01-05T09:30:00Z' },
    { price: 1200, at: '2024-01-05T09:30:00.000000Z' },
    { cost: '7,50', note: null, more: { a: [1] } },
    { price: 3 },
  ];
  const { exported, query } = await expectSame(
    { datasets },
    { 'sales/a%2Fb.json': sales, 'sales/c.json': [] },
    product,
  );
  expect(Number((await query('SELECT count(*) AS n FROM sales'))[0]?.['n'])).toBe(5);
  const written: Record<string, unknown>[] = JSON.parse(await exported('sales/a%2Fb.json'));
  const told = written.filter((record) => '$record_key' in record);
  expect(told.length, 'what is written as it was read needs no more').toBe(3);
  expect(written.filter((record) => record['price'] === 3)).toEqual([{ price: 3 }]);
});

test.each(PRODUCTS)('a corrected record of an export changes its row, in %s', async (product) => {
  const datasets = { sales: { files: 'sales.json', columns: { at: 'timestamp', n: 'integer' } } };
  const { url, exported, query } = await loadDeclared(
    { datasets },
    { 'sales.json': [{ at: '2024-01-05T09:30:00Z', n: 1 }] },
    product,
  );
  const [record] = JSON.parse(await exported('sales.json'));
  const again = await load(plant({ 'sales.json': [{ ...record, n: 2 }] }), url, { datasets });
  expect(again.tables).toMatchObject({ sales: { inserted: 0, updated: 1 } });
  expect((await query('SELECT n FROM sales')).map(({ n }) => Number(n))).toEqual([2]);
});

test('a member of that name which is no key stays a member, and a key is none of a dataset with a key', async () => {
  const columns = { id: 'integer' };
  const datasets = { a: { files: 'a.json', columns }, b: { files: 'b.json', key: 'id', columns } };
  const key = 'f'.repeat(64);
  const { query, exitCode } = await loadDeclared(
    { datasets },
    { 'a.json': [{ id: 1, $record_key: 'x', $position: 7 }], 'b.json': [{ id: 2, $record_key: key }] },
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(String((await query('SELECT extra FROM a'))[0]?.['extra']))).toEqual({
    $record_key: 'x',
    $position: 7,
  });
  expect(JSON.parse(String((await query('SELECT extra FROM b'))[0]?.['extra']))).toEqual({ $record_key: key });
});

test('a record that is no object cannot say which row it is: export names it', async () => {
  const datasets = {
    prices: { files: 'prices.json', columns: { price: { from: '$value', type: 'real', trim: true } } },
  };
  const { url } = await loadDeclared({ datasets }, { 'prices.json': [' 1.5', 2] });
  const { registry } = runSettings({ root: '.', datasets });
  const out = { registry, from: url, directory: `${plant()}/x`, dbSchema: 'public', allowPlaintext: false };
  expect(await exportDatabase(out)).toMatchObject({ datasets: { prices: 2 }, not_known_again: { prices: 1 } });
});

test.each(PRODUCTS)('positions are those of the source, and come back, in %s', async (product) => {
  const position = { from: '$position', type: 'integer' };
  const datasets = {
    pages: {
      files: 'book.json',
      records: '/pages/<name>',
      key: 'position',
      columns: { position, name: { from: '$name' }, words: { type: 'integer', required: true } },
      children: {
        notes: { records: '/notes/<id>', columns: { position, id: { from: '$id' }, text: 'text' } },
        marks: {
          records: '/marks/<mark>',
          columns: { position, mark: { from: '$mark' }, at: { from: '$value', type: 'integer' } },
        },
        lines: { records: '/lines/<year>/*', columns: { position, year: { from: '$year' }, text: 'text' } },
      },
    },
    steps: { files: 'steps.jsonl', key: 'position', columns: { position, text: { type: 'text', required: true } } },
  };
  const files = {
    'book.json': `{"pages": {
      "z": {"words": 1, "notes": {"2": {"text": "a"}, "x": {"text": "b"}, "1": {"text": "c"}, "10": {"text": "d"}},
            "marks": {"9": 5, "b": 6, "3": 7}, "lines": {"2": [{"text": "e"}], "1": [{"text": "f"}, {"text": "g"}]}},
      "10": {"words": "many"}, "2": {"words": 2}, "a": {"words": 3}}}`,
    'steps.jsonl': '{"text":"a"}\n{}\n{"text":"c"}\n',
  };
  const { query, back } = await expectSame({ datasets }, files, product, 1);
  const positions = async (statement: string) =>
    (await query(statement)).map(({ position: at, name }) => [Number(at), name]);
  const pages = [
    [0, 'z'],
    [2, '2'],
    [3, 'a'],
  ];
  expect(await positions('SELECT position, name FROM pages ORDER BY position')).toEqual(pages);
  const notes = [
    [0, '2'],
    [1, 'x'],
    [2, '1'],
    [3, '10'],
  ];
  expect(await positions('SELECT position, id AS name FROM notes ORDER BY position')).toEqual(notes);
  const marks = [
    [0, '9'],
    [1, 'b'],
    [2, '3'],
  ];
  expect(await positions('SELECT position, mark AS name FROM marks ORDER BY position')).toEqual(marks);
  const fresh = await loadDeclared({ datasets }, {}, product);
  expect((await load(back, fresh.url, { datasets })).exitCode).toBe(0);
  const there = await fresh.query('SELECT position, name FROM pages ORDER BY position');
  expect(there.map(({ position: at, name }) => [Number(at), name])).toEqual(pages);
});

test.each(PRODUCTS)(
  'a time that counts by position is written where the place does not give it, in %s',
  async (product) => {
    const datasets = {
      items: {
        files: 'items.json',
        key: 'id',
        columns: {
          id: 'text',
          day: 'timestamp',
          at: { from: '/at', type: 'timestamp', derive: 'day', plus: '$position' },
        },
      },
    };
    const day = '2024-01-05T09:30:00Z';
    await expectSame(
      { datasets },
      {
        'items.json': [
          { id: 'b', day },
          { id: 'a', day, at: day },
          { id: 'c', day },
        ],
      },
      product,
    );
  },
);

const NAMES = [
  'a%2Fb',
  'a%252Fb',
  'a%20b',
  '50%',
  '100%25',
  '%41',
  '%',
  'x'.repeat(230),
  '.hidden',
  'node_modules',
  'a~2',
];

test.each(PRODUCTS)('names of files and folders come back as they were, in %s', async (product) => {
  const datasets = {
    docs: {
      files: 'docs/<folder>/<name>.json',
      key: ['folder', 'name'],
      columns: { folder: { from: '$folder' }, name: { from: '$name' }, n: 'integer' },
    },
    stems: { files: 'stems/*.json', key: 'stem', columns: { stem: { from: '$file.stem' }, n: 'integer' } },
  };
  const names = NAMES.filter((name) => !name.startsWith('.') && name !== 'node_modules');
  const files = Object.fromEntries(
    names.flatMap((name, n) => [
      [`docs/${name}/x.json`, { n }],
      [`docs/y/${name}.json`, { n }],
      [`stems/${name}.json`, { n }],
    ]),
  );
  const { query, back } = await expectSame({ datasets }, files, product);
  const stored = (await query('SELECT name FROM docs')).map(({ name }) => name);
  expect(stored).toContain('a%20b');
  expect(stored).toContain('a/b');
  expect(readdirSync(`${back}/docs/y`).length).toBe(names.length);
});

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  at: ['"2024-01-05T09:30:00Z"', '"2024-01-05 10:30:00+01:00"', '"2024-01-05T09:30:00.000000Z"', 'null'],
  price: ['"€ 1.200"', '1200', '1200.0', '1.2e3', '"7,5"', '12345678.25'],
  cost: ['3', '"3"'],
  tags: ['["b","a"]', '[]', '["a","a"]', 'null'],
  parts: ['[{"n":1},{"n":2}]', '{"10":1}', '[]', '[{"n":1,"$position":7}]'],
  more: ['1.10', '12345678901234567890', '{"a":[1,{"b":null}]}', '"\\u00fc"', '"ü"', '{}'],
};

test.each(PRODUCTS)('whatever records without a key say, their export is theirs, in %s', async (product) => {
  const datasets = {
    sales: {
      files: 'sales/<shop>.json',
      records: '/<day>/*',
      columns: {
        shop: { from: '$shop' },
        day: { from: '$day' },
        place: { from: '$position', type: 'integer' },
        at: 'timestamp',
        price: { from: ['/price', '/cost'], type: 'decimal(12,2)', number: { unit: '€', group: '.', decimal: ',' } },
      },
      children: {
        tags: {
          records: '/tags/*',
          columns: { position: { from: '$position', type: 'integer' }, tag: { from: '$value' } },
        },
        parts: { records: '/parts/*', columns: { position: { from: '$position', type: 'integer' }, n: 'integer' } },
      },
    },
  };
  for (const seed of [1, 2, 3]) {
    const { next } = random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const record = (): string => {
      const members = Object.entries(SPELLINGS).filter(() => next() < 0.6);
      return `{${members.map(([name, spellings]) => `"${name}":${pick(spellings)}`).join(',')}}`;
    };
    const lists = ['10', '2', 'x/y', '50%'].map((day) => `"${day}":[${Array.from({ length: 12 }, record).join(',')}]`);
    const first = await loadDeclared({ datasets }, { 'sales/a%2Fb.json': `{${lists.join(',')}}` }, product);
    expect(
      first.rejects.every(({ code }) => code === 'wrong-type'),
      `seed ${seed}`,
    ).toBe(true);
    const back = await exportDeclared(first.url, { datasets });
    const again = await load(back, first.url, { datasets, reload: true });
    expect({ code: again.exitCode, rejects: again.rejects }, `seed ${seed}`).toEqual({ code: 0, rejects: [] });
    for (const [table, { inserted, updated }] of Object.entries(again.tables))
      expect({ inserted, updated }, `seed ${seed}: ${table}`).toEqual({ inserted: 0, updated: 0 });
  }
});

test.each(PRODUCTS)('names that say a value are written so that they say it again, from %s', async (product) => {
  const euros = { type: 'decimal(8,2)', number: { unit: '€', group: '.', decimal: ',' } } as const;
  const local = { type: 'timestamp', zone: 'Europe/Berlin' } as const;
  const datasets = {
    shifts: {
      files: 'shifts/<at>.<ms>.<open>.json',
      key: ['at', 'id'],
      columns: {
        at: { from: '$at', ...local, format: 'yyyy-MM-dd HH-mm' },
        ms: { from: '$ms', type: 'timestamp', epoch: 'ms' },
        open: { from: '$open', type: 'boolean', words: { true: ['offen', 'auf'], false: ['zu'] } },
        id: 'integer',
      },
    },
    readings: {
      files: 'readings.json',
      records: '/<at>',
      key: 'at',
      columns: { at: { from: '$at', ...local }, spelled: { from: '$at' }, v: 'integer' },
      children: {
        prices: { records: '/prices/<price>', columns: { price: { from: '$price', ...euros }, n: 'integer' } },
      },
    },
    empty: { files: 'empty.json', records: '/<name>', key: 'name', columns: { name: { from: '$name' }, n: 'integer' } },
  };
  const { back, query } = await expectSame(
    { datasets },
    {
      'shifts/2024-07-12 10-30.1720773000000.auf.json': [{ id: 1 }],
      'shifts/2024-01-12 10-30.1720773000500.zu.json': [{ id: 1 }],
      'readings.json': { '2024-07-12 10:30:00': { v: 1, prices: { '€ 1.234,50': { n: 1 }, '0,5': { n: 2 } } } },
      'empty.json': { a: { n: 1 }, '': { n: 4 } },
    },
    product,
  );
  expect((await query('SELECT at FROM shifts')).length).toBe(2);
  expect((await query('SELECT price FROM prices')).map(({ price }) => Number(price)).toSorted()).toEqual([0.5, 1234.5]);
  expect(JSON.parse(readFileSync(join(back, 'empty.json'), 'utf8'))).toEqual({ a: { n: 1 }, '': { n: 4 } });
});
