import type pg from 'pg';
import { cell, type Row, type Table } from '../../schema/table.ts';
import type { ExactCells } from '../exact-cells.ts';
import { keptByDatabase } from '../row-undo.ts';
import { quote, quoteText } from './ddl.ts';
import { heldColumn } from './known-table.ts';
import { givenKeys, inTable, isRow, type Names } from './names.ts';
import type { TextRow } from './reading.ts';
import { writtenColumns } from './staged-writes.ts';
import { keyOf, writtenText } from './values.ts';

type Query = (sql: string, values: readonly unknown[]) => Promise<pg.QueryResult<TextRow>>;

/** Of stored rows of one table what would not come back with their values, in the order given. PostgreSQL itself writes and compares them. */
export async function readExactCells(
  query: Query,
  table: Table,
  rows: readonly Row[],
  names: Names,
): Promise<readonly ExactCells[]> {
  const columns = changeable(table, names);
  const types = await typesOf(query, table, columns, names);
  if (rows.length === 0 || columns.length === 0) return rows.map(() => ({}));
  const { from, same } = givenKeys(table, names, { n: 'integer', ...textLists(columns) });
  const real = realRow(table, names);
  const cells = columns.map((name, index) => {
    const stored = `${real.alias}.${inTable(table, name, names)}::text`;
    // What a form makes of a value may depend on options.
    if (heldColumn(names.known(table), table, name).form.write !== undefined) return `${stored} AS ${quote(name)}`;
    return `CASE WHEN ${stored} IS DISTINCT FROM k.v${index}::${types.get(name)}::text THEN ${stored} END AS ${quote(name)}`;
  });
  const texts = columns.map((name) => rows.map((row) => writtenText(table, name, cell(table, row, name), names)));
  const found = await query(
    `SELECT k.n, ${cells.join(', ')} FROM ${names.rows(table)} t JOIN ${from} ON ${same}${real.join}`,
    [...keysOf(table, rows, names), [...rows.keys()], ...texts],
  );
  const byNumber = new Map(found.rows.map(({ n, ...texts }) => [Number(n), texts]));
  return rows.map((_row, n) => {
    const differing = Object.entries(byNumber.get(n) ?? {}).filter(([, text]) => text !== null);
    return Object.fromEntries(differing) as ExactCells;
  });
}

/** Gives stored rows what `readExactCells` had found of them. */
export async function writeExactCells(
  query: Query,
  table: Table,
  cells: ReadonlyMap<Row, ExactCells>,
  names: Names,
): Promise<void> {
  const rows = [...cells.keys()];
  const isHeld = (name: string): boolean => rows.some((row) => cells.get(row)?.[name] !== undefined);
  const columns = changeable(table, names).filter(isHeld);
  if (columns.length === 0) return;
  const types = await typesOf(query, table, columns, names);
  const { from, same } = givenKeys(table, names, textLists(columns));
  const { alias, join } = realRow(table, names);
  const values = columns.map((name, index): [string, string] => [
    `${alias}.${inTable(table, name, names)}`,
    `k.v${index}`,
  ]);
  const set = columns.map((name, index) => {
    const [stored, given] = values[index] as [string, string];
    return `${inTable(table, name, names)} = coalesce(${given}::${types.get(name)}, ${stored})`;
  });
  const isBack = columns.flatMap((name, index) => {
    const [stored, given] = values[index] as [string, string];
    return name === table.touched ? [] : [`(${given} IS NULL OR ${stored}::text = ${given})`];
  });
  const source = join === '' ? from : `${from}, ${names.rows(table)} t`;
  const where = join === '' ? same : `${same} AND ${isRow(alias)}`;
  const { rows: written } = await query(
    `UPDATE ${names.real(table)} ${alias} SET ${set.join(', ')} FROM ${source} WHERE ${where} RETURNING ${['true', ...isBack].join(' AND ')} AS back`,
    [...keysOf(table, rows, names), ...columns.map((name) => rows.map((row) => cells.get(row)?.[name] ?? null))],
  );
  if (written.length !== rows.length || written.some(({ back }) => back !== 't')) throw keptByDatabase(table);
}

/** Lists `v0`, `v1`, … of what columns hold, as text. */
function textLists(columns: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(columns.map((_name, index) => [`v${index}`, 'text']));
}

/** The columns that an undo writes: its key a row has still. */
function changeable(table: Table, names: Names): readonly string[] {
  return writtenColumns(table, names).filter((name) => !table.naturalKey.includes(name));
}

/** The row of the table itself, beside the row `t` of its source. */
function realRow(table: Table, names: Names): { readonly alias: string; readonly join: string } {
  if (names.known(table).isAsDeclared) return { alias: 't', join: '' };
  return { alias: 'w', join: ` JOIN ${names.real(table)} w ON ${isRow('w')}` };
}

function keysOf(table: Table, rows: readonly Row[], names: Names): readonly (readonly (string | null)[])[] {
  return table.naturalKey.map((name) => rows.map((row) => keyOf(table, name, cell(table, row, name), names)));
}

/** The types of columns with their limits, as this session has to name them. */
async function typesOf(
  query: Query,
  table: Table,
  columns: readonly string[],
  names: Names,
): Promise<ReadonlyMap<string, string>> {
  const real = quoteText(names.real(table));
  const { rows } = await query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = ${real}::regclass AND attnum > 0 AND NOT attisdropped`,
    [],
  );
  const types = new Map(rows.map(({ name, type }) => [name, type ?? 'text']));
  return new Map(columns.map((name) => [name, types.get(heldColumn(names.known(table), table, name).name) ?? 'text']));
}
