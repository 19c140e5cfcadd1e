import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROPOSED_EXPORTS, PROPOSED_NAMES } from '../../src/recipes/proposed.ts';
import { RECIPE_NAMES, recipesNamed } from '../../src/recipes/recipes.ts';
import { builtInRegistry } from '../../src/recipes/registry.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { runCli } from '../setup/cli.ts';
import { loadDeclared } from '../setup/declared.ts';
import { conversation } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Datasets that come with the program, alone and beside declared ones.

const FILES = {
  'conversations/ann/a.json': conversation('a', ['one', 'two']),
  'users.json': [{ id: 'ann', email: 'ann@example.org' }],
  'notes.json': [{ id: 1, text: 'x' }],
};
const notes = { files: 'notes.json', key: 'id', columns: { id: 'integer', text: 'text' } };

test('every dataset of the program is of a recipe, in the order in which it is tried', () => {
  const names = builtInRegistry().datasets.map(({ name }) => name);
  const all = recipesNamed(RECIPE_NAMES).flatMap(({ coded = [] }) => coded);
  expect(new Set(all)).toEqual(new Set(names));
  for (const { coded = [], fits } of recipesNamed(RECIPE_NAMES)) {
    const places = coded.map((each) => names.indexOf(each));
    expect(places, fits).toEqual(places.toSorted((a, b) => a - b));
  }
});

describe.each(PRODUCTS)('recipes in %s', (product) => {
  test('take part beside declared datasets, after them', async () => {
    const declaration = { datasets: { notes }, recipe: ['council'] };
    const url = await freshUrl(product);
    const root = plant(FILES);
    const trial = await load(root, url, { ...declaration, dryRun: true });
    const loaded = await load(root, url, { ...declaration, workers: 2 });
    expect(forecast(trial)).toEqual(forecast(loaded));
    expect(loaded.files.map(({ path, dataset, status }) => [path, dataset, status])).toEqual([
      ['conversations/ann/a.json', 'conversations', 'loaded'],
      ['notes.json', 'notes', 'loaded'],
      ['users.json', null, 'unrecognised'],
    ]);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.tables).toMatchObject({ messages: { inserted: 2 }, notes: { inserted: 1 }, users: { inserted: 1 } });
    expect(await queryTarget(url, 'SELECT id FROM users')).toEqual([{ id: 'ann' }]);
    for (const ledger of [false, true])
      expect((await verify(runSettings({ root, to: url, workers: 1, ledger, ...declaration }))).exit_code).toBe(0);
  });

  test('alone leave the datasets of others out', async () => {
    const url = await freshUrl(product);
    const { files } = await load(plant(FILES), url, { recipe: ['council'] });
    expect(files.map(({ dataset }) => dataset)).toEqual(['conversations', null, null]);
  });
});

test('without a recipe only declared datasets take part', async () => {
  const { files } = await loadDeclared({ datasets: { notes } }, FILES);
  expect(files.map(({ dataset }) => dataset)).toEqual([null, 'notes', null]);
});

test('a declared dataset replaces that of the same name, and its table may not be another one', () => {
  const read = (datasets: object, recipe: string) => () => runSettings({ root: '.', datasets, recipe: [recipe] });
  const usage = { ...notes, table: 'counters' };
  const { registry } = runSettings({ root: '.', datasets: { usage }, recipe: ['council'] });
  expect(registry.datasets.map(({ name }) => name)).toEqual(['usage', 'conversations']);
  expect(registry.tables.find('usage')).toBeUndefined();
  expect(read({ chats: { ...notes, table: 'conversations' } }, 'council')).toThrow(
    'a recipe has a table conversations, too: write `table:` with another name',
  );
  expect(read({ notes: { ...notes, owner: 'text' } }, 'council')).toThrow(
    "the owners of a recipe's rows are its users",
  );
  expect(read({ notes }, 'counsil')).toThrow('did you mean council?');
});

test('they are listed, and shown one by one', async () => {
  const all = await runCli(['recipes']);
  for (const name of RECIPE_NAMES) expect(all.stdout).toContain(name);
  const one = await runCli(['recipes', 'security', '--json']);
  expect(JSON.parse(one.stdout)).toMatchObject({
    name: 'security',
    datasets: [{ name: 'users' }, { name: 'predictions' }, { name: 'events' }],
    tables: ['users', 'events', 'predictions'],
  });
  expect((await runCli(['recipes', 'council'])).stdout).toContain('write `recipes: [council]`');
  const wrong = await runCli(['recipes', 'securitas']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean security?')]);
});

describe('an export without fixed tables', () => {
  test.each(PROPOSED_NAMES)('%s is listed, and its example is that of its page', async (name) => {
    expect((await runCli(['recipes'])).stdout).toContain(PROPOSED_EXPORTS[name].fits);
    const printed = await runCli(['recipes', name]);
    const page = readFileSync(join(import.meta.dirname, '../..', PROPOSED_EXPORTS[name].page), 'utf8');
    const [, block] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect([printed.code, parse(printed.stdout)]).toEqual([0, parse(block ?? '')]);
    const named = await runCli(['scan', '.', '--recipe', name], { cwd: plant() });
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining(`for ${name} \`migrate-json init`)]);
  });
});

test('the config file names them under `recipes:`', async () => {
  const config = 'recipes: [council]\ndatasets:\n  notes: { files: notes.json, key: id, columns: { id: integer } }\n';
  const cwd = plant({
    'migrate-json.config.yaml': config,
    'data/usage/ann/usage.json': { user_id: 'ann', tier: 'pro' },
  });
  const { stdout, code } = await runCli(['scan', './data'], { cwd });
  expect([code, stdout]).toEqual([0, expect.stringContaining('usage')]);
});
