import type pg from 'pg';

/** Tests say `ledger.runs`: what the table is called depends on the database. */
const NAMED = /\bledger\.(runs|files|batches|row_keys|shards|schema_version)\b/g;

/** For a SQLite file. */
export function inSqlite(sql: string): string {
  return sql.replaceAll(NAMED, 'migrate_json_$1');
}

/** For a PostgreSQL in which only the schema `public` has a ledger. */
export function inPostgres(sql: string): string {
  return sql.replaceAll(NAMED, 'migrate_json.$1');
}

/** For one schema of a PostgreSQL: a statement that is no question of the ledger goes as it is. */
export async function inSchema(client: pg.Client, dbSchema: string, sql: string): Promise<string> {
  if (sql.search(NAMED) === -1) return sql;
  const { rows } = await client.query<{ place: string }>(
    `SELECT quote_ident(n.nspname) AS place FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = 'schema_version' AND obj_description(c.oid, 'pg_class') LIKE '% in the schema ' || $1`,
    [dbSchema],
  );
  return sql.replaceAll(NAMED, `${rows[0]?.place ?? 'migrate_json'}.$1`);
}
