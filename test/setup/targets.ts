import Database from 'better-sqlite3';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { Database as TargetDatabase } from '../../src/databases/database.ts';
import { digest } from '../../src/databases/digest.ts';
import { openDatabase } from '../../src/databases/open.ts';
import type { OpenOptions } from '../../src/databases/target.ts';
import type { DeclaredTables } from '../../src/schema/declared-tables.ts';
import type { Table } from '../../src/schema/table.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { BUILT_IN } from './built-in.ts';
import { freshPostgres, freshSqlite } from './databases.ts';
import { inPostgres, inSqlite } from './ledger.ts';

/** Every behaviour of a database is tested on each of these. */
export const PRODUCTS = ['PostgreSQL', 'SQLite'] as const;

export type Product = (typeof PRODUCTS)[number];

/** An empty database, as `--to` names it. */
export interface FreshTarget {
  readonly url: string;
  drop(): Promise<void> | void;
}

export async function freshTarget(product: Product): Promise<FreshTarget> {
  return product === 'PostgreSQL' ? freshPostgres() : freshSqlite();
}

/** The URL of a fresh target that is dropped when the test ends. */
export async function freshUrl(product: Product): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return target.url;
}

export function openTarget(url: string, options: Partial<OpenOptions> = {}): Promise<TargetDatabase> {
  return openDatabase(parseTarget(url, { allowPlaintext: true }), {
    declared: BUILT_IN.tables,
    dbSchema: 'public',
    dryRun: false,
    ...options,
  });
}

/** The canonical digest of everything that was loaded. */
export async function digestOf(
  url: string,
  tables?: readonly Table[],
  declared: DeclaredTables = BUILT_IN.tables,
): Promise<string> {
  const database = await openTarget(url, { declared, readOnly: true });
  try {
    return await digest(database, tables);
  } finally {
    await database.close();
  }
}

/** Runs statements on the target as an application would, beside the program. Rows of the last one, as its driver gives them. */
export async function queryTarget(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  if (!url.startsWith('sqlite:')) return queryPostgres(url, statements.map(inPostgres));
  const database = new Database(url.slice('sqlite:'.length));
  try {
    return statements.map((statement) => querySqlite(database, inSqlite(statement))).at(-1) ?? [];
  } finally {
    database.close();
  }
}

function querySqlite(database: Database.Database, statement: string): Record<string, unknown>[] {
  const prepared = database.prepare<[], Record<string, unknown>>(statement);
  if (prepared.reader) return prepared.all();
  prepared.run();
  return [];
}

/** One session for many statements: to open one for each takes longer than they do. */
export async function openQueries(url: string): Promise<{
  query(statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}> {
  if (url.startsWith('sqlite:')) {
    return { query: (statement) => queryTarget(url, statement), close: async () => undefined };
  }
  const client = await connectTo(url);
  return {
    query: async (statement) => (await client.query<Record<string, unknown>>(inPostgres(statement))).rows,
    close: () => client.end(),
  };
}

/** A session that does not end the process when the server goes away. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function queryPostgres(url: string, statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = await connectTo(url);
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
