import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, hashesBelow } from '../setup/corpus.ts';
import {
  expectNoTemporaryFile,
  expectNothingLeft,
  firstCommit,
  KilledLoads,
  killAfter,
  sourcesBelow,
} from '../setup/killed-loads.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';

/** Times that the same load is killed before it may end. */
const KILLS = [1, 2, 1];

let loads: KilledLoads;

beforeAll(async () => {
  loads = await KilledLoads.begin(800);
});

afterAll(() => loads.end());

function changedRows(stdout: string): number {
  const report: { tables: Record<string, { inserted: number; updated: number }> } = JSON.parse(stdout);
  return Object.values(report.tables).reduce((sum, rows) => sum + rows.inserted + rows.updated, 0);
}

describe.each(PRODUCTS)('a load of 800 files into %s', { concurrent: true, timeout: 150_000 }, (product) => {
  test('that is killed at any moment ends like one clean run when the same command is given again', async () => {
    const { corpus } = loads;
    const { digest, duration, loading } = loads.cleanOf(product);
    const { seed, next } = random();
    const sources = filesBelow(corpus);
    let killed = 0;
    let halfway = 0;
    for (const [round, kills] of KILLS.entries()) {
      const what = `seed ${seed}, round ${round}`;
      const target = await freshTarget(product);
      const place = loads.newPlace(`${product}-${round}`);
      for (let kill = 0; kill < kills; kill++) {
        const run = loads.start(corpus, target, place);
        // Every other kill falls into the load itself, the rest anywhere from the start of the program.
        const isLoading = (round + kill) % 2 === 0;
        if (isLoading) await firstCommit(run, target);
        if (await killAfter(run, place, 0.8 * next() * (isLoading ? loading : duration))) killed++;
      }
      const last = await loads.start(corpus, target, place).ended;
      expect(last, `${what}: ${last.stderr}`).toMatchObject({ code: 0, stderr: '' });
      expect(await digestOf(target.url), what).toBe(digest);
      expectNothingLeft(target, place);
      const runs = await queryTarget(target.url, 'SELECT DISTINCT run_id FROM ledger.files');
      if (runs.length > 1) halfway++;
      if (round === 2) {
        const again = await loads.start(corpus, target, place).ended;
        expect(again, `${what}, run once more: ${again.stderr}`).toMatchObject({ code: 0 });
        expect(changedRows(again.stdout), `${what}, run once more`).toBe(0);
      }
      await target.drop();
    }
    expect(filesBelow(corpus)).toEqual(sources);
    expect(killed, 'kills that met a running program').toBeGreaterThanOrEqual(KILLS.length);
    // Where a kill falls is chance.
    expect(halfway, 'loads that were killed between two commits').toBeGreaterThanOrEqual(1);
  });

  test('with --archive that is killed at any moment leaves each source exactly once, in the source or in an archive', async () => {
    const { seed, next } = random();
    const place = loads.newPlace(`${product}-archive`);
    const root = loads.newRoot(product);
    const hashes = hashesBelow(root);
    const target = await freshTarget(product);
    const run = () => loads.start(root, target, place, '--archive', '--allow-empty');
    for (let kill = 0; kill < 2; kill++) {
      await killAfter(run(), place, 400 + 1200 * next());
      expect(sourcesBelow(hashes, root, place.cwd), `seed ${seed}, after kill ${kill}`).toEqual(hashes);
    }
    const last = await run().ended;
    expect(last, `seed ${seed}: ${last.stderr}`).toMatchObject({ code: 0 });
    expect(sourcesBelow(hashes, root, place.cwd), `seed ${seed}`).toEqual(hashes);
    expect(filesBelow(root), `seed ${seed}`).toEqual([]);
    expectNoTemporaryFile(target, place);
    expect(await digestOf(target.url), `seed ${seed}`).toBe(loads.cleanOf(product).digest);
    await target.drop();
  });
});
