import { describe, expect, test } from 'vitest';
import { ConfigContents } from '../../src/inference/config-contents.ts';
import { questionsOf } from '../../src/inference/questions.ts';
import { proposedFor, records } from '../setup/proposed.ts';

async function keyOf(list: unknown): Promise<unknown> {
  const { proposed } = await proposedFor({ 'orders.json': list });
  return Object.values(proposed)[0]?.key;
}

describe('the key', () => {
  test('is called like one, complete and unique', async () => {
    expect(
      await keyOf([
        { code: 'a', id: 1 },
        { code: 'b', id: 2 },
      ]),
    ).toBe('id');
    expect(
      await keyOf([
        { code: 'a', id: 1 },
        { code: 'b', id: 1 },
      ]),
    ).toBe('code');
    expect(await keyOf([{ orderId: 'a' }, { orderId: 'b' }])).toBe('order_id');
    expect(await keyOf([{ id: 1 }, { other: 2 }])).toBe(undefined);
    expect(await keyOf([{ id: 1 }, { id: '2' }])).toBe(undefined);
    expect(await keyOf([{ name: 'a' }, { name: 'b' }])).toBe(undefined);
  });

  test('is unique in all values, also where memory does not hold them', async () => {
    expect(await keyOf(records(3000, (n) => ({ id: n })))).toBe('id');
    expect(await keyOf(records(3000, (n) => ({ id: n === 2999 ? 5 : n })))).toBe(undefined);
  });

  test('is the name in the map, which is one column with the member that repeats it', async () => {
    expect(await keyOf({ '11': { a: 1 }, '12': { a: 2 } })).toBe('key');
    const { proposed } = await proposedFor({ 'u.json': { ann: { login: 'ann' }, bob: { login: 'bob' } } });
    expect(proposed['u']).toMatchObject({
      key: 'login',
      columns: { login: { from: ['/login', '$login'], type: 'text' } },
    });
  });

  test('is a number or code that is called after the table, and the name in a map before what else is unique', async () => {
    expect(await keyOf(records(3, (n) => ({ title: `t${n}`, orderNumber: `A-${n}` })))).toBe('order_number');
    expect(await keyOf({ '1': { email: 'a' }, '2': { email: 'b' } })).toBe('key');
  });

  test('is no code in the rows of a child: it names other rows', async () => {
    const { proposed } = await proposedFor({
      'orders.json': records(3, (n) => ({ id: n, items: [{ sku: `s${n}`, code: `c${n}`, qty: 1 }] })),
    });
    expect(proposed['orders']?.children?.['order_items']?.key).toBe(undefined);
  });

  test('is no id in the rows of a child that may be the id of another row', async () => {
    const tree = (orders: number) => ({
      'products.json': records(orders, (n) => ({ id: n, name: `p${n}` })),
      'orders.json': records(orders, (n) => ({
        id: `order-${n}`,
        items: [{ id: orders + 1 - n, qty: n }],
        notes: [{ id: `note-${n}`, text: 'x' }],
      })),
    });
    const { proposed } = await proposedFor(tree(4));
    expect(proposed['orders']?.children).toMatchObject({ order_notes: { key: 'id' } });
    expect(proposed['orders']?.children?.['order_items']?.key).toBe(undefined);
  });

  test('is the value in a wrapper of an id', async () => {
    const { proposed } = await proposedFor({
      'customers.json': records(3, (n) => ({
        _id: { $oid: `5f000000000000000000000${n}` },
        created: { $date: '2024-01-01T00:00:00Z' },
      })),
      'orders.json': records(3, (n) => ({
        _id: { $oid: `6f000000000000000000000${n}` },
        customer: { $oid: `5f000000000000000000000${n}` },
      })),
    });
    expect(proposed).toMatchObject({
      customers: {
        key: 'id',
        columns: { id: { from: '/_id/$oid' }, created: { from: '/created/$date', type: 'timestamp' } },
      },
      orders: { key: 'id', columns: { customer: { from: '/customer/$oid', references: 'customers.id' } } },
    });
  });
});

