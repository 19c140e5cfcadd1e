import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { type Loaded, load } from './load.ts';
import { freshTarget, type Product, queryTarget } from './targets.ts';
import { plant, type Tree } from './trees.ts';

/** What came of files that were loaded as a declaration says, into a database of its own. */
export interface DeclaredLoad extends Loaded {
  readonly root: string;
  readonly url: string;
  query(statement: string): Promise<Record<string, unknown>[]>;
  /** The text of a file that `export` writes. */
  exported(path: string): Promise<string>;
}

export async function loadDeclared(
  declaration: Partial<GivenDeclarations>,
  files: Tree,
  product: Product = 'SQLite',
): Promise<DeclaredLoad> {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  const root = plant(files);
  const loaded = await load(root, url, declaration);
  return {
    ...loaded,
    root,
    url,
    query: (statement) => queryTarget(url, statement),
    async exported(path) {
      const directory = await exportDeclared(url, declaration);
      return readFileSync(join(directory, path), 'utf8');
    },
  };
}

/** The directory into which a database of declared tables was exported. */
export async function exportDeclared(from: string, declaration: Partial<GivenDeclarations>): Promise<string> {
  const directory = join(plant(), 'export');
  const { registry } = runSettings({ root: directory, ...declaration });
  await exportDatabase({ registry, from, directory, dbSchema: 'public', allowPlaintext: false });
  return directory;
}
