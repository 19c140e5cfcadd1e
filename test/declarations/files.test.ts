import { expect, test } from 'vitest';
import { loadDeclared } from '../setup/declared.ts';

// Which files a dataset takes.

async function taken(
  dataset: object,
  files: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, string>>> {
  const declared = { key: 'id', columns: { id: 'integer' }, ...dataset };
  const { files: read } = await loadDeclared({ datasets: { things: declared } }, files);
  return Object.fromEntries(read.map(({ path, status }) => [path, status]));
}

test('a dataset that names its files takes no others, whatever is in them', async () => {
  const things = [{ id: 1 }];
  expect(
    await taken({ files: ['a/*.json', 'b.db'] }, { 'a/1.json': things, 'b.db': things, 'c.json': things }),
  ).toEqual({
    'a/1.json': 'loaded',
    'b.db': 'loaded',
    'c.json': 'unrecognised',
  });
});

test('a dataset that names none takes those whose records fit its condition, in lines too', async () => {
  const dataset = { when: { '/type': ['image', 'photo'], any: ['/url', '/data'], lacks: ['/gone'] } };
  expect(
    await taken(dataset, {
      'list.json': [{ id: 1, type: 'image', data: 'd' }],
      'one.json': { id: 2, type: 'image', url: 'u' },
      'lines.jsonl': '{"id":3,"type":"photo","url":"u"}\n',
      'others.jsonl': '{"id":4,"name":"n"}\n',
      'neither.json': [{ id: 5, type: 'image' }],
    }),
  ).toEqual({
    'list.json': 'loaded',
    'one.json': 'loaded',
    'lines.jsonl': 'loaded',
    'others.jsonl': 'unrecognised',
    'neither.json': 'unrecognised',
  });
});

test('no line is taken for a record where records lie deeper', async () => {
  const lines = '{"day":"mon","items":[{"id":1}]}\n';
  expect(await taken({ files: 'x.jsonl', records: '/items/*' }, { 'x.jsonl': lines })).toEqual({
    'x.jsonl': 'unrecognised',
  });
  expect(await taken({ files: 'x.jsonl', records: ['/items/*', ''] }, { 'x.jsonl': '{"id":1}\n' })).toEqual({
    'x.jsonl': 'loaded',
  });
});

test('a file that is named by its whole path is data, whatever its name looks like', async () => {
  const files = {
    'b.db': '{"id":1}\n{"id":2}\n',
    noending: [{ id: 3 }],
    '.hidden.json': [{ id: 4 }],
    'x/.json': [{ id: 5 }],
  };
  expect(await taken({ files: Object.keys(files) }, files)).toEqual({
    'b.db': 'loaded',
    noending: 'loaded',
    '.hidden.json': 'loaded',
    'x/.json': 'loaded',
  });
  const globs = { '.hidden.json': [{ id: 4 }], 'node_modules/p.json': [{ id: 5 }], 'a.json': [{ id: 6 }] };
  expect(await taken({ files: ['**/*.json', '*.json'] }, globs)).toMatchObject({
    '.hidden.json': 'unrecognised',
    'a.json': 'loaded',
  });
});

test.each([
  ['b.db', 'b.db'],
  ['noending', 'noending'],
  ['a/<name>.geojson', 'a/n1.geojson'],
  ['a/<name>', 'a/n1.txt'],
  ['x.json.gz', 'x.json'],
  ['<name>.{jsonl,txt}', 'n1.jsonl'],
])('what %s takes is written as such a file, which loads as the same rows', async (files, path) => {
  const things = {
    files,
    key: 'id',
    columns: { id: 'integer', ...(files.includes('<') && { name: { from: '$name' } }) },
  };
  const loaded = await loadDeclared({ datasets: { things } }, { [path]: [{ id: 1 }, { id: 2 }] });
  expect(loaded.exitCode).toBe(0);
  const again = await loadDeclared({ datasets: { things } }, { [path]: await loaded.exported(path) });
  expect(again.tables).toEqual(loaded.tables);
  expect(await again.query('SELECT * FROM things')).toEqual(await loaded.query('SELECT * FROM things'));
});
