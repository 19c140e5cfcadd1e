import { expect, test } from 'vitest';
import { loadDeclared } from '../setup/declared.ts';

// What follows a document of a declared file is named; what the document holds loads.

const columns = { id: 'integer', v: 'text' };
const datasets = {
  things: { files: 'd.json', key: 'id', columns },
  deep: { files: 'e.json', records: '/things/*', key: 'id', columns },
};
const LIST = '[{"id":1,"v":"a"},{"id":2,"v":"b"}]';

test.each([
  ['d.json', `${LIST}{`, 2],
  ['d.json', `${LIST}{"id":3,"v":"c"}`, 2],
  ['d.json', `${LIST}\n{"id":3,"v":"c"}\n`, 2],
  ['d.json', `${LIST}[{"id":3}]`, 2],
  ['d.json', `${LIST} x`, 2],
  ['e.json', `{"things":${LIST}}{`, 2],
  ['e.json', `{"things":${LIST}} {"things":${LIST}}`, 2],
])('%s: %j', async (path, text, loaded) => {
  const { exitCode, rejects, tables } = await loadDeclared({ datasets }, { [path]: text });
  expect([exitCode, rejects.map(({ code, record }) => [code, record])]).toEqual([1, [['trailing-garbage', null]]]);
  expect(tables[path === 'd.json' ? 'things' : 'deep']?.inserted).toBe(loaded);
});

test('records one after the other are records', async () => {
  const { exitCode, tables } = await loadDeclared({ datasets }, { 'd.json': '{"id":1}{"id":2}\n{"id":3}' });
  expect([exitCode, tables['things']?.inserted]).toEqual([0, 3]);
});
