import { expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { freshUrl, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Tables as the usual tools make them, each loaded by a declaration of about ten lines.

const USERS = {
  'users.json': [
    {
      id: 'cku1',
      emailAddress: 'a@example.org',
      displayName: 'Ann',
      role: 'ADMIN',
      createdAt: '2025-01-01T10:00:00.123Z',
    },
    {
      id: 'cku2',
      emailAddress: 'b@example.org',
      displayName: null,
      role: 'USER',
      createdAt: '2025-01-02T10:00:00.000Z',
    },
    {
      id: 'cku3',
      emailAddress: 'c@example.org',
      displayName: 'Cy',
      role: 'ROOT',
      createdAt: '2025-01-02T10:00:00.000Z',
    },
    {
      id: 'cku4',
      emailAddress: 'd@example.org',
      displayName: 'Di',
      role: 'USER',
      createdAt: '2025-01-02T10:00:00.0001Z',
    },
  ],
  'posts.json': [
    {
      id: 'p1',
      authorId: 'cku1',
      title: 'One',
      tags: ['a', 'b "c"'],
      published: true,
      updatedAt: '2025-01-03T10:00:00Z',
    },
    { id: 'p2', authorId: 'cku2', title: 'Two', tags: [], published: false, updatedAt: '2025-01-03T10:00:00Z' },
  ],
};

async function tables(product: 'PostgreSQL' | 'SQLite', ...sql: readonly string[]): Promise<string> {
  const url = await freshUrl(product);
  await queryTarget(url, ...sql);
  return url;
}

test('Prisma: quoted names in camel case, mapped names, timestamp(3), an enum, an array, ids that the application makes', async () => {
  const url = await tables(
    'PostgreSQL',
    `CREATE TYPE "Role" AS ENUM ('ADMIN', 'USER')`,
    `CREATE TABLE "User" ("id" text NOT NULL PRIMARY KEY, "email_address" text NOT NULL UNIQUE, "displayName" text,
      "role" "Role" NOT NULL DEFAULT 'USER', "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
    `CREATE TABLE "Post" ("id" text NOT NULL PRIMARY KEY, "authorId" text NOT NULL REFERENCES "User" ("id"), "title" text NOT NULL,
      "tags" text[], "published" boolean NOT NULL DEFAULT false, "updatedAt" timestamp(3) NOT NULL)`,
  );
  const declaration = {
    datasets: {
      User: {
        files: 'users.json',
        key: ['id'],
        columns: {
          id: 'text',
          email: { from: '/emailAddress', type: 'text', column: ['email', 'email_address'] },
          display_name: 'text',
          role: 'text',
          created_at: 'timestamp',
        },
        rest: 'reject',
      },
      Post: {
        files: 'posts.json',
        key: ['id'],
        columns: {
          id: 'text',
          author_id: { type: 'text', references: 'User.id' },
          title: 'text',
          tags: 'list(text)',
          published: 'boolean',
          updated_at: 'timestamp',
        },
        rest: 'reject',
      },
    },
  } as const;
  const root = plant(USERS);
  const loaded = await load(root, url, declaration);
  expect(
    loaded.files.flatMap(({ rejects }) => rejects.map(({ record, code, message }) => [record, code, message])),
  ).toEqual([
    [3, 'does-not-fit', 'User.role is "Role": it is none of its 2 labels'],
    [4, 'does-not-fit', 'User.created_at is timestamp(3) without time zone: the column would round the time'],
  ]);
  expect(
    await queryTarget(url, `SELECT "id", "displayName", "role", "createdAt"::text AS at FROM "User" ORDER BY 1`),
  ).toEqual([
    { id: 'cku1', displayName: 'Ann', role: 'ADMIN', at: '2025-01-01 10:00:00.123' },
    { id: 'cku2', displayName: null, role: 'USER', at: '2025-01-02 10:00:00' },
  ]);
  expect(await queryTarget(url, `SELECT "id", "authorId", "tags", "published" FROM "Post" ORDER BY 1`)).toEqual([
    { id: 'p1', authorId: 'cku1', tags: ['a', 'b "c"'], published: true },
    { id: 'p2', authorId: 'cku2', tags: [], published: false },
  ]);
  const again = await load(root, url, { ...declaration, reload: true });
  expect(again.tables).toMatchObject({ User: { unchanged: 2, inserted: 0 }, Post: { unchanged: 2, inserted: 0 } });
});

const SHOP = {
  'customers.json': [
    {
      id: 1,
      name: 'Ann',
      mail: 'a@example.org',
      joined: '2025-01-01T10:00:00.5Z',
      token: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      data: { b: 1, a: [] },
    },
    {
      id: 2,
      name: 'Bob',
      mail: 'b@example.org',
      joined: '2025-01-02T10:00:00Z',
      token: '3f2504e0-4f89-41d3-9a0c-0305e82c3302',
      data: null,
    },
  ],
  'orders.json': [
    { customer: 1, total: 12.5, placed: 1735725600, lines: ['x', 'y'] },
    { customer: 2, total: 3, placed: 1735725601, lines: ['z'] },
  ],
};

test.each(['PostgreSQL', 'SQLite'] as const)(
  'Django on %s: app_model names, uuid as it writes it, deferred keys, times of its own',
  async (product) => {
    const [key, uuid, time, json] =
      product === 'SQLite'
        ? [
            'integer NOT NULL PRIMARY KEY AUTOINCREMENT',
            'char(32)',
            'datetime',
            'text NULL CHECK ((JSON_VALID("data") OR "data" IS NULL))',
          ]
        : [
            'bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY',
            'uuid',
            'timestamp with time zone',
            'jsonb NULL',
          ];
    const url = await tables(
      product,
      `CREATE TABLE "shop_customer" ("id" ${key}, "name" varchar(100) NOT NULL, "email" varchar(254) NOT NULL UNIQUE,
      "is_active" bool NOT NULL, "joined" ${time} NOT NULL, "token" ${uuid} NOT NULL UNIQUE, "data" ${json})`,
      `INSERT INTO shop_customer (name, email, is_active, joined, token) VALUES ('Old', 'old@example.org', true,
      '2024-01-01 00:00:00', '${product === 'SQLite' ? 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' : 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'}')`,
    );
    const declaration = {
      datasets: {
        shop_customer: {
          files: 'customers.json',
          key: ['email'],
          columns: {
            email: { from: '/mail', type: 'text' },
            name: 'text',
            is_active: { value: true, type: 'boolean' },
            joined: 'timestamp',
            token: 'uuid',
            data: 'json',
          },
          rest: { ignore: ['/id'] },
        },
      },
    } as const;
    const root = plant(SHOP);
    const loaded = await load(root, url, { ...declaration, only: ['shop_customer'] });
    expect(loaded.tables).toMatchObject({ shop_customer: { inserted: 2 } });
    const rows = await queryTarget(
      url,
      'SELECT id, email, token, joined, is_active, data FROM shop_customer ORDER BY id',
    );
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject(
      product === 'SQLite'
        ? {
            id: 2,
            token: '3f2504e04f8941d39a0c0305e82c3301',
            joined: '2025-01-01 10:00:00.5',
            is_active: 1,
            data: '{"a":[],"b":1}',
          }
        : { token: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', is_active: true, data: { a: [], b: 1 } },
    );
    expect((await load(root, url, { ...declaration, only: ['shop_customer'], reload: true })).tables).toMatchObject({
      shop_customer: { unchanged: 2, inserted: 0, updated: 0 },
    });
  },
);

test('Drizzle on SQLite: times as numbers, flags as numbers, children in a table that has no place', async () => {
  const url = await tables(
    'SQLite',
    'CREATE TABLE `orders` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `customerId` integer NOT NULL, `total` real NOT NULL, `placed_at` integer NOT NULL)',
    'CREATE TABLE `order_lines` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `order_key` integer NOT NULL, `sku` text NOT NULL)',
  );
  const declaration = {
    datasets: {
      orders: {
        files: 'orders.json',
        key: ['customer_id'],
        columns: {
          customer_id: { from: '/customer', type: 'integer' },
          total: 'real',
          placed_at: { from: '/placed', type: 'timestamp', epoch: 's' },
        },
        children: {
          order_lines: {
            records: '/lines/*',
            link: { order_key: 'customer_id' },
            key: ['order_key', 'position'],
            columns: { position: { from: '$position', type: 'integer' }, sku: { from: '$value', type: 'text' } },
          },
        },
        rest: 'reject',
      },
    },
  } as const;
  const root = plant(SHOP);
  const loaded = await load(root, url, { ...declaration, only: ['orders'] });
  expect(loaded.files.flatMap(({ rejects }) => rejects)).toEqual([]);
  expect(await queryTarget(url, 'SELECT * FROM orders ORDER BY id')).toEqual([
    { id: 1, customerId: 1, total: 12.5, placed_at: 1735725600 },
    { id: 2, customerId: 2, total: 3, placed_at: 1735725601 },
  ]);
  expect(await queryTarget(url, 'SELECT order_key, sku FROM order_lines ORDER BY id')).toEqual([
    { order_key: 1, sku: 'x' },
    { order_key: 1, sku: 'y' },
    { order_key: 2, sku: 'z' },
  ]);
  expect((await load(root, url, { ...declaration, only: ['orders'], reload: true })).tables).toMatchObject({
    orders: { unchanged: 2 },
    order_lines: { unchanged: 3 },
  });
});

test.each(['PostgreSQL', 'SQLite'] as const)(
  'a value that a table of %s has no column for rejects its record, and no other',
  async (product) => {
    const url = await tables(product, 'CREATE TABLE shelf (code varchar(10) PRIMARY KEY, size integer)');
    const declaration = {
      datasets: {
        shelf: { files: 'shelf.json', key: ['code'], columns: { code: 'text', size: 'integer', colour: 'text' } },
      },
    } as const;
    const root = plant({
      'shelf.json': [
        { code: 'a', size: 1 },
        { code: 'b', colour: 'red' },
        { code: 'c', size: 2, note: 'x', 'a/b': [] },
        { code: 'd', id: 7 },
      ],
    });
    const loaded = await load(root, url, declaration);
    expect(loaded.rejects.map(({ record, code, message }) => [record, code, message])).toEqual([
      [2, 'no-column', 'the table shelf has no column colour, and the record a value'],
      [3, 'no-column', 'the table shelf has no column for "a/b", "note"'],
    ]);
    expect(await queryTarget(url, 'SELECT code, size FROM shelf ORDER BY code')).toEqual([
      { code: 'a', size: 1 },
      { code: 'd', size: null },
    ]);
    // The id that the record had is kept in the ledger.
    const [entry] = await queryTarget(url, 'SELECT row_text, kept FROM ledger.row_keys');
    expect([entry?.['row_text'], JSON.stringify(entry?.['kept'])]).toEqual(['d', expect.stringContaining('7')]);
  },
);
