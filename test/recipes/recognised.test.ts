import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import type { Recipe } from '../../src/recipes/recipe.ts';
import { RECIPES, type RecipeName } from '../../src/recipes/recipes.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { runCli } from '../setup/cli.ts';
import { conversation } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { digestOf, freshUrl, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { zipFile } from '../setup/zip.ts';
import { sampleOf } from './recipe-suite.ts';

// Which recipe fits a root is seen by its files, where nobody names one.

function copyOf(recipe: string): string {
  const cwd = plant();
  cpSync(sampleOf(recipe), join(cwd, 'data'), { recursive: true });
  return cwd;
}

describe('an export', () => {
  test('is recognised by each command that reads it, and what follows names its recipe', async () => {
    const cwd = copyOf('chatgpt');
    const line = 'recipe: chatgpt, recognised by what lies in the root';
    const run = await runCli(['run'], { cwd });
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(line)]);
    expect(run.stderr.indexOf(line)).toBeLessThan(run.stderr.indexOf('created'));
    expect(run.stdout).toContain('verify ./data --recipe chatgpt');
    for (const command of ['scan', 'validate', 'verify', 'doctor']) {
      const { code, stderr, stdout } = await runCli([command], { cwd });
      expect([command, code, stderr], stdout).toEqual([command, 0, expect.stringContaining(line)]);
    }
  });

  test('is proposed as one line', async () => {
    const cwd = copyOf('chatgpt');
    const config = join(cwd, 'migrate-json.config.yaml');
    expect((await runCli(['init'], { cwd })).code).toBe(0);
    const text = readFileSync(config, 'utf8');
    expect(text).toBe('root: ./data\nrecipes: [chatgpt]\n');
    expect((await runCli(['init', '--check'], { cwd })).code).toBe(0);
    expect((await runCli(['init'], { cwd })).code).toBe(0);
    expect(readFileSync(config, 'utf8')).toBe(text);
    expect((await runCli(['run', '--dry-run'], { cwd })).code).toBe(0);
  });

  test('with files of others has them declared beside it', async () => {
    const cwd = copyOf('chatgpt');
    cpSync(join(cwd, 'data/user.json'), join(cwd, 'data/pets.json'));
    expect((await runCli(['init'], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8');
    expect(text).toMatch(/^root: \.\/data\nrecipes: \[chatgpt\]\n# new\ndatasets:\n {2}pets:/);
    expect((await runCli(['run'], { cwd })).code).toBe(0);
  });
});

test.each(PRODUCTS)('what was loaded with a recipe is known without naming it, in %s', async (product) => {
  const url = await freshUrl(product);
  await load(sampleOf('slack'), url, { recipe: ['slack'] });
  const cwd = plant();
  const verified = await runCli(['verify', '--ledger', '--to', url], { cwd });
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('EQUAL')]);
  const exported = await runCli(['export', 'files', '--from', url], { cwd });
  expect([exported.code, exported.stdout]).toEqual([0, expect.stringContaining('slack_users')]);
  const checked = await runCli(['schema', 'check', '--to', url], { cwd });
  expect([checked.code, checked.stdout]).toEqual([0, 'a run can load into these tables\n']);
});

test('two exports with a table of one name are an error that says what to do', async () => {
  const cwd = plant();
  for (const recipe of ['chatgpt', 'claude']) cpSync(sampleOf(recipe), join(cwd, 'data', recipe), { recursive: true });
  const { code, stderr } = await runCli(['run'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('the recipes chatgpt and claude both have a table conversations');
  expect(stderr).toContain('--recipe');
});

test.each(Object.keys(RECIPES))(
  'the export %s in a zip file is recognised and loads as it does in a directory',
  async (recipe) => {
    const { signature }: Recipe = RECIPES[recipe as RecipeName];
    if (signature === undefined) return;
    const sample = sampleOf(recipe);
    const paths = readdirSync(sample, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const named = (around: string) =>
      paths.map(({ parentPath, name }) => ({
        name: `${around}${relative(sample, join(parentPath, name))}`,
        content: readFileSync(join(parentPath, name)),
      }));
    const zip = zipFile(named(''));
    expect(await fittingRecipes(zip)).toEqual([recipe]);
    expect(await fittingRecipes(sample)).toEqual([recipe]);
    const [one, other] = [await freshUrl('SQLite'), await freshUrl('SQLite')];
    const options = { recipe: [recipe] };
    expect(forecast(await load(zip, one, options))).toEqual(forecast(await load(sample, other, options)));
    const { tables } = runSettings({ root: sample, ...options }).registry;
    expect(await digestOf(one, tables.list, tables)).toEqual(await digestOf(other, tables.list, tables));
  },
);

test('names alone are no signature', async () => {
  expect(await fittingRecipes(plant({ 'conversations.json': [{ id: 'a', messages: [] }] }))).toEqual([]);
  expect(await fittingRecipes(plant({ 'conversations.json': [{ id: 'a', mapping: {} }] }))).toEqual(['chatgpt']);
  expect(await fittingRecipes(join(plant(), 'nowhere'))).toEqual([]);
});

describe('an application', () => {
  const samples = join(import.meta.dirname, '../../../shared/samples');

  test('is proposed as one line', async () => {
    const cwd = plant({
      'data/conversations/ann/a.json': conversation('a', ['one', 'two']),
      'data/usage/ann/usage.json': { user_id: 'ann', tier: 'pro' },
    });
    expect((await runCli(['init'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8')).toBe('root: ./data\nrecipes: [council]\n');
    expect((await runCli(['run'], { cwd })).code).toBe(0);
  });

  test('is not seen in a file that holds other lists, too', async () => {
    const cwd = plant({
      'data/db.json': {
        settings: { theme: 'dark' },
        users: [{ id: 1, email: 'a@b.c', role: 'x' }],
        orders: [{ id: 1 }],
      },
    });
    await runCli(['init'], { cwd });
    expect(readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8')).not.toContain('recipes:');
  });

  test.skipIf(!existsSync(samples))('of which there are samples is recognised', async () => {
    for (const { name } of readdirSync(samples, { withFileTypes: true }).filter((each) => each.isDirectory())) {
      const cwd = plant();
      await runCli(['init', join(samples, name)], { cwd });
      const text = readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8');
      expect(text.split('\n').slice(1), name).toEqual([expect.stringMatching(/^recipes: \[\w+\]$/), '']);
    }
  });
});
