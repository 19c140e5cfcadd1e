import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import type { Contents } from '../schema-changes.ts';
import { quote } from './ddl.ts';
import type { Bound } from './values.ts';

const MODULUS = 1n << 256n;

/** Adds up the SHA-256 of the rows: no order is needed, and two equal rows do not cancel each other out. */
export function contentsOf(connection: BetterSqlite3.Database, table: string): Contents {
  const statement = connection
    .prepare<[], Bound[]>(`SELECT * FROM ${quote(table)}`)
    .raw(true)
    .safeIntegers(true);
  let [rows, sum] = [0, 0n];
  for (const row of statement.iterate()) {
    const hash = createHash('sha256')
      .update(JSON.stringify(row.map(tagged)))
      .digest('hex');
    sum = (sum + BigInt(`0x${hash}`)) % MODULUS;
    rows++;
  }
  return { rows, digest: sum.toString(16).padStart(64, '0') };
}

/** A text of digits is not the number. */
function tagged(value: Bound): string | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('hex')}`;
  return `${typeof value === 'bigint' ? 'i' : (typeof value)[0]}${Object.is(value, -0) ? '-0' : value}`;
}
