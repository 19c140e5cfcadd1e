import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { infer } from '../../src/inference/infer.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import type { GivenDeclarations } from '../../src/recipes/declare.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { cell } from '../../src/schema/table.ts';
import { generateCase } from '../setup/generated-declarations.ts';
import { generateDirectory } from '../setup/generated-directories.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { freshTarget, openTarget, PRODUCTS, type Product } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Directories that nobody declared: what init proposes for them loads all of it, without any edit.

const SEEDS = Number(process.env['MIGRATE_JSON_DIRECTORIES'] ?? 20);
const FIRST = Number(process.env['MIGRATE_JSON_DIRECTORIES_FROM'] ?? 1);
const seeds = Array.from({ length: SEEDS }, (_, index) => FIRST + index);

/** Texts and numbers of a value, each as often as it occurs. */
function addLeaves(value: unknown, bag: Map<string, number>, by: 1 | -1): void {
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) addLeaves(each, bag, by);
  } else if (typeof value === 'string' || typeof value === 'number') {
    bag.set(String(value), (bag.get(String(value)) ?? 0) + by);
  }
}

/** All that the tables hold, without knowing the way there. */
async function storedIn(url: string, declaration: GivenDeclarations): Promise<Map<string, number>> {
  const { tables } = runSettings({ root: '.', to: url, ...declaration }).registry;
  const database = await openTarget(url, { declared: tables, readOnly: true });
  const bag = new Map<string, number>();
  try {
    for (const table of tables.list) {
      for await (const row of database.rows(table)) {
        for (const [name, { type }] of Object.entries(table.columns)) {
          const stored = cell(table, row, name);
          // A literal holds JSON too.
          const isJson = typeof stored === 'string' && (type === 'json' || /^[[{]/.test(stored));
          addLeaves(isJson ? (readFaithfully(stored) ?? stored) : stored, bag, 1);
        }
      }
    }
  } finally {
    await database.close();
  }
  return bag;
}

/** Texts and small numbers of the files that are stored less often than they are written. Large ones may be times. */
function missing(files: Readonly<Record<string, string>>, stored: Map<string, number>): string[] {
  for (const [path, content] of Object.entries(files)) {
    const documents = path.endsWith('.jsonl') ? content.split('\n').filter((line) => line !== '') : [content];
    for (const document of documents) addLeaves(JSON.parse(document), stored, -1);
  }
  return [...stored].flatMap(([text, left]) => (left < 0 && /^t|^-?\d{1,9}$/.test(text) ? [text] : []));
}

async function expectLoaded(
  files: Readonly<Record<string, string>>,
  where: string,
  products: readonly Product[],
): Promise<void> {
  const root = plant(files);
  const found = await infer(root, runSettings({ root }));
  const again = await infer(root, runSettings({ root }));
  expect(again.text, `${where}: the same data, the same proposal`).toBe(found.text);
  expect(found.left, where).toEqual([]);
  if (found.files === 0) return;
  const declaration: GivenDeclarations = parse(found.text);
  for (const product of products) {
    const { url, drop } = await freshTarget(product);
    onTestFinished(() => drop());
    const at = `${where}, ${product}\n${found.text}`;
    const { exitCode, rejects, error, head } = await load(root, url, { ...declaration, allowEmpty: true });
    expect({ exitCode, rejects, error }, at).toEqual({ exitCode: 0, rejects: [], error: undefined });
    expect(head.totals.files_unrecognised, at).toBe(0);
    expect(missing(files, await storedIn(url, declaration)), `${at}: values that are nowhere`).toEqual([]);
    const { exit_code, differences } = await verify(
      runSettings({ root, to: url, ...declaration, allowEmpty: true, workers: 1 }),
    );
    expect({ exit_code, differences }, `${at}: verify`).toEqual({ exit_code: 0, differences: [] });
  }
}

describe('a directory under hostile names', () => {
  test.for(seeds)('seed %i', async (seed) => {
    await expectLoaded(generateDirectory(random(seed).next), `seed ${seed}`, PRODUCTS);
  });
});

describe('the data of a random declaration', () => {
  test.for(seeds)('seed %i', async (seed) => {
    const { files } = generateCase(random(seed).next);
    const filled = Object.entries(files).filter(([, content]) => content !== '');
    await expectLoaded(Object.fromEntries(filled), `seed ${seed}`, PRODUCTS);
  });
});
