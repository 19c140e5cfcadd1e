import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { type Fate, startProxy } from '../setup/postgres-proxy.ts';
import { rivalFiles, spreadFiles } from '../setup/spread-files.ts';
import { digestOf, freshTarget, openTarget, queryTarget } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

const AT_ONCE = [1, 2, 4, 8];

/** Small, so that there are many batches. */
const batchBytes = 3000;

/** Owners of their own each, and metrics that have none. */
const APART: Tree = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [`metrics/host-${index}.json`, measurements(20, { source: `h${index}` })]),
);

async function target() {
  const fresh = await freshTarget('PostgreSQL');
  onTestFinished(() => fresh.drop());
  return fresh;
}

describe('with several connections to PostgreSQL', () => {
  test.each([
    ['files that refer to each other', { ...spreadFiles(24), ...APART }],
    ['copies, rivals and rejects', { ...WITH_FAULTS, ...rivalFiles(12), ...APART }],
  ])('%s give the same rows, counts, rejects and warnings in the same order', async (_name, files) => {
    const root = plant(files);
    const outcomes: unknown[] = [];
    for (const connections of AT_ONCE) {
      const { url } = await target();
      const first = await load(root, url, { connections, batchBytes });
      const reloaded = await load(root, url, { connections, batchBytes, reload: true });
      const told = [first, reloaded].map((each) => ({ ...(forecast(each) as object), warnings: each.warnings }));
      outcomes.push({ told, digest: await digestOf(url) });
    }
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });

  test('batches of different files commit beside each other; what the database numbers ascends within a file', async () => {
    const { url } = await target();
    let [open, most] = [0, 0];
    const proxy = await startProxy(url, async ({ sql }): Promise<Fate> => {
      if (sql !== 'COMMIT') return 'forward';
      most = Math.max(most, ++open);
      await sleep(30);
      open--;
      return 'forward';
    });
    onTestFinished(() => proxy.close());
    const { exitCode } = await load(plant(APART), proxy.url, { connections: 4, batchBytes });
    expect(exitCode).toBe(0);
    // A busy machine may read too slowly for all four.
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    const unordered = `SELECT count(*)::int AS n FROM metrics a JOIN metrics b USING (source) WHERE a.id < b.id AND a.timestamp > b.timestamp`;
    expect(await queryTarget(url, unordered)).toEqual([{ n: 0 }]);
  });

  test('a batch that fails for good leaves those beside it whole: the next run ends like a clean one', async () => {
    const root = plant(APART);
    const clean = await target();
    await load(root, clean.url);
    const { url } = await target();
    let copies = 0;
    const proxy = await startProxy(url, ({ sql }) =>
      /^COPY \S*metrics/.test(sql) && ++copies > 2 ? 'lose' : 'forward',
    );
    onTestFinished(() => proxy.close());
    const failed = await load(root, proxy.url, { connections: 4, batchBytes });
    expect(failed.exitCode).toBe(4);
    const [inDatabase] = await queryTarget(url, 'SELECT count(*)::int AS n FROM metrics');
    // What is there is told.
    expect(inDatabase?.['n']).toBe(failed.tables['metrics']?.inserted);
    expect((await load(root, url, { connections: 4, batchBytes })).exitCode).toBe(0);
    expect(await digestOf(url)).toBe(await digestOf(clean.url));
  }, 60_000);

  test('there are no more than the role may have', async () => {
    const { url } = await target();
    const open = async (wanted: number) => {
      const database = await openTarget(url, { batchesAtOnce: { wanted, workers: 1 } });
      await database.close();
      return database.batchesAtOnce;
    };
    expect([await open(1), await open(4)]).toEqual([1, 4]);
    const [{ most } = { most: 0 }] = await queryTarget(url, "SELECT current_setting('max_connections')::int AS most");
    expect(await open(64)).toBeLessThan(Number(most));
  });
});
