import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Inference, infer } from '../../src/inference/infer.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { CASES } from '../setup/any-json-scores.ts';
import { editedConfig } from '../setup/config-edits.ts';
import { generateDirectory } from '../setup/generated-directories.ts';
import { load } from '../setup/load.ts';
import { records } from '../setup/proposed.ts';
import { random } from '../setup/random.ts';
import { freshTarget } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

/** What `init` makes of a config that is there. */
async function merged(root: string, text: string): Promise<Inference> {
  const { datasets, tables, workers: _workers, root: _root, ...options } = parse(text) ?? {};
  const given = datasets === undefined ? {} : { datasets, tables };
  const settings = runSettings({ root, ...options, ...given });
  return await infer(root, settings, { existing: { text, registry: settings.registry } });
}

async function first(root: string): Promise<string> {
  return (await infer(root, runSettings({ root }))).text;
}

/** Every line of the edited text but what `init` remembers, in its order. */
function expectKept(edited: string, after: string, where: string): void {
  const lines = after.split('\n');
  let at = -1;
  for (const line of edited.split('\n').filter((each) => each !== '' && !each.startsWith('# init: '))) {
    const found = lines.indexOf(line, at + 1);
    expect(found, `${where}: the line "${line}" is gone\n${after}`).toBeGreaterThan(at);
    at = found;
  }
}

async function expectEditsKept(root: string, seed: number, where: string): Promise<void> {
  const text = await first(root);
  expect((await merged(root, text)).text, `${where}: nothing is new`).toBe(text);
  const { text: edited, takenOut, edits } = editedConfig(text, random(seed).next, 10);
  const at = `${where}, seed ${seed}: ${edits.join(', ')}\n${edited}`;
  const again = await merged(root, edited);
  expectKept(edited, again.text, at);
  expect(
    again.additions.filter(({ isReturned }) => !isReturned),
    at,
  ).toEqual([]);
  // A column that was taken out of a dataset which is gone comes back with it.
  const datasetsOut = edits.filter((edit) => edit === 'a dataset less').length;
  expect(again.additions.length, at).toBeLessThanOrEqual(takenOut);
  expect(again.additions.length, at).toBeGreaterThanOrEqual(datasetsOut === 0 ? takenOut : datasetsOut);
  expect(parse(again.text), `${at}: what comes back is a comment`).toEqual(parse(edited));
  const third = await merged(root, again.text);
  expect(third.text, `${at}: it comes back once`).toBe(again.text);
}

const NAMES = existsSync(CASES) ? readdirSync(CASES).filter((name) => existsSync(join(CASES, name, 'data'))) : [];

describe.skipIf(NAMES.length === 0)('ten edits of a person are kept', () => {
  test.for(NAMES)('of %s', async (name) => {
    for (const seed of [1, 2, 3]) await expectEditsKept(join(CASES, name, 'data'), seed, name);
  });
});

describe('edits of generated directories are kept', () => {
  test.for(records(10, (n) => n))('seed %i', async (seed) => {
    await expectEditsKept(plant(generateDirectory(random(seed).next)), seed, `directory ${seed}`);
  });
});

describe.skipIf(NAMES.length === 0)('of half of the files, edited, then of all of them', () => {
  test.for(NAMES)('of %s', async (name) => {
    const files = Object.fromEntries(filesBelow(join(CASES, name, 'data')));
    const paths = Object.keys(files);
    const half = plant(
      Object.fromEntries(paths.filter((_, at) => at % 2 === 0).map((path) => [path, files[path] ?? ''])),
    );
    const root = plant(files);
    for (const seed of [1, 2]) {
      const { text, edits } = editedConfig(await first(half), random(seed).next, 10);
      const where = `${name}, seed ${seed}: ${edits.join(', ')}\n${text}`;
      const all = await merged(root, text);
      // Files may be added to a list of patterns.
      expectKept(text.replace(/^ +files: .*\n/gm, ''), all.text, where);
      expect((await merged(root, all.text)).text, `${where}: nothing is new then`).toBe(all.text);
      const { url } = await freshTarget('SQLite');
      const { workers: _workers, ...declaration } = parse(all.text);
      const { rejects, error } = await load(root, url, { ...declaration, allowEmpty: true });
      const isDamaged = all.left.some((each) => each.isDamaged);
      // The records of a dataset that was taken out are named.
      const codes = new Set(
        rejects
          .map(({ code }) => code)
          .filter((code) => code !== 'second-collection' || !edits.includes('a dataset less')),
      );
      expect({ codes: isDamaged ? [] : [...codes], error }, `${where}\n${all.text}`).toEqual({
        codes: [],
        error: undefined,
      });
    }
  });
});

