import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/databases/database.ts';
import { digest } from '../../src/databases/digest.ts';
import { rowCodec } from '../../src/databases/open.ts';
import { RefusedRow } from '../../src/databases/refused-row.ts';
import { rowWriter } from '../../src/databases/row-codec.ts';
import { Fingerprint } from '../../src/hash/fingerprint.ts';
import { normalDecimal } from '../../src/json/decimal.ts';
import { compareValues } from '../../src/json/value-order.ts';
import { compareTable } from '../../src/schema/comparison/compare.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import { type Row, rowOf, type Table, type Value } from '../../src/schema/table.ts';
import { random } from '../setup/random.ts';
import { freshTarget, openTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { compareGroups, group, loadGroups, storedRows } from './groups.ts';

const prices = {
  name: 'prices',
  columns: {
    name: { type: 'text', notNull: true },
    short: { type: 'decimal', precision: 15, scale: 4 },
    long: { type: 'decimal', precision: 16, scale: 4 },
    vast: { type: 'decimal', precision: 38, scale: 10 },
    whole: { type: 'decimal', precision: 5 },
    share: { type: 'decimal', precision: 5, scale: 2, min: 0, most: 100 },
    wide: { type: 'decimal', precision: 20, scale: 2, min: -5, most: 1000 },
    opens: { type: 'time' },
  },
  primaryKey: ['name'],
  naturalKey: ['name'],
} as const satisfies Table;

/** Decimals and a time of day as the key. */
const rates = {
  name: 'rates',
  columns: {
    from: { type: 'decimal', precision: 12, scale: 8, notNull: true },
    upTo: { type: 'decimal', precision: 30, scale: 2, notNull: true },
    at: { type: 'time', notNull: true },
    note: { type: 'text' },
  },
  primaryKey: ['from', 'upTo', 'at'],
  naturalKey: ['from', 'upTo', 'at'],
} as const satisfies Table;

const declared = new DeclaredTables([prices, rates]);

async function open(product: Product): Promise<{ readonly url: string; readonly database: Database }> {
  const target = await freshTarget(product);
  const database = await openTarget(target.url, { declared });
  await database.createTables();
  onTestFinished(async () => {
    await database.close();
    await target.drop();
  });
  return { url: target.url, database };
}

async function append(database: Database, table: Table, rows: readonly Row[]): Promise<void> {
  const encoder = rowCodec(database.rowFormat).encoder();
  const write = rowWriter(table);
  for (const row of rows) write(encoder, row);
  const segment = { table: table.name, rows: rows.length, bytes: encoder.take() };
  await database.transaction(undefined, (transaction) => transaction.append([segment], () => undefined));
}

const SHORT = ['0', '12.5', '-0.07', '1200', '99999999999.9999', '-99999999999.9999', '0.0001', '10000', '-10000.0001'];
const LONG = [...SHORT, '999999999999.9999', '-123456789012.3456', '100000000000'];
const VAST = [
  ...LONG,
  '9999999999999999999999999999.9999999999',
  '-9999999999999999999999999999.9999999999',
  '0.0000000001',
  '-1000000000000000000000000000',
];
const TIMES = ['00:00:00.000000', '23:59:59.999999', '12:00:00.000001', '07:05:09.100000'];

const at = (list: readonly string[], index: number): string => list[index % list.length] ?? '';

function manyPrices(): readonly Record<string, Value>[] {
  const { next } = random();
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(next() * 10)).join('');
  const sign = () => (next() < 0.5 ? '-' : '');
  return Array.from({ length: 300 }, (_, index) => ({
    name: `p${String(index).padStart(3, '0')}`,
    short: index < 20 ? at(SHORT, index) : normalDecimal(`${sign()}${digits(11)}.${digits(4)}`),
    long: index < 20 ? at(LONG, index) : normalDecimal(`${sign()}${digits(12)}.${digits(4)}`),
    vast: index < 20 ? at(VAST, index) : normalDecimal(`${sign()}${digits(28)}.${digits(10)}`),
    whole: index % 7 === 0 ? null : normalDecimal(`${sign()}${digits(5)}`),
    share: normalDecimal(`${digits(2)}.${digits(2)}`),
    wide: normalDecimal(`${digits(3)}.${digits(2)}`),
    opens: index % 5 === 0 ? null : at(TIMES, index),
  }));
}

