import { expect, test } from 'vitest';
import { exportDeclared, loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { freshTarget, queryTarget } from '../setup/targets.ts';

// Several datasets that feed one table: each row comes back in the file of its own.

const columns = { id: 'integer', name: 'text' };
const of = (kind: string) => ({
  files: 'x.json',
  records: `/${kind}s/*`,
  table: 'animals',
  key: 'id',
  columns: { ...columns, kind: { value: kind } },
});
const when = (type: string, more: object) => ({
  files: 'x.json',
  records: '/media/*',
  when: { '/type': type },
  table: 'media',
  key: 'id',
  columns: { id: 'integer', type: 'text', ...more },
});

test.each([
  [
    'by their constants',
    { cats: of('cat'), dogs: { ...of('dog'), columns: { ...of('dog').columns, breed: 'text' } } },
    {
      cats: [{ id: 1, name: 'a' }],
      dogs: [{ id: 2, name: 'b', breed: 'c' }, { id: 3 }],
    },
  ],
  [
    'by their conditions',
    { images: when('image', { width: 'integer' }), texts: when('text', { body: { from: '/text/body' } }) },
    {
      media: [
        { id: 1, type: 'image', width: 5 },
        { id: 2, type: 'text', text: { body: 'b' } },
      ],
    },
  ],
])('%s', async (_title, datasets, document) => {
  const { exitCode, exported, query, url, tables } = await loadDeclared({ datasets }, { 'x.json': document });
  expect(exitCode).toBe(0);
  expect(JSON.parse(await exported('x.json'))).toEqual(document);
  const [table = ''] = Object.keys(tables);
  const again = await freshTarget('SQLite');
  expect(await load(await exportDeclared(url, { datasets }), again.url, { datasets })).toMatchObject({ exitCode: 0 });
  const rows = `SELECT * FROM ${table} ORDER BY id`;
  expect(await queryTarget(again.url, rows)).toEqual(await query(rows));
  await again.drop();
});
