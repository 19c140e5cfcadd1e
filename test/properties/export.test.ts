import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { emptyTables, type FreshPostgres, freshPostgres, freshSqlite } from '../setup/databases.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { directory } from '../setup/legacy-texts.ts';
import { digestOf } from '../setup/places.ts';
import { within } from '../setup/time-limit.ts';
import { grow, plant } from '../setup/trees.ts';

let postgres: FreshPostgres;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await freshPostgres();
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await load(import.meta.dirname, postgres.url);
});

afterAll(async () => {
  await admin.end();
  await postgres.drop();
});

async function load(root: string, to: string): Promise<void> {
  const report = await migrate(runSettings({ root, to, allowEmpty: true }));
  report.close();
  if (report.error) throw report.error;
}

async function exported(from: string): Promise<Readonly<Record<string, string>>> {
  const directory = join(plant(), 'export');
  await exportDatabase({ registry: BUILT_IN, from, directory, dbSchema: 'public', allowPlaintext: false });
  return Object.fromEntries(filesBelow(directory).map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

test('both databases export the same bytes, and what is exported loads into the same tables', async () => {
  const root = plant();
  await fc.assert(
    fc.asyncProperty(
      directory,
      within(3_500, async (tree) => {
        const [first, again] = [freshSqlite(), freshSqlite()];
        await emptyTables(admin);
        try {
          rmSync(root, { recursive: true });
          grow(root, { 'readme.txt': '', ...tree });
          await load(root, first.url);
          await load(root, postgres.url);
          const files = await exported(first.url);
          expect(await exported(postgres.url)).toEqual(files);
          rmSync(root, { recursive: true });
          grow(root, { 'readme.txt': '', ...files });
          await load(root, again.url);
          expect(await exported(again.url)).toEqual(files);
          expect(await digestOf({ url: again.url, dbSchema: 'public' })).toBe(
            await digestOf({ url: first.url, dbSchema: 'public' }),
          );
        } finally {
          first.drop();
          again.drop();
        }
      }),
    ),
    { numRuns: 15 },
  );
});
