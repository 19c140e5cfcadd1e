import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { forecast, type Loaded, load } from './load.ts';
import { digestOf, freshTarget, PRODUCTS, type Product, queryTarget } from './targets.ts';
import { plant, type Tree } from './trees.ts';

/** Files as they were loaded by a declaration into an empty database. */
export interface DeclaredCycle {
  readonly run: Loaded;
  readonly digest: string;
}

export interface CycleOptions {
  readonly product: Product;
  /** Rejects that are expected, as `path record code pointer`. */
  readonly rejects?: readonly string[];
  /** Looks at the database when it is loaded. */
  readonly look?: (query: (statement: string) => Promise<Record<string, unknown>[]>, run: Loaded) => Promise<void>;
}

const told = ({ rejects }: Loaded): readonly string[] =>
  rejects.map(({ path, record, code, pointer }) => `${path} ${record} ${code} ${pointer}`).toSorted();

/**
 * What every declaration must bear: a dry run says what the run does, another one changes nothing, `verify` finds nothing on
 * either side, the export loads as the same rows, and `undo` leaves nothing.
 */
export async function declaredCycle(
  declarations: Partial<GivenDeclarations>,
  files: Tree,
  { product, rejects = [], look }: CycleOptions,
): Promise<DeclaredCycle> {
  const [target, other] = [await freshTarget(product), await freshTarget(product)];
  onTestFinished(() => target.drop());
  onTestFinished(() => other.drop());
  const { url } = target;
  const root = plant(files);
  const dry = await load(root, url, { ...declarations, dryRun: true });
  const run = await load(root, url, { ...declarations, runId: 'first' });
  expect({ error: run.error, rejects: told(run) }, product).toEqual({ error: undefined, rejects });
  expect(forecast(dry), `${product}: a dry run`).toEqual(forecast(run));
  await look?.((statement) => queryTarget(url, statement), run);
  const again = await load(root, url, { ...declarations, reload: true });
  const changes = Object.values(again.tables).map(({ inserted, updated }) => inserted + updated);
  expect(changes, `${product}: a reload`).toEqual(changes.map(() => 0));
  const settings = runSettings({ root, to: url, ...declarations });
  for (const ledger of [false, true]) {
    const { exit_code, differences } = await verify({ ...settings, ledger, workers: 1 });
    expect({ exit_code, differences }, `${product}: verify, ledger ${ledger}`).toEqual({
      exit_code: 0,
      differences: [],
    });
  }
  const { tables } = settings.registry;
  const digest = await digestOf(url, tables.list, tables);
  const directory = join(plant(), 'back');
  await exportDatabase({ registry: settings.registry, from: url, directory, dbSchema: 'public', allowPlaintext: true });
  const back = await load(directory, other.url, declarations);
  expect({ error: back.error, rejects: told(back) }, `${product}: load of the export`).toEqual({
    error: undefined,
    rejects: [],
  });
  expect(await digestOf(other.url, tables.list, tables), `${product}: export`).toBe(digest);
  const { exit_code: code, kept } = await undo({ ...settings, run: 'first', restoreFiles: false });
  expect({ code, kept }, `${product}: undo`).toEqual({ code: 0, kept: [] });
  for (const { name } of tables.list) {
    const rows = await queryTarget(url, `SELECT * FROM "${name.replaceAll('"', '""')}"`);
    expect(rows, `${product}: ${name} after undo`).toEqual([]);
  }
  return { run, digest };
}

/** The same on both databases, which must come to the same rows. */
export async function cycleOnBoth(
  datasets: Record<string, unknown>,
  files: Tree,
  options: Omit<CycleOptions, 'product'> = {},
): Promise<void> {
  const digests = new Set<string>();
  for (const product of PRODUCTS)
    digests.add((await declaredCycle({ datasets }, files, { product, ...options })).digest);
  expect(digests.size).toBe(1);
}
