import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { runCli } from '../setup/cli.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Parameters of declarations, and the options that give them other values.

const notes = {
  files: 'notes.json',
  key: 'id',
  parameters: { source: 'web', level: 1, isOld: false },
  columns: {
    id: 'integer',
    source: { from: '$option.source' },
    level: { from: '$option.level', type: 'integer' },
    is_old: { from: '$option.isOld', type: 'boolean' },
  },
  skip: { old: { '$option.isOld': true } },
};
const others = { files: 'others.json', key: 'id', columns: { id: 'integer' } };
const datasets = { notes, others };

test.each(PRODUCTS)('a parameter that is given is the value, and its files load again, in %s', async (product) => {
  const { root, url, query } = await loadDeclared(
    { datasets },
    { 'notes.json': [{ id: 1 }], 'others.json': [{ id: 1 }] },
    product,
  );
  const stored = async () => (await query('SELECT source, CAST(level AS text) AS level FROM notes'))[0];
  expect(await stored()).toEqual({ source: 'web', level: '1' });
  const parameter = ['source=a,b = c', 'level=7'];
  const again = await load(root, url, { datasets, parameter });
  expect(again.files.map(({ path, status }) => [path, status])).toEqual([
    ['notes.json', 'loaded'],
    ['others.json', 'unchanged'],
  ]);
  expect(await stored()).toEqual({ source: 'a,b = c', level: '7' });
  expect((await load(root, url, { datasets, parameter })).files.map(({ status }) => status)).toEqual([
    'unchanged',
    'unchanged',
  ]);
  const skipped = await load(root, url, { datasets, parameter: 'isOld=true' });
  expect(skipped.files.map(({ dropped }) => dropped['skip: old'] ?? 0)).toEqual([1, 0]);
  const rejected = await load(root, url, { datasets, parameter: ['level=seven'] });
  expect(rejected.rejects.map(({ code }) => code)).toEqual(['wrong-type']);
});

const CONFIG = `
parameter: [source=config]
datasets:
  notes: { files: notes.json, key: id, parameters: { source: web }, columns: { id: integer, source: { from: $option.source } } }
`;

test('the flag is stronger than the environment, and that than the config file', async () => {
  const directory = plant({ 'migrate-json.config.yaml': CONFIG, 'data/notes.json': [{ id: 1 }] });
  const stored = async (flags: readonly string[], environment: Record<string, string> = {}) => {
    const { code, stderr } = await runCli(['run', './data', '--to', 'a.db', ...flags], {
      cwd: directory,
      env: environment,
    });
    expect(code, stderr).toBe(0);
    const [row] = await queryTarget(`sqlite:${join(directory, 'a.db')}`, 'SELECT source FROM notes');
    return row?.['source'];
  };
  expect(await stored([])).toBe('config');
  expect(await stored(['--parameter', 'source=a,b=c'])).toBe('a,b=c');
  expect(await stored([], { MIGRATE_JSON_PARAMETER: 'source=environment' })).toBe('environment');
  expect(await stored(['--parameter', 'source=flag'], { MIGRATE_JSON_PARAMETER: 'source=environment' })).toBe('flag');
});

test('a value that may be a secret is in no report', async () => {
  const secret = { ...notes, parameters: { ...notes.parameters, api_token: 'none' } };
  const root = plant({ 'notes.json': [{ id: 1 }] });
  const parameter = ['api_token=s3cr3t', 'source=app'];
  const { head } = await load(root, await freshUrl('SQLite'), { datasets: { notes: secret }, parameter });
  expect(head.options['parameter']).toEqual(['api_token=********', 'source=app']);
});

test.each([
  ['sourse=x', 'must be NAME=VALUE with a name that is declared: there is source, level, isOld; did you mean source?'],
  ['source', 'must be NAME=VALUE with a name that is declared: there is source, level, isOld'],
])('%s is no parameter', (parameter, words) => {
  expect(() => runSettings({ root: '.', datasets, parameter: [parameter] })).toThrow(words);
});

test('without declarations there are no parameters', () => {
  expect(() => runSettings({ root: '.', parameter: ['source=x'] })).toThrow('no dataset declares `parameters:`');
});
