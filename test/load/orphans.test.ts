import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { RunSettings } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { forecast, type Loaded, loaded } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';
import { warehouseRegistry } from '../setup/warehouse-registry.ts';

const registry = warehouseRegistry();
const { list: tables } = registry.tables;

const settingsOf = (root: string, to: string, options: Partial<RunSettings> = {}): RunSettings => ({
  ...runSettings({ root, to }),
  registry,
  ...options,
});

async function run(root: string, to: string, options: Partial<RunSettings> = {}): Promise<Loaded> {
  return loaded(await migrate(settingsOf(root, to, options)));
}

/** The run, after its forecast, which must agree with it. */
async function rehearsed(root: string, to: string, options: Partial<RunSettings> = {}): Promise<Loaded> {
  const planned = await run(root, to, { ...options, dryRun: true });
  expect(planned.error).toBeUndefined();
  const real = await run(root, to, options);
  expect(real.error).toBeUndefined();
  expect(forecast(real)).toEqual(forecast(planned));
  return real;
}

const told = ({ rejects }: Loaded) =>
  rejects
    .map(({ path, record, code, pointer }) => `${path} ${record} ${code} ${pointer}`)
    .toSorted((one, other) => (one < other ? -1 : 1));

const digest = (url: string) => digestOf(url, tables, registry.tables);

const stored = async (url: string, table: string, key: string): Promise<readonly unknown[]> => {
  const rows = await queryTarget(url, `SELECT ${key} AS key FROM ${table} ORDER BY 1`);
  return rows.map((row) => row['key']);
};

