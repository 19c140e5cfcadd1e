import { cell, column, type Row, type Table } from '../../schema/table.ts';
import type { ExactCells } from '../exact-cells.ts';
import { keptByDatabase } from '../row-undo.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, storedAs } from './ddl.ts';
import { affinityOf } from './forms.ts';
import { bindHeld, bindKey, isElsewhere, type KnownTable, writtenColumns } from './known-table.ts';
import { keyValues, whereKey } from './statements.ts';
import type { Bound } from './values.ts';

/** Stands for a character in text whose bytes are none. */
const NO_CHARACTER = '\ufffd';

/** Of stored rows of one table what would not come back with their values, in the order given; or `all` that they hold. */
export function readExactCells(
  table: Table,
  rows: readonly Row[],
  connections: SqliteConnections,
  all = false,
): readonly ExactCells[] {
  const known = connections.knownTable(table);
  const columns = changeable(table, known).map((name) => ({
    name,
    // How a table spells times is read from its rows, which may be others then.
    isWritten: known.columns.get(name)?.form.write === undefined && column(table, name).type !== 'timestamp',
    affinity: affinityIn(table, name, known),
  }));
  if (columns.length === 0) return rows.map(() => ({}));
  const names = columns.map(({ name }) => name);
  const read = rawReader(table, names, connections);
  return rows.map((row) => {
    const stored = read(row);
    const cells = columns.flatMap(({ name, isWritten, affinity }, index): [string, string][] => {
      const raw = stored?.[index] ?? null;
      const given = bindHeld(known, table, name, cell(table, row, name));
      if (!all && isWritten && comesBack(given, raw, affinity)) return [];
      if (!all && raw === null && given === null) return [];
      if (typeof raw !== 'string' || !raw.includes(NO_CHARACTER)) return [[name, packed(raw)]];
      const [bytes = null] = rawReader(table, [name], connections, (each) => `CAST(${each} AS BLOB)`)(row) ?? [];
      return [[name, `u${Buffer.from(bytes as Uint8Array).toString('base64')}`]];
    });
    return Object.fromEntries(cells);
  });
}

/** Gives a stored row what `readExactCells` had found of it. */
export function writeExactCells(table: Table, row: Row, cells: ExactCells, connections: SqliteConnections): void {
  const known = connections.knownTable(table);
  const columns = changeable(table, known).filter((name) => cells[name] !== undefined);
  if (columns.length === 0) return;
  const set = columns.map((name) => {
    const isBytes = cells[name]?.startsWith('u') === true;
    return `${quote(connections.nameIn(table)(name))} = ${isBytes ? 'CAST(? AS TEXT)' : '?'}`;
  });
  const { changes } = connections.writing
    .prepare<Bound[]>(`UPDATE OR ABORT ${quote(table.name)} SET ${set.join(', ')} WHERE ${where(table, connections)}`)
    .run(...columns.map((name) => unpacked(cells[name] ?? 'n')), ...keyOf(table, row, connections));
  const [after] = readExactCells(table, [row], connections, true);
  const isBack = (name: string): boolean => name === table.touched || after?.[name] === cells[name];
  if (changes !== 1 || !columns.every(isBack)) throw keptByDatabase(table);
}

/** The columns that an undo writes: its key a row has still. */
function changeable(table: Table, known: KnownTable): readonly string[] {
  return writtenColumns(table, known).filter((name) => !table.naturalKey.includes(name));
}

/** Reads what columns of a stored row hold. */
function rawReader(
  table: Table,
  columns: readonly string[],
  connections: SqliteConnections,
  as = (name: string): string => name,
): (row: Row) => readonly Bound[] | undefined {
  const listed = columns.map((name) => as(quote(connections.nameIn(table)(name))));
  const query = connections.writing
    .prepare<Bound[], Bound[]>(
      `SELECT ${listed.join(', ')} FROM ${quote(table.name)} WHERE ${where(table, connections)}`,
    )
    .raw(true)
    .safeIntegers(true);
  return (row) => query.get(...keyOf(table, row, connections));
}

function where(table: Table, connections: SqliteConnections): string {
  const { nameIn, knownTable, rows } = connections;
  return whereKey(table, knownTable(table), { nameIn: nameIn(table), source: rows(table) });
}

function keyOf(table: Table, row: Row, connections: SqliteConnections): readonly Bound[] {
  const known = connections.knownTable(table);
  const { naturalKey } = table;
  const key = naturalKey.map((name) => cell(table, row, name));
  const isKept = naturalKey.some((name) => isElsewhere(known, name));
  const held = naturalKey.map((name, index) => bindHeld(known, table, name, key[index]));
  return keyValues(naturalKey, isKept ? bindKey(known, table, key) : held, known.folds);
}

function affinityIn(table: Table, name: string, known: KnownTable): string {
  const type = known.columns.get(name)?.words ?? storedAs(column(table, name));
  return /^(?:any|untyped)$/i.test(type) ? 'BLOB' : affinityOf(type);
}

/** Whether the column makes of what is bound what it holds. */
function comesBack(given: Bound, stored: Bound, affinity: string): boolean {
  if (stored instanceof Uint8Array) return given instanceof Uint8Array && Buffer.compare(given, stored) === 0;
  if (given === stored) return typeof stored !== 'string' || !stored.includes(NO_CHARACTER);
  const isNumber = (each: Bound): each is number | bigint => typeof each === 'number' || typeof each === 'bigint';
  if (!isNumber(given) || !isNumber(stored) || !['INTEGER', 'REAL', 'NUMERIC'].includes(affinity)) return false;
  if (!Number.isInteger(Number(given)) || !Number.isInteger(Number(stored))) return false;
  return BigInt(given) === BigInt(stored);
}

function packed(value: Bound): string {
  if (value === null) return 'n';
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`;
  if (typeof value === 'bigint') return `i${value}`;
  return typeof value === 'number' ? `r${Object.is(value, -0) ? '-0' : value}` : `t${value}`;
}

function unpacked(text: string): Bound {
  const value = text.slice(1);
  switch (text[0]) {
    case 'n':
      return null;
    case 'i':
      return BigInt(value);
    case 'r':
      return Number(value);
    case 't':
      return value;
    default:
      return Buffer.from(value, 'base64');
  }
}