describe.each(PRODUCTS)('decimals and times of day on %s', (product) => {
  test('come back as they were, whether they were appended or merged, and are the same when compared', async () => {
    const { database } = await open(product);
    const rows = manyPrices();
    const [first, second] = [rows.slice(0, 150), rows.slice(150)];
    await append(
      database,
      prices,
      first.map((values) => rowOf(prices, values)),
    );
    await loadGroups(
      database,
      second.map((values) => group(prices, values)),
    );
    expect(await storedRows(database, prices)).toEqual(rows);
    expect((await storedPrints(database, prices)).toSorted()).toEqual(
      rows.map((values) => printOf(database, prices, values)).toSorted(),
    );
    const groups = rows.map((values) => group(prices, values));
    expect((await compareGroups(database, groups)).filter(({ root }) => root !== 'same')).toEqual([]);
    const changed = group(prices, { ...rows[0], vast: '0.0000000002' });
    expect(await compareGroups(database, [changed])).toMatchObject([{ root: 'differs' }]);
  });

  test('have the same digest as on the other database', async () => {
    const other = await open(product === 'SQLite' ? 'PostgreSQL' : 'SQLite');
    const { database } = await open(product);
    const rows = manyPrices().map((values) => rowOf(prices, values));
    const keys = VAST.slice(0, 4).flatMap((_, index) =>
      ['2', '10', '-1', '9.5'].map((upTo) =>
        rowOf(rates, { from: at(['0.1', '2', '-3.00000001', '0.00000001'], index), upTo, at: at(TIMES, index) }),
      ),
    );
    for (const each of [database, other.database]) {
      await append(each, prices, rows);
      await append(each, rates, each === database ? keys : keys.toReversed());
    }
    expect(await digest(other.database)).toBe(await digest(database));
  });

  test('are found again where they are the key, and come in its order', async () => {
    const { database } = await open(product);
    const keys = ['0.1', '0.00000001', '-2.5', '10', '9', '9999.99999999'].flatMap((from) =>
      ['1', '20', '3.5', '-1'].map((upTo) => ({ from, upTo, at: '12:30:00.500000', note: `${from} ${upTo}` })),
    );
    await loadGroups(
      database,
      keys.map((values) => group(rates, values)),
    );
    const again = keys.map((values) => group(rates, values));
    expect((await compareGroups(database, again)).filter(({ root }) => root !== 'same')).toEqual([]);
    const found = await database.snapshot(() =>
      database.rowsByKey(
        rates,
        keys.map((key) => [key.from, key.upTo, key.at]),
      ),
    );
    expect(found).toHaveLength(keys.length);
    const inOrder = keys.toSorted(
      (one, other) =>
        compareValues(rates.columns.from, one.from, other.from) ||
        compareValues(rates.columns.upTo, one.upTo, other.upTo),
    );
    expect((await storedRows(database, rates)).map(({ note }) => note)).toEqual(inOrder.map(({ note }) => note));
    await loadGroups(
      database,
      keys.map((values) => group(rates, { ...values, note: 'changed' })),
    );
    expect((await storedRows(database, rates)).map(({ note }) => note)).toEqual(keys.map(() => 'changed'));
  });

  test.each([
    ['share', '-0.01'],
    ['share', '100.01'],
    ['wide', '-5.01'],
    ['wide', '1000.01'],
    ['wide', '20000'],
  ])('are refused beyond the bounds of %s: %s', async (name, value) => {
    const { database } = await open(product);
    await loadGroups(database, [
      group(prices, { name: 'a', share: '0', wide: '-5' }),
      group(prices, { name: 'b', share: '100', wide: '999.99' }),
    ]);
    await expect(loadGroups(database, [group(prices, { name: 'c', [name]: value })])).rejects.toBeInstanceOf(
      RefusedRow,
    );
    await expect(append(database, prices, [rowOf(prices, { name: 'c', [name]: value })])).rejects.toBeInstanceOf(
      RefusedRow,
    );
    expect(await storedRows(database, prices)).toHaveLength(2);
  });

  test('that the application wrote in its own way are read in the shared form', async () => {
    const { url, database } = await open(product);
    await queryTarget(
      url,
      `INSERT INTO prices (name, short, long, vast, whole, opens) VALUES
        ('a', 12.50, '12.50', '12.500', -0.0, '07:00:00'), ('b', 0.1, '0.10', '-0.0', 5, '07:00:00.5')`,
    );
    expect(await storedRows(database, prices)).toMatchObject([
      { short: '12.5', long: '12.5', vast: '12.5', whole: '0', opens: '07:00:00.000000' },
      { short: '0.1', long: '0.1', vast: '0', whole: '5', opens: '07:00:00.500000' },
    ]);
  });

  test('their columns are as declared when they are examined', async () => {
    const { database } = await open(product);
    const shape = await database.examine();
    for (const table of declared.list) {
      const found = shape.tables.get(table.name);
      expect(found && compareTable(table, found).differences).toEqual([]);
    }
  });
});

