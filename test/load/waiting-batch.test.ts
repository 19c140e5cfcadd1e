import { expect, test } from 'vitest';
import type { FilePart, LoadResult } from '../../src/load/batch.ts';
import { WaitingBatch } from '../../src/load/waiting-batch.ts';
import { StageClock } from '../../src/report/stage-clock.ts';

/** Parts are only counted here. */
const PART = {} as FilePart;
const KIB = 1024;

function batches(batchBytes: number, load: (parts: readonly FilePart[]) => Promise<LoadResult>, atOnce = 1) {
  const loaded: LoadResult[] = [];
  const batch = new WaitingBatch({
    atOnce,
    mayLoadBeside: () => atOnce > 1,
    batchBytes,
    clock: new StageClock(),
    load,
    loaded: async (result) => void loaded.push(result),
  });
  return { batch, loaded };
}

const result = (parts: readonly FilePart[]): LoadResult => ({ parts: [], warnings: [], batch: parts.length }) as never;

test('batches begin small and get twice as large, up to the most that one holds', async () => {
  const { batch } = batches(1024 * KIB, async (parts) => result(parts));
  for (const kibibytes of [256, 512, 1024, 1024]) {
    batch.add(PART);
    batch.addBytes(kibibytes * KIB - 1);
    expect(batch.isFull).toBe(false);
    batch.addBytes(1);
    expect(batch.isFull).toBe(true);
    await batch.flush();
  }
});

test('after a batch whose records were unpacked the next ones are small, and grow again after one that was loaded whole', async () => {
  let isOpened = true;
  const { batch } = batches(1024 * KIB, async (parts) => ({ ...result(parts), isOpened }));
  const fillWith = async (kibibytes: number): Promise<boolean> => {
    batch.add(PART);
    batch.addBytes(kibibytes * KIB);
    const { isFull } = batch;
    await batch.flush();
    return isFull;
  };
  for (let count = 0; count < 4; count++) expect(await fillWith(512)).toBe(true);
  isOpened = false;
  await fillWith(512);
  expect(await fillWith(512)).toBe(true);
  expect(await fillWith(512)).toBe(false);
});

test('files share a batch up to 1,500', async () => {
  const { batch } = batches(1024 * KIB, async (parts) => result(parts));
  for (let file = 1; file < 1500; file++) batch.add(PART);
  expect(batch.hasAllFiles).toBe(false);
  batch.add(PART);
  expect([batch.hasAllFiles, batch.isFull]).toEqual([true, true]);
});

test('a batch loads while the next one fills, and is taken over before that one loads', async () => {
  const begun: number[] = [];
  let finish: () => void = () => undefined;
  const { batch, loaded } = batches(KIB, async (parts) => {
    begun.push(parts.length);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return result(parts);
  });
  batch.add(PART);
  await batch.flush();
  batch.add(PART);
  batch.add(PART);
  const second = batch.flush();
  await Promise.resolve();
  expect([begun, loaded.length]).toEqual([[1], 0]);
  finish();
  await second;
  expect([begun, loaded.length]).toEqual([[1, 2], 1]);
  finish();
  await batch.loaded();
  expect(loaded).toHaveLength(2);
});

test('a batch that fails does so where it is awaited, and can be closed without', async () => {
  for (const end of ['loaded', 'close'] as const) {
    const { batch } = batches(KIB, () => Promise.reject(new Error('refused')));
    batch.add(PART);
    await batch.flush();
    if (end === 'loaded') await expect(batch.loaded()).rejects.toThrow('refused');
    else await batch.close();
  }
});

test('as many batches load at the same time as may, are taken over in order, and told although one before them fails', async () => {
  const ends: PromiseWithResolvers<void>[] = [];
  const { batch, loaded } = batches(
    KIB,
    async (parts) => {
      const end = Promise.withResolvers<void>();
      ends.push(end);
      await end.promise;
      return result(parts);
    },
    3,
  );
  const flush = async (parts: number): Promise<void> => {
    for (let part = 0; part < parts; part++) batch.add(PART);
    await batch.flush();
  };
  for (const parts of [1, 2, 3]) await flush(parts);
  const fourth = flush(4);
  ends[1]?.resolve();
  await Promise.resolve();
  expect([ends.length, loaded.length]).toEqual([3, 0]);
  ends[0]?.resolve();
  await fourth;
  expect([ends.length, loaded.length]).toEqual([4, 1]);
  ends[2]?.reject(new Error('refused'));
  ends[3]?.resolve();
  await expect(batch.loaded()).rejects.toThrow('refused');
  await batch.close();
  expect(loaded).toEqual([1, 2, 4].map((parts) => result(Array.from({ length: parts }, () => PART))));
});
