import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { MigrateError } from '../../src/errors.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { type Loaded, load } from './load.ts';
import { fileName, writeOddInput } from './odd-input.ts';
import type { random } from './random.ts';
import { queryTarget } from './targets.ts';
import { plant } from './trees.ts';

/**
 * Over one input, in a directory of any name: a dry run, a run and the same again; then more input, a run that archives, and
 * its undo. None ends with a bug, none leaves a run at work in the ledger, the first three say the same of every record, and the
 * second run changes nothing.
 */
export async function expectOrderlyRuns(url: string, source: ReturnType<typeof random>): Promise<void> {
  const place = plant();
  const directory = (ending: string): string => join(place, `${fileName(source)}${ending}`);
  const root = directory('');
  mkdirSync(root);
  writeOddInput(root, source);
  const seed = `seed ${source.seed}, ${root}`;
  const orderly = ({ exitCode, error, head }: Loaded): void => {
    expect([exitCode, error], seed).toEqual([expect.toBeOneOf([0, 1]), undefined]);
    expect(head.totals.records_read, seed).toBe(head.totals.records_loaded + head.totals.records_rejected);
  };
  const options = { allowEmpty: true, reload: source.next() < 0.3 };
  const copies = { rejects: directory('-rejects'), backup: true, backupDir: directory('-backup') };
  const dry = await load(root, url, { ...options, dryRun: true });
  const first = await load(root, url, { ...options, ...copies });
  const again = await load(root, url, options);
  for (const each of [dry, first, again]) orderly(each);
  const codes = (loaded: typeof first) => loaded.rejects.map(({ path, code, record }) => [path, code, record]);
  expect(codes(dry), seed).toEqual(codes(first));
  expect(codes(again), seed).toEqual(codes(first));
  for (const [table, { inserted, updated }] of Object.entries(again.tables))
    expect([table, inserted, updated], seed).toEqual([table, 0, 0]);
  writeOddInput(root, source);
  const later = await load(root, url, { allowEmpty: true, archive: true, archiveDir: directory('-archive') });
  orderly(later);
  await expectOrderlyUndo(url, later, seed);
  if (source.next() < 0.5) await expectOrderlyUndo(url, first, seed);
  orderly(await load(root, url, { allowEmpty: true }));
  const runs = await queryTarget(url, "SELECT count(*) AS n FROM ledger.runs WHERE status = 'running'");
  expect(Number(runs[0]?.['n']), seed).toBe(0);
  rmSync(place, { recursive: true, force: true });
}

/** It is done, or refused for a reason that has a name. */
async function expectOrderlyUndo(url: string, { head }: Loaded, seed: string): Promise<void> {
  const settings = { ...runSettings({ root: '.', to: url }), run: head.run_id, restoreFiles: true };
  const refused = await undo(settings).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused === undefined) return;
  if (!(refused instanceof MigrateError)) throw new Error(seed, { cause: refused });
  expect([refused.code, refused.exitCode], `${seed}: ${refused.message}`).toEqual([
    // A disk that does not tell names apart could not take both files back.
    expect.toBeOneOf(['later-run', 'not-undoable', 'copy-unsafe']),
    expect.not.toBeOneOf([70]),
  ]);
}
