import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { ALL_GOOD, conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { load as loadHere } from '../setup/load.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { forecastOf, load, parseReport, rejectsOf, rowsOf, statusesOf } from '../setup/reports.ts';
import { plant } from '../setup/trees.ts';

const stores = bothStores();

const loadedPaths = (report: Parameters<typeof statusesOf>[0]) =>
  report.files.filter(({ status }) => status === 'loaded').map(({ path }) => path);

test.each([
  [['--only', 'metrics'], ['metrics/dump.json']],
  [
    ['--only', 'metrics,usage'],
    ['metrics/dump.json', 'usage/alice/usage.json', 'usage/bob/usage.json'],
  ],
  [
    ['--only', 'metrics', '--only', 'settings'],
    ['metrics/dump.json', 'settings.json'],
  ],
  [
    ['--include', 'usage/**'],
    ['usage/alice/usage.json', 'usage/bob/usage.json'],
  ],
  [['--include', '**/alice/*', '--exclude', '**/b.json, usage/**'], ['conversations/alice/a.json']],
  [
    ['--exclude', '{usage,metrics}/**', '--exclude', 'settings.json,*/bob/*'],
    ['conversations/alice/a.json', 'conversations/alice/b.json'],
  ],
])('%j loads only these files, and every other one is listed with its reason', async (options, expected) => {
  const report = parseReport(await runCli(['run', plant(ALL_GOOD), '--to', 'x.db', '--json', ...options]));
  expect([report.exit_code, loadedPaths(report)]).toEqual([0, expected]);
  expect(report.totals.files).toBe(Object.keys(ALL_GOOD).length);
  const others = report.files.filter(({ status }) => status !== 'loaded');
  expect(others.filter(({ status, reason }) => status !== 'unrecognised' || reason === '')).toEqual([]);
  expect(others.map(({ reason }) => reason)).toContain('excluded');
});

test.each([
  [{ ignore: ['staff (1).json', 'old [2024]/', 'a{b}.json'] }, ['a1.json', 'a[1].json', 'live.json']],
  [{ exclude: 'staff (1).json,a[1].json,old [2024]/**' }, ['a{b}.json', 'live.json']],
  [{ include: 'staff (1).json,a[1].json' }, ['a1.json', 'a[1].json', 'staff (1).json']],
])('the name of a file, as it is printed, is a pattern of it: %j', async (selection, loaded) => {
  const names = ['staff (1).json', 'old [2024]/x.json', 'a[1].json', 'a1.json', 'a{b}.json', 'live.json'];
  const root = plant(Object.fromEntries(names.map((name) => [name, [measurements(1)]])));
  const { files } = await loadHere(root, 'x.db', { dryRun: true, ...selection });
  const isRead = ({ reason }: (typeof files)[number]) => reason !== 'excluded';
  expect(files.filter(isRead).map(({ path }) => path)).toEqual(loaded);
});

describe('a run over a selection', () => {
  test.each(stores)('leaves what the ledger has of the other files: $product', async (store) => {
    const { url, dbSchema } = store.fresh();
    const root = plant(ALL_GOOD);
    const run = (options: object = {}) => loadHere(root, url, { dbSchema, ...options });
    await run();
    for (const selection of [{ only: 'metrics' }, { exclude: 'settings.json' }, { include: 'usage/**' }]) {
      await run(selection);
      const files = (await run()).files.filter(({ dataset }) => dataset !== null);
      expect(new Set(files.map(({ status }) => status))).toEqual(new Set(['unchanged']));
    }
  });
});

test('a selection that leaves nothing is exit code 1', async () => {
  const report = parseReport(
    await runCli(['run', plant(ALL_GOOD), '--to', 'x.db', '--json', '--include', 'nothing/**']),
  );
  expect([report.exit_code, report.totals.files_unrecognised]).toEqual([1, Object.keys(ALL_GOOD).length]);
});

test.each([
  [
    [],
    {
      'alice/c.json': 'system default',
      'conversations/bob/d.json': 'bob path',
      'e.json': 'system default',
      'f.json': 'frank record',
    },
  ],
  [
    ['--user', 'carol'],
    {
      'alice/c.json': 'carol option',
      'conversations/bob/d.json': 'bob path',
      'e.json': 'carol option',
      'f.json': 'frank record',
    },
  ],
  [
    ['--layout', 'flat'],
    {
      'alice/c.json': 'system default',
      'conversations/bob/d.json': 'system default',
      'e.json': 'system default',
      'f.json': 'frank record',
    },
  ],
  [
    ['--layout', 'flat', '--user', 'carol'],
    {
      'alice/c.json': 'carol option',
      'conversations/bob/d.json': 'carol option',
      'e.json': 'carol option',
      'f.json': 'frank record',
    },
  ],
  [
    ['--layout', 'users'],
    {
      'alice/c.json': 'alice path',
      'conversations/bob/d.json': 'bob path',
      'e.json': 'system default',
      'f.json': 'frank record',
    },
  ],
])('owners with %j', async (options, expected) => {
  const root = plant({
    'alice/c.json': conversation('c', []),
    'e.json': conversation('e', []),
    'f.json': conversation('f', [], { user_id: 'frank' }),
    'conversations/bob/d.json': conversation('d', []),
  });
  const report = parseReport(await runCli(['run', root, '--to', 'x.db', '--json', ...options]));
  expect(
    Object.fromEntries(report.files.map(({ path, owner, owner_from }) => [path, `${owner} ${owner_from}`])),
  ).toEqual(expected);
});

describe.each(stores)('on $product', (store) => {
  test('--strict loads nothing of a file with a reject, runs to the end and exits with 3', async () => {
    const root = plant({
      ...WITH_FAULTS,
      'strange.json': { what: 'is this' },
      'usage/carol/usage.json': { daily_count: '3' },
    });
    const place = store.fresh();
    const { code, report } = await load(root, place, ['--strict']);
    expect(code).toBe(3);
    expect(statusesOf(report)).toMatchObject({
      'conversations/alice/a.json': 'loaded 1/1',
      'conversations/alice/b.json': 'failed 0/1',
      'conversations/bob/infinite.json': 'failed 0/1',
      'metrics/dump.json': 'loaded 3/3',
      'metrics/dump_metadata.json': 'unrecognised 0/0',
      'metrics/mixed.json': 'failed 0/5',
      'usage/carol/usage.json': 'failed 0/1',
    });
    expect(new Set(rejectsOf(report).map((line) => line.split(' ')[1]))).toEqual(
      new Set([
        'conflicting-duplicate',
        'strict-unmapped',
        'truncated-json',
        'empty-file',
        'strict-repair',
        'invalid-time',
        'out-of-range',
        'strict-unexplained',
      ]),
    );
    expect(await place.query("SELECT source FROM metrics WHERE source = 'mixed'")).toEqual([]);
    expect((await load(root, place, ['--strict'])).code).toBe(3);
    expect((await load(plant(ALL_GOOD), store.fresh(), ['--strict', '--exclude', '**/b.json'])).code).toBe(0);
  });

  test('--max-errors stops behind the limit with exit code 3; what is committed stays, and a later run finishes', async () => {
    const root = plant({
      'conversations/1.json': conversation('one', []),
      'conversations/2.json': '{"id":',
      'conversations/3.json': conversation('three', [], { title: 3 }),
      'conversations/4.json': conversation('four', []),
      'metrics/m.json': measurements(2),
    });
    const place = store.fresh();
    const stopped = await load(root, place, ['--max-errors', '1']);
    expect(stopped.code).toBe(3);
    expect(statusesOf(stopped.report)).toEqual({
      'conversations/1.json': 'loaded 1/1',
      'conversations/2.json': 'failed 0/1',
      'conversations/3.json': 'failed 0/1',
      'conversations/4.json': 'not-reached 0/0',
      'metrics/m.json': 'not-reached 0/0',
    });
    expect(stopped.report.files.at(-1)?.skipped_by).toBe('max-errors');
    expect(stopped.report.totals).toMatchObject({ files_failed: 2, files_not_reached: 2, records_rejected: 2 });
    expect(await place.query('SELECT id FROM conversations')).toEqual([{ id: 'one' }]);
    const enough = await load(root, place, ['--max-errors', '2']);
    expect([enough.code, rowsOf(enough.report)]).toMatchObject([1, { conversations: '1/0/1/0', metrics: '2/0/0/0' }]);
  });

  test('a percentage is tested after a thousand records', async () => {
    const bad = { timestamp: '2025-01-01T00:00:00Z', cpu_usage: 101 };
    const few = plant({ 'metrics/few.json': [bad, ...measurements(1)] });
    expect((await load(few, store.fresh(), ['--max-errors', '10%'])).code).toBe(1);
    const many = plant({
      'metrics/many.json': [...Array.from({ length: 120 }, () => bad), ...measurements(980)],
      'metrics/z.json': [],
    });
    expect((await load(many, store.fresh(), ['--max-errors', '10%'])).code).toBe(3);
    expect((await load(many, store.fresh(), ['--max-errors', '12.5%'])).code).toBe(1);
  });

  test.each(['Größe "x" \'y\'; --%s', ' 日本語 😀 '])(
    '--db-schema %j holds the tables and the ledger, and no other schema has any',
    async (schema) => {
      const root = plant(ALL_GOOD);
      const place = store.fresh(schema);
      const schemaOption = ['--db-schema', schema];
      expect((await load(root, place, ['--dry-run', ...schemaOption])).code).toBe(0);
      expect((await load(root, place, schemaOption)).code).toBe(0);
      const again = await load(root, place, schemaOption);
      expect([again.code, again.report.totals.files_unchanged]).toEqual([0, 7]);
      const runs = await runCli(['runs', ...place.args, ...schemaOption, '--json']);
      expect(JSON.parse(runs.stdout)).toHaveLength(2);
      if (store.product === 'PostgreSQL') {
        const others = await place.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
        expect(others).toEqual([]);
      }
    },
  );
});

test('both databases have the same digest, and the report tells the same of both', async () => {
  const root = plant(WITH_FAULTS);
  const [onPostgres, onSqlite] = await Promise.all(
    stores.map(async (store) => {
      const place = store.fresh();
      const { report } = await load(root, place);
      return { digest: await digestOf(place), forecast: forecastOf(report) };
    }),
  );
  expect(onPostgres).toEqual(onSqlite);
});