test('two columns that together tell records apart are a question, no key', async () => {
  const { datasets, proposed } = await proposedFor({
    'students.json': records(6, (n) => ({ id: `student-${n}`, word: 'x' })),
    'grades.json': records(24, (n) => ({
      studentId: `student-${1 + (n % 6)}`,
      courseCode: `c${Math.ceil(n / 6)}`,
      mark: n % 2,
    })),
    'visits/1.json': records(12, (n) => ({ day: `2024-01-${10 + n}`, place: 'x' })),
    'visits/2.json': records(12, (n) => ({ day: `2024-01-${10 + n}`, place: 'x' })),
    'notes.json': records(24, (n) => ({ user_id: n % 3, day: '2024-01-01', word: `w${n % 5}` })),
  });
  expect(proposed['grades']?.key).toBe(undefined);
  const asked = questionsOf(datasets, new ConfigContents(undefined)).flatMap(({ at, text }) =>
    at.length === 2 ? [[at[1], text]] : [],
  );
  expect(asked).toEqual([
    ['grades', '`student_id` and `course_code` together tell its records apart: are they its `key`?'],
    ['notes', expect.stringContaining('no member is a key by its name')],
    ['visits', '`visit` and `day` together tell its records apart: are they its `key`?'],
  ]);
});

test('a member that alone tells records apart is asked about, before two that do so together', async () => {
  const { datasets, proposed } = await proposedFor({
    'tickets.json': records(12, (n) => ({ ref: `T-${n}`, room_id: n % 4, floor_code: n % 3, price: n })),
    'finds.json': records(12, (n) => ({ owner: `o${n}`, nr: n })),
    'measures.json': records(12, (n) => ({ price: n * 3, note: `${n} ${'words '.repeat(20)}` })),
  });
  expect(proposed['tickets']?.key).toBe(undefined);
  const asked = questionsOf(datasets, new ConfigContents(undefined)).map(({ at, text }) => [at[1], text]);
  expect(asked).toEqual([
    ['finds', '`nr` tells its records apart: is it their `key`?'],
    ['measures', expect.stringContaining('no member is a key by its name')],
    ['tickets', '`ref` tells its records apart: is it their `key`?'],
  ]);
});

test('questions are asked of more values than memory holds', async () => {
  const { datasets } = await proposedFor({ 'lab.json': records(3000, (n) => ({ sample: `S${n}`, value: n % 7 })) });
  const asked = questionsOf(datasets, new ConfigContents(undefined)).map(({ text }) => text);
  expect(asked).toEqual(['`sample` tells its records apart: is it their `key`?']);
  expect(datasets[0]?.columns.map(({ draft }) => draft.stats.distinct.count)).toEqual([3000, 7]);
});

const users = records(3, (n) => ({ id: `user-000${n}`, name: `n${n}` }));

