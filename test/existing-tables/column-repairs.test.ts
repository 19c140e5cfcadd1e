import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { roundedDecimal } from '../../src/databases/column-repairs.ts';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What a column does not hold as it is: refused, or stored by a named repair that is counted.

const COLUMNS = {
  id: 'text(20)',
  price: 'real',
  total: 'decimal(12,4)',
  single: 'real',
  at: 'timestamp',
  seen: { type: 'timestamp', epoch: 's' },
  name: 'text',
  code: 'text',
};

const CONFIG = {
  datasets: {
    u: {
      files: 'u.json',
      key: ['id'],
      columns: COLUMNS,
      rest: 'reject',
      children: {
        lines: { records: '/lines/*', columns: { position: { from: '$position', type: 'integer' }, note: 'text' } },
      },
    },
  },
};

const TABLES = {
  PostgreSQL: [
    `CREATE TABLE u (id varchar(3) PRIMARY KEY, price numeric(8,2), total numeric(6,1), single float4, at timestamptz(3),
      seen bigint, name varchar(4), code char(3))`,
    `CREATE TABLE lines (u_id varchar(3) REFERENCES u ON DELETE CASCADE, position integer, note varchar(2),
      extra jsonb, PRIMARY KEY (u_id, position))`,
  ],
  SQLite: [
    `CREATE TABLE u (id VARCHAR(3) PRIMARY KEY, price REAL, total NUMERIC, single REAL, at TEXT, seen INTEGER, name VARCHAR(4), code VARCHAR(3))`,
    'CREATE TABLE lines (u_id VARCHAR(3) REFERENCES u ON DELETE CASCADE, position INTEGER, note VARCHAR(2), extra JSON, PRIMARY KEY (u_id, position))',
  ],
};

const RECORDS = [
  {
    id: 'a',
    price: 1.005,
    total: 12.3456,
    single: 0.123456789,
    at: '2024-01-01T00:00:00.999999Z',
    seen: '2024-01-01T00:00:00.5Z',
    name: 'Andréa',
    code: 'ab  ',
    lines: [{ note: 'long' }, { note: 'ok' }],
  },
  { id: 'b', price: 2.5, name: 'Bob', lines: [] },
  { id: 'long', price: 1, lines: [] },
];

const STORED = {
  PostgreSQL: [
    {
      id: 'a',
      price: '1.01',
      total: '12.3',
      single: 0.12345679,
      at: '2024-01-01 00:00:01',
      seen: '1704067201',
      name: 'Andr',
    },
    { id: 'b', price: '2.50', total: null, single: null, at: null, seen: null, name: 'Bob' },
  ],
  SQLite: [
    {
      id: 'a',
      price: 1.005,
      total: 12.3456,
      single: 0.123456789,
      at: '2024-01-01 00:00:00',
      seen: 1704067201,
      name: 'Andr',
    },
    { id: 'b', price: 2.5, total: null, single: null, at: null, seen: null, name: 'Bob' },
  ],
};

const AT = { PostgreSQL: "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')", SQLite: 'substr(at, 1, 19)' };
const REPAIRS = ['--repair', 'round-to-column,cut-to-column'];

test.each(PRODUCTS)(
  'what a column of %s would round or cut is stored where somebody allows it, counted, and verified',
  async (product) => {
    const url = await freshUrl(product);
    await queryTarget(url, ...TABLES[product]);
    const root = plant({ 'u.json': RECORDS });
    const config = join(plant(), 'migrate-json.config.json');
    writeFileSync(config, JSON.stringify(CONFIG), { mode: 0o600 });
    const cli = (...words: readonly string[]) => runCli([...words, '--config', config], { env: { DATABASE_URL: url } });
    const report = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await cli('run', root, '--json', ...words);
      const { tables, totals, files } = JSON.parse(stdout || '{}');
      const [{ repairs, rejects }] = files ?? [{}];
      return {
        code,
        tables,
        totals,
        repairs,
        rejects: rejects.map(({ record, code: why }: Record<string, unknown>) => [record, why]),
        stderr,
      };
    };
    const refused = await report('--dry-run');
    expect(refused.rejects).toEqual([
      [1, 'does-not-fit'],
      [3, 'does-not-fit'],
    ]);
    expect((await report('--dry-run', '--strict', ...REPAIRS)).rejects[0]).toEqual([1, 'does-not-fit']);
    const [dry, first] = [await report('--dry-run', ...REPAIRS), await report(...REPAIRS)];
    const rounded = product === 'PostgreSQL' ? 5 : 1;
    for (const each of [dry, first]) {
      expect(each.repairs).toMatchObject({ 'round-to-column': rounded, 'cut-to-column': 3 });
      // A key stays what it is.
      expect(each.rejects).toEqual([[3, 'does-not-fit']]);
    }
    expect(dry.tables).toEqual(first.tables);
    expect(
      await queryTarget(url, `SELECT id, price, total, single, ${AT[product]} AS at, seen, name FROM u ORDER BY id`),
    ).toEqual(STORED[product]);
    expect(await queryTarget(url, 'SELECT note FROM lines ORDER BY position')).toEqual([
      { note: 'lo' },
      { note: 'ok' },
    ]);
    const again = await report(...REPAIRS, '--reload');
    expect(again.tables['u']).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
    for (const words of [
      ['verify', root, ...REPAIRS],
      ['verify', '--ledger'],
    ])
      expect((await cli(...words)).code, words.join(' ')).toBe(0);
    expect((await cli('verify', root)).code).toBe(5);
    const [{ run_id: id } = {}] = await queryTarget(url, 'SELECT run_id FROM ledger.runs ORDER BY started_at LIMIT 1');
    const undone = await cli('undo', String(id), '--yes');
    expect(undone.code, undone.stderr).toBe(0);
    expect(await queryTarget(url, 'SELECT id FROM u')).toEqual([]);
  },
);

test.each([
  ['1.005', 2, '1.01'],
  ['-1.005', 2, '-1.01'],
  ['0.004', 2, '0'],
  ['9.995', 2, '10'],
  ['12.5', 0, '13'],
  ['-0.5', 0, '-1'],
  ['155', -1, '160'],
  ['4', -1, '0'],
  ['6', -1, '10'],
  ['99.9', 3, '99.9'],
])('%s to %d digits behind the point is %s', (given, digits, expected) => {
  expect(roundedDecimal(given, digits)).toBe(expected);
});
