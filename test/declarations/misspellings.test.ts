import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// What a declaration names and no file has is told.

const orders = {
  files: ['orders/*.json', 'oders/*.json'],
  key: 'id',
  columns: {
    id: 'integer',
    total: { from: '/totl', type: 'integer' },
    city: { from: '/address/citi' },
    nothing: 'text',
    always_null: 'text',
    fallback: { from: '/fallback', default: 'x' },
  },
  children: {
    items: {
      records: '/items/*',
      columns: { position: { from: '$position', type: 'integer' }, sku: { from: '/skuu' }, size: 'text' },
    },
    notes: {
      records: '/nots/*',
      columns: { position: { from: '$position', type: 'integer' }, text: { from: '$value' } },
    },
    empty: { records: '/empty/*', columns: { position: { from: '$position', type: 'integer' }, text: 'text' } },
  },
};
const datasets = { orders: orders };

const ORDER = {
  id: 1,
  total: 5,
  address: { city: 'x' },
  always_null: null,
  items: [{ sku: 'a', size: 'L' }],
  notes: ['n'],
  empty: [],
};

const TOLD = [
  ['pattern-without-files', 'the dataset orders names files oders/*.json, and no path under the root matches that'],
  [
    'member-never-there',
    'orders.total gets nothing: no record of the dataset orders has /totl; did you mean /total, which no column takes?',
  ],
  [
    'member-never-there',
    'orders.city gets nothing: no record of the dataset orders has /address/citi; did you mean /address/city, which no column takes?',
  ],
  ['member-never-there', 'orders.nothing gets nothing: no record of the dataset orders has /nothing'],
  [
    'member-never-there',
    'items.sku gets nothing: no record of the dataset orders has /items/*/skuu; did you mean /items/*/sku, which no column takes?',
  ],
  [
    'member-never-there',
    'notes gets nothing: no record of the dataset orders has /nots; did you mean /notes, which no column takes?',
  ],
];

const told = ({ warnings }: { warnings: readonly { code: string; message: string }[] }) =>
  warnings.map(({ code, message }) => [code, message]);

test.each(PRODUCTS)('what no file has is told once, into %s', async (product) => {
  const { root, url, ...first } = await loadDeclared(
    { datasets },
    { 'orders/a.json': [ORDER, { ...ORDER, id: 2 }] },
    product,
  );
  expect(told(first)).toEqual(TOLD);
  expect(told(await load(root, url, { datasets }))).toEqual(TOLD.slice(0, 1));
  grow(root, { 'orders/b.json': [{ ...ORDER, id: 3 }] });
  // What the files of before have is not known.
  expect(told(await load(root, url, { datasets }))).toEqual(TOLD.slice(0, 1));
  expect(told(await load(root, url, { datasets, reload: true }))).toEqual(TOLD);
  expect(told(await load(root, url, { datasets, reload: true, include: ['**/a.json'] }))).toEqual([]);
});

test('a member of one record among many is enough, in flat dumps too, whichever thread reads it', async () => {
  const flat = { files: '*.json', key: 'id', columns: { id: 'integer', rare: 'text', never: 'text', text: 'text' } };
  const records = (from: number) =>
    Array.from({ length: 3000 }, (_, index) => ({ id: from + index, text: 'x'.repeat(900) }));
  const files = {
    'a.json': records(0),
    'b.json': [...records(5000), { id: 9999, rare: null, text: '' }],
    'c.json': [],
  };
  const { warnings } = await loadDeclared({ datasets: { flat } }, files);
  expect(told({ warnings })).toEqual([
    ['member-never-there', 'flat.never gets nothing: no record of the dataset flat has /never'],
  ]);
});

test('without a record nothing is known of members', async () => {
  const empty = { files: 'a.json', key: 'id', columns: { id: 'integer', text: 'text' } };
  expect(told(await loadDeclared({ datasets: { empty } }, { 'a.json': [] }))).toEqual([]);
  const { warnings } = await loadDeclared({ datasets: { empty } }, { 'a.json': [{ text: 5 }] });
  expect(told({ warnings })).toEqual([]);
});

test('scan and validate tell it with the line of the declaration', async () => {
  const config = `datasets:
  notes:
    files: [notes/*.json, "nots/*.json"]
    key: id
    columns:
      id: integer
      title: { from: /titel }
    children:
      lines: { records: /lins/*, columns: { position: { from: $position, type: integer }, text: { from: $value } } }
`;
  const note = { id: 1, title: 'a', lines: ['x'] };
  const directory = plant({ 'migrate-json.config.yaml': config, 'data/notes/a.json': [note] });
  const said = async (command: string) => {
    const { stderr, stdout } = await runCli([command, './data'], { cwd: directory });
    return (stderr + stdout).replace(/\s+/g, ' ');
  };
  for (const command of ['scan', 'validate'])
    expect(await said(command)).toContain('migrate-json.config.yaml:3: the dataset notes names files nots/*.json');
  const validated = await said('validate');
  expect(validated).toContain('migrate-json.config.yaml:7: notes.title gets nothing');
  expect(validated).toContain('migrate-json.config.yaml:9: lines gets nothing');
});

