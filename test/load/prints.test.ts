import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

/** Values that differ only in the highest bit of a word of their print's input. */
const metric = (response_time: number): object => ({ timestamp: '2025-01-01T00:00:00Z', response_time });

describe.each(PRODUCTS)('on %s', (product) => {
  let target: FreshTarget;
  beforeEach(async () => {
    target = await freshTarget(product);
  });
  afterEach(() => target.drop());

  const sql = (...statements: readonly string[]) => queryTarget(target.url, ...statements);

  test('two numbers that differ in one bit are two values: a conflict, a change that verify and undo see', async () => {
    const root = plant({ 'metrics/a.json': [metric(3000490)], 'metrics/b.json': [metric(3000491)] });
    const { head, rejects } = await load(root, target.url);
    expect(rejects).toMatchObject([{ path: 'metrics/b.json', code: 'conflicting-duplicate' }]);
    rmSync(join(root, 'metrics/b.json'));
    await sql('UPDATE metrics SET response_time = 3000491');
    const settings = runSettings({ root, to: target.url });
    for (const ledger of [false, true])
      expect(await verify({ ...settings, sources: undefined, ledger })).toMatchObject({ totals: { different: 1 } });
    expect(await undo({ ...settings, run: head.run_id, restoreFiles: false })).toMatchObject({
      totals: { deleted: 0, kept: 1 },
    });
    expect(await sql('SELECT response_time FROM metrics')).toEqual([{ response_time: 3000491 }]);
  });

  test('two names that differ in one bit are two settings', async () => {
    const { exitCode, tables } = await load(plant({ 'settings.json': { a一: 'one', a츀: 'two' } }), target.url);
    expect([exitCode, tables['user_settings']?.inserted]).toEqual([0, 2]);
  });

  describe('what an older version has loaded, with shorter prints', () => {
    /** `metrics/a.json` with the minutes 0 and 1, as that version's ledger holds it. */
    const FORMER = Buffer.from(
      'KLUv/SBKUQIAFgAAAFtbIm1ldHJpY3MvYS5qc29uIiwyXV0BAAAAvdiKP7CdxBwhKpX7cdnvtUYTJpkCAAAAg+YhO5CwONmlh43bM8pAff/IWac=',
      'base64',
    ).toString('hex');
    const minute = (at: number, cpu_usage: number): object => ({ timestamp: `2025-01-01T00:0${at}:00Z`, cpu_usage });

    const loadFormerly = async (): Promise<{ readonly root: string; readonly run: string }> => {
      const root = plant({ 'metrics/a.json': [minute(0, 1), minute(1, 2)] });
      const { head } = await load(root, target.url);
      const bytes = product === 'SQLite' ? `X'${FORMER}'` : `'\\x${FORMER}'`;
      await sql(`UPDATE ledger.batches SET claims = ${bytes}`);
      return { root, run: head.run_id };
    };

    test('stays loaded, and its file still holds its keys', async () => {
      const { root } = await loadFormerly();
      grow(root, { 'metrics/b.json': [minute(1, 3)] });
      const { files, rejects } = await load(root, target.url);
      expect(files.map(({ path, status }) => [path, status])).toEqual([
        ['metrics/a.json', 'unchanged'],
        ['metrics/b.json', 'failed'],
      ]);
      expect(rejects).toMatchObject([{ path: 'metrics/b.json', code: 'conflicting-duplicate' }]);
    });

    test('is neither undone nor compared with the ledger until it is loaded again', async () => {
      const { root, run } = await loadFormerly();
      const settings = { ...runSettings({ root, to: target.url }), sources: undefined, ledger: true };
      await expect(undo({ ...settings, run, restoreFiles: false })).rejects.toMatchObject({ code: 'not-remembered' });
      await expect(verify(settings)).rejects.toMatchObject({ code: 'not-remembered' });
      await load(root, target.url, { reload: true });
      expect(await verify(settings)).toMatchObject({ exit_code: 0, totals: { equal: 2 } });
    });
  });
});
