import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { random } from '../setup/random.ts';
import { type RunningCli, startCli } from '../setup/running-cli.ts';
import { digestOf, freshUrl, type Product } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type Application, registryOf, rootOf } from './application.ts';

/** Kills so many loads at moments spread over a run; the same command again gives what one clean run does. */
export async function holdKills(application: Application, product: Product, kills: number): Promise<void> {
  const place = placeOf(application);
  const clean = await freshUrl(product);
  const began = performance.now();
  const { code, stderr } = await place.start(clean).ended;
  const duration = performance.now() - began;
  expect([0, 1], stderr).toContain(code);
  const { seed, next } = random();
  for (let kill = 0; kill < kills; kill++) {
    const where = `${application.name}, ${product}, seed ${seed}, kill ${kill}`;
    const url = await freshUrl(product);
    const run = place.start(url);
    // The first half of a run is the start of the program, which opens no database.
    await Promise.race([run.ended, sleep(duration * (0.4 + (0.7 * (kill + next())) / kills))]);
    run.child.kill('SIGKILL');
    await run.ended;
    const again = await place.start(url).ended;
    expect(again.code, `${where}: ${again.stderr}`).toBe(code);
    const { tables } = registryOf(application);
    expect(await digestOf(url, tables.list, tables), where).toBe(await digestOf(clean, tables.list, tables));
  }
}

/** A directory with its files and its config, and how the program is started there. */
function placeOf(application: Application): { start(url: string): RunningCli } {
  const cwd = plant();
  const temporary = join(cwd, 'temporary');
  mkdirSync(temporary);
  const config = { ...application.options, root: rootOf(application), to: undefined };
  writeFileSync(join(cwd, 'migrate-json.config.json'), JSON.stringify(config), { mode: 0o600 });
  return {
    start: (url) =>
      startCli(['run', '--to', url, '--quiet', '--batch-bytes', '2000'], { cwd, env: { TMPDIR: temporary } }),
  };
}
