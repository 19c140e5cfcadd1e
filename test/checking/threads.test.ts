import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Chunk, FileToCheck } from '../../src/checking/chunk.ts';
import { CheckingPool } from '../../src/checking/pool.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { conversation } from '../setup/legacy.ts';
import { shopRegistry } from '../setup/shop-registry.ts';
import { plant } from '../setup/trees.ts';

const SETTINGS = {
  repair: [],
  strict: false,
  naiveTime: 'UTC',
  source: undefined,
  hashSecrets: false,
  keepPlainKeys: false,
  encoding: 'utf-8',
  maxRecordBytes: 4096,
  keepBytes: false,
  rowFormat: 'postgres',
  tempDir: undefined,
  batchBytes: 4 * 1024 * 1024,
} as const;

const FILES = 60;

function filesBelow(root: string): readonly FileToCheck[] {
  const owner = { owner: 'ann', from: 'path' } as const;
  return Array.from({ length: FILES }, (_, number) => ({
    number,
    path: `conversations/${number}.json`,
    place: join(root, `conversations/${number}.json`),
    bytes: 1000,
    dataset: 'conversations',
    recognised: { kind: 'recognised', container: { kind: 'document' }, compression: 'none', reason: 'path', owner },
  }));
}

async function* jobsOf(files: readonly FileToCheck[], size: number): AsyncGenerator<readonly FileToCheck[]> {
  for (let at = 0; at < files.length; at += size) yield files.slice(at, at + size);
}

/** Bytes for which threads start. */
const MUCH = 1e9;

async function checked(
  files: readonly FileToCheck[],
  inThreads: boolean,
  settings: ConstructorParameters<typeof CheckingPool>[0] = SETTINGS,
  registry = BUILT_IN,
): Promise<readonly Chunk[]> {
  const pool = new CheckingPool(settings, registry, 3);
  try {
    const jobs = jobsOf(files, 7);
    return await Array.fromAsync(pool.chunks(jobs, inThreads ? MUCH : 0, {}));
  } finally {
    await pool.close();
  }
}

const withoutTimes = (chunks: readonly Chunk[]) => chunks.map(({ times: _times, ...chunk }) => chunk);

test('threads hand out the same chunks in the same order as one thread alone', async () => {
  const texts = Array.from({ length: FILES }, (_, number): [string, unknown] => [
    `conversations/${number}.json`,
    number % 9 === 0 ? '{"id":' : conversation(`c-${number}`, ['x'.repeat(number * 30)]),
  ]);
  const files = filesBelow(plant(Object.fromEntries(texts)));
  const here = await checked(files, false);
  expect(here.flatMap(({ slices }) => slices.map(({ file }) => file))).toEqual(files.map(({ number }) => number));
  expect(withoutTimes(await checked(files, true))).toEqual(withoutTimes(here));
});

test('threads make the registry of the run for themselves', async () => {
  const root = plant({ 'orders/1.json': '[{"number":"a","buyer":"ann","items":[{"sku":"pen","quantity":1}]},7]' });
  const path = 'orders/1.json';
  const owner = { owner: 'system', from: 'default' } as const;
  const recognised = {
    kind: 'recognised',
    container: { kind: 'array' },
    compression: 'none',
    reason: 'path',
    owner,
  } as const;
  const file = { number: 0, path, place: join(root, path), bytes: 80, dataset: 'orders', recognised };
  const registry = shopRegistry();
  const here = await checked([file], false, SETTINGS, registry);
  expect(here.map(({ packed: { count, layouts } }) => [count, layouts[0]?.root])).toEqual([[1, 'orders']]);
  expect(withoutTimes(await checked([file], true, SETTINGS, registry))).toEqual(withoutTimes(here));
});

test('what a thread cannot do ends the check with its error', async () => {
  const files = filesBelow(plant({})).map((file) => ({ ...file, dataset: 'no such dataset' }));
  await expect(checked(files, true)).rejects.toThrow('no such dataset');
  const noTime = { ...SETTINGS, naiveTime: 'Atlantis/NullDatabase' };
  await expect(checked(filesBelow(plant({})), true, noTime)).rejects.toMatchObject({
    message: expect.stringContaining('Atlantis'),
  });
});
