import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';

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

async function administrate(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
