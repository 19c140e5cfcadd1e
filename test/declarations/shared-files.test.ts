import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { scan } from '../../src/run/scan.ts';
import { loadDeclared } from '../setup/declared.ts';
import { plant } from '../setup/trees.ts';

const datasets = {
  posts: {
    files: 'x.json',
    records: '/t/posts/*',
    key: 'id',
    columns: { id: 'integer', at: { from: '$document/at', type: 'timestamp' } },
  },
  users: { files: 'x.json', records: '/t/users/*', key: 'id', columns: { id: 'integer' } },
};

const T = { posts: [{ id: 1 }], users: [{ id: 2 }] };

function loadedFrom(document: unknown, declared: unknown = datasets): ReturnType<typeof loadDeclared> {
  return loadDeclared({ datasets: declared }, { 'x.json': document });
}

test.each([
  ['a scalar', { t: T, v: 7 }, '/v', '"/v"'],
  ['an object', { w: { x: 1 }, t: T }, '/w', '"/w"'],
  ['records', { t: T, c: [{ id: 3 }] }, '/c', '"/c"'],
  ['what lies further down', { t: { ...T, v: 'a/b', 'x/y': [1] } }, '/t/v', '"/t/v", "/t/x~1y"'],
])(
  '%s that none of the datasets of a file takes is named, and the file is not loaded whole',
  async (_title, document, pointer, names) => {
    const { exitCode, rejects, warnings } = await loadedFrom(document);
    expect(exitCode).toBe(1);
    const message = `no dataset takes what is under ${names}`;
    expect(rejects).toMatchObject([{ code: 'second-collection', record: null, pointer, message }]);
    expect(warnings).toEqual([]);
  },
);

test('scan --fields says which they are', async () => {
  const { fields } = await scan(
    runSettings({ root: plant({ 'x.json': { t: T, v: 7, e: [] } }), datasets, fields: true }),
  );
  expect(
    fields?.filter(({ dataset }) => dataset === 'posts').map(({ pointer, goes_to }) => [pointer, goes_to]),
  ).toEqual([
    ['/e', 'dropped (envelope)'],
    ['/id', 'posts.id'],
    ['/v', 'rejected (second-collection)'],
  ]);
});

test('what a column takes of the document around the records is not lost, whichever dataset reads it', async () => {
  const { exitCode, rejects, warnings, query } = await loadedFrom({ at: '2020-01-01T00:00:00Z', t: T });
  expect({ exitCode, rejects, warnings }).toEqual({ exitCode: 0, rejects: [], warnings: [] });
  expect(await query('SELECT at FROM posts')).toEqual([{ at: '2020-01-01 00:00:00.000000' }]);
});

test('beside the records of one dataset, and where nothing is in it, it is a warning, with each name once', async () => {
  const nothing = await loadedFrom({ t: T, e: [], f: {}, g: null });
  expect(nothing).toMatchObject({ exitCode: 0, rejects: [] });
  expect(nothing.warnings).toMatchObject([
    { code: 'beside-records', message: expect.stringContaining('"/e", "/f", "/g"') },
  ]);
  const tags = {
    files: 'x.json',
    records: '/<name>/tags/*',
    key: ['name', 'tag'],
    columns: { name: { from: '$name' }, tag: { from: '$value' } },
  };
  const alone = await loadedFrom({ a: { v: 1, tags: ['t'] }, b: { v: 2, tags: ['t'] } }, { tags });
  expect(alone).toMatchObject({ exitCode: 0, tables: { tags: { inserted: 2 } } });
  expect(alone.warnings.map(({ message }) => message)).toEqual(['members beside the records are dropped: "/*/v"']);
});

test('a run has as many tables as it likes', async () => {
  const names = Array.from({ length: 80 }, (_, index) => `t${index}`);
  const datasets = Object.fromEntries(
    names.map((name) => [name, { files: `${name}.json`, key: 'id', columns: { id: 'integer' } }]),
  );
  const files = Object.fromEntries(names.map((name) => [`${name}.json`, [{ id: 1 }]]));
  const { exitCode, query } = await loadDeclared({ datasets }, files);
  expect(exitCode).toBe(0);
  expect(await query('SELECT id FROM t79')).toEqual([{ id: 1 }]);
});

test('records without a key that say the same under two names are two rows', async () => {
  const days = { files: '<day>.json', columns: { day: { from: '$day' }, count: 'integer' } };
  const { exitCode, query } = await loadDeclared(
    { datasets: { days } },
    { 'monday.json': [{ count: 1 }, { count: 1 }], 'tuesday.json': [{ count: 1 }] },
  );
  expect(exitCode).toBe(0);
  expect(await query('SELECT day, count(*) AS times FROM days GROUP BY day ORDER BY day')).toEqual([
    { day: 'monday', times: 2 },
    { day: 'tuesday', times: 1 },
  ]);
});
