import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Registry } from '../../src/datasets/registry.ts';
import { exportDatabase } from '../../src/export/export.ts';
import { migrate, retry } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { RunSettings } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { loaded } from '../setup/load.ts';
import { shopRegistry } from '../setup/shop-registry.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const whole = shopRegistry();

/** The same without its second dataset. */
const lesser = new Registry(whole.datasets.slice(0, 1), whole.tables, whole.origin);

const REFUSED = { code: 'unknown-dataset', exitCode: 2, message: expect.stringContaining('receipts') };

test.each(PRODUCTS)('what needs a dataset that the registry does not know says so, on %s', async (product) => {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  const root = plant({
    'orders/1.json': '[{"number":"a","buyer":"ann","items":[]}]',
    'receipts/1.json': '[{"till":1,"number":1,"lines":["pen"]},7]',
  });
  const rejects = join(plant(), 'rejects');
  const settings: RunSettings = { ...runSettings({ root, to: url, rejects }), registry: whole };
  const { head } = loaded(await migrate(settings));
  expect(head.totals).toMatchObject({ records_loaded: 2, records_rejected: 1 });

  const other = { ...settings, registry: lesser, rejects: undefined };
  await expect(undo({ ...other, run: head.run_id, restoreFiles: false })).rejects.toMatchObject(REFUSED);
  await expect(verify({ ...other, ledger: true })).rejects.toMatchObject(REFUSED);
  const directory = join(plant(), 'export');
  await expect(exportDatabase({ ...other, from: url, directory })).rejects.toMatchObject(REFUSED);
  const again = loaded(await retry({ ...other, root: rejects }));
  expect([again.exitCode, again.error]).toEqual([2, REFUSED.message]);

  expect(await queryTarget(url, 'SELECT sku FROM receipt_lines')).toEqual([{ sku: 'pen' }]);
  expect(await undo({ ...settings, run: head.run_id, restoreFiles: false })).toMatchObject({ totals: { deleted: 4 } });
});