test('a dataset that takes nothing of the files that it names is told; one whose list is empty is not', async () => {
  const lines = { inv: { files: 'i.jsonl', key: 'n', columns: { n: 'text' }, rest: { ignore: ['/lines'] } } };
  const part = { key: ['t'], columns: { t: 'text' } };
  const datasets = {
    ...lines,
    line: { files: 'i.jsonl', records: '/lines/*', ...part },
    orders: { files: 'o.json', records: '/orders/*', ...part },
    empty: { files: 'o.json', records: '/none/*', ...part },
  };
  const files = { 'i.jsonl': '{"n":"a","lines":[{"t":"x"}]}\n', 'o.json': { orders: [{ t: 'a' }], none: [] } };
  const { warnings } = await loadDeclared({ datasets }, files);
  const idle = warnings.filter(({ code }) => code === 'dataset-without-records').map(({ message }) => message);
  expect(idle).toEqual([expect.stringContaining('the dataset line takes nothing')]);
});

test('of several datasets of one document the one whose way is misspelled is told', async () => {
  const part = { key: ['t'], columns: { t: 'text' } };
  const datasets = {
    shop: {
      files: '*.json',
      key: 'n',
      columns: { n: 'text' },
      rest: { ignore: ['/orders', '/none', '/in', '/m', '/l'] },
    },
    orders: { files: '*.json', records: '/ordrs/*', ...part },
    deep: { files: '*.json', records: '/in/ordrs/*', ...part },
    mapped: {
      files: '*.json',
      records: '/m/<name>/ordrs/*',
      key: ['name', 't'],
      columns: { name: { from: '$name' }, t: 'text' },
    },
    listed: { files: '*.json', records: '/l/*/ordrs/*', ...part },
    either: { files: '*.json', records: ['/ordrs/*', '/orders/*'], ...part },
    empty: { files: '*.json', records: '/none/*', ...part },
    once: { files: '*.json', records: '/once/*', ...part },
  };
  const shop = { orders: [{ t: 'a' }], none: [], in: { orders: [] }, m: { x: { orders: [] } }, l: [{ orders: [] }] };
  const files = { 'a.json': { n: 'a', ...shop }, 'b.json': { n: 'b', ...shop, once: [] } };
  const { exitCode, warnings } = await loadDeclared({ datasets }, files);
  const idle = warnings.filter(({ code }) => code === 'dataset-without-records').map(({ message }) => message);
  expect([exitCode, idle.map((message) => / dataset (\w+) .* has anything at (\S+);/.exec(message)?.slice(1))]).toEqual(
    [
      0,
      [
        ['orders', '/ordrs/*'],
        ['deep', '/in/ordrs/*'],
        ['mapped', '/m/*/ordrs/*'],
        ['listed', '/l/*/ordrs/*'],
      ],
    ],
  );
});

test.each(PRODUCTS)(
  'lists and empty objects are defaults on %s; a text that looks like one is a mistake',
  async (product) => {
    const columns = {
      id: 'integer',
      list: { type: 'json', default: [] },
      object: { type: 'json', default: {} },
      texts: { type: 'list(text)', default: ['a', 'b'] },
    };
    const root = plant({ 'x.json': [{ id: 1 }, { id: 2, list: [3], object: { a: 1 }, texts: [] }] });
    const { url, drop } = await freshTarget(product);
    const { exitCode } = await load(root, url, { datasets: { x: { files: 'x.json', key: 'id', columns } } });
    const rows = await queryTarget(url, 'SELECT list, object, texts FROM x ORDER BY id');
    const read = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);
    expect([exitCode, ...rows.map((row) => Object.values(row).map(read))]).toEqual([
      0,
      [[], {}, ['a', 'b']],
      [[3], { a: 1 }, []],
    ]);
    await drop();
    const cwd = plant({
      'c.yaml':
        'datasets:\n  x: { files: x.json, key: id, columns: { id: integer, l: { type: json, default: "[]" } } }\n',
    });
    const { code, stderr } = await runCli(['scan', '.', '--config', 'c.yaml'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('write the list or object without quotes')]);
  },
);

test('repairs are told by name and number', async () => {
  const cwd = plant({
    'metrics/a.json': [{ timestamp: '2025-01-01T00:00:00.123456789Z', source: 'h', cpu_usage: '5' }],
  });
  const { stdout } = await runCli(['validate', '.'], { cwd });
  expect(stdout).toContain('repairs: number-from-text 1, time-truncated 1');
});
