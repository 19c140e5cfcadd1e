import type { Loaded } from './load.ts';
import { load } from './load.ts';
import { queryTarget } from './targets.ts';

/** What a load into the schema of this name says, and whether PostgreSQL holds its row under exactly this name. */
export async function loadIntoSchema(
  root: string,
  url: string,
  dbSchema: string,
): Promise<{ readonly loaded: Loaded; readonly isThere: boolean }> {
  const loaded = await load(root, url, { dbSchema });
  const text = literal(dbSchema);
  const [found] = await queryTarget(url, `SELECT count(*) AS n FROM pg_namespace WHERE nspname = ${text}`);
  if (found?.['n'] !== '1') return { loaded, isThere: false };
  const name = `"${dbSchema.replaceAll('"', '""')}"`;
  const [rows] = await queryTarget(url, `SELECT count(*) AS n FROM ${name}.conversations`);
  // A database of hundreds of schemas becomes slow.
  if (dbSchema !== 'public') await queryTarget(url, 'SET client_min_messages = error', `DROP SCHEMA ${name} CASCADE`);
  return { loaded, isThere: rows?.['n'] === '1' };
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
