import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCorpus } from '../setup/corpus.ts';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { forecast, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { PGBOUNCER, type Pooler, startPooler } from '../setup/pgbouncer.ts';
import { digestOf, queryTarget } from '../setup/targets.ts';

/** PgBouncer comes from no npm package. CI installs it, and fails without it; elsewhere these tests say that it is missing. */
const IS_MISSING = PGBOUNCER === undefined && process.env['CI'] === undefined;

/** Many transactions, each of which may meet another session of the server. */
const SMALL_BATCHES = { batchBytes: 5000 };

let scratch: string;
let corpus: string;

beforeAll(() => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-pooler-'));
  corpus = join(scratch, 'corpus');
  writeCorpus(corpus, 100);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(IS_MISSING).each([1, 2])(
  'behind PgBouncer in transaction mode with %i server connections',
  (poolSize) => {
    let target: FreshPostgres;
    let direct: FreshPostgres;
    let pooler: Pooler;

    beforeAll(async () => {
      [target, direct] = await Promise.all([freshPostgres(), freshPostgres()]);
      pooler = await startPooler(target, poolSize);
    });

    afterAll(async () => {
      await pooler.stop();
      await Promise.all([target.drop(), direct.drop()]);
    });

    test('a dry run forecasts, a run loads, a rerun changes nothing, as without it', async () => {
      const reference = await load(corpus, direct.url, SMALL_BATCHES);
      expect(reference.exitCode).toBe(0);

      const rehearsed = await load(corpus, pooler.url, { ...SMALL_BATCHES, dryRun: true });
      expect(rehearsed.error).toBeUndefined();
      expect(forecast(rehearsed)).toEqual(forecast(reference));
      const tables = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'";
      expect(await queryTarget(target.url, tables)).toEqual([{ n: 0 }]);

      const loaded = await load(corpus, pooler.url, SMALL_BATCHES);
      expect(loaded.error).toBeUndefined();
      expect(forecast(loaded)).toEqual(forecast(reference));
      expect(await digestOf(target.url)).toBe(await digestOf(direct.url));
      expect(await digestOf(pooler.url)).toBe(await digestOf(direct.url));

      for (const options of [{}, { reload: true }, { dryRun: true, reload: true }]) {
        const again = await load(corpus, pooler.url, { ...SMALL_BATCHES, ...options });
        expect(again).toMatchObject({ exitCode: 0, error: undefined });
        for (const rows of Object.values(again.tables)) expect(rows).toMatchObject({ inserted: 0, updated: 0 });
      }
      expect(await digestOf(target.url)).toBe(await digestOf(direct.url));
    });

    test('nothing is left in a session that the pooler gives to the next client', async () => {
      await load(corpus, pooler.url, { ...SMALL_BATCHES, reload: true, dryRun: true });
      await load(corpus, pooler.url, { ...SMALL_BATCHES, reload: true });
      const leftovers = await queryTarget(
        pooler.url,
        `SELECT (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS tables,
         (SELECT count(*)::int FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks,
         (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
         (SELECT count(*)::int FROM pg_prepared_statements WHERE name <> '') AS statements,
         (SELECT count(*)::int FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%') AS transactions`,
      );
      expect(leftovers).toEqual([{ tables: 0, locks: 0, cursors: 0, statements: 0, transactions: 0 }]);
    });
  },
);
