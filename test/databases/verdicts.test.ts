import { describe, expect, onTestFinished, test } from 'vitest';
import { createTables } from '../setup/constraints.ts';
import { measurements } from '../setup/legacy.ts';
import { freshTarget, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { verdicts } from '../setup/verdicts.ts';

interface Case {
  readonly title: string;
  /** Run in an empty database, or in one that has our tables. */
  readonly of: 'nothing' | 'our tables';
  readonly sql: readonly string[];
  /** In the statement that makes the table metrics. */
  readonly rewrite?: readonly [from: string, to: string];
  /** Undefined: it loads. */
  readonly why?: RegExp;
}

const taken = (title: string, why: RegExp | undefined, ...sql: readonly string[]): Case => ({
  title,
  of: 'nothing',
  sql,
  ...(why && { why }),
});
const changed = (title: string, why: RegExp | undefined, ...sql: readonly string[]): Case => ({
  title,
  of: 'our tables',
  sql,
  ...(why && { why }),
});
const column = (name: string, type: string): string =>
  `ALTER TABLE metrics ALTER COLUMN "${name}" DROP DEFAULT, ALTER COLUMN "${name}" TYPE ${type} USING NULL`;

const POSTGRES: readonly Case[] = [
  taken('a view', /^metrics a view has its name/, 'CREATE VIEW metrics AS SELECT 1 AS id'),
  taken(
    'a materialized view',
    /a materialized view has its name/,
    'CREATE MATERIALIZED VIEW metrics AS SELECT 1 AS id',
  ),
  taken('a sequence', /a sequence has its name/, 'CREATE SEQUENCE metrics'),
  taken('a composite type', /a type has its name/, 'CREATE TYPE metrics AS (a int)'),
  taken('an enum', /a type has its name/, "CREATE TYPE metrics AS ENUM ('a')"),
  taken('a domain', /a type has its name/, 'CREATE DOMAIN metrics AS text'),
  taken('a range', /a type has its name/, 'CREATE TYPE metrics AS RANGE (subtype = int)'),
  taken('an index', /an index has its name/, 'CREATE TABLE x (a int)', 'CREATE INDEX metrics ON x (a)'),
  taken(
    'a table with the name of an index',
    /a table has the name of its index idx_metrics_timestamp/,
    'CREATE TABLE idx_metrics_timestamp (a int)',
  ),
  taken(
    'an index with the name of an index',
    /idx_/,
    'CREATE TABLE x (a int)',
    'CREATE INDEX idx_metrics_timestamp ON x (a)',
  ),
  taken('what has the name of a key', undefined, 'CREATE TABLE metrics_pkey (a int)', 'CREATE SEQUENCE metrics_id_seq'),
  taken('a table in other case', undefined, 'CREATE TABLE "Metrics" (a int)'),
  taken(
    'a view with the name of a bookkeeping table',
    /^migrate_json\.runs a view/,
    'CREATE SCHEMA migrate_json',
    'CREATE VIEW migrate_json.runs AS SELECT 1 AS a',
  ),
  taken(
    'a table of another program with a bookkeeping name',
    /^migrate_json\.runs .*another program/,
    'CREATE SCHEMA migrate_json',
    'CREATE TABLE migrate_json.runs (a int)',
  ),
  taken(
    'tables of another program with names of a former ledger',
    undefined,
    'CREATE TABLE schema_version (version int, applied_at text)',
    'CREATE TABLE migration_runs (a int)',
  ),
  changed('bpchar', undefined, column('source', 'char(100)')),
  changed('varchar that is narrower', undefined, column('source', 'varchar(20)')),
  changed('a time without zone', undefined, column('timestamp', 'timestamp')),
  changed(
    'a time without zone and a server outside UTC',
    undefined,
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'America/New_York'); END $$",
    column('timestamp', 'timestamp'),
  ),
  changed(
    'a server outside UTC',
    undefined,
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Asia/Kolkata'); END $$",
  ),
  changed('a domain as the type', undefined, 'CREATE DOMAIN d AS text', column('source', 'd')),
  changed('an enum as the type', undefined, "CREATE TYPE e AS ENUM ('unknown')", column('source', 'e')),
  changed('citext', undefined, 'CREATE EXTENSION citext', column('source', 'citext')),
  changed(
    'a nondeterministic collation',
    undefined,
    "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    column('source', 'varchar(100) COLLATE ci'),
  ),
  changed('a column that is missing', /metrics\.cpu_usage/, 'ALTER TABLE metrics DROP COLUMN cpu_usage'),
  changed(
    'a key that is missing',
    undefined,
    "DO $$ DECLARE n text; BEGIN SELECT conname INTO n FROM pg_constraint WHERE conrelid = 'metrics'::regclass AND contype = 'u'; EXECUTE format('ALTER TABLE metrics DROP CONSTRAINT %I', n); END $$",
  ),
  changed(
    'a column of the application that must not be NULL',
    /metrics\.tenant/,
    'ALTER TABLE metrics ADD tenant int NOT NULL',
  ),
  changed(
    'a key that is computed',
    /metrics\.source/,
    'ALTER TABLE metrics DROP COLUMN source',
    "ALTER TABLE metrics ADD source varchar(100) GENERATED ALWAYS AS ('web') STORED NOT NULL",
    'ALTER TABLE metrics ADD UNIQUE (source, "timestamp")',
  ),
  ...['real', 'numeric(5,2)', 'integer'].map((type) =>
    changed(`${type} for a real`, /metrics\.cpu_usage .*would round/, column('cpu_usage', type)),
  ),
  changed('a numeric of any number of digits', undefined, column('cpu_usage', 'numeric')),
  changed('bytes for a text', /metrics\.created_by is bytea, which holds no text/, column('created_by', 'bytea')),
  changed('timestamptz(3)', /metrics\.timestamp .*would round/, column('timestamp', 'timestamptz(3)')),
];

