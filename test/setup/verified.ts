import { expect, onTestFinished } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { VerifyResult } from '../../src/verification/verify-result.ts';
import { BUILT_IN } from './built-in.ts';
import { load } from './load.ts';
import { refersTo, type Tampering } from './tampering.ts';
import { freshTarget, type Product, queryTarget } from './targets.ts';
import { grow, plant, type Tree } from './trees.ts';

/** A database and the files that were loaded into it. */
export interface LoadedTarget {
  readonly root: string;
  readonly url: string;
}

/** Each state of the files is loaded over the one before. */
export async function loadedTarget(product: Product, ...states: readonly Tree[]): Promise<LoadedTarget> {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  const root = plant();
  for (const state of states) {
    grow(root, state);
    const { exitCode, rejects } = await load(root, url);
    expect({ exitCode, rejects }).toEqual({ exitCode: 0, rejects: [] });
  }
  return { root, url };
}

/** What a verification compares with: the source files, or what the ledger kept. */
export const SIDES = ['sources', 'ledger'] as const;

type Side = (typeof SIDES)[number];

function verified({ root, url }: LoadedTarget, side: Side): Promise<VerifyResult> {
  return verify(runSettings({ root, to: url, ledger: side === 'ledger', workers: 1 }));
}

export async function expectUntouched(loaded: LoadedTarget, side: Side): Promise<void> {
  const { exit_code: code, totals, differences } = await verified(loaded, side);
  expect({ code, totals, differences }).toEqual({
    code: 0,
    totals: { equal: expect.any(Number), different: 0, missing: 0, extra: 0, application: 0 },
    differences: [],
  });
}

/** Changes something, expects `verify` to name its row, unless the application added it, and puts it back. */
export async function expectFound(loaded: LoadedTarget, side: Side, tampering: Tampering): Promise<void> {
  const { description, change, undo } = tampering;
  await queryTarget(loaded.url, change);
  const { exit_code: code, differences, totals } = await verified(loaded, side);
  await queryTarget(loaded.url, undo);
  if (tampering.kind === 'added') {
    expect.soft([code, differences], description).toEqual([0, []]);
    if (side === 'sources') expect.soft(totals.application, description).toBe(1);
    return;
  }
  const { table, kind, pointers } = expectedOf(tampering, side);
  const own = differences.filter((each) => each.table === table.name);
  expect.soft(code, description).toBe(5);
  const place = { path: expect.any(String), record: expect.any(Number) };
  expect.soft(own, description).toContainEqual(expect.objectContaining({ kind, ...place, pointers }));
  // Rows that refer to it are found under another key, or none.
  const others = differences.filter(
    (each) => each.table !== table.name && !refersTo(BUILT_IN.tables.get(each.table), table),
  );
  expect.soft(others, description).toEqual([]);
}

/** A child row counts with its parent. */
function expectedOf({ table, name, kind }: Tampering, side: Side) {
  const parent = BUILT_IN.tables.groups.find(({ children }) => children.includes(table))?.root;
  const pointer = parent === undefined ? `^/${name}(?:/|$)` : `^/${table.name}(?:/|$)`;
  const isTold = side === 'sources' && (parent !== undefined || kind === 'different');
  const pointers = isTold ? expect.arrayContaining([expect.stringMatching(pointer)]) : [];
  return { table: parent ?? table, kind: parent === undefined ? kind : ('different' as const), pointers };
}
