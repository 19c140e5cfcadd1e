import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS } from '../setup/targets.ts';
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
