import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { exportDeclared, loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What was done under declarations that are others today, or that nobody has any more.

const things = {
  files: 'things.json',
  key: 'id',
  columns: { id: 'integer', name: 'text' },
  children: {
    parts: { records: '/parts/*', order: 'none', key: ['thing_id', 'part'], columns: { part: { from: '$value' } } },
  },
};
const others = { files: 'others.json', key: 'id', columns: { id: 'integer' } };
const files = { 'things.json': [{ id: 1, name: 'a', size: 2, parts: ['x'] }, { id: 2 }], 'others.json': [{ id: 5 }] };

const ledgerOf = (product: string) => (product === 'SQLite' ? 'migrate_json_' : 'migrate_json.');

test.each(PRODUCTS)('undo takes back what %s has, though a column was added since', async (product) => {
  const { url, root, query } = await loadDeclared({ datasets: { things, others } }, files, product);
  await load(root, url, { datasets: { things, others }, runId: 'nothing-new' });
  const datasets = { things: { ...things, columns: { ...things.columns, size: 'integer' } }, others };
  const type = product === 'SQLite' ? 'INTEGER' : 'bigint';
  await query(`ALTER TABLE things ADD COLUMN size ${type}`);
  const [{ run_id: run } = {}] = await query(`SELECT run_id FROM ${ledgerOf(product)}runs ORDER BY started_at`);
  const settings = { ...runSettings({ root, to: url, datasets }), run: String(run), restoreFiles: false };
  for (const dryRun of [true, false])
    expect(await undo({ ...settings, dryRun })).toMatchObject({
      exit_code: 0,
      totals: { deleted: 4, restored: 0, kept: 0 },
    });
  expect(await query('SELECT id FROM things')).toEqual([]);
});

test.each(PRODUCTS)(
  'a run of %s whose dataset is declared no more is verified, exported and undone',
  async (product) => {
    const { url, root, query, head } = await loadDeclared({ datasets: { things, others } }, files, product);
    const datasets = { others };
    const checked = await verify(runSettings({ root, to: url, datasets, ledger: true, workers: 1 }));
    expect({ code: checked.exit_code, equal: checked.totals.equal }).toEqual({ code: 0, equal: 3 });
    await query("UPDATE things SET name = 'b' WHERE id = 1");
    const changed = await verify(runSettings({ root, to: url, datasets, ledger: true, workers: 1 }));
    expect(changed.totals).toMatchObject({ different: 1, equal: 2 });
    const back = await exportDeclared(url, { datasets });
    expect(JSON.parse(readFileSync(`${back}/things.json`, 'utf8'))).toEqual([
      { id: 1, name: 'b', parts: ['x'], size: 2 },
      { id: 2 },
    ]);
    const undone = await undo({ ...runSettings({ root, to: url, datasets }), run: head.run_id, restoreFiles: false });
    expect(undone).toMatchObject({ exit_code: 1, tables: { things: { deleted: 1, kept: 1 }, others: { deleted: 1 } } });
  },
);

test.each(PRODUCTS)(
  'a run of the datasets that the program knows is undone under a config that declares others, in %s',
  async (product) => {
    const url = await freshUrl(product);
    const root = plant({ 'metrics.json': [{ timestamp: '2025-01-01T00:00:00Z', source: 'a', cpu_usage: 1 }] });
    const { head } = await load(root, url);
    expect(head.totals.records_loaded).toBe(1);
    const settings = runSettings({ root, to: url, datasets: { others } });
    const undone = await undo({ ...settings, run: head.run_id, restoreFiles: false });
    expect(undone.totals).toEqual({ deleted: 1, restored: 0, kept: 0 });
  },
);

test.each(PRODUCTS)('a run with a recipe is undone and verified under a config without it, in %s', async (product) => {
  const metrics = [{ timestamp: '2025-01-01T00:00:00Z', source: 'a', cpu_usage: 1 }];
  const root = plant({ 'metrics.json': metrics, 'others.json': [{ id: 5 }] });
  for (const datasets of [{ others }, undefined]) {
    const url = await freshUrl(product);
    const own = datasets && { datasets };
    const { head } = await load(root, url, { ...own, recipe: ['operations'] });
    expect(head.totals.records_loaded).toBe(datasets ? 2 : 1);
    const bare = runSettings({ root, to: url, datasets: { others } });
    const checked = await verify({ ...bare, ledger: true, workers: 1 });
    expect({ code: checked.exit_code, equal: checked.totals.equal }).toEqual({ code: 0, equal: datasets ? 2 : 1 });
    const undone = await undo({ ...bare, run: head.run_id, restoreFiles: false });
    expect(undone.totals).toEqual({ deleted: datasets ? 2 : 1, restored: 0, kept: 0 });
  }
});

test.each(PRODUCTS)('declarations are kept once, without constants that look like a secret, in %s', async (product) => {
  const key = `sk-${'a1'.repeat(12)}`;
  const datasets = {
    others: {
      ...others,
      when: { lacks: '/token', '/api_key': ['hunter2', 'hunter3'] },
      parameters: { password: 'hunter4', page: 'home' },
      columns: {
        id: 'integer',
        channel: { value: key },
        api_token: { type: 'text', default: 'hunter5' },
        secret: 'text',
      },
    },
  };
  const { url, root, query } = await loadDeclared(
    { datasets },
    { 'others.json': [{ id: 1, api_key: 'hunter2' }] },
    product,
  );
  const { files: pattern, ...rest } = datasets.others;
  const reworded = { others: { description: 'In other words.', ...rest, files: pattern } };
  await load(root, url, { datasets: reworded, reload: true });
  const kept = await query(`SELECT content FROM ${ledgerOf(product)}declarations`);
  expect(kept.length).toBe(1);
  expect((await query(`SELECT run_id FROM ${ledgerOf(product)}run_declarations`)).length).toBe(2);
  const content = String(kept[0]?.['content']);
  expect(content).not.toMatch(/hunter|sk-/);
  expect(JSON.parse(content).datasets.others).toMatchObject({
    parameters: { password: '********', page: 'home' },
    columns: { secret: 'text', channel: { value: '********' } },
    when: { lacks: '/token' },
  });
});

test('a run of one name has one declaration', async () => {
  const url = await freshUrl('SQLite');
  const root = plant(files);
  await load(root, url, { datasets: { things, others }, runId: 'r' });
  await queryTarget(url, "UPDATE migrate_json_runs SET status = 'running', exit_code = NULL");
  const again = await load(root, url, { datasets: { others }, runId: 'r' });
  expect(again.error).toBe('run r was begun under other declarations');
});

test.each(PRODUCTS)(
  'a ledger without declarations is taken over, and what it does not keep is named, in %s',
  async (product) => {
    const { url, root, query, head } = await loadDeclared({ datasets: { things, others } }, files, product);
    for (const table of ['declarations', 'run_declarations']) await query(`DROP TABLE ${ledgerOf(product)}${table}`);
    const gone = { ...runSettings({ root, to: url, datasets: { others } }), run: head.run_id, restoreFiles: false };
    await expect(undo(gone)).rejects.toThrow('there is no dataset things');
    await expect(exportDeclared(url, { datasets: { others } })).rejects.toThrow('there is no dataset things');
    const again = await load(root, url, { datasets: { things, others } });
    expect(again.exitCode).toBe(0);
    expect((await query(`SELECT run_id FROM ${ledgerOf(product)}run_declarations`)).length).toBe(1);
    const today = {
      ...runSettings({ root, to: url, datasets: { things, others } }),
      run: head.run_id,
      restoreFiles: false,
    };
    expect((await undo(today)).totals.deleted).toBe(4);
  },
);

test.each(PRODUCTS)('a table that another dataset feeds today is not taken for the old one, in %s', async (product) => {
  const { url } = await loadDeclared({ datasets: { things, others } }, files, product);
  const items = { ...things, table: 'things', columns: { id: 'integer' } };
  await expect(exportDeclared(url, { datasets: { items, others } })).rejects.toThrow(
    'there is no dataset things, and another one feeds its table things',
  );
});

test.each(PRODUCTS)('of functions only the name is kept: export says so, undo needs none, in %s', async (product) => {
  const { url, root, query, head } = await loadDeclared({ datasets: { things, others } }, files, product);
  const table = `${ledgerOf(product)}declarations`;
  const [{ content } = {}] = await query(`SELECT content FROM ${table}`);
  const kept = JSON.parse(String(content));
  kept.datasets.things.functions = './things.ts';
  await query(`UPDATE ${table} SET content = '${JSON.stringify(kept)}'`);
  await expect(exportDeclared(url, { datasets: { others } })).rejects.toThrow(
    'there is no dataset things, and the ledger does not keep its functions (./things.ts)',
  );
  const settings = { ...runSettings({ root, to: url, datasets: { others } }), run: head.run_id, restoreFiles: false };
  expect((await undo(settings)).totals).toEqual({ deleted: 4, restored: 0, kept: 0 });
});

test.each(PRODUCTS)('verify --ledger knows rows by the columns that they were loaded with, in %s', async (product) => {
  const drops = { ...things, files: 'drops/*.json' };
  const { url, query } = await loadDeclared(
    { datasets: { drops: { ...drops, table: 'things' } } },
    { 'drops/a.json': files['things.json'] },
    product,
  );
  await query(`ALTER TABLE things ADD COLUMN size ${product === 'SQLite' ? 'INTEGER' : 'bigint'}`);
  const datasets = { drops: { ...drops, table: 'things', columns: { ...things.columns, size: 'integer' } } };
  const checked = async () => {
    const { totals } = await verify(runSettings({ root: '.', to: url, datasets, ledger: true, workers: 1 }));
    return totals;
  };
  expect(await checked()).toEqual({ equal: 2, different: 0, missing: 0, extra: 0, application: 0 });
  // The files that were there are in an archive by now.
  const root = plant({ 'drops/b.json': [{ id: 3, size: 4 }] });
  expect((await load(root, url, { datasets })).exitCode).toBe(0);
  expect(await checked()).toEqual({ equal: 3, different: 0, missing: 0, extra: 0, application: 0 });
  await query("UPDATE things SET name = 'b' WHERE id = 1");
  await query('UPDATE things SET size = 5 WHERE id = 3');
  await query('INSERT INTO things (id) VALUES (9)');
  expect(await checked()).toMatchObject({ equal: 1, different: 2, missing: 0 });
});
