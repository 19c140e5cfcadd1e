import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, hashesBelow } from '../setup/corpus.ts';
import { expectNoTemporaryFile, KilledLoads, killAfter, sourcesBelow } from '../setup/killed-loads.ts';
import { random } from '../setup/random.ts';
import type { RunningCli } from '../setup/running-cli.ts';
import { digestOf, freshTarget, PRODUCTS, type Product } from '../setup/targets.ts';

const LOADS = 200;
/** Times that each load is killed before it may end. */
const DEPTH = 3;
const WRONG_LOADS = 10;
const ARCHIVE = ['--archive', '--allow-empty'];

type Start = (...to: Parameters<KilledLoads['start']>) => RunningCli;

let loads: KilledLoads;

beforeAll(async () => {
  loads = await KilledLoads.begin(300);
});

afterAll(() => loads.end());

/** One load that is killed and then ends; resolves with the number of kills that met it running. */
async function expectWhole(product: Product, name: string, next: () => number, first: Start): Promise<number> {
  const { digest, duration } = loads.cleanOf(product);
  const target = await freshTarget(product);
  const place = loads.newPlace(name);
  const root = loads.newRoot(name);
  const options = [...ARCHIVE, '--connections', next() < 0.5 ? '1' : '4'];
  try {
    const hashes = hashesBelow(root);
    let killed = 0;
    for (let kill = 0; kill < DEPTH; kill++) {
      const start: Start = kill === 0 ? first : (...to) => loads.start(...to);
      if (await killAfter(start(root, target, place, ...options), place, 1.2 * next() * duration)) killed++;
      expect(sourcesBelow(hashes, root, place.cwd), `${name}, kill ${kill}`).toEqual(hashes);
    }
    const last = await loads.start(root, target, place, ...options).ended;
    expect(last, `${name}: ${last.stderr}`).toMatchObject({ code: 0 });
    expect(await digestOf(target.url), name).toBe(digest);
    expect(sourcesBelow(hashes, root, place.cwd), name).toEqual(hashes);
    expect(filesBelow(root), name).toEqual([]);
    expectNoTemporaryFile(target, place);
    return killed;
  } finally {
    await target.drop();
    for (const directory of [root, place.cwd, place.temporary]) rmSync(directory, { recursive: true });
  }
}

describe.each(PRODUCTS)('%s', { concurrent: true }, (product) => {
  test(`${LOADS} loads with --archive, each killed ${DEPTH} times, end like one clean run`, async () => {
    const { seed, next } = random();
    let killed = 0;
    for (let round = 0; round < LOADS; round++) {
      const name = `${product}, seed ${seed}, round ${round}`;
      killed += await expectWhole(product, name, next, (...to) => loads.start(...to));
    }
    expect(killed, 'kills that met a running program').toBeGreaterThan(LOADS);
  });

  test('a load that archives before its commit is done does not end like one', async () => {
    const found: string[] = [];
    for (let round = 0; round < WRONG_LOADS; round++) {
      const wrong: Start = (...to) => loads.startWrong(3 + round, ...to);
      // Too late for a kill: whatever it archives is archived then.
      const never = () => 1000;
      await expectWhole(product, `${product}, wrong, round ${round}`, never, wrong).catch((error: unknown) =>
        found.push(String(error)),
      );
    }
    expect(found.filter((message) => message.includes('Object.is equality'))).not.toEqual([]);
    console.log(`${product}: ${found.length} of ${WRONG_LOADS} found`);
  });
});
