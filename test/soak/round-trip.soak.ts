import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { isJsonObject, type JsonValue } from '../../src/json/value.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonicalRecord } from '../setup/canonical-record.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { generateRecords } from '../setup/generated-records.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshTarget, PRODUCTS } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

// The export flushes every one of its thousands of files.
const SEEDS = Array.from({ length: 20 }, () => random().seed);
const RECORDS = 10_000;

/** Loads, exports, drops; answers the digest and the exported files. */
async function through(product: (typeof PRODUCTS)[number], root: string): Promise<{ digest: string; files: Tree }> {
  const target = await freshTarget(product);
  const directory = join(plant(), 'export');
  try {
    const { exitCode, rejects } = await load(root, target.url);
    expect({ exitCode, rejects: rejects.slice(0, 3) }).toEqual({ exitCode: 0, rejects: [] });
    const digest = await digestOf(target.url);
    await exportDatabase({
      registry: BUILT_IN,
      from: target.url,
      directory,
      dbSchema: 'public',
      allowPlaintext: false,
    });
    const files = filesBelow(directory).map((path) => [path, readFileSync(join(directory, path), 'utf8')]);
    return { digest, files: Object.fromEntries(files) };
  } finally {
    await target.drop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The records of a file in one form, sorted. */
function recordsOf(text: unknown): readonly string[] {
  const document = readFaithfully(String(text)) ?? null;
  const records: readonly JsonValue[] = Array.isArray(document) ? document : [document];
  return records.map((record) => canonicalJson(isJsonObject(record) ? canonicalRecord(record) : record)).sort();
}

describe(`${RECORDS} generated records`, () => {
  test.each(SEEDS)('come back from both databases as they were, seed %i', async (seed) => {
    const tree = generateRecords(random(seed), RECORDS);
    const root = plant(tree);
    const digests = new Set<string>();
    for (const product of PRODUCTS) {
      const { digest, files } = await through(product, root);
      digests.add(digest);
      expect(Object.keys(files).sort()).toEqual(Object.keys(tree).sort());
      for (const [path, text] of Object.entries(tree)) expect(recordsOf(files[path]), path).toEqual(recordsOf(text));
      if (product === 'SQLite') digests.add((await through(product, plant(files))).digest);
    }
    expect(digests.size).toBe(1);
  });
});
