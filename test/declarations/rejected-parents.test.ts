import { expect, test } from 'vitest';
import { loadDeclared } from '../setup/declared.ts';
import { forecast, load } from '../setup/load.ts';
import { freshUrl, PRODUCTS } from '../setup/targets.ts';

// Records that are rejected because of others.

test.each(PRODUCTS)('a record that names a rejected one says which, and why that is, in %s', async (product) => {
  const datasets = {
    customers: {
      files: 'customers.json',
      records: '/all/*',
      key: 'id',
      columns: { id: 'integer', name: { unique: true }, age: 'integer' },
    },
    orders: {
      files: 'orders.json',
      key: 'id',
      columns: {
        id: 'integer',
        customer: { references: 'customers.id', type: 'integer' },
        by_name: { from: '/who', references: 'customers.id', by: 'name', fold: 'case' },
      },
      children: {
        lines: {
          records: '/lines/*',
          columns: {
            position: { from: '$position', type: 'integer' },
            of: { references: 'orders.id', type: 'integer' },
          },
        },
      },
    },
  };
  const all = [
    { id: 1, name: 'ann', age: 'old' },
    { id: 2, name: 'ann' },
    { id: 3, name: 'Bob', age: 'old' },
    { id: 4, name: 'ann' },
  ];
  const orders = [
    { id: 10, customer: 1 },
    { id: 11, customer: 4 },
    { id: 12, customer: 9 },
    { id: 13, who: 'bob' },
    { id: 14, customer: 2, lines: [{ of: 10 }] },
    { id: 15, customer: 2 },
  ];
  const { root, rejects } = await loadDeclared(
    { datasets },
    { 'customers.json': { all }, 'orders.json': orders },
    product,
  );
  const missing = (what: string) => `neither a file nor the database has ${what}`;
  const customer = missing('the row of customers that its customer names');
  expect(rejects.filter(({ path }) => path === 'orders.json').map(({ record, message }) => [record, message])).toEqual([
    [1, `${customer}: record 1 of customers.json at /age would be it, and was rejected (wrong-type)`],
    [2, `${customer}: record 4 of customers.json would be it, and was rejected (not-unique)`],
    [3, customer],
    [
      4,
      `${missing('the row of customers whose name the record names')}: record 3 of customers.json at /age would be it, and was rejected (wrong-type)`,
    ],
    [
      5,
      `${missing('the row of orders that its of names')}: record 1 of orders.json at /customer would be it, and was rejected (unknown-reference)`,
    ],
  ]);
  expect(rejects.at(-1)?.hint).toBe('Correct the record that it refers to, then load both.');
  const url = await freshUrl(product);
  expect(forecast(await load(root, url, { datasets, dryRun: true }))).toEqual(
    forecast(await load(root, url, { datasets })),
  );
});

test('a line that is broken is one reject, however many datasets look at it', async () => {
  const of = (kind: string) => ({
    files: 'all.jsonl',
    when: { '/kind': kind },
    key: 'id',
    columns: { id: 'integer', kind: 'text' },
  });
  const datasets = { a: of('a'), b: of('b'), c: of('c') };
  const lines = ['{"id":1,"kind":"a"}', '{"id":2,"kind":', '{"id":3,"kind":"c"}', '{"id":4,"kind":"d"}'];
  const { head, rejects, files, root, url } = await loadDeclared(
    { datasets },
    { 'all.jsonl': `${lines.join('\n')}\n` },
  );
  expect(rejects.map(({ code, record, line }) => [code, record, line])).toEqual([
    ['truncated-json', 2, 2],
    ['not-taken', 4, 4],
  ]);
  expect(head.totals).toMatchObject({ records_read: 4, records_loaded: 2, records_rejected: 2 });
  expect(files[0]?.datasets).toMatchObject({ a: { read: 3, rejected: 2 }, b: { read: 0 }, c: { read: 1, loaded: 1 } });
  const again = await load(root, url, { datasets });
  expect(again.rejects).toEqual(rejects);
});

test.each(PRODUCTS)('a record that names a row of its own says so, in %s', async (product) => {
  const loaded = await loadDeclared(
    {
      datasets: {
        orders: {
          files: 'orders.json',
          key: 'code',
          columns: { id: 'identity', code: 'text', name: { unique: true } },
          children: {
            lines: {
              records: '/lines/*',
              link: { order_code: 'code' },
              columns: {
                position: { from: '$position', type: 'integer' },
                order_id: { from: '/order', references: 'orders.id', by: 'name' },
              },
            },
          },
        },
      },
    },
    { 'orders.json': [{ code: 'a', name: 'n', lines: [{ order: 'n' }] }] },
    product,
  );
  expect(loaded.rejects).toMatchObject([
    { code: 'unknown-reference', message: expect.stringContaining('that is a row of this record itself') },
  ]);
});
