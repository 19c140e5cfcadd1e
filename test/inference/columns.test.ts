import { describe, expect, test } from 'vitest';
import { proposedFor, records } from '../setup/proposed.ts';

async function columnsOf(list: readonly unknown[]): Promise<Readonly<Record<string, unknown>>> {
  const { proposed } = await proposedFor({ 'list.json': list });
  return proposed['list']?.columns ?? {};
}

describe('types', () => {
  test('are what every value fits exactly', async () => {
    const columns = await columnsOf(
      records(3, (n) => ({
        id: `a${n}`,
        whole: n,
        part: n + 0.5,
        yes: n > 1,
        price: n + 0.25,
        digits: `00${n}`,
        made_at: `2024-01-0${n}T10:00:00Z`,
        day: `2024-01-0${n}`,
        some: `0000000${n}-0000-4000-8000-000000000000`,
        word: 'x',
      })),
    );
    expect(columns).toEqual({
      id: 'text',
      whole: 'integer',
      part: 'real',
      yes: 'boolean',
      price: 'decimal(15,2)',
      digits: 'text',
      made_at: 'timestamp',
      day: 'date',
      some: 'uuid',
      word: 'text',
    });
  });

  test('one value of another form makes a text, one of another kind a literal', async () => {
    const columns = await columnsOf([
      { at: '2024-01-01', n: 1 },
      { at: 'soon', n: 'none' },
      { at: '2024-01-03', n: 2 },
    ]);
    expect(columns).toEqual({ at: 'text', n: { type: 'literal', kind: 'n_kind' } });
  });

  test('whole numbers that are written with a point are real, or money, but ids are ids', async () => {
    const { proposed } = await proposedFor({
      'list.json':
        '[{"id":1.0,"ratio":1.0,"price":2.00,"n":1},{"id":2.0,"ratio":3,"price":4,"n":2},{"id":3,"ratio":5,"price":7,"n":5}]',
    });
    expect(proposed['list']?.columns).toEqual({ id: 'integer', ratio: 'real', price: 'decimal(15,2)', n: 'integer' });
  });

  test('of values that nearly all have a form the others are counted', async () => {
    const { datasets, proposed } = await proposedFor({
      'list.json': records(100, (n) => ({
        at: n === 50 ? 'unknown' : `2024-01-01T00:00:${n % 60}Z`.replace(/:(\d)Z/, ':0$1Z'),
        word: n < 90 ? '2024-01-01' : 'x',
      })),
    });
    expect(proposed['list']?.columns).toMatchObject({ at: { type: 'text' }, word: { type: 'text' } });
    expect(datasets[0]?.columns.map(({ type }) => type.misfits)).toEqual([{ type: 'timestamp', count: 1 }, undefined]);
  });

  test('numbers that a column of numbers would round are decimals', async () => {
    const { proposed } = await proposedFor({
      'list.json': '[{"large":123456789012345678901234567890,"fine":0.1234567890123456789},{"large":1,"fine":1.5}]',
    });
    expect(proposed['list']?.columns).toEqual({ large: 'decimal(30,0)', fine: 'decimal(20,19)' });
  });

  test('numbers are times only where their name and their range say so', async () => {
    const ms = 1_700_000_000_000;
    expect(await columnsOf([{ createdAt: ms, size: ms, seenAt: 1_700_000_000, lastTry: 0 }])).toEqual({
      created_at: { from: '/createdAt', type: 'timestamp', epoch: 'ms' },
      size: 'integer',
      seen_at: { from: '/seenAt', type: 'timestamp', epoch: 's' },
      last_try: { from: '/lastTry', type: 'integer' },
    });
  });

  test('times without a zone are counted', async () => {
    const { text } = await proposedFor({ 'a.json': [{ at: '2024-01-01T10:00:00' }, { at: '2024-01-01T10:00:00Z' }] });
    expect(text).toMatch(/at: timestamp +# 2\/2, unique, 1 without a zone/);
  });
});

describe('what of a record becomes a column', () => {
  test('members of small objects do, others are JSON, lists of objects are tables', async () => {
    const { proposed } = await proposedFor({
      'list.json': records(2, (n) => ({
        id: n,
        address: { street: 's', zip: '1' },
        big: Object.fromEntries(records(9, (m) => [`m${String.fromCharCode(96 + m)}`, m])),
        words: ['a'],
        tags: ['x', 'y'],
        lines: [{ sku: 'a', qty: 1, parts: [{ n: 1, deep: [{ a: 1 }] }] }],
      })),
    });
    expect(proposed['list']).toMatchObject({
      columns: { id: 'integer', address_street: { from: '/address/street' }, big: 'json', words: 'json' },
      children: {
        list_tags: { records: '/tags/*', columns: { value: { from: '$value', type: 'text' } } },
        list_lines: {
          records: '/lines/*',
          columns: { position: { from: '$position', type: 'integer' } },
          children: { list_line_parts: { columns: { n: 'integer', deep: 'json' } } },
        },
      },
    });
  });

  test('a value is required where at least 20 records have one', async () => {
    expect(await columnsOf(records(19, (n) => ({ id: n, a: 'x' })))).toMatchObject({ a: 'text' });
    expect(await columnsOf(records(20, (n) => ({ id: n, a: 'x' })))).toMatchObject({ a: { required: true } });
    expect(await columnsOf(records(20, (n) => (n === 7 ? { id: n } : { id: n, a: 'x' })))).toMatchObject({ a: 'text' });
  });

  test('many rows of few records say little', async () => {
    const tree = (orders: number) => ({
      'orders.json': records(orders, (n) => ({ id: n, items: records(30, (m) => ({ sku: 'a', qty: m })) })),
    });
    const few = await proposedFor(tree(3));
    expect(few.proposed['orders']?.children?.['order_items']?.columns).toMatchObject({ sku: 'text' });
    const many = await proposedFor(tree(20));
    expect(many.proposed['orders']?.children?.['order_items']?.columns).toMatchObject({ sku: { required: true } });
  });

  test('members that differ in their spelling only have columns of their own', async () => {
    const columns = await columnsOf([{ id: 1, userId: 'a', user_id: 'b', 'user-id': 'c', USER_ID: 'd' }]);
    const from = Object.values(columns).map((column) => (column as { from?: string }).from);
    expect(from).toEqual([undefined, '/userId', '/user_id', '/user-id', '/USER_ID']);
    expect(Object.keys(columns)).toEqual([
      'id',
      'user_id',
      ...Array(3).fill(expect.stringMatching(/^user_id_[\da-f]{8}$/)),
    ]);
  });
});

test('of very many members the first are columns, and the others stay in `extra`', async () => {
  const wide = (n: number) =>
    Object.fromEntries(records(700, (m) => [`m${String.fromCharCode(97 + (m % 26))}x${m}y`, n * m]));
  const { proposed, text } = await proposedFor({ 'wide.json': records(3, (n) => ({ id: n, ...wide(n) })) });
  expect(Object.keys(proposed['wide']?.columns ?? {}).length).toBe(500);
  expect(text).toContain('columns: # the others go to extra');
});
