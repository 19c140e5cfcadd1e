import type { Database, OpenOptions } from '../../src/databases/database.ts';
import { digest } from '../../src/databases/digest.ts';
import { openDatabase } from '../../src/databases/open.ts';
import type { Table } from '../../src/schema/table.ts';
import { parseTarget } from '../../src/target.ts';
import { freshPostgres, freshSqlite } from './databases.ts';

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

export function openTarget(url: string, options: Partial<OpenOptions> = {}): Promise<Database> {
  return openDatabase(parseTarget(url, { allowPlaintext: true }), { dbSchema: 'public', dryRun: false, ...options });
}

/** The canonical digest of everything that was loaded. */
export async function digestOf(url: string, tables?: readonly Table[]): Promise<string> {
  const database = await openTarget(url, { readOnly: true });
  try {
    return await digest(database, tables);
  } finally {
    await database.close();
  }
}
