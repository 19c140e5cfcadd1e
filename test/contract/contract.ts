import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { digestOf, freshTarget, openTarget, PRODUCTS, type Product } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type Application, registryOf, rootOf } from './application.ts';
import { missingIn, scannedValues } from './promised-values.ts';

/** Holds for an application what every declaration is promised: see DESIGN, promises. */
export async function holdContract(application: Application): Promise<void> {
  const root = rootOf(application);
  const digests: string[] = [];
  for (const product of PRODUCTS) digests.push(await new Contract(application, root, product).hold());
  expect(digests[0], `${application.name}: both databases hold the same`).toBe(digests[1]);
}

class Contract {
  private readonly application: Application;
  private readonly root: string;
  private readonly product: Product;
  private readonly where: string;

  constructor(application: Application, root: string, product: Product) {
    this.application = application;
    this.root = root;
    this.product = product;
    this.where = `${application.name}, ${product}`;
  }

  /** Answers the digest of the tables. */
  async hold(): Promise<string> {
    const { where } = this;
    const url = await this.freshUrl();
    const dry = await this.load(url, { dryRun: true });
    const first = await this.load(url, { runId: 'first' });
    expect(forecast(dry), `${where}: a dry run`).toEqual(forecast(first));
    if (this.application.isWhole) this.expectWhole(first);
    const digest = await this.digestOf(url);
    const again = await this.load(url, { reload: true });
    this.expectUnchanged(again, 'a reload');
    expect(outcome(again), `${where}: a reload`).toEqual(outcome(first));
    await this.expectVerified(url);
    await this.expectExported(url, digest);
    await undo({ ...this.settings(url), run: 'first' });
    await this.expectEmpty(url);
    return digest;
  }

  private settings(url: string, more = {}) {
    return runSettings({ root: this.root, to: url, ...this.application.options, ...more });
  }

  private async freshUrl(): Promise<string> {
    const { url, drop } = await freshTarget(this.product);
    onTestFinished(() => drop());
    return url;
  }

  private load(url: string, more = {}, root = this.root): Promise<Loaded> {
    return load(root, url, { ...this.application.options, ...more });
  }

  private digestOf(url: string): Promise<string> {
    const { tables } = registryOf(this.application);
    return digestOf(url, tables.list, tables);
  }

  private expectWhole({ exitCode, rejects, warnings, error }: Loaded): void {
    expect({ exitCode, rejects, warnings, error }, this.where).toEqual({
      exitCode: 0,
      rejects: [],
      warnings: [],
      error: undefined,
    });
  }

  private expectUnchanged({ tables }: Loaded, when: string): void {
    for (const [table, { inserted, updated }] of Object.entries(tables))
      expect({ inserted, updated }, `${this.where}: ${table} after ${when}`).toEqual({ inserted: 0, updated: 0 });
  }

  private async expectVerified(url: string): Promise<void> {
    for (const ledger of [false, true]) {
      const { totals, differences } = await verify(this.settings(url, { ledger, workers: 1 }));
      const { equal: _equal, ...others } = totals;
      expect({ ...others, differences }, `${this.where}: verify${ledger ? ' --ledger' : ''}`).toEqual({
        different: 0,
        missing: 0,
        extra: 0,
        application: 0,
        differences: [],
      });
    }
  }

  /** What `export` writes loads as the same rows, into another database and over its own, and has what `scan --fields` promises. */
  private async expectExported(url: string, digest: string): Promise<void> {
    const directory = join(plant(), 'export');
    const registry = registryOf(this.application);
    await exportDatabase({ registry, from: url, directory, dbSchema: 'public', allowPlaintext: true });
    const other = await this.freshUrl();
    const loaded = await this.load(other, AS_WRITTEN, directory);
    expect([loaded.error, loaded.rejects], `${this.where}: load of the export`).toEqual([undefined, []]);
    expect(await this.digestOf(other), `${this.where}: load of the export`).toBe(digest);
    this.expectUnchanged(await this.load(url, { ...AS_WRITTEN, reload: true }, directory), 'a load of its export');
    if (!this.application.isWhole) return;
    const source = await scannedValues(this.settings(url));
    expect(source.exact).not.toEqual([]);
    const written = await scannedValues(this.settings(url, { root: directory }));
    expect(missingIn(written, source), `${this.where}: values that scan --fields calls exact`).toEqual([]);
  }

  private async expectEmpty(url: string): Promise<void> {
    const { tables: declared } = registryOf(this.application);
    const database = await openTarget(url, { declared, readOnly: true });
    try {
      for (const table of declared.list)
        expect(await Array.fromAsync(database.rows(table)), `${this.where}: ${table.name} after undo`).toEqual([]);
    } finally {
      await database.close();
    }
  }
}

/** Options that say something of the source files, which an export has otherwise: secrets, for one, are hashed already. */
const AS_WRITTEN = { encoding: 'utf-8', include: [], exclude: [], only: [], hashSecrets: false, allowEmpty: true };

function outcome({ exitCode, rejects }: Loaded): unknown {
  return { exitCode, rejects: rejects.map(({ path, code, record, pointer }) => ({ path, code, record, pointer })) };
}
