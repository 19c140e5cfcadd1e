import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { loadDeclared } from '../setup/declared.ts';
import { PRODUCTS } from '../setup/targets.ts';

const POSITION = { from: '$position', type: 'integer' };

// What is said to a person whose data or declaration is not as it should be.

test('a text that has none of the declared forms is told which they are', async () => {
  const day = { type: 'timestamp', format: ['dd.MM.yyyy HH.mm', 'dd.MM.yyyy HH:mm'], zone: 'UTC' };
  const open = { type: 'boolean', words: { true: ['yes'], false: ['no'] } };
  const shops = { files: 'shops.json', key: 'id', columns: { id: 'integer', day, open } };
  const { rejects, query } = await loadDeclared(
    { datasets: { shops } },
    {
      'shops.json': [
        { id: 1, day: '31.12.2024 10:30', open: 'yes' },
        { id: 2, day: '12/31/2024', open: 'maybe' },
        { id: 3, day: 7, open: 7 },
      ],
    },
  );
  expect(await query('SELECT id, day, open FROM shops')).toEqual([
    { id: 1, day: '2024-12-31 10:30:00.000000', open: 1 },
  ]);
  expect(rejects.filter(({ record }) => record === 2).map(({ code, message }) => [code, message])).toEqual([
    ['invalid-time', 'day must be written as dd.MM.yyyy HH.mm or dd.MM.yyyy HH:mm, or as ISO 8601 says'],
    ['not-one-of', 'open must be yes or no'],
  ]);
  const others = rejects.filter(({ record }) => record === 3).map(({ pointer }) => pointer);
  expect(others).toEqual(['/day', '/open']);
});

test('the order of a list is kept, or said to be none', () => {
  const problem = (child: object): unknown => {
    const tags = { records: '/tags/*', key: ['post_id', 'tag'], columns: { tag: { from: '$value' } }, ...child };
    const posts = { files: 'p.json', key: 'id', columns: { id: 'integer' }, children: { tags } };
    return () => runSettings({ root: '.', datasets: { posts } });
  };
  expect(problem({})).toThrow('datasets.posts.children.tags: a list has an order: write a column `position');
  expect(problem({ order: 'none' })).not.toThrow();
  expect(problem({ records: '/tags/<tag>', columns: { tag: { from: '$tag' } } })).not.toThrow();
});

test('a time of a form without an hour is refused where it is declared, not in every record', () => {
  const column = (type: string) => (): unknown => {
    const columns = { id: 'integer', at: { type, format: 'd MMM yyyy' } };
    return runSettings({ root: '.', datasets: { posts: { files: 'p.json', key: 'id', columns } } });
  };
  expect(column('timestamp')).toThrow('datasets.posts.columns.at.format: a timestamp has an hour');
  expect(column('date')).not.toThrow();
});

test.each(PRODUCTS)('a day as a timestamp is midnight in the declared zone, in %s', async (product) => {
  const day = { type: 'timestamp', format: ['dd.MM.yyyy', 'yyyy-MM-dd', 'dd.MM.yyyy HH:mm'], zone: 'Europe/Berlin' };
  const posts = { files: 'p.json', key: 'id', columns: { id: 'integer', day } };
  const days = ['12.07.2024', '2024-01-12', '12.07.2024 10:30', '12. Juli'].map((text, id) => ({ id, day: text }));
  const { rejects, query } = await loadDeclared({ datasets: { posts } }, { 'p.json': days }, product);
  expect(rejects.map(({ record }) => record)).toEqual([4]);
  const text = product === 'SQLite' ? 'day' : "to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')";
  expect((await query(`SELECT ${text} AS day FROM posts ORDER BY id`)).map(({ day: stored }) => stored)).toEqual([
    '2024-07-11 22:00:00.000000',
    '2024-01-11 23:00:00.000000',
    '2024-07-12 08:30:00.000000',
  ]);
});

test('a count before 1970 is told which years count', async () => {
  const columns = { id: 'integer', born: { type: 'timestamp', epoch: 's' } };
  const posts = { files: 'p.json', key: 'id', columns };
  const { rejects } = await loadDeclared({ datasets: { posts } }, { 'p.json': [{ id: 1, born: -86_400 }] });
  expect(rejects).toMatchObject([{ code: 'invalid-time', message: expect.stringContaining('the years 1990 to 2100') }]);
});

test('all that is wrong with a record is told at once, in its rows and in those below', async () => {
  const weights = {
    records: '/weights/*',
    columns: { on: 'date', kg: 'real', of: { from: '$parent.id', type: 'integer' }, position: POSITION },
    children: { notes: { records: '/notes/*', columns: { at: 'date', position: POSITION } } },
  };
  const columns = { id: 'integer', born: 'date', chip: 'uuid' };
  const pets = { files: 'pets.json', key: 'id', columns, children: { weights } };
  const { rejects } = await loadDeclared(
    { datasets: { pets } },
    {
      'pets.json': [
        { id: 1, born: 'x', chip: 'y', weights: [{ on: '2020-01-01' }, { on: 'x', kg: 'y', notes: [{ at: 'z' }] }] },
        { id: 2, born: 'x', weights: [{ on: '2020-01-01', kg: 1, notes: [{ at: '2020-01-01' }] }] },
      ],
    },
  );
  expect(rejects.map(({ record, pointer }) => [record, pointer])).toEqual([
    [1, '/born'],
    [1, '/chip'],
    [1, '/weights/1/on'],
    [1, '/weights/1/kg'],
    [1, '/weights/1/notes/0/at'],
    [2, '/born'],
  ]);
});

test.each(PRODUCTS)('a column may be called oid, which no table of %s has by itself', async (product) => {
  const shops = { files: 'shops.json', key: 'oid', columns: { oid: 'text', n: 'integer' } };
  const files = {
    'shops.json': [
      { oid: 'a', n: 1 },
      { oid: 'b', n: 'x' },
    ],
  };
  const { rejects, query } = await loadDeclared({ datasets: { shops } }, files, product);
  expect(rejects.map(({ code }) => code)).toEqual(['wrong-type']);
  expect(await query('SELECT oid FROM shops')).toEqual([{ oid: 'a' }]);
});
