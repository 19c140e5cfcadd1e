import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { LEDGER_LIST } from '../../src/schema/ledger-tables.ts';
import { TABLE_LIST } from '../../src/schema/tables.ts';

/** A PostgreSQL database of its own, empty. `drop` ends whatever is still connected to it. */
export interface FreshPostgres {
  readonly url: string;
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
  await administrate(`CREATE DATABASE ${name} TEMPLATE template1`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administrate(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

export function freshSqlite(): FreshSqlite {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-sqlite-'));
  const path = join(directory, 'test.db');
  return { url: `sqlite:${path}`, path, drop: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Makes every table that the program creates new again: to create them takes much longer. */
export async function emptyTables(client: pg.Client, schema = 'public'): Promise<void> {
  const tables = [...TABLE_LIST, ...LEDGER_LIST].map(({ name }) => `"${schema}"."${name}"`);
  await client.query(`TRUNCATE ${tables.join(', ')} RESTART IDENTITY CASCADE`);
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
