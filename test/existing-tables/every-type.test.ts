import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { exportDeclared } from '../setup/declared.ts';
import { type Loaded, load } from '../setup/load.ts';
import { schemaOf } from '../setup/own-tables.ts';
import { freshUrl, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Every declared type in every type of column that people use: a value is there as it was, or its record is rejected, or the run
// is refused before its first row; and everything that tells so beforehand says the same.

/** A number as it stands in a file. */
class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const numbers = (...texts: readonly string[]): readonly Digits[] => texts.map((text) => new Digits(text));
const jsonOf = (value: unknown): string => (value instanceof Digits ? value.text : JSON.stringify(value));

/** Values at the borders, as they stand in a file. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  text: [
    '',
    'a',
    'Zażółć 😀',
    'ends with a blank ',
    ' begins',
    '007',
    '7',
    '-0',
    '9223372036854775808',
    '1.50',
    'x'.repeat(36),
    'x'.repeat(300),
    'ADMIN',
    '10.0.0.1',
    '::1',
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    '3F2504E0-4F89-41D3-9A0C-0305E82C3301',
    'NULL',
    '{a,b}',
    '2025-01-31',
  ],
  integer: numbers(
    '0',
    '-1',
    '32767',
    '32768',
    '-32769',
    '2147483647',
    '2147483648',
    '9007199254740991',
    '9007199254740993',
    '-9223372036854775808',
  ),
  real: numbers(
    '0',
    '0.1',
    '-1.5',
    '12.34',
    '12.345',
    '100000',
    '1e-7',
    '1.7976931348623157e308',
    '16777217',
    '0.30000000000000004',
    '5',
  ),
  'decimal(12,2)': numbers('0', '0.10', '-1.55', '9999999999.99', '12.3'),
  'decimal(30,10)': numbers('0.1234567891', '12345678901234567890.1234567891', '1.5'),
  boolean: [true, false],
  timestamp: [
    '2025-01-31T23:59:59.999999Z',
    '2025-03-30T01:30:00Z',
    '1970-01-01T00:00:00Z',
    '1969-12-31T23:59:59.5Z',
    '2025-06-01T12:00:00+05:30',
    '2025-01-01T00:00:00.123Z',
  ],
  date: ['2025-01-31', '2024-02-29', '1900-01-01'],
  time: ['00:00:00.000000', '23:59:59.999999', '12:30:15.500000'],
  uuid: ['3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  json: [
    null,
    true,
    'text',
    1.5,
    [],
    {},
    { b: 1, a: [1, null, 'x'] },
    ['a', 'b "c"', ''],
    [1, 2],
    [true],
    '9007199254740993',
  ],
  'list(text)': [[], ['a'], ['a', 'b,c', 'd "e"', '\\', '{}', 'NULL', '']],
};
const TYPES = Object.keys(VALUES);

const COLUMNS: Readonly<Record<Product, readonly string[]>> = {
  PostgreSQL: [
    'text',
    'varchar',
    'varchar(36)',
    'varchar(5)',
    'char(36)',
    'char(5)',
    'citext',
    'uuid',
    'role',
    'inet',
    'positive',
    'smallint',
    'integer',
    'bigint',
    'real',
    'double precision',
    'numeric',
    'numeric(5,2)',
    'numeric(12,2)',
    'numeric(38,12)',
    'boolean',
    'timestamptz',
    'timestamptz(3)',
    'timestamp',
    'timestamp(0)',
    'date',
    'time',
    'time(3)',
    'json',
    'jsonb',
    'text[]',
    'integer[]',
    'boolean[]',
    'bytea',
    'money',
    'interval',
    'xml',
    'point',
  ],
  SQLite: [
    '',
    'TEXT',
    'VARCHAR(36)',
    'VARCHAR(5)',
    'CHAR(36)',
    'INTEGER',
    'BIGINT',
    'SMALLINT',
    'REAL',
    'FLOAT',
    'DOUBLE PRECISION',
    'NUMERIC',
    'DECIMAL(12,2)',
    'BOOLEAN',
    'DATETIME',
    'TIMESTAMP',
    'DATE',
    'TIME',
    'JSON',
    'JSONB',
    'UUID',
    'STRING',
    'BLOB',
    'INTEGER strict',
    'TEXT strict',
    'REAL strict',
    'ANY strict',
    'BLOB strict',
  ],
};

const PREPARED: Readonly<Record<Product, readonly string[]>> = {
  PostgreSQL: [
    'CREATE EXTENSION citext',
    "CREATE TYPE role AS ENUM ('ADMIN', 'USER', '')",
    'CREATE DOMAIN positive AS integer CHECK (VALUE >= 0)',
  ],
  SQLite: [],
};

function declarationOf(type: string) {
  return {
    datasets: {
      things: { files: 'things.json', key: ['id'], columns: { id: 'integer', v: type }, rest: 'reject' as const },
    },
  };
}

const outcomes = ({ files, exitCode, error }: Loaded) => ({
  exitCode,
  error: error?.replace(/^.*cannot load/, ''),
  rejects: files.flatMap(({ rejects }) => rejects.map(({ record, code, message }) => `${record} ${code} ${message}`)),
});

interface Held {
  readonly id: number;
  readonly v: unknown;
}

const records = (type: string): readonly Held[] => (VALUES[type] ?? []).map((v, id) => ({ id, v }));

const fileOf = (type: string): string =>
  `[${records(type)
    .map(({ id, v }) => `{"id":${id},"v":${jsonOf(v)}}`)
    .join(',')}]`;

/** The digits of numbers are kept. */
function readExported(text: string): readonly Held[] {
  const list = text.replace(/("v": ?)(-?\d[\d.eE+-]*)/g, '$1{"digits":"$2"}');
  return JSON.parse(list).map(({ id, v = null }: { id: number; v?: unknown }) => {
    const digits = typeof v === 'object' && v !== null && 'digits' in v ? v.digits : undefined;
    return { id, v: typeof digits === 'string' ? new Digits(digits) : v };
  });
}

/** Equal for values that are the same in a column of this type. */
function sameAs(type: string, value: unknown): unknown {
  if (value === null) return null;
  const text = value instanceof Digits ? value.text : String(value);
  if (type === 'real') return Number(text);
  if (type === 'timestamp') return [Date.parse(text), Number(/\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? 0)];
  if (type === 'time') return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  if (type.startsWith('decimal') || type === 'integer') return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  if (type === 'uuid') return text.toLowerCase();
  return canonical(value);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value instanceof Digits ? Number(value.text) : value, (_name, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/** What an export writes is what was loaded. */
async function expectHeld(type: string, url: string, held: readonly Held[]): Promise<void> {
  const directory = await exportDeclared(url, declarationOf(type));
  const exported = held.length === 0 ? [] : readExported(readFileSync(join(directory, 'things.json'), 'utf8'));
  const listed = (all: readonly Held[]) => all.map(({ id, v }) => [id, sameAs(type, v)]);
  expect(listed(exported), type).toEqual(listed(held));
}

describe.each(['PostgreSQL', 'SQLite'] as const)('on %s', (product) => {
  test.each(COLUMNS[product])('a column of type "%s"', async (column) => {
    const url = await freshUrl(product);
    const [name = '', strict = ''] =
      column.split(' strict').length > 1 ? [column.replace(' strict', ''), ' STRICT'] : [column, ''];
    const create = `CREATE TABLE things (id ${product === 'SQLite' ? 'INTEGER' : 'bigint'} PRIMARY KEY, v ${name})${strict}`;
    await queryTarget(url, ...PREPARED[product], create);
    for (const type of TYPES) {
      await queryTarget(url, 'DROP TABLE things', create);
      const root = plant({ 'things.json': fileOf(type) });
      const config = join(root, '..', `${type.replace(/\W/g, '')}-${Date.now()}.config.json`);
      writeFileSync(config, JSON.stringify(declarationOf(type)), { mode: 0o600 });
      const schema = await schemaOf(url);
      const dry = outcomes(await load(root, url, { ...declarationOf(type), dryRun: true }));
      const run = outcomes(await load(root, url, { ...declarationOf(type), reload: true }));
      expect(dry, type).toEqual(run);
      expect(await schemaOf(url), type).toEqual(schema);
      if (run.exitCode === 5) {
        expect(run.error, type).toMatch(/things\.v/);
        expect(Number((await queryTarget(url, 'SELECT count(*) AS n FROM things'))[0]?.['n'])).toBe(0);
        continue;
      }
      const rejected = new Set(run.rejects.map((each) => Number(each.split(' ')[0]) - 1));
      expect(
        run.rejects.filter(
          (each) =>
            !/^\d+ (does-not-fit things\.v is|invalid|number-out-of-range|database-refused .*_check)/.test(each),
        ),
        type,
      ).toEqual([]);
      const held = records(type).filter(({ id }) => !rejected.has(id));
      await expectHeld(type, url, held);
      const again = await load(root, url, { ...declarationOf(type), reload: true });
      expect([
        type,
        again.tables['things']?.inserted ?? 0,
        again.tables['things']?.updated ?? 0,
        again.tables['things']?.unchanged ?? 0,
      ]).toEqual([type, 0, 0, held.length]);
      // What a check of the database refuses, nobody knows beforehand.
      if (run.rejects.some((each) => each.includes('database-refused'))) continue;
      const verified = await runCli(['verify', root, '--to', url, '--config', config, '--json', '--allow-empty']);
      expect([type, verified.code, verified.stderr.replace(/^warning.*\n/gm, '')], verified.stdout).toEqual([
        type,
        0,
        expect.anything(),
      ]);
      await queryTarget(
        url,
        product === 'SQLite' ? 'DELETE FROM migrate_json_files' : 'DELETE FROM migrate_json.files',
      );
    }
  });
});
