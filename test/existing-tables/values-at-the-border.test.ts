import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { random } from '../setup/random.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { declared, world } from './world.ts';

type Product = (typeof PRODUCTS)[number];

interface Border {
  /** As declared. */
  readonly type: object | string;
  /** What the record says. */
  readonly value: unknown;
  /** The type of the column, and what an application may write into it, as SQL. */
  readonly PostgreSQL?: readonly [type: string, ...values: readonly string[]];
  readonly SQLite?: readonly [type: string, ...values: readonly string[]];
}

const TIME = '2024-05-06T07:08:09Z';
const TIMES = [
  "'infinity'",
  "'-infinity'",
  "'0044-03-15 12:00:00.5 BC'",
  "'12345-06-07 08:09:10.123456'",
  "'2024-01-02 03:04:05'",
];

const BORDERS: readonly Border[] = [
  {
    type: 'timestamp',
    value: TIME,
    PostgreSQL: ['timestamptz', ...TIMES, "'4713-01-01 BC'", "'294276-12-31 23:59:59.999999'"],
    SQLite: [
      'DATETIME',
      "'2024-01-01T00:00:00Z'",
      "'2024-01-01 00:00:00'",
      "'yesterday'",
      '17',
      '1.5',
      "x'00ff'",
      "'2024-01-01T00:00:00.5+02:00'",
    ],
  },
  {
    type: 'timestamp',
    value: TIME,
    PostgreSQL: ['timestamp', ...TIMES],
    SQLite: ['', "'2024-01-01T00:00:00Z'", '0', "''", "x''"],
  },
  {
    type: 'timestamp',
    value: TIME,
    PostgreSQL: ['timestamptz(0)', ...TIMES.slice(0, 2), "'12345-01-01'"],
    SQLite: ['TEXT', "'12345-01-01 00:00:00'", "'infinity'"],
  },
  {
    type: { type: 'timestamp', epoch: 'ms' },
    value: 1_700_000_000_000,
    PostgreSQL: ['bigint', '9223372036854775807', '-9223372036854775808', '0', '-62135596800001'],
    SQLite: ['INTEGER', '9223372036854775807', "'soon'", '1.5', "x'01'", '-62135596800001'],
  },
  {
    type: 'date',
    value: '2024-05-06',
    PostgreSQL: ['date', "'infinity'", "'-infinity'", "'0001-01-01 BC'", "'5874897-12-31'"],
    SQLite: ['DATE', "'2024-01-01 00:00:00'", '20240101', "x'20'", "''"],
  },
  {
    type: 'time',
    value: '07:08:09',
    PostgreSQL: ['time', "'24:00'", "'00:00'", "'23:59:59.999999'"],
    SQLite: ['TIME', "'07:08'", "'24:00:00'", "'7'", '7'],
  },
  {
    type: 'real',
    value: 1.5,
    PostgreSQL: ['double precision', "'NaN'", "'Infinity'", "'-Infinity'", "'-0'", '5e-324'],
    SQLite: ['REAL', '9e999', '-9e999', "'many'", "x'01'", '9007199254740993', '5e-324'],
  },
  {
    type: 'real',
    value: 1.5,
    PostgreSQL: ['real', "'NaN'", "'-Infinity'", '0.1', '16777217'],
    SQLite: ['', "'1.51'", "'1.50'", '1'],
  },
  {
    type: 'real',
    value: 1.5,
    PostgreSQL: ['numeric', "'NaN'", "'Infinity'", '1.500', '1e300', '0.1234567890123456789'],
    SQLite: ['NUMERIC', "'1e400'", '0.1'],
  },
  {
    type: 'decimal(12,2)',
    value: '1.5',
    PostgreSQL: ['numeric', "'NaN'", "'-Infinity'", '1.500', '7.123456'],
    SQLite: ['REAL', '9e999', '1.234567', "'a lot'", "x'02'"],
  },
  {
    type: 'decimal(30,10)',
    value: '1.5',
    PostgreSQL: ['numeric(30,10)', "'NaN'", '1.5'],
    SQLite: ['TEXT', "'NaN'", "'1.50'", "' 1 '"],
  },
  {
    type: 'integer',
    value: 7,
    PostgreSQL: ['bigint', '9223372036854775807', '-9223372036854775808'],
    SQLite: ['INTEGER', "'seven'", '1.5', "x'07'", '9223372036854775807', "''"],
  },
  {
    type: 'integer',
    value: 7,
    PostgreSQL: ['numeric', "'NaN'", "'Infinity'", '1.5', '7.00', '1e30'],
    SQLite: ['NUMERIC', '1e300', "'0x10'", '7.5'],
  },
  {
    type: 'integer',
    value: 7,
    PostgreSQL: ['double precision', "'NaN'", "'Infinity'", '1.5', "'-0'"],
    SQLite: ['', '7.5', "'7'", '7.0'],
  },
  {
    type: 'boolean',
    value: true,
    PostgreSQL: ['integer', '0', '2', '-1'],
    SQLite: ['BOOLEAN', "'yes'", '2', '0.5', "x'01'"],
  },
  {
    type: 'text',
    value: 'new',
    PostgreSQL: ['varchar', "''", "' '", "'NULL'"],
    SQLite: ['', '5', '5.0', "x'c328'", "CAST(x'c328' AS TEXT)", "''", "'a' || char(0) || 'b'"],
  },
  {
    type: 'text',
    value: 'new',
    PostgreSQL: ['char(5)', "'a'", "''"],
    SQLite: ['TEXT', "x'41'", "CAST(x'ff41' AS TEXT)"],
  },
  { type: 'text', value: '10.0.0.1', PostgreSQL: ['inet', "'10.0.0.1/24'", "'::1/64'", "'10.0.0.2'"] },
  { type: 'text', value: '15', PostgreSQL: ['numeric', '1.50', "'NaN'", '1e3'], SQLite: ['NUMERIC', '1.5', "x'31'"] },
  {
    type: 'json',
    value: { a: 1 },
    PostgreSQL: ['jsonb', `'{"b": 1.0, "a": [1e2]}'`, `'null'`, `'"NaN"'`, "'1.50'"],
    SQLite: ['JSON', `'{"b": 1,  "a": 2}'`, "'{broken'", '5', "x'01'", "''"],
  },
  {
    type: 'json',
    value: { a: 1 },
    PostgreSQL: ['json', `'{"b": 1,  "a": 1, "a": 2}'`, "'[ ]'"],
    SQLite: ['TEXT', "'[1.0,  2]'", "'1e2'"],
  },
  { type: 'json', value: { a: 1 }, PostgreSQL: ['text', "'{broken'", "'[1,   2]'", "''"] },
  {
    type: 'list(text)',
    value: ['x'],
    PostgreSQL: ['text[]', `'{}'`, `'{{a,b},{c,d}}'`, `'[5:6]={a,b}'`, `'{NULL,"NULL"}'`],
  },
  {
    type: 'uuid',
    value: '00000000-0000-4000-8000-000000000001',
    PostgreSQL: ['text', "'not one'", "''", "'{00000000-0000-4000-8000-000000000002}'"],
    SQLite: [
      'CHAR(32)',
      "'000000000000400080000000000000ff'",
      "'short'",
      "x'00'",
      "'00000000-0000-4000-8000-0000000000ff'",
    ],
  },
  { type: 'bytes', value: 'eA==', PostgreSQL: ['bytea', "''", "'\\x00ff'"], SQLite: ['BLOB', "'text'", '5', "x''"] },
];

