import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { forecast, load } from '../setup/load.ts';
import { schemaOf } from '../setup/own-tables.ts';
import { random } from '../setup/random.ts';
import { freshUrl, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// A table as an application may have it, a declaration onto it, and rows that the application writes before, between and after runs.
// The oracle knows only the records and the rows.

type Kind = 'text' | 'integer' | 'real' | 'boolean' | 'json';
type Record_ = Record<string, unknown> & { readonly code: string };

const STORED: Readonly<Record<Product, Readonly<Record<Kind, readonly string[]>>>> = {
  PostgreSQL: {
    text: ['text', 'varchar(40)', 'varchar'],
    integer: ['bigint', 'integer', 'numeric', 'numeric(12,0)', 'smallint'],
    real: ['double precision', 'numeric', 'numeric(9,3)'],
    boolean: ['boolean', 'smallint', 'integer'],
    json: ['jsonb', 'json', 'text'],
  },
  SQLite: {
    text: ['TEXT', 'VARCHAR(40)', ''],
    integer: ['INTEGER', 'BIGINT', 'NUMERIC'],
    real: ['REAL', 'DOUBLE', 'NUMERIC'],
    boolean: ['BOOLEAN', 'INTEGER', 'TINYINT'],
    json: ['JSON', 'TEXT'],
  },
};

const KINDS = Object.keys(STORED.SQLite) as Kind[];
const WORDS = ['given name', 'size', 'is open', 'meta', 'rank of it', 'note', 'full price'];

interface World {
  readonly columns: readonly {
    readonly member: string;
    readonly inTable: string;
    readonly kind: Kind;
    readonly type: string;
    readonly mustBe: boolean;
  }[];
  readonly hasPlace: boolean;
  readonly hasUniqueCode: boolean;
  readonly sql: readonly string[];
  readonly declaration: { readonly datasets: Record<string, unknown> };
}

function worldOf(product: Product, next: () => number): World {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T;
  const snake = (words: string): string => words.replaceAll(' ', '_');
  const camel = (words: string): string => words.replace(/ (\w)/g, (_all, letter: string) => letter.toUpperCase());
  const columns = WORDS.filter(() => next() < 0.6).map((words) => {
    const kind = pick(KINDS);
    const style = next();
    const own = style < 0.8 ? camel(words) : `its ${words}`;
    const inTable = style < 0.4 ? snake(words) : own;
    return { member: snake(words), inTable, kind, type: pick(STORED[product][kind]), mustBe: next() < 0.25 };
  });
  const [hasPlace, hasUniqueCode, isKeyed] = [next() < 0.5, next() < 0.6, next() < 0.5];
  const isSqlite = product === 'SQLite';
  const id = isSqlite
    ? 'id INTEGER PRIMARY KEY AUTOINCREMENT'
    : pick(['id bigserial PRIMARY KEY', 'id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY']);
  const listed = columns.map(({ inTable, type, mustBe }) => `"${inTable}" ${type}${mustBe ? ' NOT NULL' : ''}`);
  const things = [
    isKeyed ? 'code varchar(30) PRIMARY KEY' : `${id}, code varchar(30) NOT NULL${hasUniqueCode ? ' UNIQUE' : ''}`,
    ...listed,
    "tenant varchar(10) NOT NULL DEFAULT 'main'",
    'seen_by text',
  ];
  const isUnique = hasUniqueCode || isKeyed;
  const leads = isUnique && next() < 0.6 ? ' REFERENCES things (code)' : '';
  const parts = [
    id,
    `thing_code varchar(30) NOT NULL${leads}`,
    ...(hasPlace ? ['position integer'] : []),
    'label text',
  ];
  return {
    columns,
    hasPlace,
    hasUniqueCode: isUnique,
    sql: [`CREATE TABLE things (${things.join(', ')})`, `CREATE TABLE parts (${parts.join(', ')})`],
    declaration: {
      datasets: {
        things: {
          files: 'things/*.json',
          key: ['code'],
          columns: {
            code: 'text',
            ...Object.fromEntries(
              columns.map(({ member, inTable, kind }) => [
                member,
                {
                  type: kind,
                  from: `/${member}`,
                  ...(inTable.startsWith('its ') && { column: ['elsewhere', inTable] }),
                },
              ]),
            ),
          },
          children: {
            parts: {
              records: '/parts/*',
              key: ['thing_code', 'position'],
              columns: { position: { from: '$position', type: 'integer' }, label: { from: '$value', type: 'text' } },
            },
          },
          rest: 'reject',
        },
      },
    },
  };
}

function recordOf(world: World, code: string, next: () => number): Record_ {
  const value = (kind: Kind): unknown => {
    switch (kind) {
      case 'text':
        return ['', 'a', 'Zażółć', 'it\'s "x"', '007'][Math.floor(next() * 5)];
      case 'integer':
        return Math.floor(next() * 2000) - 1000;
      case 'real':
        return Math.round(next() * 1e6) / 1000;
      case 'boolean':
        return next() < 0.5;
      default:
        return [{ b: [1, null], a: 'x' }, [], ['q'], { n: 1.5 }][Math.floor(next() * 4)];
    }
  };
  const members = world.columns.flatMap(({ member, kind, mustBe }) =>
    mustBe || next() < 0.8 ? [[member, value(kind)]] : [],
  );
  const parts = Array.from({ length: Math.floor(next() * 4) }, (_, place) => `part ${place} of ${code}`);
  return { code, ...Object.fromEntries(members), parts };
}

/** Rows of the table as records. */
async function recordsIn(url: string, world: World): Promise<ReadonlyMap<string, Record_>> {
  const rows = await queryTarget(url, 'SELECT * FROM things');
  const parts = await queryTarget(url, 'SELECT thing_code, label FROM parts ORDER BY id');
  const asMember = (kind: Kind, value: unknown): unknown => {
    if (kind === 'integer' || kind === 'real') return Number(value);
    if (kind === 'boolean') return value === true || value === 1;
    return kind === 'json' && typeof value === 'string' ? JSON.parse(value) : value;
  };
  return new Map(
    rows.map((row) => {
      const code = String(row['code']);
      const members = world.columns.flatMap(({ member, inTable, kind }) =>
        row[inTable] === null ? [] : [[member, asMember(kind, row[inTable])]],
      );
      const labels = parts.filter((part) => part['thing_code'] === code).map(({ label }) => label);
      return [code, { code, ...Object.fromEntries(members), parts: labels }];
    }),
  );
}

const everything = async (url: string): Promise<unknown> => [
  await queryTarget(url, 'SELECT * FROM things ORDER BY code'),
  await queryTarget(url, 'SELECT * FROM parts ORDER BY id'),
];

async function insertByApplication(url: string, world: World, record: Record_): Promise<void> {
  const quoted = (value: unknown): string =>
    value === undefined ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
  const written = ({ kind, member, type }: World['columns'][number]): string => {
    const value = record[member];
    if (value === undefined) return 'NULL';
    if (kind === 'json') return quoted(JSON.stringify(value));
    if (kind === 'boolean') return type === 'boolean' ? String(value) : String(Number(value));
    return kind === 'text' ? quoted(value) : String(value);
  };
  const names = ['code', ...world.columns.map(({ inTable }) => `"${inTable}"`)];
  await queryTarget(
    url,
    `INSERT INTO things (${names.join(', ')}) VALUES (${[quoted(record.code), ...world.columns.map(written)].join(', ')})`,
  );
}

async function live(product: Product, seed: number): Promise<void> {
  const { next } = random(seed);
  const world = worldOf(product, next);
  const url = await freshUrl(product);
  const told = `${product} seed ${seed}`;
  await queryTarget(url, ...world.sql);
  const mine = Array.from({ length: 1 + Math.floor(next() * 3) }, (_, index) => ({
    ...recordOf(world, `app-${index}`, next),
    parts: [],
  }));
  for (const record of mine) await insertByApplication(url, world, record);
  const [schema, before] = [await schemaOf(url), await everything(url)];

  const records = Array.from({ length: 2 + Math.floor(next() * 8) }, (_, index) => recordOf(world, `r-${index}`, next));
  // A record of which the application has a row already.
  if (next() < 0.5 && mine[0]) records.push(recordOf(world, mine[0].code, next));
  const half = Math.floor(records.length / 2);
  const root = plant({ 'things/a.json': records.slice(0, half), 'things/b.json': records.slice(half) });
  const config = join(plant(), 'migrate-json.config.json');
  writeFileSync(config, JSON.stringify(world.declaration), { mode: 0o600 });
  const options = world.declaration as Parameters<typeof load>[2];

  const dry = await load(root, url, { ...options, dryRun: true });
  expect([await schemaOf(url), await everything(url)], told).toEqual([schema, before]);
  const first = await load(root, url, options);
  expect(first.rejects, told).toEqual([]);
  expect(first.exitCode, `${told} ${first.error}`).toBe(0);
  expect(forecast(dry), told).toEqual(forecast(first));
  expect(await schemaOf(url), told).toEqual(schema);

  const expected = new Map(mine.map((record) => [record.code, record as Record_]));
  // What a record does not say stays in a row of the application.
  for (const record of records) expected.set(record.code, { ...expected.get(record.code), ...record });
  expect(await recordsIn(url, world), told).toEqual(expected);

  const after = await everything(url);
  const again = await load(root, url, { ...options, reload: true });
  expect([again.exitCode, again.tables['things']], told).toEqual([
    0,
    { inserted: 0, updated: 0, unchanged: records.length, kept: 0, deleted: 0 },
  ]);
  expect(await everything(url), told).toEqual(after);
  const check = async (...words: readonly string[]) => (await runCli([...words, '--to', url, '--config', config])).code;
  expect([await check('verify', root), told]).toEqual([0, told]);

  // The application goes on: a row of ours goes, one of its own comes, one changes.
  const gone = records[0]?.code ?? '';
  await queryTarget(url, `DELETE FROM parts WHERE thing_code = '${gone}'`, `DELETE FROM things WHERE code = '${gone}'`);
  const late = { ...recordOf(world, 'late', next), parts: [] };
  await insertByApplication(url, world, late);
  await queryTarget(url, "UPDATE things SET seen_by = 'somebody', tenant = 'other' WHERE code = 'r-1'");
  const more = recordOf(world, 'more', next);
  grow(root, { 'things/c.json': [more] });
  expect((await load(root, url, options)).exitCode, told).toBe(0);
  expected.delete(gone);
  expected.set('late', late);
  expected.set('more', more);
  expect(await recordsIn(url, world), told).toEqual(expected);
  const [kept] = await queryTarget(url, "SELECT seen_by, tenant FROM things WHERE code = 'r-1'");
  expect(kept, told).toEqual({ seen_by: 'somebody', tenant: 'other' });

  const runs = await queryTarget(url, 'SELECT run_id FROM ledger.runs ORDER BY started_at DESC');
  for (const { run_id: run } of runs) {
    const { code, stderr } = await runCli(['undo', String(run), '--to', url, '--config', config, '--yes']);
    expect([code < 2, stderr], told).toEqual([true, expect.not.stringContaining('error')]);
  }
  const left = new Map<string, Record_>([...mine, late].map((record) => [record.code, record]));
  // The application has written to it.
  const written = expected.get('r-1');
  if (written !== undefined && !left.has('r-1')) left.set('r-1', written);
  expect(await recordsIn(url, world), told).toEqual(left);
  expect(await schemaOf(url), told).toEqual(schema);
}

const SEEDS = Number(process.env['MIGRATE_JSON_TEST_SEEDS'] ?? 6);

test.each(PRODUCTS)('what a run does with a random table of an application on %s', async (product) => {
  for (let count = 0; count < SEEDS; count++) await live(product, random().seed);
});
