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
import { shopRegistry } from '../setup/shop-registry.ts';
import { digestOf, freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const registry = shopRegistry();
const { list: tables } = registry.tables;

const item = (sku: string, quantity: number, ...percents: number[]) => ({
  sku,
  quantity,
  price: `${quantity}.${'1234567891'.slice(0, 1 + (quantity % 10))}`,
  discounts: percents.map((percent, index) => ({ code: `D${index}`, percent })),
});

const ORDERS = [
  {
    number: 'a-1',
    buyer: 'ann',
    total: 12.5,
    changed_at: '2024-01-01 00:00:00.000000',
    colour: 'red',
    items: [item('pen', 2, 5, 10), item('ink', 1), item('nib', 12, 2.5)],
    notes: { Z: 'first in bytes', a: 'second', gift: 'wrap it' },
  },
  { number: 'a-2', buyer: 'bob', total: 1, items: [], notes: {} },
  { number: 'a-3', buyer: 'ann', items: Array.from({ length: 12 }, (_, n) => item(`s${n}`, 1, n)), notes: { x: 'y' } },
];

const RECEIPTS = [
  { till: 2, number: 10, printed_at: '07:05:00.000000', sum: 3, lines: ['pen', 'ink'] },
  { till: 10, number: 2, printed_at: '23:59:59.999999', sum: 4.25, lines: [] },
  { till: 2, number: 9, lines: ['nib'] },
];

const FIRST = { 'orders/2024.json': JSON.stringify(ORDERS), 'receipts/tills.json': JSON.stringify(RECEIPTS) };

/** Of the first order an item changes, one comes, a discount comes, and a note goes. */
const CHANGED = {
  ...FIRST,
  'orders/2024.json': JSON.stringify([
    {
      ...ORDERS[0],
      changed_at: '2024-02-01 00:00:00.000000',
      items: [item('pen', 3, 5, 10, 15), item('ink', 1), item('nib', 12, 2.5), item('cap', 1, 50)],
      notes: { Z: 'first in bytes', a: 'second' },
    },
    ...ORDERS.slice(1),
  ]),
};

function settingsOf(root: string, to: string, options: Partial<RunSettings> = {}): RunSettings {
  return { ...runSettings({ root, to }), registry, ...options };
}

async function run(root: string, to: string, options: Partial<RunSettings> = {}): Promise<Loaded> {
  return loaded(await migrate(settingsOf(root, to, options)));
}

const digest = (url: string) => digestOf(url, tables, registry.tables);

async function countRows(url: string): Promise<number> {
  const counts = tables.map(({ name }) => `(SELECT count(*) FROM ${name})`);
  const [row] = await queryTarget(url, `SELECT ${counts.join(' + ')} AS n`);
  return Number(row?.['n']);
}

describe.each(PRODUCTS)('several child tables, and children of children, on %s', (product) => {
  test('are loaded as a dry run forecasts, and loading them again changes nothing', async () => {
    const [root, url] = [plant(FIRST), await freshUrl(product)];
    const planned = await run(root, url, { dryRun: true });
    const first = await run(root, url);
    expect([first.error, first.exitCode, first.rejects]).toEqual([undefined, 0, []]);
    expect(forecast(first)).toEqual(forecast(planned));
    expect(first.head.options).not.toHaveProperty('registry');
    const inserted = Object.fromEntries(Object.entries(first.tables).map(([name, rows]) => [name, rows.inserted]));
    expect(inserted).toEqual({
      customers: 2,
      orders: 3,
      order_items: 15,
      item_discounts: 15,
      order_notes: 4,
      receipts: 3,
      receipt_lines: 3,
    });
    const before = await digest(url);
    const again = await run(root, url, { reload: true });
    expect(Object.values(again.tables).map(({ inserted: more, updated }) => more + updated)).toEqual(
      Object.values(again.tables).map(() => 0),
    );
    expect(Object.values(again.tables).reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(43);
    expect(await digest(url)).toBe(before);
  });

  test('are changed row by row', async () => {
    const url = await freshUrl(product);
    await run(plant(FIRST), url);
    const root = plant(CHANGED);
    const planned = await run(root, url, { dryRun: true });
    const changed = await run(root, url);
    expect(forecast(changed)).toEqual(forecast(planned));
    expect(changed.tables).toMatchObject({
      orders: { inserted: 0, updated: 1, unchanged: 2 },
      order_items: { inserted: 1, updated: 1, unchanged: 14 },
      item_discounts: { inserted: 2, updated: 0, unchanged: 15 },
      order_notes: { inserted: 0, updated: 0, unchanged: 3 },
    });
    expect(changed.warnings.map(({ code }) => code)).toContain('database-has-more');
  });

  test('are verified with their root, against the sources and against the ledger', async () => {
    const [root, url] = [plant(FIRST), await freshUrl(product)];
    await run(root, url);
    const check = (ledger: boolean) => verify(settingsOf(root, url, { ledger }));
    for (const ledger of [false, true])
      expect(await check(ledger)).toMatchObject({
        exit_code: 0,
        totals: { equal: 8, different: 0, missing: 0 },
      });

    await queryTarget(
      url,
      "UPDATE item_discounts SET percent = 9 WHERE order_number = 'a-1' AND item_place = 0 AND place = 1",
    );
    await queryTarget(url, "DELETE FROM order_notes WHERE order_number = 'a-3'");
    await queryTarget(url, 'UPDATE receipt_lines SET sku = NULL WHERE till = 2 AND receipt = 10 AND place = 1');
    const { differences } = await check(false);
    expect(differences.map(({ table, kind, pointers }) => [table, kind, pointers])).toEqual(
      expect.arrayContaining([
        ['orders', 'different', ['/item_discounts/0/1/percent']],
        ['orders', 'different', ['/order_notes/x']],
        ['receipts', 'different', ['/receipt_lines/1/sku']],
      ]),
    );
    expect(differences).toHaveLength(3);
    expect((await check(true)).totals).toMatchObject({ equal: 5, different: 3 });
  });

  test('are as they should be to the ledger with whatever the application adds, wherever that sorts', async () => {
    const [root, url] = [plant(FIRST), await freshUrl(product)];
    const added = [
      "INSERT INTO order_items (order_number, place, sku) VALUES ('a-1', -1, 'added'), ('a-1', 7, 'added'), ('a-2', 0, 'added')",
      "INSERT INTO item_discounts (order_number, item_place, place, code) VALUES ('a-1', 0, 5, 'ADDED')",
      "INSERT INTO order_notes (order_number, label, text) VALUES ('a-1', 'A', 'added'), ('a-1', 'zzz', 'added'), ('a-3', 'a', 'added')",
      "INSERT INTO receipt_lines (till, receipt, place, sku) VALUES (2, 10, -1, 'added'), (2, 10, 2, 'added'), (2, 9, 1, 'added')",
    ];
    const removed = [
      "DELETE FROM order_items WHERE sku = 'added'",
      "DELETE FROM item_discounts WHERE code = 'ADDED'",
      "DELETE FROM order_notes WHERE text = 'added'",
      "DELETE FROM receipt_lines WHERE sku = 'added'",
    ];
    const say = async () => {
      const { exit_code: code, differences } = await verify(settingsOf(root, url, { ledger: true }));
      return [code, ...differences.map(({ kind, path, record }) => `${kind} ${path}#${record}`)];
    };
    await run(root, url);
    await queryTarget(url, ...added);
    expect(await say()).toEqual([0]);
    // Also what a run has met as the application's, and updated around.
    await run(root, url, { reload: true });
    expect(await say()).toEqual([0]);
    await run(plant(CHANGED), url, { onConflict: 'overwrite' });
    expect(await say()).toEqual([0]);
    await queryTarget(url, ...removed);
    expect(await say()).toEqual([0]);
    await queryTarget(url, ...added);
    await queryTarget(
      url,
      "UPDATE order_notes SET text = 'changed' WHERE order_number = 'a-1' AND label = 'Z'",
      'DELETE FROM receipt_lines WHERE till = 2 AND receipt = 10 AND place = 1',
      "DELETE FROM item_discounts WHERE order_number = 'a-3' AND item_place = 11",
    );
    expect(await say()).toEqual([
      5,
      'different orders/2024.json#1',
      'different orders/2024.json#3',
      'different receipts/tills.json#1',
    ]);
  });

  test('are exported as they were, and what is exported loads to the same rows', async () => {
    const [url, other] = [await freshUrl(product), await freshUrl(product)];
    await run(plant(FIRST), url);
    const directory = join(plant(), 'export');
    const exported = await exportDatabase({ registry, from: url, directory, dbSchema: 'public', allowPlaintext: true });
    expect(exported).toMatchObject({ datasets: { orders: 3, receipts: 3 }, left_out: [] });
    const read = (path: string) => JSON.parse(readFileSync(join(directory, path), 'utf8'));
    expect(read('orders/all.json')).toEqual(ORDERS);
    expect(read('receipts/all.json')).toEqual([RECEIPTS[2], RECEIPTS[0], RECEIPTS[1]]);
    await run(directory, other);
    expect(await digest(other)).toBe(await digest(url));
  });

  test('are taken back: changed ones get their former values, those that came go', async () => {
    const url = await freshUrl(product);
    const first = await run(plant(FIRST), url);
    const before = await digest(url);
    const second = await run(plant(CHANGED), url);
    const take = (head: Loaded['head']) => undo({ ...settingsOf('.', url), run: head.run_id, restoreFiles: false });
    expect(await take(second.head)).toMatchObject({ exit_code: 0, totals: { restored: 1, kept: 0 } });
    expect(await digest(url)).toBe(before);
    expect(await take(first.head)).toMatchObject({ exit_code: 0, totals: { deleted: 45, kept: 0 } });
    expect(await countRows(url)).toBe(0);
  });

  test('that somebody else refers to stay, with their whole order', async () => {
    const url = await freshUrl(product);
    const { head } = await run(plant(FIRST), url);
    await queryTarget(
      url,
      `CREATE TABLE returns (till INTEGER, receipt INTEGER, place INTEGER, FOREIGN KEY (till, receipt, place)
         REFERENCES receipt_lines (till, receipt, place))`,
    );
    await queryTarget(url, 'INSERT INTO returns VALUES (2, 10, 1)');
    const result = await undo({ ...settingsOf('.', url), run: head.run_id, restoreFiles: false });
    expect(result.kept).toMatchObject([{ table: 'receipts', record: 1, reason: 'referenced' }]);
    expect(await queryTarget(url, 'SELECT sku FROM receipt_lines ORDER BY place')).toEqual([
      { sku: 'pen' },
      { sku: 'ink' },
    ]);
  });
});

/** Prices and sums at the border of their columns, and beyond it. */
const HOSTILE = {
  'orders/prices.json': `[${[
    [
      '"9999999999999999999999999999.9999999999"',
      '-9999999999999999999999999999.9999999999',
      '"0.0000000001"',
      '-0',
      '0e9',
    ],
    ['123456789012345', '"1234567890123456"', '1e27', '"-0.0"', '10.50', '1E-10'],
    ['1e28'],
    ['"0.00000000001"'],
    ['"12,5"'],
  ]
    .map(
      (prices, index) =>
        `{"number":"h-${index}","buyer":"ann","items":[${prices.map((price) => `{"price":${price}}`)}]}`,
    )
    .join()}]`,
  'receipts/sums.json': `[${[
    '9999999999999.99',
    '-9999999999999.99',
    '-0.0',
    '0.01',
    '1000000000000',
    '0.1',
    '10000000000000',
    '0.001',
  ]
    .map((sum, number) => `{"till":1,"number":${number},"sum":${sum}}`)
    .join()},${['24:00:00', '23:59:60', '00:00:00', '12:30:00.5']
    .map((time, number) => `{"till":2,"number":${number},"printed_at":"${time}"}`)
    .join()}]`,
};

test('decimals and times at the border of their columns are kept to the last digit, those beyond it are rejected', async () => {
  const digests: string[] = [];
  for (const product of PRODUCTS) {
    const [root, url] = [plant(HOSTILE), await freshUrl(product)];
    const first = await run(root, url);
    expect(first.rejects.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['number-out-of-range', '/items/0/price'],
      ['number-out-of-range', '/items/0/price'],
      ['number-out-of-range', '/items/0/price'],
      ['number-out-of-range', '/sum'],
      ['number-out-of-range', '/sum'],
      ['invalid-time', '/printed_at'],
      ['invalid-time', '/printed_at'],
    ]);
    const again = await run(root, url, { reload: true });
    expect(Object.values(again.tables).every(({ inserted, updated }) => inserted + updated === 0)).toBe(true);
    for (const ledger of [false, true])
      expect(await verify(settingsOf(root, url, { ledger }))).toMatchObject({
        exit_code: 0,
        totals: { different: 0, missing: 0 },
      });
    const directory = join(plant(), 'export');
    await exportDatabase({ registry, from: url, directory, dbSchema: 'public', allowPlaintext: true });
    const orders = JSON.parse(readFileSync(join(directory, 'orders/all.json'), 'utf8'));
    expect(orders.map(({ items }: { items: { price: string }[] }) => items.map(({ price }) => price))).toEqual([
      ['9999999999999999999999999999.9999999999', '-9999999999999999999999999999.9999999999', '0.0000000001', '0', '0'],
      ['123456789012345', '1234567890123456', '1000000000000000000000000000', '0', '10.5', '0.0000000001'],
    ]);
    const receipts = readFileSync(join(directory, 'receipts/all.json'), 'utf8');
    expect([...receipts.matchAll(/"sum":([^,}]+)/g)].map(([, sum]) => sum)).toEqual([
      '9999999999999.99',
      '-9999999999999.99',
      '0',
      '0.01',
      '1000000000000',
      '0.1',
    ]);
    expect([...receipts.matchAll(/"printed_at":"([^"]+)"/g)].map(([, time]) => time)).toEqual([
      '00:00:00.000000',
      '12:30:00.500000',
    ]);
    digests.push(await digest(url));
  }
  expect(digests[0]).toBe(digests[1]);
});

test('both databases hold the same', async () => {
  const [postgres, sqlite] = [await freshUrl('PostgreSQL'), await freshUrl('SQLite')];
  for (const url of [postgres, sqlite]) {
    await run(plant(FIRST), url);
    await run(plant(CHANGED), url);
  }
  expect(await digest(postgres)).toBe(await digest(sqlite));
});
