import { expect, test } from 'vitest';
import { loadDeclared } from '../setup/declared.ts';
import { PRODUCTS } from '../setup/targets.ts';

// Columns that take a record or an element itself.

const settings = {
  files: 'settings.json',
  records: '/<key>',
  key: 'key',
  columns: { key: { from: '$key' }, value: { from: '$value', type: 'literal', kind: 'kind' } },
};

test('a literal comes back as what it was, and leaves nothing of it to `extra`', async () => {
  const text = '{"a":1,"b":"1","c":true,"d":null,"e":{"z":1.5},"f":[1,2],"g":12345678901234567890}';
  const { exitCode, query, exported } = await loadDeclared({ datasets: { settings } }, { 'settings.json': text });
  expect(exitCode).toBe(0);
  expect(await query('SELECT key, value, kind FROM settings WHERE extra IS NOT NULL')).toEqual([]);
  expect(await query(`SELECT value, kind FROM settings WHERE key IN ('a', 'b', 'e') ORDER BY key`)).toEqual([
    { value: '1', kind: 'number' },
    { value: '1', kind: 'string' },
    { value: '{"z":1.5}', kind: 'json' },
  ]);
  expect((await exported('settings.json')).replaceAll('\n', '')).toBe(text);
});

test('of an element that is a text or an object each column takes its own, and `extra` what is left', async () => {
  const tags = {
    records: '/tags/*',
    columns: { position: { from: '$position', type: 'integer' }, tag: { from: ['/name', '$value'] } },
  };
  const posts = { files: 'posts.json', key: 'id', columns: { id: 'integer' }, children: { tags } };
  const { rejects, query } = await loadDeclared(
    { datasets: { posts } },
    { 'posts.json': [{ id: 1, tags: ['red', { name: 'blue', shade: 2 }] }] },
  );
  expect(rejects).toEqual([]);
  expect(await query('SELECT tag, extra FROM tags ORDER BY position')).toEqual([
    { tag: 'red', extra: null },
    { tag: 'blue', extra: '{"shade":2}' },
  ]);
});

test('a record that is a list or a map is all rows of its child, and comes back', async () => {
  const card = { records: '/*', columns: { position: { from: '$position', type: 'integer' }, front: 'text' } };
  const decks = {
    files: 'decks.json',
    records: '/<name>',
    key: 'name',
    columns: { name: { from: '$name' } },
    children: { card },
  };
  const text = '{"empty":[],"verbs":[{"front":"go"},{"front":"see","hint":1}]}';
  const { rejects, query, exported } = await loadDeclared({ datasets: { decks } }, { 'decks.json': text });
  expect(rejects).toEqual([]);
  expect(await query('SELECT name, extra FROM decks ORDER BY name')).toEqual([
    { name: 'empty', extra: null },
    { name: 'verbs', extra: null },
  ]);
  expect(await query('SELECT deck_name, position, front, extra FROM card ORDER BY position')).toEqual([
    { deck_name: 'verbs', position: 0, front: 'go', extra: null },
    { deck_name: 'verbs', position: 1, front: 'see', extra: '{"hint":1}' },
  ]);
  expect((await exported('decks.json')).replaceAll('\n', '')).toBe(text);
});

test('members called like what every object inherits are read only where they are', async () => {
  const rows = {
    records: '/constructor/*',
    columns: { position: { from: '$position', type: 'integer' }, a: 'integer' },
  };
  const things = {
    files: 'things.json',
    key: 'id',
    columns: { id: 'integer', b: { from: '/__proto__/b' } },
    children: { rows },
  };
  const { rejects, query } = await loadDeclared(
    { datasets: { things } },
    { 'things.json': '[{"id":1},{"id":2,"constructor":[{"a":3}],"__proto__":{"b":"x"}}]' },
  );
  expect(rejects).toEqual([]);
  expect(await query('SELECT id, b, extra FROM things ORDER BY id')).toEqual([
    { id: 1, b: null, extra: null },
    { id: 2, b: 'x', extra: null },
  ]);
  expect(await query('SELECT thing_id, a FROM "rows"')).toEqual([{ thing_id: 2, a: 3 }]);
});

test('a whole number beyond 2^53 keeps the digits of the source, whatever double is nearest', async () => {
  const counts = {
    files: 'counts.json',
    key: 'id',
    columns: { id: 'integer', tag: { references: 'tags.id', by: 'name', make: true } },
  };
  const text = '[{"id":-19525443173972670},{"id":19525443173972672,"tag":"x"},{"id":9223372036854775807}]';
  for (const product of PRODUCTS) {
    const { query } = await loadDeclared({ datasets: { counts } }, { 'counts.json': text }, product);
    const rows = await query('SELECT CAST(id AS TEXT) AS id FROM counts ORDER BY counts.id');
    expect(rows.map(({ id }) => id)).toEqual(['-19525443173972670', '19525443173972672', '9223372036854775807']);
  }
});
