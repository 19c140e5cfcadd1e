import { expect, onTestFinished } from 'vitest';
import { tableNamed } from '../../src/schema/tables.ts';
import { runSettings } from '../../src/settings.ts';
import { TABLE_GROUPS } from '../../src/verification/table-groups.ts';
import type { VerifyResult } from '../../src/verification/verify-result.ts';
import { verify } from '../../src/verify.ts';
import { load } from './load.ts';
import { refersTo, type Tampering } from './tampering.ts';
import { freshTarget, type Product, queryTarget } from './targets.ts';
import { plant, type Tree } from './trees.ts';

/** A database and the files that were loaded into it. */
export interface LoadedTarget {
  readonly root: string;
  readonly url: string;
}

export async function loadedTarget(product: Product, tree: Tree): Promise<LoadedTarget> {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  const root = plant(tree);
  const { exitCode, rejects } = await load(root, url);
  expect({ exitCode, rejects }).toEqual({ exitCode: 0, rejects: [] });
  return { root, url };
}

export function verified({ root, url }: LoadedTarget, ledger: boolean): Promise<VerifyResult> {
  return verify(runSettings({ root, to: url, ledger, workers: 1 }));
}

export async function expectUntouched(loaded: LoadedTarget, ledger: boolean): Promise<void> {
  const { exit_code: code, totals, differences } = await verified(loaded, ledger);
  expect({ code, totals, differences }).toEqual({
    code: 0,
    totals: { equal: expect.any(Number), different: 0, missing: 0, extra: 0 },
    differences: [],
  });
}

/** Changes one value, expects `verify` to name its row, and with the files at hand its column, and puts it back. */
export async function expectFound(loaded: LoadedTarget, ledger: boolean, tampering: Tampering): Promise<void> {
  const { table, name, description, change, undo } = tampering;
  await queryTarget(loaded.url, change);
  const { exit_code: code, differences } = await verified(loaded, ledger);
  await queryTarget(loaded.url, undo);
  expect.soft(code, description).toBe(5);
  const root = TABLE_GROUPS.find(({ child }) => child === table)?.root ?? table;
  const isKey = root === table && root.naturalKey.includes(name);
  const [own, others] = [
    differences.filter((each) => each.table === root.name),
    differences.filter((each) => each.table !== root.name),
  ];
  const pointer = root === table ? `/${name}` : `/${table.name}`;
  const expected = {
    kind: isKey ? 'missing' : 'different',
    path: expect.any(String),
    record: expect.any(Number),
    pointers: isKey || ledger ? [] : expect.arrayContaining([expect.stringMatching(`^${pointer}`)]),
  };
  expect.soft(own, description).toContainEqual(expect.objectContaining(expected));
  // Rows that refer to it are found under another key, or none.
  expect
    .soft(
      others.filter((each) => !refersTo(tableNamed(each.table), root)),
      description,
    )
    .toEqual([]);
}
