import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { verify } from '../../src/run/verify.ts';
import { runSettings } from '../../src/settings/settings.ts';
import { exportDeclared } from '../setup/declared.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { digestOf, freshTarget, PRODUCTS, type Product } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Data of public applications, each with a person's judgement of what its tables should be, and what a careful person declares.

const CASES = process.env['MIGRATE_JSON_TEST_ANY_JSON'] ?? join(import.meta.dirname, '../../../shared/any-json');
const DECLARATIONS = join(import.meta.dirname, 'any-json');

/** Figures that a case cannot reach, with the reason. */
const LESS: Readonly<Record<string, number>> = {
  // Three columns out of a positional list are what its judgement asks for, and `children` counts only a table or a JSON column.
  '17': 0.93,
};

const names = readdirSync(DECLARATIONS).map((name) => basename(name, '.yaml'));
const cases = names.map((name) => ({ name, folder: folderOf(name) }));

function folderOf(name: string): string | undefined {
  const found = existsSync(CASES) ? readdirSync(CASES).find((each) => each.startsWith(`${name}-`)) : undefined;
  return found === undefined ? undefined : join(CASES, found);
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

type Given = GivenDeclarations & { readonly ignore?: string[] };

function given(name: string): Given {
  return parse(readFileSync(join(DECLARATIONS, `${name}.yaml`), 'utf8'));
}

/** A copy of its files. */
function dataOf(folder: string): string {
  const root = plant();
  cpSync(join(folder, 'data'), root, { recursive: true });
  return root;
}

function expectComplete({ exitCode, rejects, warnings, error }: Loaded): void {
  expect({ exitCode, rejects, warnings, error }).toEqual({ exitCode: 0, rejects: [], warnings: [], error: undefined });
}

async function expectEqual(root: string, url: string, declaration: Given, ledger: boolean): Promise<void> {
  const result = await verify(runSettings({ root, to: url, ...declaration, ledger, workers: 1 }));
  expect({ code: result.exit_code, totals: result.totals, differences: result.differences }).toEqual({
    code: 0,
    totals: { equal: expect.any(Number), different: 0, missing: 0, extra: 0 },
    differences: [],
  });
  expect(result.totals.equal).toBeGreaterThan(0);
}

function digestOfAll(url: string, declaration: Given): Promise<string> {
  const { tables } = runSettings({ root: '', ...declaration }).registry;
  return digestOf(url, tables.list, tables);
}

/** What `export` writes loads as the same rows. */
async function digestOfExport(from: string, declaration: Given, product: Product): Promise<string> {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  const loaded = await load(await exportDeclared(from, declaration), url, declaration);
  // An export leaves out what is NULL.
  expectComplete({ ...loaded, warnings: loaded.warnings.filter(({ code }) => code !== 'member-never-there') });
  return digestOfAll(url, declaration);
}

describe.each(cases)('case $name', ({ name, folder = '' }) => {
  test.skipIf(folder === '')('is in both databases, whole and equal, and comes back', async () => {
    const declaration = given(name);
    const root = dataOf(folder);
    const digests: string[] = [];
    for (const product of PRODUCTS) {
      const { url, drop } = await freshTarget(product);
      onTestFinished(() => drop());
      const dry = await load(root, url, { ...declaration, dryRun: true });
      const first = await load(root, url, declaration);
      expectComplete(first);
      expect(forecast(dry), `${product}: a dry run`).toEqual(forecast(first));
      const again = await load(root, url, declaration);
      expectComplete(again);
      for (const [table, { inserted, updated }] of Object.entries(again.tables))
        expect({ inserted, updated }, `${product}: ${table} after a rerun`).toEqual({ inserted: 0, updated: 0 });
      await expectEqual(root, url, declaration, false);
      await expectEqual(root, url, declaration, true);
      digests.push(await digestOfAll(url, declaration));
      digests.push(await digestOfExport(url, declaration, product));
    }
    expect(new Set(digests).size).toBe(1);
  });

  test.skipIf(folder === '' || !hasPython)('has the tables that a person would make', async () => {
    const root = dataOf(folder);
    const { url, drop } = await freshTarget('SQLite');
    onTestFinished(() => drop());
    expectComplete(await load(root, url, given(name)));
    const report = join(plant(), 'report.json');
    const database = url.slice('sqlite:'.length);
    execFileSync('python3', [join(CASES, 'score.py'), folder, database, '--report', report]);
    const { score, lossless, details } = JSON.parse(readFileSync(report, 'utf8'));
    expect(lossless, JSON.stringify(details)).toBe(1);
    expect(score, JSON.stringify(details)).toBeGreaterThanOrEqual(LESS[name] ?? 0.98);
  });
});

test('every case has its declaration', ({ skip }) => {
  skip(!existsSync(CASES), `${CASES} is not there`);
  expect(cases.filter(({ folder }) => folder === undefined)).toEqual([]);
});
