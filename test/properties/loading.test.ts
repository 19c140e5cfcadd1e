import { rmSync } from 'node:fs';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Reject } from '../../src/reject.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { CONFLICT_MODES } from '../../src/settings/options.ts';
import { emptyTables, type FreshPostgres, freshPostgres, freshSqlite } from '../setup/databases.ts';
import { WITH_FAULTS } from '../setup/legacy.ts';
import { directory } from '../setup/legacy-texts.ts';
import { digestOf } from '../setup/places.ts';
import { within } from '../setup/time-limit.ts';
import { grow, plant } from '../setup/trees.ts';

const ZONES = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Europe/Berlin'];

/** How a load is carried out, which must not show in the result. */
const manner = fc.record({
  batchBytes: fc.constantFrom(1, 50, 300, 8_388_608),
  workers: fc.constantFrom(1, 2, 7),
  zone: fc.constantFrom(...ZONES),
});

type Manner = typeof manner extends fc.Arbitrary<infer T> ? T : never;

let postgres: FreshPostgres;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await freshPostgres();
  admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await load({ root: import.meta.dirname, to: postgres.url, allowEmpty: true });
});

afterAll(async () => {
  await admin.end();
  await postgres.drop();
});

async function load(given: Parameters<typeof runSettings>[0], { batchBytes, workers, zone }: Partial<Manner> = {}) {
  const before = process.env['TZ'];
  if (zone !== undefined) process.env['TZ'] = zone;
  try {
    const report = await migrate(
      runSettings({ ...given, ...(batchBytes && { batchBytes }), ...(workers && { workers }) }),
    );
    if (report.error) throw report.error;
    const files = [...report.files()].map(({ rejects, ...file }) => ({
      ...file,
      rejects: [...rejects].map(comparable),
    }));
    const { tables, exit_code: exitCode } = report.head;
    const writes = Object.values(tables).reduce((sum, { inserted, updated }) => sum + inserted + updated, 0);
    return {
      files,
      tables,
      exitCode,
      writes,
      rejects: files.map(({ path, rejects, records }) => [path, rejects, records]),
    };
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

/** Each database has its own words for the constraint that refuses a row. */
function comparable(reject: Reject): Reject {
  return reject.code === 'database-refused' ? { ...reject, message: 'refused' } : reject;
}

async function onBoth(work: (to: string) => Promise<void>): Promise<void> {
  const sqlite = freshSqlite();
  await emptyTables(admin);
  try {
    await work(sqlite.url);
    await work(postgres.url);
  } finally {
    sqlite.drop();
  }
}

test('both databases hold the same rows and tell the same of every file; loading again changes nothing', async () => {
  const root = plant();
  await fc.assert(
    fc.asyncProperty(
      directory,
      manner,
      manner,
      within(4_000, async (tree, first, second) => {
        rmSync(root, { recursive: true });
        grow(root, { 'readme.txt': '', ...tree });
        const told: unknown[] = [];
        const digests: string[] = [];
        await onBoth(async (to) => {
          const place = { url: to, dbSchema: 'public' };
          const loaded = await load({ root, to }, told.length === 0 ? first : second);
          for (const { path, records } of loaded.files)
            expect(records.read, path).toBe(records.loaded + records.rejected);
          told.push(loaded.files, loaded.tables);
          digests.push(await digestOf(place));
          for (const reload of [false, true]) {
            const again = await load({ root, to, reload }, second);
            expect([again.writes, again.exitCode]).toEqual([0, loaded.exitCode]);
            expect(again.rejects).toEqual(loaded.rejects);
          }
          digests.push(await digestOf(place));
        });
        expect(new Set(digests).size, digests.join(' ')).toBe(1);
        expect(told.slice(2)).toEqual(told.slice(0, 2));
      }),
    ),
    { numRuns: 30 },
  );
});

test('a dry run forecasts the load of any directory over any other, in every conflict mode', async () => {
  const root = plant();
  await fc.assert(
    fc.asyncProperty(
      directory,
      directory,
      manner,
      fc.constantFrom(...CONFLICT_MODES),
      within(3_500, async (before, after, how, onConflict) => {
        await onBoth(async (to) => {
          for (const tree of [before, after]) {
            rmSync(root, { recursive: true });
            grow(root, { 'readme.txt': '', ...tree });
            const forecast = await load({ root, to, onConflict, dryRun: true }, how);
            expect(forecast).toEqual(await load({ root, to, onConflict }, how));
          }
        });
      }),
    ),
    { numRuns: 20 },
  );
});

test.each([
  `TimeZone = 'America/St_Johns'`,
  `DateStyle = 'German'`,
  'extra_float_digits = -10',
  `bytea_output = 'escape'`,
  `search_path = ''`,
  `default_transaction_isolation = 'serializable'`,
])('what an administrator set for the database shows in no row and breaks no rerun: %s', async (setting) => {
  const name = new URL(postgres.url).pathname.slice(1);
  await admin.query(`ALTER DATABASE ${name} SET ${setting}`);
  const root = plant({
    ...WITH_FAULTS,
    'metrics/exact.json': [{ timestamp: '2025-01-02T03:04:05.678901', cpu_usage: 1.951975178410372, source: 'exact' }],
  });
  try {
    const digests: string[] = [];
    await onBoth(async (to) => {
      const first = await load({ root, to });
      for (const reload of [false, true]) {
        const again = await load({ root, to, reload });
        expect([again.writes, again.rejects]).toEqual([0, first.rejects]);
      }
      digests.push(await digestOf({ url: to, dbSchema: 'public' }));
    });
    expect(digests[0]).toBe(digests[1]);
  } finally {
    await admin.query(`ALTER DATABASE ${name} RESET ALL`);
  }
});
