import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { digest } from '../../src/databases/digest.ts';
import { openDatabase } from '../../src/databases/open.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { BUILT_IN, TABLE_LIST } from './built-in.ts';
import { type FreshPostgres, freshPostgres, freshSqlite } from './databases.ts';
import { inSchema, inSqlite } from './ledger.ts';

type StoredRow = Readonly<Record<string, unknown>>;

/** An empty place to load into: a SQLite file of its own, or a schema of its own in the PostgreSQL database of this test file. */
export interface Place {
  /** Options that select it. */
  readonly args: readonly string[];
  readonly url: string;
  readonly dbSchema: string;
  /** One statement; names without a schema mean this place. */
  query(sql: string): Promise<readonly StoredRow[]>;
  /** Everything that a write could have changed: tables with all their rows, sequences, and for a file its bytes, times and neighbours. */
  footprint(): Promise<unknown>;
}

export interface Store {
  readonly product: 'PostgreSQL' | 'SQLite';
  fresh(dbSchema?: string): Place;
  /** Which version of each row of the data tables is stored: a row that was written again differs, even with equal values. */
  rowVersions(place: Place): Promise<unknown>;
}

/** Both databases, for `describe.each`. Call it once at the top of a test file. */
export function bothStores(): readonly [Store, Store] {
  return [postgresStore(), sqliteStore()];
}

function postgresStore(): Store {
  let database: FreshPostgres;
  let client: pg.Client;
  let places = 0;
  beforeAll(async () => {
    database = await freshPostgres();
    client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  return {
    product: 'PostgreSQL',
    fresh(dbSchema = `place_${++places}`) {
      const { url } = database;
      const query = async (sql: string) => {
        await client.query(`SET search_path TO ${client.escapeIdentifier(dbSchema)}`);
        return (await client.query<Record<string, unknown>>(await inSchema(client, dbSchema, sql))).rows;
      };
      return {
        args: ['--to', url, '--db-schema', dbSchema],
        url,
        dbSchema,
        query,
        footprint: () => postgresFootprint(query),
      };
    },
    rowVersions: (place) => allRows(place, 'xmin, ctid, t.*', POSTGRES_TABLES),
  };
}

const POSTGRES_TABLES = 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()';
const SQLITE_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'";

async function allRows({ query }: Place, columns: string, names: string): Promise<Record<string, string>> {
  const tables: Record<string, string> = {};
  const there = new Set((await query(names)).map(({ name }) => name));
  for (const { name } of TABLE_LIST.filter((table) => there.has(table.name)))
    tables[name] = condensed(await query(`SELECT ${columns} FROM ${name} t`));
  return tables;
}

/** Short enough to be read in a failing test. */
function condensed(rows: readonly StoredRow[]): string {
  const sorted = rows.map((row) => JSON.stringify(row)).sort();
  return `${rows.length} rows, ${createHash('sha256').update(sorted.join('\n')).digest('hex').slice(0, 12)}`;
}

async function postgresFootprint(query: Place['query']): Promise<unknown> {
  const schemas = await query('SELECT nspname FROM pg_namespace WHERE nspname = current_schema()');
  const sequences = await query(
    'SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1',
  );
  const tables: Record<string, string> = {};
  for (const { tablename } of await query('SELECT tablename FROM pg_tables WHERE schemaname = current_schema()')) {
    tables[String(tablename)] = condensed(await query(`SELECT xmin, ctid, t.* FROM "${tablename}" t`));
  }
  return { schemas, sequences, tables };
}

function sqliteStore(): Store {
  const drops: (() => void)[] = [];
  afterAll(() => {
    for (const drop of drops) drop();
  });
  return {
    product: 'SQLite',
    fresh() {
      const { url, path, drop } = freshSqlite();
      drops.push(drop);
      const query = async (sql: string) => querySqlite(path, inSqlite(sql));
      return { args: ['--to', url], url, dbSchema: 'public', query, footprint: async () => fileFootprint(path) };
    },
    rowVersions: (place) => allRows(place, 'rowid, t.*', SQLITE_TABLES),
  };
}

function querySqlite(path: string, sql: string): StoredRow[] {
  const database = new Database(path, { fileMustExist: true });
  try {
    const statement = database.prepare<[], StoredRow>(sql);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  } finally {
    database.close();
  }
}

function fileFootprint(path: string): unknown {
  const neighbours = readdirSync(dirname(path)).sort();
  if (!neighbours.includes(basename(path))) return { neighbours };
  const { mtimeMs, size } = statSync(path);
  return { neighbours, mtimeMs, size, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

/** Of the tables that hold data: equal where the same rows are stored, on either database. */
export async function digestOf({ url, dbSchema }: Pick<Place, 'url' | 'dbSchema'>): Promise<string> {
  const target = parseTarget(url, { allowPlaintext: false });
  const database = await openDatabase(target, { declared: BUILT_IN.tables, dbSchema, dryRun: false, readOnly: true });
  try {
    return await digest(database);
  } finally {
    await database.close();
  }
}
