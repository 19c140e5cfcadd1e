import { beforeAll, describe, expect, test } from 'vitest';
import { FailingRuns } from '../setup/failing-runs.ts';
import type { Product } from '../setup/targets.ts';

/** The commit of the first batch. PostgreSQL also commits what it read of the ledger, and signs of life with it. */
const FIRST_BATCH: Readonly<Record<Product, number>> = { SQLite: 5, PostgreSQL: 9 };

/** Which call fails, of those that look like this the first, or with -1 the last, and how. test/soak has all of them. */
const POINTS: Readonly<Record<Product, readonly (readonly [call: RegExp, which: number, how: string])[]>> = {
  SQLite: [
    [/^commit /, FIRST_BATCH.SQLite, 'SIGKILL'],
    [/^commit /, FIRST_BATCH.SQLite, 'ENOSPC'],
    [/^readSync root.metrics/, -1, 'EIO'],
    [/^open root.conversations/, 0, 'EIO'],
    [/^sync .*backups/, 0, 'ENOSPC'],
    [/^rename .*backups/, -1, 'EACCES'],
    [/^link .*rejects/, 0, 'EIO'],
    [/^datasync .*archive.*partial/, 1, 'EIO'],
    [/^rename cwd.*archive/, -1, 'ENOSPC'],
  ],
  PostgreSQL: [
    [/^commit /, FIRST_BATCH.PostgreSQL, 'EIO'],
    [/^committed /, FIRST_BATCH.PostgreSQL, 'SIGKILL'],
    [/^rename root/, 0, 'SIGKILL'],
    [/^rename root/, 1, 'EACCES'],
  ],
};

describe.each(['SQLite', 'PostgreSQL'] as const)('into %s', { concurrent: true }, (product) => {
  let runs: FailingRuns;

  beforeAll(async () => {
    runs = await FailingRuns.begin(product);
  });

  test.each(POINTS[product])(
    'a failure costs no file and no row, and the next run ends like a clean one: %s, %i, %s',
    async (call, which, how) => {
      const found = await runs.failing({ at: runs.numberOf(call, which), how });
      expect(found.wrong, `${how} at ${found.call}`).toEqual([]);
    },
  );

  test('a commit that did not happen, and files that are moved all the same, would be noticed', async () => {
    const { wrong } = await runs.failing({ at: runs.numberOf(/^commit /, FIRST_BATCH[product]), how: 'LIE' });
    expect(wrong).toContainEqual(expect.stringMatching('after the next run the tables are not those of a clean run'));
  });
});
