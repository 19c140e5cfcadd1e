import { createHash } from 'node:crypto';
import type { TablePlace } from '../../schema/table-place.ts';
import type { Contents } from '../schema-changes.ts';
import { columnsOf } from './catalog.ts';
import { quote } from './ddl.ts';
import type { Session } from './session.ts';

/** Bits of a SHA-256 that are added up at once: sums of millions of them fit into a numeric without rounding. */
const PARTS = [1, 17, 33, 49];

/** Adds up the SHA-256 of the rows: no order is needed, and two equal rows do not cancel each other out. */
export async function contentsOf(
  session: Session,
  table: string | TablePlace,
  columns?: readonly string[],
): Promise<Contents> {
  const names = columns ?? (await columnsOf(session, table)).map(({ name }) => name);
  const row = names.map((name) => `t.${quote(name)}`).join(', ');
  const sums = PARTS.map((from) => `sum(('x' || substr(hash, ${from}, 16))::bit(64)::bigint::numeric)`).join(", ',', ");
  const [found] = await session.rows<{ rows: string; sums: string }>(
    `SELECT count(*) AS rows, concat(${sums}) AS sums FROM (
      SELECT encode(sha256(convert_to(ROW(${row})::text, 'UTF8')), 'hex') AS hash FROM ${session.name(table)} t) hashes`,
  );
  const digest = createHash('sha256').update(`${found?.rows} ${found?.sums}`).digest('hex');
  return { rows: Number(found?.rows ?? 0), digest };
}

/** The columns of a copy are those that the table had, in that order. */
export async function keptColumns(session: Session, copy: string): Promise<string[]> {
  return (await columnsOf(session, copy)).map(({ name }) => name);
}
