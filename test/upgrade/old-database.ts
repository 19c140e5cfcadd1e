import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openSchemaChanges } from '../../src/databases/open.ts';
import type { SchemaChanges, SchemaChangesOptions } from '../../src/databases/schema-changes.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { checkSchema } from '../../src/upgrade/check.ts';
import { type UpgradeOptions, type UpgradeResult, upgradeSchema } from '../../src/upgrade/upgrade.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import type { Place, Store } from '../setup/places.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A database as an old application left it: a case of fixtures/old-predictions. */
export interface OldDatabase {
  readonly place: Place;
  /** Declarations and rows of every table: equal where nothing differs. */
  dump(): Promise<unknown>;
  /** Statements as the application would send them. */
  run(sql: string): Promise<void>;
  change<T>(work: (changes: SchemaChanges) => Promise<T>, options?: Partial<SchemaChangesOptions>): Promise<T>;
  upgrade(options?: Partial<UpgradeOptions & SchemaChangesOptions>): Promise<UpgradeResult>;
  /** What `schema check` finds in the way of a load, or an upgrade would do. */
  obstacles(): Promise<string[]>;
}

export async function oldDatabase(store: Store, name: string): Promise<OldDatabase> {
  const old = await emptyDatabase(store);
  const script = store.product === 'SQLite' ? 'sqlite.sql' : 'postgres.sql';
  await old.run(readFileSync(new URL(`../../fixtures/old-predictions/${name}/${script}`, import.meta.url), 'utf8'));
  return old;
}

export async function emptyDatabase(store: Store): Promise<OldDatabase> {
  const place = store.fresh();
  const isSqlite = store.product === 'SQLite';
  const run = async (sql: string): Promise<void> => {
    if (!isSqlite) return void (await place.query(sql));
    const database = new Database(place.url.replace('sqlite:', ''));
    database.exec(sql);
    database.close();
  };
  const change: OldDatabase['change'] = async (work, options = {}) => {
    const changes = await openSchemaChanges(parseTarget(place.url, { allowPlaintext: true }), {
      declared: BUILT_IN.tables,
      dbSchema: place.dbSchema,
      dryRun: false,
      keepPlainKeys: false,
      mustExist: false,
      ...options,
    });
    try {
      return await work(changes);
    } finally {
      await changes.close();
    }
  };
  if (!isSqlite) await place.query(`CREATE SCHEMA ${place.dbSchema}`);
  return {
    place,
    dump: () => (isSqlite ? dumpSqlite(place) : dumpPostgres(place)),
    run,
    change,
    upgrade: (options = {}) =>
      change((changes) => upgradeSchema(changes, { ...options, dryRun: options.dryRun ?? false }), options),
    obstacles: async () => {
      const { differences } = await change((changes) => checkSchema(changes));
      return differences
        .filter(({ remedy }) => remedy !== 'none')
        .map(
          ({ table, column, code, remedy }) => `${table}${column === null ? '' : `.${column}`}: ${code} (${remedy})`,
        );
    },
  };
}

async function dumpSqlite({ query }: Place): Promise<unknown> {
  const objects = await query(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' ORDER BY type, name",
  );
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  const counted = await query("SELECT name FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  const sequences = counted.length === 0 ? [] : await query('SELECT name, seq FROM sqlite_sequence ORDER BY name');
  return { objects, sequences, rows: await allRows(tables, query) };
}

async function dumpPostgres({ query }: Place): Promise<unknown> {
  const own = 'FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname = current_schema()';
  const tables = (await query('SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1')).map(
    ({ tablename }) => String(tablename),
  );
  return {
    columns:
      await query(`SELECT r.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        a.attgenerated, pg_get_expr(d.adbin, d.adrelid) AS default, col_description(r.oid, a.attnum) AS comment ${own}
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
      WHERE r.relkind IN ('r', 'v') ORDER BY r.relname, a.attnum`),
    constraints: await query(`SELECT r.relname, c.conname, pg_get_constraintdef(c.oid) ${own}
      JOIN pg_constraint c ON c.conrelid = r.oid ORDER BY 1, 2`),
    indexes: await query('SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1'),
    triggers: await query(`SELECT tgname, tgenabled, pg_get_triggerdef(t.oid) ${own}
      JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT tgisinternal ORDER BY 1`),
    sequences: await query('SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1'),
    rows: await allRows(tables, query),
  };
}

async function allRows(tables: readonly string[], query: Place['query']): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of tables) {
    const found: Rows = await query(`SELECT * FROM "${table}"`);
    rows[table] = found.map((row) => JSON.stringify(row)).sort();
  }
  return rows;
}
