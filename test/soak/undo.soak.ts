import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { writeCorpus } from '../setup/corpus.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { startCli } from '../setup/running-cli.ts';
import { digestOf, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const KILLS = 20;
const FILES = 2000;

test.each(PRODUCTS)('an undo on %s that is killed at any moment has done all or nothing', async (product) => {
  const target = await freshTarget(product);
  const root = plant();
  writeCorpus(root, FILES);
  await load(plant(), target.url, { allowEmpty: true });
  const empty = await digestOf(target.url);
  let run = (await load(root, target.url)).head.run_id;
  const full = await digestOf(target.url);
  const undo = () => startCli(['undo', run, '--yes', '--to', target.url], { cwd: root });
  const { next, seed } = random();
  let met = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, ended } = undo();
    await sleep(100 + 900 * next());
    if (child.exitCode === null) met++;
    child.kill('SIGKILL');
    await ended;
    const [found] = await queryTarget(target.url, `SELECT status FROM ledger.runs WHERE run_id = '${run}'`);
    const isUndone = found?.['status'] === 'undone';
    expect(await digestOf(target.url), `seed ${seed}, kill ${kill}`).toBe(isUndone ? empty : full);
    if (isUndone) run = (await load(root, target.url)).head.run_id;
  }
  expect(met, 'kills that met a running undo').toBeGreaterThan(KILLS / 4);
  const last = await undo().ended;
  expect(last, last.stderr).toMatchObject({ code: 0 });
  expect(await digestOf(target.url)).toBe(empty);
  await target.drop();
});
