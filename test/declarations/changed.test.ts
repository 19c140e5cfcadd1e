import { expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { verify } from '../../src/run/verify.ts';
import { runSettings } from '../../src/settings/settings.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS } from '../setup/targets.ts';

// A declaration that changed after its files were loaded.

const things = { files: 'things.json', key: 'id', columns: { id: 'integer', name: 'text' } };

test.each(PRODUCTS)('a column that %s does not have yet is named, by run, verify and export', async (product) => {
  const { root, url } = await loadDeclared({ datasets: { things } }, { 'things.json': [{ id: 1, size: 2 }] }, product);
  const datasets = { things: { ...things, columns: { ...things.columns, size: 'integer' } } };
  expect(await load(root, url, { datasets })).toMatchObject({
    exitCode: 5,
    error: 'a run cannot load into these tables: things.size is missing',
  });
  for (const ledger of [false, true]) {
    const settings = runSettings({ root, to: url, datasets, ledger, workers: 1 });
    await expect(verify(settings)).rejects.toThrow('these tables cannot be read: things.size is missing');
  }
  const { registry } = runSettings({ root, datasets });
  const out = { registry, from: url, directory: `${root}-out`, dbSchema: 'public', allowPlaintext: false };
  await expect(exportDatabase(out)).rejects.toThrow('these tables cannot be read: things.size is missing');
});