/** The columns of which the first value is none of the declared type. */
const NOT_OF_TYPE = {
  PostgreSQL: [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 21],
  SQLite: [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 21],
};

/** A table with all columns that the product has, and rows of an application in it, by a seed. */
function bordersOf(product: Product, isTaken: (border: Border, chance: number) => boolean = () => true, seed?: number) {
  const made = random(seed);
  const held = BORDERS.flatMap((each) =>
    each[product] && isTaken(each, made.next()) ? [{ ...each, held: each[product] }] : [],
  );
  const columns = Object.fromEntries([['id', 'integer'], ...held.map(({ type }, at) => [`c${at}`, type])]);
  const typed = held.map(({ held: [type] }, at) => `c${at} ${type}`).join(', ');
  const values = (): readonly string[] =>
    held.map(({ held: [, ...borders] }) => borders[Math.floor(made.next() * borders.length)] ?? 'NULL');
  const rows = Array.from({ length: 12 }, (_, id) => `INSERT INTO u VALUES (${[id, ...values(), "'old'"].join(', ')})`);
  const record = (id: number, says = (_chance: number): boolean => true): object =>
    Object.fromEntries([
      ['id', id],
      ...held.flatMap(({ value }, at) => (says(made.next()) ? [[`c${at}`, value]] : [])),
    ]);
  const cells = held.map((_each, at) =>
    product === 'SQLite'
      ? `typeof(c${at}) || ' ' || CASE WHEN typeof(c${at}) = 'text' THEN hex(c${at}) ELSE quote(c${at}) END`
      : `c${at}::text`,
  );
  const exact = `SELECT id, ${['name', ...cells.map((cell, at) => `${cell} AS c${at}`)].join(', ')} FROM u ORDER BY id`;
  return {
    seed: made.seed,
    columns,
    held,
    rows,
    record,
    exact,
    create: `CREATE TABLE u (id ${product === 'SQLite' ? 'integer' : 'bigint'} PRIMARY KEY, ${typed ? `${typed}, ` : ''}name ${product === 'SQLite' ? 'text' : 'varchar'})`,
  };
}