const files = (content: Readonly<Record<string, readonly unknown[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(content).map(([path, records]) => [path, JSON.stringify(records)]));

const GOOD = files({
  'shelves/all.json': [
    { house: 'a', number: 1 },
    { house: '1', number: 1 },
  ],
  // Children before parents, a row that is its own parent, and two that are each other's.
  'categories/all.json': [
    { id: 'pens', parent: 'tools' },
    { id: 'tools', parent: 'root' },
    { id: 'root', parent: 'root' },
    { id: 'left', parent: 'right' },
    { id: 'right', parent: 'left' },
    { id: 'alone' },
  ],
  'products/all.json': [
    { sku: 'p1', category: 'pens', house: 'a', shelf: 1 },
    { sku: 'p2', category: 'root', house: '1', shelf: 1 },
    { sku: 'p3', house: 'nowhere' },
    { sku: 'p4' },
  ],
  'baskets/all.json': [
    { id: 'b1', lines: ['p1', 'p2', 'p1'], tags: ['gift', 'urgent'] },
    { id: 'b2', note: 'empty', lines: [] },
    { id: 'b3', lines: [null, 'p4'] },
  ],
});

interface Category {
  readonly id: string;
  readonly rank: number;
  readonly parent?: string;
}

/** The ids of all that lead somewhere and have a rank that the database takes. */
function loadable(records: readonly Category[], stored: readonly string[]): readonly string[] {
  let good = records.filter(({ rank }) => rank <= 9);
  const ids = (): Set<string> => new Set([...stored, ...good.map(({ id }) => id)]);
  for (let size = -1; size !== good.length; ) {
    size = good.length;
    const known = ids();
    good = good.filter(({ parent }) => parent === undefined || known.has(parent));
  }
  return [...ids()].toSorted();
}

describe.each(PRODUCTS)('references that %s checks', (product) => {
  test('that lead somewhere are loaded, verified, exported and taken back', async () => {
    const [root, url, other] = [plant(GOOD), await freshUrl(product), await freshUrl(product)];
    const first = await rehearsed(root, url);
    expect([first.exitCode, told(first)]).toEqual([0, []]);
    expect(await stored(url, 'categories', 'id')).toEqual(['alone', 'left', 'pens', 'right', 'root', 'tools']);
    for (const ledger of [false, true])
      expect(await verify(settingsOf(root, url, { ledger }))).toMatchObject({
        exit_code: 0,
        totals: { equal: 15, different: 0, missing: 0, extra: 0, application: 0 },
      });
    const again = await rehearsed(root, url, { reload: true });
    expect(Object.values(again.tables).map(({ inserted, updated }) => inserted + updated)).toEqual(
      Object.values(again.tables).map(() => 0),
    );
    const directory = join(plant(), 'export');
    await exportDatabase({ registry, from: url, directory, dbSchema: 'public', allowPlaintext: true });
    expect(JSON.parse(readFileSync(join(directory, 'baskets/all.json'), 'utf8'))).toHaveLength(3);
    await run(directory, other);
    expect(await digest(other)).toBe(await digest(url));
    const taken = await undo({ ...settingsOf('.', url), run: first.head.run_id, restoreFiles: false });
    expect(taken).toMatchObject({ exit_code: 0, totals: { deleted: 22, kept: 0 } });
    expect(await stored(url, 'categories', 'id')).toEqual([]);
  });

  test('that lead nowhere reject their records and those that refer to these, with the place, and no other', async () => {
    const url = await freshUrl(product);
    const root = plant({
      ...GOOD,
      ...files({
        'categories/more.json': [
          { id: 'grandchild', parent: 'child' },
          { id: 'child', parent: 'orphan' },
          { id: 'fine', parent: 'later' },
          { id: 'orphan', parent: 'nothing' },
          { id: 'later', parent: 'tools' },
          { id: 'of orphan too', parent: 'orphan' },
        ],
        'products/more.json': [
          { sku: 'q1', category: 'child' },
          { sku: 'q2', category: 'fine', house: 'a', shelf: 2 },
          { sku: 'q3', category: 'later', house: 'a', shelf: 1 },
          { sku: 'q4', category: 'nothing', house: 'x', shelf: 1 },
        ],
        'baskets/more.json': [
          { id: 'c1', lines: ['p1', 'q1'] },
          { id: 'c2', lines: ['q3'] },
          { id: 'c3', lines: [null, 'p1', 'nothing'] },
        ],
      }),
    });
    const first = await rehearsed(root, url);
    expect(first.exitCode).toBe(1);
    expect(told(first)).toEqual([
      'baskets/more.json 1 unknown-reference /lines/1',
      'baskets/more.json 3 unknown-reference /lines/2',
      'categories/more.json 1 unknown-reference /parent',
      'categories/more.json 2 unknown-reference /parent',
      'categories/more.json 4 unknown-reference /parent',
      'categories/more.json 6 unknown-reference /parent',
      'products/more.json 1 unknown-reference /category',
      'products/more.json 2 unknown-reference /house',
      'products/more.json 4 unknown-reference /category',
    ]);
    expect(first.rejects[0]?.message).toMatch(/^neither a file nor the database has the row of /);
    expect(await stored(url, 'products', 'sku')).toEqual(['p1', 'p2', 'p3', 'p4', 'q3']);
    expect(await stored(url, 'baskets', 'id')).toEqual(['b1', 'b2', 'b3', 'c2']);
    // The loader rejected them, so that none is missing.
    expect(await verify(settingsOf(root, url))).toMatchObject({
      exit_code: 0,
      records: { read: 28, rejected: 9 },
      totals: { equal: 19, different: 0, missing: 0, extra: 0, application: 0 },
    });
    expect((await verify(settingsOf(root, url, { ledger: true }))).exit_code).toBe(0);
    // What was missing comes, and those that waited for it.
    grow(root, files({ 'categories/last.json': [{ id: 'nothing' }] }));
    const second = await rehearsed(root, url);
    expect(told(second)).toEqual([
      'baskets/more.json 3 unknown-reference /lines/2',
      'products/more.json 2 unknown-reference /house',
      'products/more.json 4 unknown-reference /house',
    ]);
    expect(await stored(url, 'products', 'sku')).toEqual(['p1', 'p2', 'p3', 'p4', 'q1', 'q3']);
  });

  test('a row that is gone with the one that it referred to is missing, not rejected', async () => {
    const [root, url] = [plant(GOOD), await freshUrl(product)];
    await run(root, url);
    await queryTarget(url, "DELETE FROM basket_lines WHERE basket = 'b3'", "DELETE FROM products WHERE sku = 'p4'");
    await queryTarget(url, "DELETE FROM baskets WHERE id = 'b3'");
    expect(await verify(settingsOf(root, url))).toMatchObject({ totals: { missing: 2 }, records: { rejected: 0 } });
  });

  test('a parent that the database refuses takes its children along, each told as what it is', async () => {
    const url = await freshUrl(product);
    const root = plant(
      files({
        'categories/all.json': [
          { id: 'c', parent: 'b' },
          { id: 'b', parent: 'a' },
          { id: 'a', parent: 'root', rank: 10 },
          { id: 'root' },
          { id: 'd', parent: 'root' },
          { id: 'e', parent: 'd' },
          { id: 'one', parent: 'two', rank: 11 },
          { id: 'two', parent: 'one' },
        ],
      }),
    );
    const first = await rehearsed(root, url);
    expect(told(first)).toEqual([
      'categories/all.json 1 unknown-reference /parent',
      'categories/all.json 2 unknown-reference /parent',
      'categories/all.json 3 database-refused ',
      'categories/all.json 7 database-refused ',
      'categories/all.json 8 database-refused ',
    ]);
    expect(await stored(url, 'categories', 'id')).toEqual(['d', 'e', 'root']);
  });

  test('with --strict nothing of a file with an orphan is loaded, nor of those that refer to it', async () => {
    const url = await freshUrl(product);
    const root = plant(
      files({
        'categories/a.json': [{ id: 'x', parent: 'nothing' }, { id: 'y' }],
        'categories/b.json': [{ id: 'z' }, { id: 'of y', parent: 'y' }],
        'categories/c.json': [{ id: 'fine' }],
      }),
    );
    const first = await rehearsed(root, url, { strict: true });
    expect(await stored(url, 'categories', 'id')).toEqual(['fine']);
    expect(told(first).filter((each) => each.includes('unknown-reference'))).toEqual([
      'categories/a.json 1 unknown-reference /parent',
      'categories/b.json 2 unknown-reference /parent',
    ]);
  });

  test('with --strict files whose records refer to each other are loaded or rejected together', async () => {
    const url = await freshUrl(product);
    const root = plant(
      files({
        'categories/a.json': [{ id: 'x', parent: 'y' }],
        'categories/b.json': [{ id: 'y', parent: 'x' }, { id: 'w' }],
        'categories/c.json': [
          { id: 'of x', parent: 'x' },
          { id: 'v', parent: 'u' },
        ],
        'categories/d.json': [
          { id: 'u', parent: 'v' },
          { id: 'of z', parent: 'z' },
        ],
        'categories/e.json': [{ id: 'z', rank: 10 }],
      }),
    );
    const first = await rehearsed(root, url, { strict: true });
    expect(await stored(url, 'categories', 'id')).toEqual(['w', 'x', 'y']);
    expect(first.head.totals).toMatchObject({ records_read: 8, records_loaded: 3, records_rejected: 5 });
  });

  test('are looked up where a table of the application does not check them', async () => {
    const url = await freshUrl(product);
    await queryTarget(
      url,
      'CREATE TABLE categories (id text NOT NULL PRIMARY KEY, parent text, rank bigint)',
      'CREATE TABLE products (sku text NOT NULL PRIMARY KEY, category text, house text, shelf bigint)',
    );
    const root = plant(
      files({
        'categories/all.json': [{ id: 'a', parent: 'b' }, { id: 'b' }, { id: 'c', parent: 'nothing' }],
        'products/all.json': [
          { sku: 'p', category: 'a' },
          { sku: 'q', category: 'c' },
          { sku: 'r', house: 'h', shelf: 1 },
        ],
      }),
    );
    const first = await rehearsed(root, url);
    expect(told(first)).toEqual([
      'categories/all.json 3 unknown-reference /parent',
      'products/all.json 2 unknown-reference /category',
      'products/all.json 3 unknown-reference /house',
    ]);
    expect(await stored(url, 'products', 'sku')).toEqual(['p']);
  });

  test('a record that changes keeps its child rows that have nothing but a key, and gets its former state back', async () => {
    const url = await freshUrl(product);
    const root = plant(GOOD);
    await run(root, url);
    const before = await digest(url);
    const changed = [{ id: 'b1', note: 'changed', lines: ['p1', 'p2', 'p4'], tags: ['gift', 'urgent', 'last'] }];
    grow(root, files({ 'baskets/all.json': changed }));
    const second = await rehearsed(root, url);
    expect(second.tables).toMatchObject({
      baskets: { updated: 1 },
      basket_lines: { updated: 1, unchanged: 2 },
      basket_tags: { inserted: 1, unchanged: 2 },
    });
    const taken = await undo({ ...settingsOf('.', url), run: second.head.run_id, restoreFiles: false });
    expect(taken).toMatchObject({ exit_code: 0, totals: { restored: 1, kept: 0 } });
    expect(await digest(url)).toBe(before);
  });

  test.each([
    ['', 4, {}],
    [' with --strict', 12, { strict: true }],
  ])(
    'whatever refers to whatever%s, a run does what was forecast and leaves no orphan',
    async (_title, parts, options) => {
      const { seed, next } = random();
      const below = (end: number): number => Math.floor(next() * end);
      for (let round = 0; round < 8; round++) {
        const url = await freshUrl(product);
        const count = 2 + below(25);
        const records = Array.from({ length: count }, (_, n): Category => {
          const parents = [{}, { parent: `n${below(count + 2)}` }, { parent: `n${below(count)}` }, { parent: `n${n}` }];
          return { id: `n${n}`, rank: below(12), ...parents[below(parents.length)] };
        });
        const context = `seed ${seed}, round ${round}: ${JSON.stringify(records)}`;
        const written = (at: number): readonly Category[] => records.filter((_, n) => n % parts === at);
        // The last file repeats the records of the first.
        const content = Array.from({ length: parts }, (_, at) => [
          ...written(at),
          ...(at === parts - 1 ? written(0) : []),
        ]);
        const path = (at: number): string => `categories/${String(at).padStart(2, '0')}.json`;
        const root = plant();
        let kept: readonly string[] = [];
        let before = 0;
        for (const from of [0, parts / 2]) {
          const more = content.slice(from, from + parts / 2);
          grow(root, files(Object.fromEntries(more.map((list, at) => [path(from + at), list]))));
          const planned = await run(root, url, { ...options, dryRun: true });
          const real = await run(root, url, options);
          expect([planned.error, real.error], context).toEqual([undefined, undefined]);
          expect(forecast(real), context).toEqual(forecast(planned));
          const ids = await stored(url, 'categories', 'id');
          expect(real.tables['categories']?.inserted ?? 0, context).toBe(ids.length - before);
          before = ids.length;
          const rows = records.filter(({ id }) => ids.includes(id));
          expect(ids, context).toHaveLength(rows.length);
          for (const { parent, rank } of rows)
            expect(rank <= 9 && (parent === undefined || ids.includes(parent)), context).toBe(true);
          kept = loadable(content.slice(0, from + parts / 2).flat(), kept);
          if (!('strict' in options)) expect(ids, context).toEqual(kept);
        }
      }
    },
  );

  test('of a record that changes are looked at as well', async () => {
    const url = await freshUrl(product);
    const root = plant(GOOD);
    await run(root, url);
    grow(
      root,
      files({
        'categories/all.json': [
          { id: 'pens', parent: 'nothing' },
          { id: 'tools', parent: 'alone' },
        ],
      }),
    );
    const second = await rehearsed(root, url);
    expect(told(second)).toEqual(['categories/all.json 1 unknown-reference /parent']);
    expect(
      await queryTarget(url, "SELECT id, parent FROM categories WHERE id IN ('pens', 'tools') ORDER BY id"),
    ).toEqual([
      { id: 'pens', parent: 'tools' },
      { id: 'tools', parent: 'alone' },
    ]);
  });
});

test('records that refer to others are the same rows on both databases', async () => {
  const digests: string[] = [];
  for (const product of PRODUCTS) {
    const url = await freshUrl(product);
    await run(plant(GOOD), url);
    digests.push(await digest(url));
  }
  expect(digests[0]).toBe(digests[1]);
});
