import type { Database, OpenOptions, Target } from './database.ts';

/** Opens the target. A driver is loaded only when its database is asked for. */
export async function openDatabase(target: Target, options: OpenOptions): Promise<Database> {
  if (target.kind === 'sqlite') {
    const { SqliteDatabase } = await import('./sqlite/database.ts');
    return new SqliteDatabase(target.path, target.label, options);
  }
  const { PostgresDatabase } = await import('./postgres/database.ts');
  const database = new PostgresDatabase(target.config, target.label, options);
  await database.open();
  return database;
}
