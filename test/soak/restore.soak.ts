import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshSqlite } from '../setup/databases.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { conversation } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { startCli } from '../setup/running-cli.ts';
import { mountDisk } from '../setup/small-disk.ts';
import { digestOf } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const KILLS = 40;

function contentsOf(root: string): readonly (readonly [string, string])[] {
  return filesBelow(root).map((path) => [path, readFileSync(join(root, path), 'utf8')]);
}

test(`a restore that is killed ${KILLS} times ends as one that is not`, async () => {
  const root = plant(
    Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [`conversations/u${n % 7}/${n}.json`, conversation(`c${n}`, ['a', 'b'])]),
    ),
  );
  const { url, drop } = freshSqlite();
  onTestFinished(drop);
  const copy = join(plant(), 'copy');
  await load(root, url, { backup: true, backupDir: copy });
  const into = join(plant(), 'into');
  const { seed, next } = random();
  const args = ['restore', copy, '--into', into, '--json'];
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, ended } = startCli(args, { cwd: plant() });
    await sleep(150 + next() * 250);
    child.kill('SIGKILL');
    if ((await ended).code !== 0) killed++;
  }
  expect(killed, `seed ${seed}`).toBeGreaterThan(0);
  const last = await runCli(args);
  expect([last.code, JSON.parse(last.stdout).files], `seed ${seed}`).toEqual([0, 400]);
  expect(contentsOf(into), `seed ${seed}`).toEqual(contentsOf(root));
});

/** Leaves no room for more than one page. */
function fill(directory: string): void {
  try {
    for (;;) appendFileSync(join(directory, 'filler'), Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}

test('a snapshot that does not fit on the disk, going or coming back, leaves the database as it was', async ({
  skip,
}) => {
  const disk = mountDisk(2048);
  if (disk === undefined) return skip('a small tmpfs cannot be mounted here');
  onTestFinished(() => disk.unmount());
  const url = `sqlite:${join(disk.path, 'test.db')}`;
  const tree = (from: number) =>
    plant(
      Object.fromEntries(
        Array.from({ length: 60 }, (_, n) => [
          `conversations/${from + n}.json`,
          conversation(`c${from + n}`, ['x'.repeat(5000)]),
        ]),
      ),
    );
  await load(tree(0), url);
  const away = plant();
  const run = (command: string, ...more: string[]) =>
    runCli(['snapshot', command, ...more, '--to', url], { cwd: away });
  const made = await run('create', '--json');
  expect(made.code, made.stderr).toBe(0);
  await load(tree(100), url);
  const before = await digestOf(url);
  fill(disk.path);
  const tooLarge = await run('create', '--snapshot-dir', join(disk.path, 'snapshots'));
  expect(tooLarge.code, tooLarge.stderr).toBe(4);
  const back = await run('restore', JSON.parse(made.stdout).name, '--yes');
  expect(back.code, back.stderr).toBe(4);
  expect(await digestOf(url)).toBe(before);
  disk.grow();
  expect((await run('restore', JSON.parse(made.stdout).name, '--yes')).code).toBe(0);
});
