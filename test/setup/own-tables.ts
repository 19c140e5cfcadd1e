import { readFileSync } from 'node:fs';
import { freshUrl, type Product, queryTarget } from './targets.ts';

/** The five applications whose own tables stand below fixtures/own-tables. */
export const APPLICATIONS = ['council', 'incidents', 'operations', 'completions', 'security'] as const;

export type Application = (typeof APPLICATIONS)[number];

/** A database with the tables of an application and a few rows of it. */
export async function ownTables(application: Application, product: Product): Promise<string> {
  const url = await freshUrl(product);
  const script = product === 'SQLite' ? 'sqlite.sql' : 'postgres.sql';
  const sql = readFileSync(new URL(`../../fixtures/own-tables/${application}/${script}`, import.meta.url), 'utf8');
  const statements = sql
    .replace(/^--.*$/gm, '')
    .split(/;\n/)
    .filter((statement) => statement.trim() !== '');
  await queryTarget(url, ...statements);
  return url;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Everything that the schema of the application declares; the ledger is left out. */
export async function schemaOf(url: string): Promise<unknown> {
  if (url.startsWith('sqlite:'))
    return queryTarget(
      url,
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE '%migrate_json_%' AND name <> 'sqlite_sequence' ORDER BY type, name",
    );
  const [columns, constraints, indexes, others] = await Promise.all([
    queryTarget(
      url,
      `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity::text,
         pg_get_expr(d.adbin, d.adrelid) AS standard FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 ORDER BY c.relname, a.attnum`,
    ),
    queryTarget(
      url,
      `SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY conrelid, conname`,
    ),
    queryTarget(url, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"),
    queryTarget(
      url,
      `SELECT tgname AS name, tgenabled::text AS what FROM pg_trigger WHERE NOT tgisinternal
       UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1`,
    ),
  ]);
  return { columns, constraints, indexes, others };
}

/** The rows of tables, each as text. */
export async function rowsOf(url: string, tables: readonly string[]): Promise<Readonly<Record<string, Rows>>> {
  const all = await Promise.all(
    tables.map(async (table) => [table, await queryTarget(url, `SELECT * FROM ${table} ORDER BY id`)] as const),
  );
  return Object.fromEntries(all);
}
