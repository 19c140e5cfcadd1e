import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import type { Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import type { Holding } from '../misfit.ts';
import { quote, quoteText } from './ddl.ts';

const CONTENT_OF = 'migrate_json_content';
const CONTENT = quote(CONTENT_OF);
const PLACE = quote('migrate_json_place');

/** Makes the function `migrate_json_content`, which says what a row holds. */
export function addRowContent(connection: BetterSqlite3.Database): void {
  const options = { deterministic: true, varargs: true, safeIntegers: true };
  connection.function(CONTENT_OF, options, (...values: unknown[]) => {
    const spelled = values.map((value) => {
      if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
      return typeof value === 'bigint' ? { integer: String(value) } : value;
    });
    return createHash('md5').update(JSON.stringify(spelled)).digest('hex');
  });
}

/**
 * What a row under this alias holds of what a load writes. Rows that hold the same cannot be told apart by anybody: so this, and a
 * place among equal ones, is the key of a table that has none.
 */
export function contentOf(
  table: Table,
  { columns, computed }: Pick<Holding, 'columns' | 'computed'>,
  alias: string,
): string {
  const held = [...columns].filter(([name]) => !computed.has(name) && table.columns[name]?.isApplications !== true);
  return `${CONTENT_OF}(${held.map(([, { name }]) => `${alias}.${quote(name)}`).join(', ')})`;
}

/** Of several rows that hold the same, and as many entries of the ledger, it does not matter which belongs to which. */
export function unkeyedRows(table: Table, known: Holding, listed: readonly string[], rowKeys: string): string {
  const content = contentOf(table, known, 'x');
  const kept = `kept ->> '$.row'`;
  const rows = `SELECT x.*, x.rowid AS ${ROW}, ${content} AS ${CONTENT},
      row_number() OVER (PARTITION BY ${content}) AS ${PLACE} FROM ${quote(table.name)} x`;
  const entries = `SELECT record_key, kept, ${kept} AS ${CONTENT}, row_number() OVER (PARTITION BY ${kept} ORDER BY id) AS ${PLACE}
      FROM ${rowKeys} WHERE table_name = ${quoteText(table.name)}`;
  return `(SELECT r.${ROW}, ${listed.join(', ')} FROM (${rows}) r
    LEFT JOIN (${entries}) k ON k.${CONTENT} = r.${CONTENT} AND k.${PLACE} = r.${PLACE})`;
}