/** As verify and undo recognise a row. */
async function storedPrints(database: Database, root: Table): Promise<readonly string[]> {
  const print = new Fingerprint();
  const found: string[] = [];
  await database.snapshot(async () => {
    for await (const page of database.storedPairs({ root, children: [] })) {
      for (const { root: row } of page) {
        print.begin();
        row.addTo(print);
        print.end();
        found.push(print.text);
      }
    }
  });
  return found;
}

function printOf(database: Database, table: Table, values: Readonly<Record<string, Value>>): string {
  const print = new Fingerprint();
  const encoder = rowCodec(database.rowFormat).encoder();
  rowWriter(table)(encoder, rowOf(table, values));
  print.begin();
  encoder.print(print, 0);
  print.end();
  return print.text;
}

/** What an application may have in place of the declared columns, and what is told of it. */
const OTHER_COLUMNS = {
  PostgreSQL: [
    ['numeric', 'time', []],
    ['numeric(20,6)', 'time(6)', []],
    ['numeric(15,3)', 'time(3)', ['tolerated-type short', 'tolerated-type opens']],
    ['numeric(14,4)', 'text', ['tolerated-type short', 'impossible-type opens']],
    ['double precision', 'varchar(20)', ['impossible-type short', 'impossible-type opens']],
    ['boolean', 'integer', ['impossible-type short', 'impossible-type opens']],
  ],
  SQLite: [
    ['DECIMAL(15, 4)', 'TIME', []],
    ['REAL', 'TEXT', []],
    ['TEXT', 'INTEGER', ['impossible-type opens']],
  ],
} as const satisfies Record<Product, readonly (readonly [string, string, readonly string[]])[]>;

describe.each(PRODUCTS)('columns of an application on %s', (product) => {
  test.each<readonly [string, string, readonly string[]]>(OTHER_COLUMNS[product])(
    '%s and %s',
    async (decimal, time, expected) => {
      const target = await freshTarget(product);
      const long = product === 'SQLite' ? 'TEXT' : 'numeric(16,4)';
      const vast = product === 'SQLite' ? 'TEXT' : 'numeric';
      await queryTarget(
        target.url,
        `CREATE TABLE prices (name text NOT NULL PRIMARY KEY, short ${decimal}, long ${long}, vast ${vast},
          whole numeric(5), share numeric(5,2), wide ${long === 'TEXT' ? 'TEXT' : 'numeric(20,2)'}, opens ${time})`,
      );
      const database = await openTarget(target.url, { declared });
      onTestFinished(async () => {
        await database.close();
        await target.drop();
      });
      const found = (await database.examine()).tables.get('prices');
      const told = found ? compareTable(prices, found).differences : [];
      expect(told.map(({ code, column }) => `${code} ${column}`)).toEqual(expected);
      if (expected.length > 0) return;
      const values = {
        name: 'a',
        short: '12.5',
        long: '1',
        vast: '-0.5',
        whole: '3',
        share: '1',
        wide: '2',
        opens: '12:00:00.000000',
      };
      await database.createTables();
      await append(database, prices, [rowOf(prices, values)]);
      expect(await storedRows(database, prices)).toEqual([values]);
      expect(await compareGroups(database, [group(prices, values)])).toMatchObject([{ root: 'same' }]);
      expect(await storedPrints(database, prices)).toEqual([printOf(database, prices, values)]);
    },
  );
});
