import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { measurements } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const ROWS = 4;

describe.each(PRODUCTS)('verify --ledger on %s, where the last run of a file loaded not all of it', (product) => {
  let target: FreshTarget;
  let root: string;
  beforeEach(async () => {
    target = await freshTarget(product);
    root = plant({ 'metrics/a.json': measurements(ROWS) });
    await load(root, target.url);
  });
  afterEach(() => target.drop());

  const write = (text: string): void => writeFileSync(join(root, 'metrics/a.json'), text);
  const again = (options: GivenOptions = {}) => load(root, target.url, options);
  const say = async () => {
    const { exit_code, totals, records } = await verify(runSettings({ root, ledger: true, to: target.url }));
    return { exit_code, equal: totals.equal, missing: totals.missing, different: totals.different, read: records.read };
  };

  /** One row is changed and one deleted by the application: both are known. */
  async function expectKnown(read = ROWS): Promise<void> {
    expect(await say()).toEqual({ exit_code: 0, equal: ROWS, missing: 0, different: 0, read });
    const [first, second] = await queryTarget(target.url, 'SELECT id FROM metrics ORDER BY timestamp');
    await queryTarget(target.url, `UPDATE metrics SET cpu_usage = 99 WHERE id = ${first?.['id']}`);
    await queryTarget(target.url, `DELETE FROM metrics WHERE id = ${second?.['id']}`);
    expect(await say()).toMatchObject({ exit_code: 5, equal: ROWS - 2, missing: 1, different: 1 });
  }

  test('a reload that changed nothing and was undone', async () => {
    const { head } = await again({ reload: true });
    await undo({ ...runSettings({ root, to: target.url }), run: head.run_id });
    await expectKnown();
  });

  test('a file with a reject under --strict', async () => {
    write(JSON.stringify([...measurements(ROWS), { timestamp: 'never' }]));
    expect((await again({ strict: true })).head.exit_code).toBe(3);
    await expectKnown();
  });

  test('a file that is cut off', async () => {
    write('[');
    expect((await again()).head.exit_code).toBe(1);
    await expectKnown();
  });

  test('records that --on-conflict fail rejected, beside one that is new', async () => {
    const changed = measurements(ROWS).map((record, index) => (index < 2 ? { ...record, cpu_usage: 7 } : record));
    write(JSON.stringify(changed));
    expect((await again({ onConflict: 'fail' })).head.totals).toMatchObject({ records_rejected: 2 });
    await expectKnown(2);
  });
});
