import { MigrateError } from '../errors.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { ledgerPlace } from '../schema/ledger-place.ts';
import type { Table } from '../schema/table.ts';
import { bareName, schemaIn } from '../schema/table-place.ts';
import type { Database } from './database.ts';
import type { FoundTable } from './found-table.ts';
import type { Inspection, InspectionOptions } from './inspection.ts';
import { POSTGRES_ROWS } from './postgres/row-codec.ts';
import type { RowCodec, RowFormat } from './row-codec.ts';
import type { SchemaChanges, SchemaChangesOptions } from './schema-changes.ts';
import type { DatabaseSnapshots, SnapshotsOptions } from './snapshots.ts';
import { SQLITE_ROWS } from './sqlite/row-codec.ts';
import type { OpenOptions, Target } from './target.ts';

/** Opens the target. A driver is loaded only when its database is asked for. */
export async function openDatabase(target: Target, options: OpenOptions): Promise<Database> {
  refusePlaces(target.kind, options);
  if (target.kind === 'sqlite') {
    const { SqliteDatabase } = await import('./sqlite/database.ts');
    return new SqliteDatabase(target.path, target.label, options);
  }
  const { PostgresDatabase } = await import('./postgres/database.ts');
  const database = new PostgresDatabase(target.config, target.label, options);
  await database.open();
  return database;
}

/** Knows no driver: it also serves the threads that only check records. */
export function rowCodec(format: RowFormat): RowCodec {
  return format === 'postgres' ? POSTGRES_ROWS : SQLITE_ROWS;
}

/** The statements that create these tables and the ledger on one database, or distributed over the nodes of a Citus cluster. */
export async function ddlFor(
  kind: 'postgres' | 'sqlite' | 'citus',
  options: Pick<OpenOptions, 'dbSchema' | 'ledgerSchema'>,
  declared: DeclaredTables,
  chosen: readonly Table[] = declared.list,
): Promise<readonly string[]> {
  refusePlaces(kind, { ...options, declared });
  if (kind === 'sqlite') {
    const { createTable } = await import('./sqlite/ddl.ts');
    const { tables } = ledgerPlace('prefixed', undefined);
    return [...chosen, ...Object.values(tables)].flatMap((table) => createTable(table));
  }
  const { dbSchema } = options;
  const { ledgerStatements } = await import('./postgres/ledger.ts');
  if (kind === 'citus') {
    const { citusStatements } = await import('./postgres/citus.ts');
    return citusStatements(dbSchema, declared, ledgerStatements(options), chosen);
  }
  const { createSchemas, createTables } = await import('./postgres/ddl.ts');
  return [...createSchemas(dbSchema, chosen), ...createTables(chosen, dbSchema), ...ledgerStatements(options)];
}

/** SQLite has no schemas, and in PostgreSQL a schema that is named may be the one of all others. */
function refusePlaces(
  kind: string,
  { declared, dbSchema }: Pick<OpenOptions, 'declared'> & { dbSchema?: string },
): void {
  for (const table of declared.list) {
    const schema = schemaIn(table.name);
    const isTwice = schema === dbSchema && declared.find(bareName(table.name)) !== undefined;
    if (schema === undefined || (kind !== 'sqlite' && !isTwice)) continue;
    const place = declared.placeOf(table);
    const what = kind === 'sqlite' ? 'is of a schema, and SQLite has none' : `is also declared without ${schema}`;
    const hint = `Write \`table: ${bareName(table.name)}\`${kind === 'sqlite' ? ', or name a PostgreSQL with --to' : ''}.`;
    throw new MigrateError(
      'invalid-config',
      `${place === undefined ? '' : `${place}: `}the table ${table.name} ${what}`,
      {
        hint,
      },
    );
  }
}

/** Opens the target to say what could stand in the way of a run. Reads only, and creates no file. */
export async function openInspection(target: Target, options: InspectionOptions): Promise<Inspection> {
  refusePlaces(target.kind, options);
  if (target.kind === 'sqlite') {
    const { inspectSqlite } = await import('./sqlite/inspection.ts');
    return inspectSqlite(target.path, target.label, options.declared);
  }
  const { inspectPostgres } = await import('./postgres/inspection.ts');
  return inspectPostgres(target.config, target.label, options);
}

/** The tables that the target has, without those of a ledger. Reads only. */
export async function foundTables(target: Target, dbSchema: string): Promise<readonly FoundTable[]> {
  if (target.kind === 'sqlite') {
    const { foundTables: ofSqlite } = await import('./sqlite/found-tables.ts');
    return ofSqlite(target.path, target.label);
  }
  const { foundTables: ofPostgres } = await import('./postgres/found-tables.ts');
  return await ofPostgres(target.config, target.label, dbSchema);
}

/** Opens the target to look at its tables and to change them. */
export async function openSchemaChanges(target: Target, options: SchemaChangesOptions): Promise<SchemaChanges> {
  refusePlaces(target.kind, options);
  if (target.kind === 'sqlite') {
    const { SqliteSchemaChanges } = await import('./sqlite/schema-changes.ts');
    return new SqliteSchemaChanges(target.path, target.label, options);
  }
  const { PostgresSchemaChanges } = await import('./postgres/schema-changes.ts');
  return new PostgresSchemaChanges(target.config, target.label, options);
}

/** What copies the target into a file and back. */
export async function openSnapshots(target: Target, options: SnapshotsOptions): Promise<DatabaseSnapshots> {
  refusePlaces(target.kind, options);
  if (target.kind === 'sqlite') {
    const { SqliteSnapshots } = await import('./sqlite/snapshot.ts');
    return new SqliteSnapshots(target.path, target.label, options);
  }
  const { PostgresSnapshots } = await import('./postgres/snapshot.ts');
  return new PostgresSnapshots(target.config, target.label, options);
}
