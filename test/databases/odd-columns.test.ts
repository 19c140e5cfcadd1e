import { describe, expect, onTestFinished, test } from 'vitest';
import { createTables } from '../setup/constraints.ts';
import { type Loaded, load } from '../setup/load.ts';
import { freshTarget, type Product, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

async function tables(product: Product, ...sql: readonly string[]): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  await createTables(target.url);
  await queryTarget(target.url, 'SELECT 1', ...sql);
  return target.url;
}

const at = (day: number, source: string, cpu: number) => ({
  timestamp: `2025-01-0${day}T00:00:00Z`,
  source,
  cpu_usage: cpu,
});
const codes = ({ rejects }: Loaded) => rejects.map(({ code, record }) => [code, record]);

/** A dry run, the run, and the same again in every mode: all say the same, and no row changes after the first. */
async function sameInEveryRun(root: string, url: string, stored: string): Promise<Loaded> {
  const dry = await load(root, url, { dryRun: true });
  const first = await load(root, url);
  expect([dry.exitCode, codes(dry)]).toEqual([first.exitCode, codes(first)]);
  const rows = await queryTarget(url, stored);
  for (const onConflict of ['update', 'overwrite', 'keep'] as const) {
    const again = await load(root, url, { reload: true, onConflict });
    expect([again.exitCode, codes(again)]).toEqual([first.exitCode, codes(first)]);
    expect(await queryTarget(url, stored)).toEqual(rows);
  }
  return first;
}

const SOURCES = 'SELECT source, cpu_usage FROM metrics ORDER BY "timestamp", id';

describe.each([
  ['citext', ['CREATE EXTENSION citext', 'ALTER TABLE metrics ALTER source TYPE citext']],
  [
    'a nondeterministic collation',
    [
      "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      'ALTER TABLE metrics ALTER source TYPE varchar(100) COLLATE ci',
    ],
  ],
] as const)('a key of %s', (_title, sql) => {
  test('takes the first of two texts for itself, in every run', async () => {
    const url = await tables('PostgreSQL', ...sql);
    const root = plant({ 'metrics/m.json': [at(1, 'Web', 1), at(1, 'web', 2), at(2, 'web', 3)] });
    const first = await sameInEveryRun(root, url, SOURCES);
    expect(codes(first)).toEqual([['database-refused', 2]]);
    expect(await queryTarget(url, SOURCES)).toEqual([
      { source: 'Web', cpu_usage: 1 },
      { source: 'web', cpu_usage: 3 },
    ]);
  });

  test('leaves the row of the application as it is', async () => {
    const url = await tables('PostgreSQL', ...sql);
    await queryTarget(url, `INSERT INTO metrics ("timestamp", source, cpu_usage) VALUES ('2025-01-01Z', 'WEB', 9)`);
    const root = plant({ 'metrics/m.json': [at(1, 'web', 1)] });
    const first = await sameInEveryRun(root, url, SOURCES);
    expect(codes(first)).toEqual([['database-refused', 1]]);
    expect(await queryTarget(url, SOURCES)).toEqual([{ source: 'WEB', cpu_usage: 9 }]);
  });
});

test('a varchar that is narrower than declared takes no text that it would cut, not even of blanks', async () => {
  const url = await tables('PostgreSQL', 'ALTER TABLE metrics ALTER source TYPE varchar(5)');
  const root = plant({
    'metrics/m.json': [at(1, 'web', 1), at(2, 'web   ', 2), at(3, 'longer', 3), at(4, 'web  ', 4)],
  });
  const first = await sameInEveryRun(root, url, SOURCES);
  expect(codes(first)).toEqual([
    ['does-not-fit', 2],
    ['does-not-fit', 3],
  ]);
  expect(await queryTarget(url, SOURCES)).toEqual([
    { source: 'web', cpu_usage: 1 },
    { source: 'web  ', cpu_usage: 4 },
  ]);
});

describe('ON CONFLICT REPLACE of a table of the application', () => {
  const user = (id: string, email: string) => ({ id, email, username: id });
  const USERS = 'SELECT id, email, name FROM users ORDER BY id';
  const APP = { id: 'app', email: 'app@example.org', name: 'of the application' };

  async function replacing(): Promise<string> {
    const url = await tables('SQLite');
    const [row] = await queryTarget(url, "SELECT sql FROM sqlite_schema WHERE name = 'users'");
    const sql = String(row?.['sql'])
      .replaceAll(/(UNIQUE \([^)]*\)|PRIMARY KEY \([^)]*\))/g, '$1 ON CONFLICT REPLACE')
      .replaceAll('NOT NULL', 'NOT NULL ON CONFLICT REPLACE');
    expect(sql.match(/\) ON CONFLICT REPLACE/g)?.length).toBeGreaterThanOrEqual(3);
    await queryTarget(url, 'PRAGMA foreign_keys = OFF', 'DROP TABLE users', sql);
    const insert = `INSERT INTO users (id, email, username, name) VALUES ('app', '${APP.email}', 'app', '${APP.name}')`;
    await queryTarget(url, insert);
    return url;
  }

  test('takes no row of it away when another one is inserted', async () => {
    const url = await replacing();
    const root = plant({ 'users.json': [user('bob', APP.email), user('eve', 'eve@example.org')] });
    const first = await sameInEveryRun(root, url, USERS);
    expect(codes(first)).toEqual([['not-unique', 1]]);
    expect(await queryTarget(url, USERS)).toMatchObject([APP, { id: 'eve' }]);
  });

  test('takes no row of it away when another one is changed, or an owner is made', async () => {
    const url = await replacing();
    const root = plant({ 'users.json': [user('eve', 'eve@example.org')] });
    expect((await load(root, url)).exitCode).toBe(0);
    grow(root, {
      'users.json': [user('eve', APP.email)],
      'conversations/app/c.json': { id: 'c', messages: [] },
      'conversations/new/d.json': { id: 'd', messages: [] },
    });
    for (const options of [{ dryRun: true }, {}, { onConflict: 'overwrite' as const }, { reload: true }]) {
      const loaded = await load(root, url, options);
      expect(loaded.rejects.map(({ code, path }) => [code, path])).toEqual([['not-unique', 'users.json']]);
    }
    const rows = await queryTarget(url, USERS);
    expect(rows.slice(0, 2)).toMatchObject([APP, { id: 'eve', email: 'eve@example.org' }]);
  });
});
