import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { CONFLICT_MODES } from '../../src/settings/options.ts';
import { undo } from '../../src/undo/undo.ts';
import { emptyTables } from '../setup/databases.ts';
import { directory } from '../setup/legacy-texts.ts';
import { load } from '../setup/load.ts';
import { connectTo, digestOf, type FreshTarget, freshTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

let postgres: FreshTarget;

beforeAll(async () => {
  postgres = await freshTarget('PostgreSQL');
  await load(import.meta.dirname, postgres.url, { allowEmpty: true });
});

afterAll(() => postgres.drop());

async function onBoth(work: (url: string) => Promise<void>): Promise<void> {
  const sqlite = await freshTarget('SQLite');
  const client = await connectTo(postgres.url);
  try {
    await emptyTables(client);
    await load(import.meta.dirname, sqlite.url, { allowEmpty: true });
    for (const { url } of [sqlite, postgres]) await work(url);
  } finally {
    await client.end();
    await sqlite.drop();
  }
}

async function undoRun(url: string, run: string, dryRun: boolean) {
  return undo({ ...runSettings({ root: '.', to: url, dryRun }), run, restoreFiles: false });
}

test('the undo of any load over any other, in every conflict mode, gives back what was there before', async () => {
  const root = plant();
  await fc.assert(
    fc.asyncProperty(
      directory,
      directory,
      fc.constantFrom(...CONFLICT_MODES),
      fc.constantFrom(1, 300, 8_388_608),
      async (first, second, onConflict, batchBytes) => {
        await onBoth(async (url) => {
          const runs: string[] = [];
          const digests = [await digestOf(url)];
          for (const tree of [first, second]) {
            rmSync(root, { recursive: true });
            grow(root, { 'readme.txt': '', ...tree });
            const loaded = await load(root, url, { onConflict, batchBytes, allowEmpty: true });
            runs.push(loaded.head.run_id);
            digests.push(await digestOf(url));
          }
          for (const [index, run] of runs.entries().toArray().toReversed()) {
            const forecast = await undoRun(url, run, true);
            expect(await digestOf(url)).toBe(digests[index + 1]);
            const { duration_ms: _ms, ...done } = await undoRun(url, run, false);
            expect(forecast).toMatchObject({ ...done, dry_run: true });
            expect(done).toMatchObject({ exit_code: 0, kept: [] });
            expect(await digestOf(url), `${url} run ${index}`).toBe(digests[index]);
          }
        });
      },
    ),
    { numRuns: 3 },
  );
});
