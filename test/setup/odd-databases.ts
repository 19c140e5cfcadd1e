import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { freshSqlite } from './databases.ts';

/** Encodings that differ in what they hold, and SQLite, which holds everything. */
export const ENCODINGS = ['UTF8', 'LATIN1', 'WIN1252', 'SQL_ASCII', 'EUC_JP', 'SQLite'] as const;

/** An empty database of this encoding, dropped after the test. */
export async function databaseIn(encoding: (typeof ENCODINGS)[number]): Promise<string> {
  if (encoding === 'SQLite') {
    const { url, drop } = freshSqlite();
    onTestFinished(drop);
    return url;
  }
  const name = `odd_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} ENCODING ${encoding} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });
  return Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
}
