import { describe, expect, test } from 'vitest';
import { KNOWN_RECIPES } from '../../src/recipes/recipes.ts';
import { builtInRegistry } from '../../src/recipes/registry.ts';
import { resolveOptions } from '../../src/settings/settings.ts';
import { shardOf } from '../../src/system/shard.ts';
import { type Loaded, load } from '../setup/load.ts';
import { bothStores } from '../setup/places.ts';
import { plant } from '../setup/trees.ts';

const [postgres, sqlite] = bothStores();
const TREE = { 'conversations/a.json': { id: 'a', title: 'a', messages: [{ role: 'user', content: 'hello' }] } };

const KNOWN = { registry: builtInRegistry(), recipes: KNOWN_RECIPES };

const parsed = (shard: string, environment = {}, more = {}) =>
  resolveOptions([{ values: { shard, runId: 'r', ...more }, nameOf: (key) => `--${key}` }], environment, KNOWN).options;

test('whose file it is depends on the path alone, and never changes', () => {
  expect([1, 2, 4, 100].map((shards) => shardOf('conversations/ann/ä.json', shards))).toMatchInlineSnapshot(`
    [
      1,
      2,
      2,
      98,
    ]
  `);
  const counts = new Map<number, number>();
  for (let file = 0; file < 4000; file++) {
    const shard = shardOf(`usage/user-${file}/usage.json`, 4);
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
  for (const count of counts.values()) expect(count).toBeGreaterThan(900);
});

describe('--shard', () => {
  test('auto takes the number from Kubernetes', () => {
    expect(parsed('auto/4', { JOB_COMPLETION_INDEX: '0' }).shard).toEqual({ shard: 1, shards: 4 });
    expect(parsed('auto', { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' }).shard).toEqual({ shard: 3, shards: 3 });
  });

  test.each([
    ['0/4', {}],
    ['5/4', {}],
    ['2', {}],
    ['two/4', {}],
    ['1/20000', {}],
    ['auto/4', {}],
    ['auto', { JOB_COMPLETION_INDEX: '0' }],
    ['auto/4', { JOB_COMPLETION_INDEX: '4' }],
    ['auto/4', { JOB_COMPLETION_INDEX: 'x' }],
  ])('%s is refused in the environment %j', (shard, environment) => {
    expect(() => parsed(shard, environment)).toThrow(/^--shard must be K\/N/);
  });

  test('needs a run id, and cannot move files away under other shards', () => {
    expect(() => parsed('1/2', {}, { runId: undefined })).toThrow('--shard must be given together with --run-id');
    expect(() => parsed('1/2', {}, { archive: true })).toThrow(/^--archive must not be given with --shard/);
  });

  test('gives each shard outputs of its own', () => {
    const options = parsed('2/4', {}, { report: 'out/r.json', rejects: 'bad', backup: true, backupDir: 'safe' });
    expect(options.report).toEqual(['out/r.2-of-4.json']);
    expect([options.rejects, options.backupDir]).toEqual([
      expect.stringMatching(/^bad\/2-of-4-/),
      expect.stringMatching(/^safe\/2-of-4-/),
    ]);
  });

  test('is refused for SQLite', async () => {
    const { url } = sqlite.fresh();
    const refused = load(plant(TREE), url, { shard: '1/2', runId: 'r' });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid-option',
      exitCode: 2,
      message: /--shard needs a PostgreSQL/,
    });
  });

  test('refuses another number of shards for the same run, and a run that has none', async () => {
    const { url, dbSchema } = postgres.fresh();
    const root = plant(TREE);
    const run = (options: object) => load(root, url, { dbSchema, ...options });
    await run({ shard: '1/2', runId: 'shared' });
    await run({ runId: 'whole' });
    await expect(run({ runId: 'shared' })).rejects.toMatchObject({ exitCode: 2, code: 'not-this-run' });
    for (const options of [
      { shard: '1/3', runId: 'shared' },
      { shard: '1/2', runId: 'whole' },
    ]) {
      const refused = await run(options);
      expect([refused.exitCode, refused.head.error?.code], JSON.stringify(options)).toEqual([2, 'not-this-run']);
    }
  });

  test('refuses other options and another directory than the run was begun with, and leaves the ledger as it is', async () => {
    const place = postgres.fresh();
    const { url, dbSchema } = place;
    const root = plant(TREE);
    const run = (directory: string, options: object) => load(directory, url, { dbSchema, runId: 'r', ...options });
    await run(root, { shard: '1/2', strict: true });
    const before = await place.footprint();
    for (const [directory, options, named] of [
      [root, { only: 'metrics' }, '--only, --strict'],
      [root, { strict: true, exclude: 'a/**' }, '--exclude'],
      [plant(TREE), { strict: true }, 'directory'],
    ] as const) {
      const { exitCode, error } = await run(directory, { shard: '2/2', ...options });
      expect([exitCode, error]).toEqual([2, `run r was begun with another ${named}`]);
    }
    expect(await place.footprint()).toEqual(before);
    expect((await run(root, { shard: '2/2', strict: true, workers: 1 })).exitCode).toBe(0);
  });

  test('with --dry-run rehearses its part alone and writes nothing', async () => {
    const place = postgres.fresh();
    const { url, dbSchema } = place;
    const root = plant(TREE);
    const before = await place.footprint();
    const runs: Loaded[] = [];
    for (const shard of ['1/2', '2/2']) runs.push(await load(root, url, { dbSchema, shard, runId: 'r', dryRun: true }));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(runs.map(({ head }) => head.totals.files).sort()).toEqual([0, 1]);
    expect(await place.footprint()).toEqual(before);
  });

  test('nothing to load at all is told by the last shard', async () => {
    const { url, dbSchema } = postgres.fresh();
    const root = plant({ 'README.txt': 'nothing' });
    const codes: number[] = [];
    for (const shard of ['1/2', '2/2']) codes.push((await load(root, url, { dbSchema, shard, runId: 'r' })).exitCode);
    expect(codes).toEqual([0, 1]);
  });
});