/** Every file with its text. */
function filesBelow(directory: string): readonly (readonly [path: string, text: string])[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => relative(directory, join(each.parentPath, each.name)))
    .toSorted()
    .map((path) => [path, readFileSync(join(directory, path), 'utf8')] as const);
}

describe('a config that is there', () => {
  const files = {
    'users.json': records(3, (n) => ({ id: `u${n}`, mail: `x${n}` })),
    'orders/2024-01.json': records(3, (n) => ({ id: n, user_id: `u${n}`, items: [{ sku: 'a', qty: n }] })),
    'orders/2024-02.json': records(3, (n) => ({ id: 10 + n, user_id: `u${n}`, items: [{ sku: 'a', qty: n }] })),
  };
  const changed = async (config: (text: string) => string, more: Tree): Promise<Inference & { before: string }> => {
    const before = config(await first(plant(files)));
    return { ...(await merged(plant({ ...files, ...more }), before)), before };
  };

  test('gets new members below `# new`, with all else as it was', async () => {
    const { text, additions, before } = await changed(
      (each) => each.replace('      mail: text', '      e_mail: { from: /mail, type: text(99) } # mine:'),
      {
        'users.json': records(3, (n) => ({ id: `u${n}`, mail: `x${n}`, phone: n, roles: [{ name: 'a' }] })),
        'orders/2024-02.json': [{ id: 11, user_id: 'u1', items: [{ sku: 'a', qty: 1, note: 'x' }] }],
      },
    );
    expectKept(before, text, 'new members');
    expect(additions.map(({ what, at, name, isReturned }) => [what, at.join('.'), name, isReturned])).toEqual([
      ['column', 'datasets.orders.children.order_items.columns', 'note', false],
      ['column', 'datasets.users.columns', 'phone', false],
      ['child', 'datasets.users.children', 'user_roles', false],
    ]);
    expect(text).toMatch(
      /e_mail: .* # mine: .*\n {6}# new\n {6}phone: integer +# 3\/3, unique\n {4}# new\n {4}children:\n {6}user_roles:/,
    );
    expect(parse(text).datasets.users.columns).toEqual({ id: 'text', e_mail: expect.anything(), phone: 'integer' });
    expect(parse(text).datasets.orders.children.order_items.columns.note).toBe('text');
  });

  test('gets new datasets, which refer to what the others are called by now', async () => {
    const { text } = await changed(
      (each) =>
        each
          .replace('\n  users:', '\n  people:')
          .replace('      id: text', '      person: { from: /id, type: text }')
          .replace(/users.json(.*)\n {4}key: id/, 'users.json$1\n    key: person')
          .replace('users.id', 'people.person'),
      { 'carts.json': records(3, (n) => ({ id: `c${n}`, userId: `u${n}` })) },
    );
    expect(text).toMatch(/\n {2}# new\n {2}carts:\n/);
    expect(parse(text).datasets.carts.columns).toEqual({
      id: 'text',
      user_id: { from: '/userId', type: 'text', references: 'people.person' },
    });
  });

  test('takes files that are called otherwise than before, unless a person took them out', async () => {
    const one = {
      'users.json': records(3, (n) => ({ id: n, name: 'x' })),
      'logs/2024.json': records(3, (n) => ({ at: n, word: 'x' })),
    };
    const text = await first(plant(one));
    const root = plant({ ...one, 'logs/2025.json': records(3, (n) => ({ at: n, word: 'y' })) });
    const wider = await merged(root, text);
    expect(wider.additions).toMatchObject([{ what: 'files', takes: 'logs/*.json', isReturned: false }]);
    expect(parse(wider.text).datasets.logs.files).toEqual(['logs/2024.json', 'logs/*.json']);
    expect((await merged(root, wider.text)).text).toBe(wider.text);
    const narrowed = wider.text.replace('[logs/2024.json, logs/*.json]', 'logs/2024.json');
    const again = await merged(root, narrowed);
    expect(again.additions).toMatchObject([{ what: 'files', isReturned: true }]);
    expect(parse(again.text)).toEqual(parse(narrowed));
    expect((await merged(root, again.text)).text).toBe(again.text);
  });

  test('excludes files of another shape from the dataset that took them', async () => {
    const { text, before } = await changed((each) => each, { 'orders/index.json': { version: 3, count: 2 } });
    expectKept(before, text, 'another shape');
    expect(parse(text).datasets.orders.exclude).toEqual(['orders/index.json']);
    expect(parse(text).datasets.index).toMatchObject({ files: 'orders/index.json' });
  });

  test('keeps silent about what is ignored', async () => {
    const text = (await first(plant(files))).replace('datasets:', 'ignore: [users.json]\ndatasets:');
    const without = text
      .replace(/ {2}users:\n(?: {4}.*\n)+/, '')
      .replace(/references: users.id/, 'orphans: keep, references: orders.id')
      .replace(/ {6}user_id: .*\n/, '');
    const config = without.replace('    children:', '    rest: { ignore: [/user_id] }\n    children:');
    expect((await merged(plant(files), config)).text).toBe(config);
  });

  test('may be written with braces, with Windows line ends and without a last one', async () => {
    const braces = 'datasets: { users: { files: users.json, key: id, columns: { id: text } } }';
    const { text, additions } = await merged(plant(files), braces);
    expect(additions.map(({ what }) => what)).toEqual(['dataset', 'column']);
    expect(parse(text).datasets).toMatchObject({
      users: { columns: { id: 'text', mail: 'text' } },
      orders: { key: 'id' },
    });
    const windows = 'datasets:\r\n  users:\r\n    files: users.json\r\n    key: id\r\n    columns:\r\n      id: text';
    const other = await merged(plant(files), windows);
    expect(other.text.startsWith(windows)).toBe(true);
    expect(other.text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(parse(other.text).datasets.users.columns).toEqual({ id: 'text', mail: 'text' });
  });

  test('may hold options only', async () => {
    const { text } = await merged(plant(files), '# mine\nworkers: 2\n');
    expect(text).toMatch(/^# mine\nworkers: 2\n(?:# new\n)?datasets:\n {2}/);
    expect((await merged(plant(files), text)).text).toBe(text);
  });
});

test('what datasets take of the inside of a document is not proposed for the document', async () => {
  const settings = { app: { name: 'x', port: 5 }, mail: { host: 'h' }, debug: true };
  const root = plant({ 'settings.json': { theme: 'dark', size: 5 }, 'config.json': settings });
  const value = '{ from: $value, type: literal, kind: kind }';
  const rows = (name: string, file: string, records: string): string =>
    [
      `  ${name}:`,
      `    files: ${file}`,
      `    records: ${records}`,
      '    key: key',
      `    columns: { key: { from: $key }, value: ${value} }`,
      '',
    ].join('\n');
  const text = `datasets:\n${rows('settings', 'settings.json', '/<key>')}${rows('app', 'config.json', '/app/<key>')}`;
  const { additions, text: added } = await merged(root, text);
  expect(additions.map(({ what, takes }) => [what, takes])).toEqual([['dataset', 'config.json']]);
  expect(Object.keys(parse(added).datasets.config.columns)).toEqual(['id', 'mail_host', 'debug']);
  expect(
    (
      await merged(
        root,
        `${text}${rows('all', 'config.json', '/<key>')}`.replace(rows('app', 'config.json', '/app/<key>'), ''),
      )
    ).additions,
  ).toEqual([]);
});
