import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { grants } from './grants.ts';

/** A PostgreSQL database of its own, empty. `drop` ends whatever is still connected to it. */
export interface FreshPostgres {
  readonly url: string;
  /** The same as a superuser. */
  readonly adminUrl: string;
  drop(): Promise<void>;
}

/** The path of a SQLite file that does not exist yet, in a directory of its own. */
export interface FreshSqlite {
  readonly url: string;
  readonly path: string;
  drop(): void;
}

export async function freshPostgres(): Promise<FreshPostgres> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administrate(`CREATE DATABASE ${name} TEMPLATE template1 ${inject('postgresStrategy')}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    url: IS_LEAST ? await leastUrl(url) : url.href,
    adminUrl: url.href,
    drop: () => administrate(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** `MIGRATE_JSON_TEST_ROLE=least`: the program and the tests connect with the rights of docs/grants.sql, not as a superuser. */
export const IS_LEAST = process.env['MIGRATE_JSON_TEST_ROLE'] === 'least';

const LEAST = 'least';
const LEAST_PASSWORD = 'least-password';

/** The database as a role that may do what a run needs; many tests load into schemas that they have made up. */
async function leastUrl(superuser: URL): Promise<string> {
  const admin = new pg.Client({ connectionString: superuser.href });
  await admin.connect();
  // Test files run side by side: one creates the role, the others find it.
  await admin.query(`DO $$ BEGIN PERFORM pg_advisory_xact_lock(1); IF to_regrole('${LEAST}') IS NULL THEN
    CREATE ROLE ${LEAST} LOGIN PASSWORD '${LEAST_PASSWORD}'; END IF; END $$`);
  const database = superuser.pathname.slice(1);
  await admin.query(grants({ database, schema: 'public', loader: LEAST, reader: LEAST }));
  await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${LEAST}`);
  await admin.end();
  const url = new URL(superuser);
  [url.username, url.password] = [LEAST, LEAST_PASSWORD];
  return url.href;
}

export function freshSqlite(): FreshSqlite {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-sqlite-'));
  const path = join(directory, 'test.db');
  return { url: `sqlite:${path}`, path, drop: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Makes every table of the schema and of its ledger new again: to create them takes much longer. */
export async function emptyTables(client: pg.Client, schema = 'public'): Promise<void> {
  const sql = `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1
    OR schemaname IN (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = 'schema_version' AND obj_description(c.oid, 'pg_class') LIKE '% in the schema ' || $1)`;
  const { rows } = await client.query<{ name: string }>(sql, [schema]);
  if (rows.length > 0)
    await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} RESTART IDENTITY CASCADE`);
}

/** The same database as a superuser. */
export function asAdmin(url: string): string {
  const { username, password } = new URL(inject('postgresUrl'));
  return Object.assign(new URL(url), { username, password }).href;
}

async function administrate(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