describe('references', () => {
  test('a member that always repeats the name of the map around is the link to its row', async () => {
    const groups = (inner: (term: string) => object) =>
      proposedFor({
        'hits.json': { 'bmw (old)': { '11': inner('bmw (old)'), '12': inner('bmw (old)') }, 'ktm 390': {} },
      });
    const { proposed } = await groups((term) => ({ price: 'R 5', term }));
    const { key, columns, children } = proposed['hit_groups'] ?? {};
    expect({ key, columns }).toEqual({ key: 'term', columns: { term: { from: '$term', type: 'text' } } });
    expect(children?.['hits']).toMatchObject({ link: { term: 'term' }, columns: { term: 'text' } });
    const { text } = await groups(() => ({ price: 'R 5', term: 'another' }));
    expect(text).not.toContain('link:');
  });

  test('lists of ids of another table are tables that refer to it; other lists of numbers are values', async () => {
    const { proposed } = await proposedFor({
      'tags.json': [
        { id: 1, name: 'red' },
        { id: 2, name: 'blue' },
      ],
      'posts.json': records(3, (n) => ({ id: n, tagIds: [1 + (n % 2)], roleIds: ['a'], sizes: [n] })),
    });
    expect(proposed['posts']).toMatchObject({
      columns: { role_ids: { from: '/roleIds', type: 'json' }, sizes: 'json' },
      children: {
        post_tag_ids: { records: '/tagIds/*', columns: { tag_id: { from: '$value', references: 'tags.id' } } },
      },
    });
  });

  test('a year is a value, whatever table lists years', async () => {
    const { text } = await proposedFor({
      'years.json': [{ id: '2023-24' }, { id: '2024-25' }],
      'routes.json': [{ id: 'school-1' }, { id: 'school-2' }],
      'changes.json': records(4, (n) => ({
        id: n,
        year: n % 2 ? '2023-24' : '2024-25',
        route: `school-${1 + (n % 2)}`,
      })),
    });
    expect(text).toMatch(/ {6}year: text .*\? references years\.id: 4\/4/);
    expect(text).toContain('route: { type: text, references: routes.id }');
  });

  const columnOf = async (column: string, values: readonly unknown[], others: object = {}) => {
    const posts = values.map((value, index) => ({ id: `p${index}`, [column]: value, ...others }));
    const { proposed, text } = await proposedFor({ 'users.json': users, 'posts.json': posts });
    return { column: Object.values(proposed['posts']?.columns ?? {})[1], text };
  };

  test('are written where values and name say so', async () => {
    const references = { references: 'users.id' };
    expect((await columnOf('userId', ['user-0001', 'user-0002'])).column).toMatchObject(references);
    expect((await columnOf('owner', ['user-0001', 'user-0002'])).column).toMatchObject(references);
    expect((await columnOf('broker_id', ['user-0001', 'user-0002'])).column).toEqual({ type: 'text', ...references });
  });

  test('are a comment where only the values say so', async () => {
    const { column, text } = await columnOf('broker', ['user-0001', 'user-0002']);
    expect([column, text]).toEqual(['text', expect.stringContaining('# 2/2, unique, ? references users.id: 2/2')]);
    const few = await columnOf('broker', ['user-0001', 'gone-0001']);
    expect([few.column, few.text]).toEqual(['text', expect.not.stringContaining('references')]);
  });

  test('are kept without a constraint where something refers to nothing', async () => {
    const { column, text } = await columnOf('user_id', ['user-0001', 'user-0002', 'user-0001', 'gone-0001']);
    expect(column).toEqual({ type: 'text', references: 'users.id', orphans: 'keep' });
    expect(text).toContain('3/4 found, 1 refer to nothing');
  });

  test('are not made of the copy of a name beside an id', async () => {
    const { proposed } = await proposedFor({
      'users.json': users,
      'posts.json': records(2, (n) => ({ id: n, user_id: `user-000${n}`, user_name: `n${n}`, user: `n${n}` })),
    });
    expect(proposed['posts']?.columns).toMatchObject({
      user_id: { references: 'users.id' },
      user_name: 'text',
      user: 'text',
    });
  });

  test('numbers refer to names in a map that are whole numbers, and these become numbers', async () => {
    const map = { '1': { word: 'a' }, '2': { word: 'b' }, '3': { word: 'c' } };
    const refer = { references: 'users.key', type: 'integer' };
    const one = await proposedFor({
      'users.json': map,
      'posts.json': records(3, (n) => ({ id: `p${n}`, user_id: n })),
    });
    expect(one.proposed).toMatchObject({
      users: { columns: { key: { from: '$key', type: 'integer' } } },
      posts: { columns: { user_id: refer } },
    });
    const padded = { '01': { word: 'a' }, '02': { word: 'b' }, '03': { word: 'c' } };
    const two = await proposedFor({
      'users.json': padded,
      'posts.json': records(3, (n) => ({ id: `p${n}`, user_id: n })),
    });
    expect(two.proposed).toMatchObject({
      users: { columns: { key: { type: 'text' } } },
      posts: { columns: { user_id: 'integer' } },
    });
    const both = await proposedFor({
      'users.json': map,
      'posts.json': records(3, (n) => ({ id: `p${n}`, user_id: n, text_user_id: String(n) })),
    });
    expect(both.proposed['posts']?.columns).toMatchObject({ user_id: refer, text_user_id: 'text' });
  });

  test('of members are to people, and of names in a map to the map of these names', async () => {
    const { proposed } = await proposedFor({
      'users.json': users,
      'channels.json': records(2, (n) => ({ id: `chan-000${n}`, members: ['user-0001', 'user-0002'] })),
      'messages.json': Object.fromEntries(
        records(2, (n) => [`chan-000${n}`, Object.fromEntries(records(3, (m) => [`message-${n}${m}`, { text: 'x' }]))]),
      ),
    });
    expect(proposed['channels']?.children?.['channel_members']?.columns).toMatchObject({
      value: { references: 'users.id' },
    });
    expect(proposed['messages']).toMatchObject({ key: 'key', columns: { channel_id: { references: 'channels.id' } } });
  });

  test('small numbers refer to nothing without a name', async () => {
    const { proposed } = await proposedFor({
      'users.json': records(5, (n) => ({ id: n })),
      'posts.json': records(5, (n) => ({ id: n, stars: n, user_id: n })),
    });
    expect(proposed['posts']?.columns).toMatchObject({ stars: 'integer', user_id: { references: 'users.id' } });
  });

  test('in a circle are kept, and those of a table to itself are checked at the end', async () => {
    const { proposed } = await proposedFor({
      'users.json': records(2, (n) => ({ id: `user-${n}`, team_id: `team-${n}`, user_id: `user-${3 - n}` })),
      'teams.json': records(2, (n) => ({ id: `team-${n}`, owner_id: `user-${n}` })),
    });
    expect(proposed).toMatchObject({
      users: { columns: { team_id: { references: 'teams.id', orphans: 'keep' }, user_id: { deferred: true } } },
      teams: { columns: { owner_id: { type: 'text', references: 'users.id' } } },
    });
  });
});

