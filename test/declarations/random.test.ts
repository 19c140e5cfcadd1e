import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { cell } from '../../src/schema/table.ts';
import { undo } from '../../src/undo/undo.ts';
import { type GeneratedCase, generateCase } from '../setup/generated-declarations.ts';
import { forecast, load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshTarget, openTarget, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const SEEDS = Number(process.env['MIGRATE_JSON_DECLARATIONS'] ?? 12);
const FIRST = Number(process.env['MIGRATE_JSON_DECLARATIONS_FROM'] ?? 1);

/** Every row that the data must become, and no other. */
async function expectRows(url: string, { declarations, rows }: GeneratedCase, seed: number): Promise<void> {
  const { tables } = runSettings({ root: '.', to: url, ...declarations }).registry;
  const database = await openTarget(url, { declared: tables, readOnly: true });
  try {
    for (const table of tables.list) {
      const expected = rows.get(table.name) ?? new Map();
      let count = 0;
      for await (const row of database.rows(table)) {
        count++;
        const key = JSON.stringify(table.naturalKey.map((name) => String(cell(table, row, name))));
        const columns = expected.get(key);
        expect(columns, `seed ${seed}: ${table.name} ${key}`).toBeDefined();
        const stored = Object.fromEntries(Object.keys(columns ?? {}).map((name) => [name, cell(table, row, name)]));
        expect(stored, `seed ${seed}: ${table.name} ${key}`).toEqual(columns);
      }
      expect(count, `seed ${seed}: rows of ${table.name}`).toBe(expected.size);
    }
  } finally {
    await database.close();
  }
}

describe('a random declaration and data for it', () => {
  test.for(Array.from({ length: SEEDS }, (_, index) => FIRST + index))('seed %i', async (seed) => {
    const made = generateCase(random(seed).next);
    const root = plant(made.files);
    const { declarations } = made;
    const digests: string[] = [];
    for (const product of PRODUCTS) {
      const { url, drop } = await freshTarget(product);
      onTestFinished(() => drop());
      const where = `seed ${seed}, ${product}`;
      const dry = await load(root, url, { ...declarations, dryRun: true });
      const run = await load(root, url, { ...declarations, runId: 'first' });
      expect({ code: run.exitCode, rejects: run.rejects, error: run.error }, where).toEqual({
        code: 0,
        rejects: [],
        error: undefined,
      });
      expect(run.head.totals.records_loaded, where).toBe(made.records);
      expect(forecast(dry), `${where}: a dry run`).toEqual(forecast(run));
      await expectRows(url, made, seed);
      const again = await load(root, url, { ...declarations, reload: true });
      for (const [table, { inserted, updated }] of Object.entries(again.tables))
        expect({ inserted, updated }, `${where}: ${table} after a reload`).toEqual({ inserted: 0, updated: 0 });
      const { registry } = runSettings({ root, to: url, ...declarations });
      const digest = await digestOf(url, registry.tables.list, registry.tables);
      digests.push(digest);
      for (const ledger of [false, true]) {
        const { exit_code, differences } = await verify(
          runSettings({ root, to: url, ...declarations, ledger, workers: 1 }),
        );
        expect({ exit_code, differences }, `${where}: verify`).toEqual({ exit_code: 0, differences: [] });
      }
      const back = join(plant(), 'back');
      await exportDatabase({ registry, from: url, directory: back, dbSchema: 'public', allowPlaintext: true });
      const other = await freshTarget(product);
      onTestFinished(() => other.drop());
      const reloaded = await load(back, other.url, declarations);
      expect({ code: reloaded.exitCode, rejects: reloaded.rejects }, `${where}: load of the export`).toEqual({
        code: 0,
        rejects: [],
      });
      expect(await digestOf(other.url, registry.tables.list, registry.tables), `${where}: export`).toBe(digest);
      const over = await load(back, url, { ...declarations, reload: true });
      for (const [table, { inserted, updated }] of Object.entries(over.tables))
        expect({ inserted, updated }, `${where}: ${table} under its export`).toEqual({ inserted: 0, updated: 0 });
      await undo({ ...runSettings({ root, to: url, ...declarations }), run: 'first' });
      await expectRows(url, { ...made, rows: new Map() }, seed);
    }
    expect(new Set(digests).size, `seed ${seed}`).toBe(1);
  });
});
