import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, hashesBelow } from '../setup/corpus.ts';
import { expectNoTemporaryFile, KilledLoads, killAfter, sourcesBelow } from '../setup/killed-loads.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshTarget, PRODUCTS } from '../setup/targets.ts';

const LOADS = 200;
/** Times that each load is killed before it may end. */
const DEPTH = 3;

let loads: KilledLoads;

beforeAll(async () => {
  loads = await KilledLoads.begin(300);
});

afterAll(() => loads.end());

describe.each(PRODUCTS)('%s', { concurrent: true }, (product) => {
  test(`${LOADS} loads with --archive, each killed ${DEPTH} times, end like one clean run`, async () => {
    const { seed, next } = random();
    const { digest, duration } = loads.cleanOf(product);
    let killed = 0;
    for (let round = 0; round < LOADS; round++) {
      const what = `seed ${seed}, round ${round}`;
      const target = await freshTarget(product);
      const place = loads.newPlace(`${product}-${round}`);
      const root = loads.newRoot(`${product}-${round}`);
      const hashes = hashesBelow(root);
      const run = () => loads.start(root, target, place, '--archive', '--allow-empty');
      for (let kill = 0; kill < DEPTH; kill++) {
        if (await killAfter(run(), place, 1.2 * next() * duration)) killed++;
        expect(sourcesBelow(hashes, root, place.cwd), `${what}, kill ${kill}`).toEqual(hashes);
      }
      const last = await run().ended;
      expect(last, `${what}: ${last.stderr}`).toMatchObject({ code: 0 });
      expect(await digestOf(target.url), what).toBe(digest);
      expect(sourcesBelow(hashes, root, place.cwd), what).toEqual(hashes);
      expect(filesBelow(root), what).toEqual([]);
      expectNoTemporaryFile(target, place);
      await target.drop();
      for (const directory of [root, place.cwd, place.temporary]) rmSync(directory, { recursive: true });
    }
    expect(killed, 'kills that met a running program').toBeGreaterThan(LOADS);
  });
});