/** The table metrics as the program makes it, with one thing changed. */
const rewritten = (title: string, why: RegExp | undefined, from: string, to: string): Case => ({
  ...changed(title, why),
  rewrite: [from, to],
});

const SQLITE: readonly Case[] = [
  taken('a view', /^metrics a view has its name/, 'CREATE VIEW metrics AS SELECT 1 AS id'),
  taken('an index', /^metrics an index has its name/, 'CREATE TABLE x (a)', 'CREATE INDEX metrics ON x (a)'),
  taken(
    'a table with the name of an index',
    /a table has the name of its index idx_metrics_timestamp/,
    'CREATE TABLE idx_metrics_timestamp (a)',
  ),
  taken('an index in other case', /an index/, 'CREATE TABLE x (a)', 'CREATE INDEX IDX_Metrics_timestamp ON x (a)'),
  taken('a view in other case', /a view has its name/, 'CREATE VIEW METRICS AS SELECT 1 AS id'),
  taken('a table in other case', /a table/, 'CREATE TABLE "Metrics" (a)'),
  taken('a trigger', undefined, 'CREATE TABLE x (a)', 'CREATE TRIGGER metrics AFTER INSERT ON x BEGIN SELECT 1; END'),
  taken(
    'a view with the name of a bookkeeping table',
    /migrate_json_runs a view/,
    'CREATE VIEW migrate_json_runs AS SELECT 1 AS a',
  ),
  taken('a table of another program with a bookkeeping name', /another program/, 'CREATE TABLE migrate_json_runs (a)'),
  taken(
    'tables of another program with names of a former ledger',
    undefined,
    'CREATE TABLE schema_version (version, applied_at)',
    'CREATE TABLE migration_runs (a)',
  ),
  rewritten('TEXT for a real', /metrics\.cpu_usage/, '"cpu_usage" REAL', '"cpu_usage" TEXT'),
  rewritten('INTEGER for a time', /metrics\.timestamp/, '"timestamp" TEXT', '"timestamp" INTEGER'),
  changed('a column that is missing', /metrics\.load_15m/, 'ALTER TABLE metrics DROP COLUMN load_15m'),
  rewritten('ON CONFLICT REPLACE', undefined, '"source" TEXT NOT NULL', '"source" TEXT NOT NULL ON CONFLICT REPLACE'),
];

async function remake(url: string, from: string, to: string): Promise<void> {
  const [row] = await queryTarget(url, "SELECT sql FROM sqlite_schema WHERE name = 'metrics'");
  const sql = String(row?.['sql']);
  expect(sql).toContain(from);
  await queryTarget(url, 'DROP TABLE metrics', sql.replace(from, to));
}

async function prepared(product: Product, { of, sql, rewrite }: Case): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  if (of === 'our tables') await createTables(target.url);
  if (sql.length > 0) await queryTarget(target.url, ...sql);
  if (rewrite) await remake(target.url, ...rewrite);
  return target.url;
}

async function expectOneVerdict(product: Product, each: Case): Promise<void> {
  const url = await prepared(product, each);
  const said = await verdicts(plant({ 'metrics/m.json': measurements(3, { cpu_usage: 1.25 }) }), url);
  expect(said.doctor).toBe(said.check);
  const refused = said.check === 'loads' ? 'loads' : `5: ${said.check}`;
  expect(said).toMatchObject({ dryRun: refused, run: refused });
  expect(said.check).toMatch(each.why ?? /^loads$/);
}

describe.each([['PostgreSQL', POSTGRES] as const, ['SQLite', SQLITE] as const])(
  'check, doctor, dry run and run say the same in %s of',
  (product, cases) => {
    test.each(cases)('$title', (each) => expectOneVerdict(product, each));
  },
);
