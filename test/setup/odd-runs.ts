import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { load } from './load.ts';
import { writeOddInput } from './odd-input.ts';
import type { random } from './random.ts';
import { queryTarget } from './targets.ts';
import { plant } from './trees.ts';

/**
 * A dry run, a run and the same again over one input: none ends with a bug, none leaves a run at work in the ledger, all say the
 * same of every record, and the second changes nothing.
 */
export async function expectOrderlyRuns(url: string, source: ReturnType<typeof random>): Promise<void> {
  const root = plant();
  writeOddInput(root, source);
  const seed = `seed ${source.seed}, ${root}`;
  const options = { allowEmpty: true, reload: source.next() < 0.3 };
  const dry = await load(root, url, { ...options, dryRun: true });
  const first = await load(root, url, options);
  const again = await load(root, url, options);
  for (const { exitCode, error, head } of [dry, first, again]) {
    expect([exitCode, error], seed).toEqual([expect.toBeOneOf([0, 1]), undefined]);
    expect(head.totals.records_read, seed).toBe(head.totals.records_loaded + head.totals.records_rejected);
  }
  const codes = (loaded: typeof first) => loaded.rejects.map(({ path, code, record }) => [path, code, record]);
  expect(codes(dry), seed).toEqual(codes(first));
  expect(codes(again), seed).toEqual(codes(first));
  for (const [table, { inserted, updated }] of Object.entries(again.tables))
    expect([table, inserted, updated], seed).toEqual([table, 0, 0]);
  const runs = await queryTarget(url, "SELECT count(*) AS n FROM migration_runs WHERE status = 'running'");
  expect(Number(runs[0]?.['n']), seed).toBe(0);
  rmSync(root, { recursive: true, force: true });
}
