import { expect, test } from 'vitest';
import { digest } from '../../src/databases/digest.ts';
import { runCli } from '../setup/cli.ts';
import { type Loaded, load } from '../setup/load.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { spreadFiles } from '../setup/spread-files.ts';
import { openTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const [postgres, sqlite] = bothStores();

const message = (content: string) => ({ role: 'user', content });
const conversation = (title: string, ...contents: string[]) => ({ id: 'same', title, messages: contents.map(message) });
const version = (number: string, description: string) => ({
  model_name: 'm',
  version: number,
  model_type: 'any',
  description,
  thresholds: { cpu: 1 },
});

/** Pairs of files that claim the same row with other content, beside files that are nobody's rivals. */
const RIVALS = {
  'conversations/ann/a.json': conversation('short', 'one'),
  'conversations/bob/b.json': conversation('longer, and another owner', 'one', 'two', 'three'),
  'conversations/cid/c.json': {
    ...conversation('longest', 'one', 'two', 'three', 'four'),
    created_at: '2025-01-01T00:00:00Z',
  },
  'metrics/a.json': [{ timestamp: '2025-01-01T00:00:00Z', source: 'host', cpu_usage: 1 }],
  'metrics/b.json': [
    { timestamp: '2025-01-01T00:00:00Z', source: 'host', cpu_usage: 2 },
    { timestamp: '2025-01-01T00:01:00Z', source: 'host', cpu_usage: 3 },
  ],
  'models/a.json': version('1', 'first'),
  'models/b.json': version('2', 'second'),
  'equal/a.json': { id: 'equal', title: 'equal', messages: [message('one')] },
  'equal/b.json': { id: 'equal', title: 'equal', messages: [message('one')] },
};

const rejectsOf = (runs: readonly Loaded[]) =>
  runs.flatMap(({ rejects }) => rejects.map(({ path, record, code }) => `${path}#${record} ${code}`)).sort();

const ORDERS = [
  [1, 2, 3],
  [3, 2, 1],
  [2, 3, 1],
];

test.each(ORDERS)(
  'of conflicting files the earlier one stays in whatever order the shards run: %i, %i, %i',
  async (...order) => {
    const root = plant(RIVALS);
    const alone = sqlite.fresh();
    const whole = await load(root, alone.url);
    const place = postgres.fresh();
    const { url, dbSchema } = place;
    const runs: Loaded[] = [];
    for (const shard of order) runs.push(await load(root, url, { dbSchema, runId: 'r', shard: `${shard}/3` }));
    expect(await digestOf(place)).toBe(await digestOf(alone));
    const [run] = await place.query('SELECT status, exit_code::int, report FROM ledger.runs');
    const { warnings: _warnings, ...totals } = whole.head.totals;
    expect(run).toMatchObject({
      status: 'partial',
      exit_code: 1,
      report: { totals, tables: whole.tables, shard: null },
    });
    // What the last one settled is told by its report; the others said what held when they ended.
    const statuses = await place.query(
      `SELECT DISTINCT ON (path) path, status FROM ledger.files WHERE dataset IS NOT NULL ORDER BY path, id DESC`,
    );
    expect(Object.fromEntries(statuses.map(({ path, status }) => [path, status]))).toEqual(
      Object.fromEntries(whole.files.map(({ path, status }) => [path, status])),
    );
    expect(rejectsOf(runs)).toEqual(expect.arrayContaining(rejectsOf([whole])));

    const again = await load(root, url, { dbSchema });
    expect(rejectsOf([again])).toEqual(rejectsOf([whole]));
    expect(await digestOf(place)).toBe(await digestOf(alone));
    // Who gave a key up holds it no more: the model is what its first file says, also when that changes.
    const changed = {
      'models/a.json': version('1', 'changed'),
      'metrics/a.json': [{ timestamp: '2025-01-01T00:00:00Z', source: 'host', cpu_usage: 9 }],
    };
    grow(root, changed);
    await load(root, url, { dbSchema });
    await load(root, alone.url);
    expect(await place.query('SELECT description FROM ml_models')).toEqual([{ description: 'changed' }]);
    expect(await digestOf(place)).toBe(await digestOf(alone));
  },
);

test('rows that were there before the run are not taken away when the earlier file wins', async () => {
  const root = plant({ 'conversations/ann/old.json': conversation('before', 'one', 'two', 'three', 'four', 'five') });
  const [place, alone] = [postgres.fresh(), sqlite.fresh()];
  for (const { url, dbSchema } of [place, alone]) await load(root, url, { dbSchema });
  const rivals = plant({
    'conversations/ann/a.json': RIVALS['conversations/ann/a.json'],
    'conversations/ann/d.json': conversation('later', 'one', 'two'),
  });
  await load(rivals, alone.url);
  const { url, dbSchema } = place;
  for (const shard of [1, 2]) await load(rivals, url, { dbSchema, runId: 'r', shard: `${shard}/2` });
  const database = await openTarget(url, { dbSchema, readOnly: true });
  expect(await digest(database)).toBe(await digestOf(alone));
  await database.close();
});

test('what refers to files of other shards is loaded by the last one, and by no other', async () => {
  const root = plant(spreadFiles(4));
  const [place, alone] = [postgres.fresh(), sqlite.fresh()];
  const whole = await load(root, alone.url);
  const { url, dbSchema } = place;
  const runs: Loaded[] = [];
  for (const shard of [2, 1, 3]) runs.push(await load(root, url, { dbSchema, runId: 'r', shard: `${shard}/3` }));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(runs.slice(0, 2).flatMap(({ warnings }) => warnings.map(({ code }) => code))).toContain('left-to-last-shard');
  expect(runs.flatMap(({ files }) => files.map(({ path }) => path)).sort()).toEqual(
    whole.files.map(({ path }) => path).sort(),
  );
  expect(await digestOf(place)).toBe(await digestOf(alone));
});

test.each([
  ['1/2', '2/2'],
  ['2/2', '1/2'],
])(
  'a file that an earlier run loaded keeps its rows when the run reloads it, in the order %s, %s',
  async (...order) => {
    const numbers = Array.from({ length: 6 }, (_, number) => number);
    const request = (id: number, model: string) => [{ id, timestamp: '2024-01-01T00:01:00Z', success: true, model }];
    const files = (name: string) =>
      Object.fromEntries(numbers.map((id) => [`completion_requests/${name}${id}.json`, request(id, name)]));
    const root = plant(files('old'));
    const [place, alone] = [postgres.fresh(), sqlite.fresh()];
    for (const { url, dbSchema } of [place, alone]) await load(root, url, { dbSchema });
    grow(root, files('new'));
    const whole = await load(root, alone.url, { reload: true });
    expect(rejectsOf([whole])).toEqual(
      numbers.map((id) => `completion_requests/new${id}.json#1 conflicting-duplicate`),
    );
    const { url, dbSchema } = place;
    // Each shard twice: the second time it reloads what the run itself has loaded.
    for (const shard of [...order, ...order]) await load(root, url, { dbSchema, runId: 'r', shard, reload: true });
    expect(await place.query('SELECT DISTINCT model FROM completion_requests')).toEqual([{ model: 'old' }]);
    expect(await digestOf(place)).toBe(await digestOf(alone));
    const [run] = await place.query("SELECT exit_code::int, report FROM ledger.runs WHERE run_id = 'r'");
    const { warnings: _warnings, ...totals } = whole.head.totals;
    expect(run).toMatchObject({ exit_code: 1, report: { totals } });
  },
);

test('rows that were deleted since count for the run as a whole, as for one process', async () => {
  const files = Array.from({ length: 6 }, (_, file) => [
    `metrics/${file}.json`,
    [1, 2, 3].map((hour) => ({ timestamp: `2025-01-01T0${hour}:00:00Z`, source: `host-${file}`, cpu_usage: 1 })),
  ]);
  const root = plant(Object.fromEntries(files));
  const { url, dbSchema, args, query } = postgres.fresh();
  await load(root, url, { dbSchema });
  await query("DELETE FROM metrics WHERE timestamp < '2025-01-01T02:00:00Z'");
  const whole = '12 records in the database, 6 deleted since, 0 rejected';
  const saidOf = async (run: string) => {
    const { stdout } = await runCli(['report', run, ...args]);
    return /^COMPLETE {2}(.*), in /.exec(stdout)?.[1];
  };
  await load(root, url, { dbSchema, runId: 'alone' });
  expect(await saidOf('alone')).toBe(whole);
  for (const shard of ['1/2', '2/2']) await load(root, url, { dbSchema, runId: 'shared', shard });
  expect(await saidOf('shared')).toBe(whole);
  // Also of files that the run has loaded itself, where its shards run again.
  for (const shard of ['1/2', '2/2']) await load(root, url, { dbSchema, runId: 'again', shard, reload: true });
  expect(await saidOf('again')).toBe('18 records in the database, 0 rejected');
  await query("DELETE FROM metrics WHERE timestamp < '2025-01-01T02:00:00Z'");
  for (const shard of ['1/2', '2/2']) await load(root, url, { dbSchema, runId: 'again', shard });
  expect(await saidOf('again')).toBe(whole);
});
