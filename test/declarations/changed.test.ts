import { expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
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

test.each(PRODUCTS)(
  'a dataset that is called otherwise, a column that moves: %s changes rows and adds none',
  async (product) => {
    const files = { 'things.json': [{ id: 1, name: 'a', size: 2 }], 'others.json': [{ id: 5 }] };
    const others = { files: 'others.json', key: 'id', columns: { id: 'integer' } };
    const first = { ...things, columns: { ...things.columns, size: 'integer' } };
    const { root, url, query } = await loadDeclared({ datasets: { things: first, others } }, files, product);
    const items = {
      ...first,
      table: 'things',
      columns: { id: 'integer', name: { from: '/size', type: 'text', trim: true }, size: 'integer' },
    };
    const unknown = await load(root, url, { datasets: { others } });
    expect(unknown.exitCode, 'what nothing declares any more is not read').toBe(1);
    const datasets = { items: { ...items, origin: 'things', columns: first.columns }, others };
    const renamed = await load(root, url, { datasets });
    expect(renamed.exitCode).toBe(0);
    expect(renamed.tables).toMatchObject({ things: { inserted: 0, updated: 0, unchanged: 1 } });
    expect(renamed.files.map(({ path, status }) => [path, status])).toEqual([
      ['others.json', 'unchanged'],
      ['things.json', 'loaded'],
    ]);
    const moved = await load(root, url, {
      datasets: {
        items: {
          ...datasets.items,
          columns: { id: 'integer', name: { from: '/other', type: 'text' }, size: 'integer' },
        },
        others,
      },
    });
    expect(moved.tables).toMatchObject({ things: { inserted: 0, updated: 1 } });
    expect(await query('SELECT id, name, size FROM things')).toEqual([
      { id: product === 'SQLite' ? 1 : '1', name: null, size: product === 'SQLite' ? 2 : '2' },
    ]);
    const ledger = await verify(runSettings({ root, to: url, datasets, ledger: true, workers: 1 }));
    expect(ledger.exit_code, 'a former run is known by the former name').toBe(0);
  },
);