describe('rows of several tables that share their key', () => {
  const named = (n: number) => ({ id: `user-000${n}`, word: `w${n}` });
  const list = (count: number) => records(count, named);

  test.for([
    { title: 'texts', tree: { 'profiles.json': list(4), 'settings.json': list(5), 'users.json': list(5) } },
    {
      title: 'large numbers',
      tree: Object.fromEntries(
        ['profiles', 'settings', 'users'].map((name) => [
          `${name}.json`,
          records(5, (n) => ({ id: 1_000_000 + n, word: name })),
        ]),
      ),
    },
  ])('refer in one direction at most: $title', async ({ tree }) => {
    const { datasets } = await proposedFor(tree);
    const ways = datasets.flatMap(({ table, columns }) =>
      columns.flatMap(({ reference }) => (reference === undefined ? [] : [[table, reference.table.table]])),
    );
    for (const [from, to] of ways) expect(ways).not.toContainEqual([to, from]);
    expect(ways.every(([from, to]) => from !== to)).toBe(true);
    // Nobody refers in a circle over three.
    expect(ways.length).toBeLessThan(3);
  });

  test('refer to the table that others name', async () => {
    const { proposed, text } = await proposedFor({
      'profiles.json': list(5),
      'users.json': list(4),
      'posts.json': records(4, (n) => ({ id: `p${n}`, user_id: `user-000${n}` })),
    });
    expect(proposed['posts']?.columns).toMatchObject({ user_id: { references: 'users.id' } });
    expect(text).toMatch(/ {2}profiles:\n(?: {4}.*\n)*? {6}id: .*\? references users.id: 4\/5/);
    expect(text).not.toContain('references profiles');
  });
});

test('the rows of three levels name those above them by columns that fit', async () => {
  const long = 'a_rather_long_name_of_a_member_that_nobody_shortens';
  const { proposed } = await proposedFor({
    'deep.json': { a10: [], a11: [{ [long]: [{ parts: { '17': { n: 1 } } }], name: 'x' }] },
  });
  const [child] = Object.values(proposed['deep_groups']?.children ?? {});
  const [inner] = Object.values(child?.children ?? {});
  expect(Object.keys(inner ?? {})).toContain('records');
  for (const text of JSON.stringify(proposed).match(/[a-z_\d]{60,}/g) ?? [])
    expect(text.length).toBeLessThanOrEqual(63);
});
