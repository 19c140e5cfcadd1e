import { expect, test } from 'vitest';
import { declared, world } from './world.ts';

// Tables of an application that are partitioned: native partitions of PostgreSQL.

const DECLARATION = declared({ id: 'integer', at: 'timestamp', kind: 'text' }, { key: ['id', 'at'] });

const record = (id: number) => ({ id, at: `2024-0${1 + (id % 3)}-02T00:00:00Z`, kind: id % 2 === 0 ? 'even' : 'odd' });
const RECORDS = Array.from({ length: 60 }, (_, id) => record(id));

const TABLE =
  'CREATE TABLE u (id bigint NOT NULL, at timestamptz NOT NULL, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)';
const month = (name: string, from: string, to: string, more = ''): string =>
  `CREATE TABLE ${name} PARTITION OF u FOR VALUES FROM ('${from}') TO ('${to}')${more}`;
const JANUARY = month('u_1', '2024-01-01', '2024-02-01');
const FEBRUARY = month('u_2', '2024-02-01', '2024-03-01');
const MARCH = month('u_3', '2024-03-01', '2024-04-01');

test('rows whose partition is missing are named by a dry run and a run alike, and load when it is there', async () => {
  const { run, cli, root, query } = await world('PostgreSQL', DECLARATION, RECORDS, TABLE, JANUARY, FEBRUARY);
  expect((await cli('doctor', root)).stdout).toMatch(/schema +u is partitioned, with 2 partitions and no default one/);
  const dry = await run({ dryRun: true });
  const first = await run();
  for (const { exitCode, rejects, tables, warnings } of [dry, first]) {
    expect([exitCode, tables['u']?.inserted, rejects.length]).toEqual([1, 40, 20]);
    expect(rejects[0]?.message).toBe('the database refuses this record: no partition of u takes it (SQLSTATE 23514)');
    expect(warnings.map(({ code }) => code)).toContain('open-partitions');
  }
  await query(MARCH);
  const second = await run();
  expect([second.exitCode, second.tables['u']]).toMatchObject([0, { inserted: 20, unchanged: 40 }]);
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
});

test('partitions of partitions are looked at, and a default one takes everything', async () => {
  const parts = [
    month('u_1', '2024-01-01', '2024-02-01', ' PARTITION BY LIST (kind)'),
    "CREATE TABLE u_1_even PARTITION OF u_1 FOR VALUES IN ('even')",
    FEBRUARY,
    MARCH,
  ];
  const table = TABLE.replace('(id, at)) PART', '(id, at, kind)) PART');
  const { run, query } = await world('PostgreSQL', DECLARATION, RECORDS, table, ...parts);
  const dry = await run({ dryRun: true });
  const first = await run();
  expect(dry.tables).toEqual(first.tables);
  expect([dry.rejects.length, first.rejects.length]).toEqual([10, 10]);
  await query('CREATE TABLE u_1_others PARTITION OF u_1 DEFAULT', 'CREATE TABLE u_others PARTITION OF u DEFAULT');
  const second = await run();
  expect([second.exitCode, second.tables['u']?.inserted]).toEqual([0, 10]);
  expect(second.warnings.map(({ code }) => code)).not.toContain('open-partitions');
});

test('a table without any partition takes nothing, and a run says so', async () => {
  const { run } = await world('PostgreSQL', DECLARATION, RECORDS, TABLE);
  const dry = await run({ dryRun: true });
  const first = await run();
  for (const { exitCode, rejects, warnings } of [dry, first]) {
    expect([exitCode, rejects.length]).toEqual([1, 60]);
    expect(warnings.find(({ code }) => code === 'open-partitions')?.message).toContain('without any partition');
  }
});

test('partitions by hash take every row', async () => {
  const table =
    'CREATE TABLE u (id bigint NOT NULL, at timestamptz, kind text, PRIMARY KEY (id)) PARTITION BY HASH (id)';
  const parts = [0, 1, 2].map(
    (rest) => `CREATE TABLE u_${rest} PARTITION OF u FOR VALUES WITH (MODULUS 3, REMAINDER ${rest})`,
  );
  const declaration = declared({ id: 'integer', at: 'timestamp', kind: 'text' });
  const { run, runs, cli, root, rows } = await world('PostgreSQL', declaration, RECORDS, table, ...parts);
  const dry = await run({ dryRun: true });
  const first = await run();
  expect([dry.tables, dry.exitCode, first.exitCode]).toEqual([first.tables, 0, 0]);
  expect(first.warnings).toEqual([]);
  expect(await cli('verify', root)).toMatchObject({ code: 0 });
  expect(await cli('undo', (await runs())[0] ?? '', '--yes')).toMatchObject({ code: 0 });
  expect(await rows('u')).toEqual([]);
});

test('undo of rows without a key takes none of the rows of the application, whatever partition they are in', async () => {
  const declaration = declared({ name: 'text', n: 'integer' }, { key: 'none' });
  const records = [1, 2, 3, 4, 5].map((n) => ({ name: `r${n}`, n }));
  const made = await world(
    'PostgreSQL',
    declaration,
    records,
    'CREATE TABLE u (name text, n bigint, own text) PARTITION BY HASH (n)',
    ...[0, 1].map((rest) => `CREATE TABLE u_${rest} PARTITION OF u FOR VALUES WITH (MODULUS 2, REMAINDER ${rest})`),
    "INSERT INTO u VALUES ('app', 1), ('app', 1), ('app2', 2), ('app3', 4)",
  );
  const stored = () => made.query('SELECT name, n::int FROM u ORDER BY name, n');
  const before = await stored();
  expect((await made.run()).tables['u']).toMatchObject({ inserted: 5 });
  const [run = ''] = await made.runs();
  expect(await made.cli('undo', run, '--yes')).toMatchObject({ code: 0 });
  expect(await stored()).toEqual(before);
});