/** Types whose values PostgreSQL sends as bytes. */
const SENT_AS_BYTES = /^(?:timestamptz|date|time|double precision|numeric|bigint|varchar|jsonb|bytea)$/;

test.each(
  PRODUCTS.flatMap((product) => [
    { product, which: 'of every kind', isTaken: () => true, says: () => true },
    {
      product,
      which: 'of some kinds',
      isTaken: (_each: Border, chance: number) => chance < 0.5,
      says: (chance: number) => chance < 0.5,
    },
    {
      product,
      which: 'that are sent as bytes',
      isTaken: ({ type, PostgreSQL: [held] = [''] }: Border) =>
        SENT_AS_BYTES.test(held) &&
        !(
          typeof type === 'object' ||
          (type === 'integer' && held !== 'bigint') ||
          (type === 'real' && held === 'numeric')
        ) &&
        !(type === 'text' && held === 'numeric'),
      says: (chance: number) => chance < 0.5,
    },
  ]),
)(
  'undo brings values $which that an application wrote into $product back as they were',
  async ({ product, isTaken, says }) => {
    const { seed, columns, rows, record, exact, create } = bordersOf(product, isTaken);
    const all = rows.map((_row, id) => ({ ...record(id, says), name: 'new' }));
    const { run, cli, runs, query } = await world(
      product,
      declared({ ...columns, name: 'text' }, { on_conflict: 'update' }),
      all,
      create,
      ...rows,
    );
    const message = `seed ${seed}`;
    const before = await query(exact);
    const loaded = await run();
    expect([loaded.exitCode, loaded.rejects, loaded.error], message).toEqual([0, [], undefined]);
    expect(loaded.tables['u'], message).toMatchObject({ updated: rows.length });
    expect(await cli('verify', '--ledger'), message).toMatchObject({ code: 0 });
    const undone = await cli('undo', String((await runs())[0]), '--yes');
    expect([undone.code, undone.stderr], message).toEqual([0, expect.not.stringContaining('error')]);
    expect(await query(exact), message).toEqual(before);
  },
);

test.each(PRODUCTS)(
  'what an application wrote into a table of %s is a difference, and is exported and counted',
  async (product) => {
    const { columns, held, record, create } = bordersOf(product);
    const all = held.map((_each, id) => record(id));
    const { url, config, root, run, cli, query } = await world(
      product,
      declared({ ...columns, name: 'text' }),
      all,
      create,
    );
    expect([(await run()).exitCode, (await cli('verify', root)).code]).toEqual([0, 0]);
    // In each row another column.
    await query(...held.map(({ held: [, border] }, at) => `UPDATE u SET c${at} = ${border} WHERE id = ${at}`));
    const verified = await cli('verify', root, '--json', '--debug');
    const { differences } = JSON.parse(verified.stdout);
    const pointers = differences.map(({ pointers: [pointer] }: { pointers: string[] }) => pointer?.split('/')[1]);
    expect(pointers.toSorted()).toEqual(held.map((_each, at) => `c${at}`).toSorted());
    const directory = join(plant(), 'export');
    const exported = await runCli(['export', directory, '--from', url, '--config', config, '--json']);
    const written = JSON.parse(readFileSync(join(directory, 'u.json'), 'utf8'));
    const values = held.map((_each, at) => written[at]?.[`c${at}`] ?? null);
    expect(values).not.toContain(null);
    expect([
      exported.code,
      Object.keys(JSON.parse(exported.stdout).not_of_type).map((name) => Number(name.slice(3))),
    ]).toEqual([1, NOT_OF_TYPE[product]]);
  },
);
