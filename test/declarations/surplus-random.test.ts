import { describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// Random records that lose, get and change elements, and an application that adds rows between two loads.

const SEEDS = Number(process.env['MIGRATE_JSON_SURPLUS'] ?? 6);

const position = { from: '$position', type: 'integer' } as const;
const DECLARATION = {
  datasets: {
    orders: {
      files: '*.json',
      key: 'id',
      surplus: 'delete',
      columns: { id: 'integer', note: 'text' },
      children: {
        items: {
          records: '/items/*',
          columns: { position, sku: 'text' },
          children: {
            options: { records: '/options/<name>', columns: { name: { from: '$name' }, value: { from: '$value' } } },
          },
        },
        tags: { records: '/tags/*', order: 'none', key: ['order_id', 'tag'], columns: { tag: { from: '$value' } } },
      },
    },
  },
} as const;

type Next = () => number;
const below = (next: Next, limit: number): number => Math.floor(next() * limit);
const some = <T>(next: Next, most: number, make: () => T): T[] => Array.from({ length: below(next, most + 1) }, make);
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

interface Order {
  readonly id: number;
  readonly note: string;
  readonly items: readonly { readonly sku: string; readonly options: Readonly<Record<string, string>> }[];
  readonly tags: readonly string[];
}

function order(next: Next, id: number): Order {
  const letter = (): string => 'abcdef'[below(next, 6)] as string;
  return {
    id,
    note: letter(),
    items: some(next, 4, () => ({
      sku: letter(),
      options: Object.fromEntries(some(next, 2, () => [letter(), letter()])),
    })),
    tags: unique(some(next, 4, letter)),
  };
}

/** Rows as text, by table. */
function rowsOf(orders: readonly Order[]): Record<string, string[]> {
  return {
    items: orders.flatMap(({ id, items }) => items.map(({ sku }, at) => `${id} ${at} ${sku}`)),
    options: orders.flatMap(({ id, items }) =>
      items.flatMap(({ options }, at) =>
        Object.entries(options).map(([name, value]) => `${id} ${at} ${name} ${value}`),
      ),
    ),
    tags: orders.flatMap(({ id, tags }) => tags.map((tag) => `${id} ${tag}`)),
  };
}

async function storedIn(url: string): Promise<Record<string, string[]>> {
  const lists = {
    items: await queryTarget(url, 'SELECT order_id, position, sku FROM items'),
    options: await queryTarget(url, 'SELECT order_id, item_position, name, value FROM options'),
    tags: await queryTarget(url, 'SELECT order_id, tag FROM tags'),
  };
  return Object.fromEntries(
    Object.entries(lists).map(([name, rows]) => [
      name,
      rows.map((row) => Object.values(row).map(String).join(' ')).sort(),
    ]),
  );
}

const sorted = (rows: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, list.toSorted()]));

describe.each(PRODUCTS)('elements that random records lose, in %s', (product) => {
  test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('seed %i', async (seed) => {
    const { next } = random(seed);
    const url = await freshUrl(product);
    const ids = Array.from({ length: 12 }, (_, index) => index + 1);
    const first = ids.map((id) => order(next, id));
    const root = plant({ 'a.json': first.slice(0, 6), 'b.json': first.slice(6) });
    const run = (options: object = {}): Promise<Loaded> => load(root, url, { ...DECLARATION, ...options });
    await run();
    // Rows of the application: behind all that a record may have, so that they stay whatever comes.
    const own = unique(some(next, 6, () => 1 + below(next, 12)));
    for (const id of own)
      await queryTarget(url, `INSERT INTO items (order_id, position, sku) VALUES (${id}, 90, 'own')`);
    for (const id of own) await queryTarget(url, `INSERT INTO tags (order_id, tag) VALUES (${id}, 'own')`);
    const withOwn = (rows: Record<string, string[]>) => ({
      ...rows,
      items: [...(rows['items'] ?? []), ...own.map((id) => `${id} 90 own`)],
      tags: [...(rows['tags'] ?? []), ...own.map((id) => `${id} own`)],
    });
    expect(await storedIn(url)).toEqual(sorted(withOwn(rowsOf(first))));
    const second = first.map((each) =>
      next() < 0.3 ? each : { ...order(next, each.id), ...(next() < 0.5 && { note: each.note }) },
    );
    grow(root, { 'a.json': second.slice(0, 6), 'b.json': second.slice(6) });
    const trial = await run({ dryRun: true });
    const changed = await run();
    expect({ code: changed.exitCode, rejects: changed.rejects }).toEqual({ code: 0, rejects: [] });
    expect(forecast(trial)).toEqual(forecast(changed));
    expect(await storedIn(url), 'exactly what the records have, and what the application added').toEqual(
      sorted(withOwn(rowsOf(second))),
    );
    const ledger = await verify(runSettings({ root, to: url, ledger: true, workers: 1, ...DECLARATION }));
    expect(ledger.exit_code).toBe(0);
    expect((await run({ reload: true })).tables).toMatchObject({ items: { deleted: 0, updated: 0, inserted: 0 } });
    const last = await undo({ ...runSettings({ root, to: url, ...DECLARATION }), run: changed.head.run_id });
    expect(last).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
    expect(await storedIn(url), 'as before').toEqual(sorted(withOwn(rowsOf(first))));
  });
});
