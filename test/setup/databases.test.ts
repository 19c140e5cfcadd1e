import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshPostgres, freshSqlite } from './databases.ts';
import { copyPrograms } from './postgres.ts';

async function queryPostgres(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

test('a fresh PostgreSQL database is a real PostgreSQL 18, empty and in UTF-8', async () => {
  const database = await freshPostgres();
  const about = `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding')
    AS encoding, (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public') AS tables`;
  expect(await queryPostgres(database.url, about)).toEqual([{ major: 18, encoding: 'UTF8', tables: 0 }]);
  await database.drop();
});

test('two fresh PostgreSQL databases share nothing, and a dropped one is gone', async () => {
  const [first, second] = await Promise.all([freshPostgres(), freshPostgres()]);
  await queryPostgres(first.url, 'CREATE TABLE only_here (id int)');
  const tables = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
  expect(await queryPostgres(second.url, tables)).toEqual([]);
  await Promise.all([first.drop(), second.drop()]);
  await expect(queryPostgres(first.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});

test('a PostgreSQL database is dropped although somebody is connected to it', async () => {
  const database = await freshPostgres();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  await database.drop();
  await expect(queryPostgres(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  await client.end().catch(() => {});
});

test('a fresh SQLite file does not exist before somebody opens it, and is gone after the drop', () => {
  const fresh = freshSqlite();
  expect(existsSync(fresh.path)).toBe(false);
  const database = new Database(fresh.path);
  expect(database.prepare('SELECT 1 AS one').all()).toEqual([{ one: 1 }]);
  database.close();
  fresh.drop();
  expect(existsSync(fresh.path)).toBe(false);
});

test('the copy of the programs of a server works where the original cannot be entered', () => {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-programs-'));
  const [original, copy] = [join(directory, 'original'), join(directory, 'copy')];
  mkdirSync(join(original, 'lib'), { recursive: true });
  writeFileSync(join(original, 'lib', 'libpq.so.5.18'), 'library');
  symlinkSync('libpq.so.5.18', join(original, 'lib', 'libpq.so'));
  copyPrograms(original, copy);
  renameSync(original, join(directory, 'away'));
  expect(realpathSync(join(copy, 'lib', 'libpq.so'))).toBe(join(realpathSync(copy), 'lib', 'libpq.so.5.18'));
  rmSync(directory, { recursive: true });
});
