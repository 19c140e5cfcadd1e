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
