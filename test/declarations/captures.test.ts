import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportDeclared, loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS, queryTarget } from '../setup/targets.ts';

// What is captured of a path is a text by nature.

const CAPTURED = {
  year: { from: '$year', type: 'integer' },
  share: { from: '$share', type: 'real' },
  price: { from: '$price', type: 'decimal(6,2)' },
  day: { from: '$day', type: 'date', format: 'yyyyMMdd' },
  active: { from: '$active', type: 'boolean' },
  stem: { from: '$file.stem', type: 'integer' },
};

test.each(PRODUCTS)('to read its type out of it is no repair with --strict, into %s', async (product) => {
  const datasets = {
    notes: {
      files: '<year>/<share>/<price>/<day>/<active>/*.json',
      key: 'id',
      columns: { id: 'integer', ...CAPTURED },
      children: {
        lines: {
          records: '/lines/<line>',
          key: ['note_id', 'line'],
          columns: { line: { from: '$line', type: 'integer' }, text: { from: '$value' } },
        },
      },
    },
  };
  const files = { '2024/0.5/12.30/20240102/true/7.json': { id: 1, lines: { 1: 'a', 2: 'b' } } };
  const { exitCode, rejects, query, root, url } = await loadDeclared({ datasets, ...{ strict: true } }, files, product);
  expect([exitCode, rejects]).toEqual([0, []]);
  const [note] = await query('SELECT year, share, price, active, stem FROM notes');
  expect(Object.values(note ?? {}).map((value) => Number(value))).toEqual([2024, 0.5, 12.3, 1, 7]);
  expect(await query('SELECT line FROM lines ORDER BY line')).toHaveLength(2);
  const { files: found } = await load(root, url, { datasets, reload: true });
  // An export writes 12.3.
  expect(found.map(({ repairs }) => repairs)).toEqual([{ respelled: 1 }]);
});

test.each(PRODUCTS)(
  'a number that it spells otherwise is counted, and its export is the same rows, of %s',
  async (product) => {
    const declared = {
      keyed: { files: 'keyed/<id>.json', key: 'id', columns: { id: { from: '$id', type: 'integer' }, text: 'text' } },
      keyless: { files: 'keyless/<n>.json', columns: { n: { from: '$n', type: 'integer' }, text: 'text' } },
    };
    const files = {
      'keyed/01.json': { text: 'a' },
      'keyed/2.json': { text: 'b' },
      'keyless/007.json': [{ text: 'c' }, { text: 'c' }],
      'keyless/8.json': [{ text: 'd' }],
    };
    const { exitCode, files: found, url } = await loadDeclared({ datasets: declared }, files, product);
    expect([exitCode, found.map(({ path, repairs }) => [path, repairs])]).toEqual([
      0,
      [
        ['keyed/01.json', { respelled: 1 }],
        ['keyed/2.json', {}],
        ['keyless/007.json', { respelled: 2 }],
        ['keyless/8.json', {}],
      ],
    ]);
    const directory = await exportDeclared(url, { datasets: declared });
    expect(readdirSync(join(directory, 'keyed')).toSorted()).toEqual(['1.json', '2.json']);
    const again = await load(directory, url, { datasets: declared });
    expect([again.exitCode, again.tables['keyed']?.inserted, again.tables['keyless']?.inserted]).toEqual([0, 0, 0]);
    expect(await queryTarget(url, 'SELECT id FROM keyed')).toHaveLength(2);
    expect(await queryTarget(url, 'SELECT n FROM keyless')).toHaveLength(3);
  },
);
