import { createHash } from 'node:crypto';
import type { Difference, DifferenceCode } from '../schema/comparison/differences.ts';
import { obstaclesToLoad } from '../schema/comparison/plan.ts';
import type { Table, Value } from '../schema/table.ts';
import { loadColumns } from '../schema/table.ts';
import type { Database } from './database.ts';

/**
 * SHA-256 over the tables in declared order, rows by natural key, columns in declared order, in canonical form.
 * Equal on both databases when they hold the same data. Bookkeeping and generated identities are left out.
 */
export async function digest(database: Database, tables: readonly Table[] = database.declared.list): Promise<string> {
  return database.snapshot(() => digestRows(database, tables));
}

const LACKING: ReadonlySet<DifferenceCode> = new Set(['missing-column', 'cannot-be-filled', 'missing-event']);

/** Null where a table is not as declared, so that there is no canonical form of its rows. */
export async function digestIfDeclared(database: Database): Promise<string | null> {
  const lacks = ({ code }: Difference): boolean => LACKING.has(code);
  return obstaclesToLoad(await database.examine()).some(lacks) ? null : digest(database);
}

async function digestRows(database: Database, tables: readonly Table[]): Promise<string> {
  const hash = createHash('sha256');
  for (const table of tables) {
    hash.update(`${JSON.stringify([table.name, ...loadColumns(table)])}\n`);
    for await (const row of database.rows(table)) hash.update(`${JSON.stringify(row.map(plain))}\n`);
  }
  return hash.digest('hex');
}

/** Integers of any size print alike, and -0 is 0. */
function plain(value: Value): string | boolean | null {
  if (typeof value === 'number') return value === 0 ? '0' : String(value);
  return typeof value === 'bigint' ? String(value) : value;
}
