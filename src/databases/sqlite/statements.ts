import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { answerOf, type RowLookup, SOURCE_ID } from '../../schema/row-group.ts';
import {
  column,
  digitsOf,
  generatedKey,
  hasGeneratedKey,
  keepsStoredWhenNull,
  linkOf,
  loadColumns,
  ownKey,
  soleKey,
  type Table,
} from '../../schema/table.ts';
import type { KeyForm, UnkeyedRows } from '../database.ts';
import { fromGroup, ROW } from '../links.ts';
import { quote, sourceIdText } from './ddl.ts';
import type { GivenTable } from './given-rows.ts';
import { isElsewhere, type KnownTable, rowNameOf } from './known-table.ts';

const list = (names: readonly string[], prefix = ''): string => names.map((name) => prefix + quote(name)).join(', ');

/** Where rows are read from, as SQL names it, with the declared columns under their names. */
type Source = (table: Table) => string;

/** What a declared column is called in its table. */
type NameIn = (name: string) => string;

/** Columns of texts that SQLite takes for equal although they differ. */
export type Folding = ReadonlySet<string>;

/** Columns that have these values. Text is compared by its bytes, also in a column that folds: see `keyValues`. */
export function equals(names: readonly string[], folds: Folding, nameIn: NameIn = (name) => name): string {
  const same = (name: string): string => {
    const found = `${quote(nameIn(name))} = ?`;
    // The first condition finds it by an index.
    return folds.has(name) ? `(${found} AND ${found} COLLATE BINARY)` : found;
  };
  return names.map(same).join(' AND ');
}

/** The parameters of `equals`. */
export function keyValues<T>(names: readonly string[], values: readonly T[], folds: Folding): readonly T[] {
  if (folds.size === 0) return values;
  return values.flatMap((value, index) => (folds.has(names[index] ?? '') ? [value, value] : [value]));
}

/** ABORT also where the table says ON CONFLICT REPLACE: no row of the application goes. */
export function insertRow(
  table: Table,
  columns: readonly string[] = loadColumns(table),
  nameIn: NameIn = (name) => name,
  link?: LinkValue,
): string {
  const all = [...columns.map((name) => [nameIn(name), '?'] as const), ...(link ? [link] : [])];
  return `INSERT OR ABORT INTO ${quote(table.name)} (${list(all.map(([name]) => name))}) VALUES (${all.map(([, value]) => value).join(', ')})`;
}

/** The key of the row above, in its column. Parameters: the columns that it stands for. */
export type LinkValue = readonly [name: string, value: string];

/** Columns that are not bound are NULL, not their default. Parameters: the bound columns, in order. */
export function appendRow(table: Table, bound: ReadonlySet<string>): string {
  const columns = loadColumns(table);
  const values = columns.map((name) => (bound.has(name) ? '?' : 'NULL'));
  return `INSERT OR ABORT INTO ${quote(table.name)} (${list(columns)}) VALUES (${values.join(', ')})`;
}

/** Inserts rows that SQL sees, in their order. */
export function insertGiven(table: Table, { name, columns }: GivenTable): string {
  return `INSERT OR ABORT INTO main.${quote(table.name)} (${list(loadColumns(table))}) SELECT ${columns.join(', ')} FROM ${name} ORDER BY rowid`;
}

/** How many rows that SQL sees are there as they are. CROSS JOIN looks each of them up. https://www.sqlite.org/optoverview.html */
export function countPresent(table: Table, { name, columns }: GivenTable, from: string): string {
  const same = loadColumns(table).map((each, index) => {
    // `=` finds the key by its index.
    return `t.${quote(each)} ${table.naturalKey.includes(each) ? '=' : 'IS'} g.${columns[index]}`;
  });
  return `SELECT count(*) FROM ${name} g CROSS JOIN ${from} t WHERE ${same.join(' AND ')}`;
}

/** How many child rows belong to rows that SQL sees. */
export function countChildren(child: Table, root: Table, { name, columns }: GivenTable, from: string): string {
  const names = loadColumns(root);
  const same = linkOf(child, root).map(([own, key]) => `t.${quote(own)} = g.${columns[names.indexOf(key)]}`);
  return `SELECT count(*) FROM ${name} g CROSS JOIN ${from} t WHERE ${same.join(' AND ')}`;
}

/** How a table that is changed names a row by its natural key. */
export interface RowNames {
  /** What a declared column is called in the table. */
  readonly nameIn: NameIn;
  /** Of the natural key: see `whereKey`. */
  readonly where: string;
  /** Columns that are never NULL. */
  readonly filled: ReadonlyMap<string, string>;
  /** What a default had filled in one of them, as SQL. */
  readonly former?: (name: string) => string;
  /** Where a row may move to another row above. Its parameters come behind those of the columns. */
  readonly link?: LinkValue | undefined;
}

/** The row with the natural key in the parameters, of which the table may lack columns: `source` shows them, and its own key. */
export function whereKey(
  { naturalKey }: Table,
  known: KnownTable,
  { nameIn, source }: { readonly nameIn: NameIn; readonly source: string },
): string {
  const rowName = rowNameOf(known);
  if (rowName === undefined || !naturalKey.some((name) => isElsewhere(known, name)))
    return equals(naturalKey, known.folds, nameIn);
  return `${quote(rowName)} IN (SELECT ${ROW} FROM ${source} WHERE ${equals(naturalKey, known.folds)})`;
}

/** In which columns a NULL leaves the stored value: in those that are declared so, in all, or in none. */
export type KeepsStored = 'declared' | 'all' | 'none';

/** Parameters: the columns, then the key. */
export function updateRow(
  table: Table,
  columns: readonly string[],
  { nameIn, where, filled, former, link }: RowNames,
  keeps: KeepsStored,
): string {
  const keepsStored = (name: string): boolean =>
    keeps === 'all' || (keeps === 'declared' && keepsStoredWhenNull(column(table, name)));
  const assignments = columns.map((name) => {
    const inTable = quote(nameIn(name));
    const isKept = filled.has(name) || keepsStored(name);
    const before = filled.has(name) && former ? `${former(name)}, ` : '';
    return isKept ? `${inTable} = coalesce(?, ${before}${inTable})` : `${inTable} = ?`;
  });
  if (link) assignments.push(`${quote(link[0])} = ${link[1]}`);
  // A table may have nothing but its key.
  const isLinked = (name: string): boolean => table.link?.by.some(([own]) => own === name) === true;
  const key = quote(nameIn(table.naturalKey.find((name) => !isLinked(name)) ?? table.link?.name ?? ''));
  const changes = assignments.length > 0 ? assignments.join(', ') : `${key} = ${key}`;
  return `UPDATE OR ABORT ${quote(table.name)} SET ${changes} WHERE ${where}`;
}

/** Parameters: the given key columns. */
export function selectRows(table: Table, key: readonly string[], folds: Folding, from: string): string {
  return `SELECT ${list(loadColumns(table))} FROM ${from} WHERE ${equals(key, folds)}`;
}

/** All rows with those of the child tables, a root's together. */
export function selectPairs({ root, children }: TableGroup, rows: Source): string {
  const columns = (table: Table, alias: string): string[] =>
    loadColumns(table).map((name) => `${alias}.${quote(name)}`);
  const listed = [columns(root, 'r'), ...children.map((child, index) => columns(child, `c${index}`))].flat();
  const select = `SELECT ${listed.join(', ')} ${fromGroup(root, children, rows, quote)}`;
  if (children.length === 0) return select;
  const order = [
    ...root.naturalKey.map((name) => `r.${quote(name)}`),
    ...(children.length > 1 ? ['p.part'] : []),
    ...children.flatMap((child, index) =>
      [...ownKey(child), ...child.primaryKey].map((name) => `c${index}.${quote(name)}`),
    ),
  ];
  return `${select} ORDER BY ${order.join(', ')}`;
}

/** One row, where there is any that has these values. Parameters: one per column. */
export function selectAny(table: string, columns: readonly string[] = []): string {
  const where = columns.length === 0 ? '' : ` WHERE ${columns.map((name) => `${quote(name)} = ?`).join(' AND ')}`;
  return `SELECT 1 FROM ${quote(table)}${where} LIMIT 1`;
}

/** The primary key of a row. Parameters: its natural key. */
export function selectPrimaryKey(table: Table, folds: Folding, from: string): string {
  return `SELECT ${list(table.primaryKey)} FROM ${from} WHERE ${equals(table.naturalKey, folds)}`;
}

/** The natural key of another row that has these values. Parameters: the columns, then the natural key of the row itself. */
export function selectTaken(table: Table, columns: readonly string[], folds: Folding, from: string): string {
  const same = columns.map((name) => `${quote(name)} = ?`).join(' AND ');
  return `SELECT ${list(table.naturalKey)} FROM ${from} WHERE ${same} AND NOT (${equals(table.naturalKey, folds)}) LIMIT 1`;
}

/** What is wanted of the rows, two at most, that have these values, and their natural keys. Parameters: one per column. */
export function selectAnswers(lookup: RowLookup, folds: Folding, from: string): string {
  const { table, by } = lookup;
  const same = by.map((name) => (name === SOURCE_ID ? `${sourceIdText(table)} = ?` : equals([name], folds)));
  return `SELECT ${list([answerOf(lookup), ...table.naturalKey])} FROM ${from} WHERE ${same.join(' AND ')} LIMIT 2`;
}

/** Of all rows: the one column by which they are looked up, what is wanted of them, and their natural keys. */
export function selectAllAnswers(lookup: RowLookup, from: string): string {
  const { table, by } = lookup;
  return `SELECT ${list([...by, answerOf(lookup), ...table.naturalKey])} FROM ${from}`;
}

/** The ids that SQLite takes for the given one. */
export function selectOwner(owners: Table, from: string): string {
  const key = quote(soleKey(owners));
  return `SELECT ${key} FROM ${from} WHERE ${key} = ?`;
}

/** Of its columns those that `isThere`. */
export function insertOwner(owners: Table, isThere: (name: string) => boolean, nameIn: NameIn): string {
  const stamps = loadColumns(owners).filter((name) => keepsStoredWhenNull(column(owners, name)) && isThere(name));
  return `INSERT INTO ${quote(owners.name)} (${list([soleKey(owners), ...stamps].map(nameIn))})
    VALUES (${['?', ...stamps.map(() => 'NULL')].join(', ')}) ON CONFLICT DO NOTHING`;
}

/** What reads: the declared tables, and where their rows are. */
interface ReadNames {
  readonly declared: DeclaredTables;
  readonly rows: Source;
}

/** All rows by natural key; rows without one (an application's messages) by their time. */
export function selectAll(table: Table, names: ReadNames, unkeyed?: UnkeyedRows): string {
  return `${selectCells(table, names, unkeyed)} ORDER BY ${orderOf(table, names)}`;
}

/** The rows of a child table that belong to others. Parameter: the natural keys of those, as a JSON list of lists. */
export function selectChildren(table: Table, names: ReadNames, form: KeyForm): string {
  const { by = [] } = table.belongsTo ?? {};
  const isStored = form === 'stored';
  const links = by.map(
    (name) => (isStored ? undefined : keyOfReferenced(table, name, 't', names)) ?? `t.${quote(name)}`,
  );
  const keys = by.map((_name, index) => `json_extract(value, '$[${index}]')`).join(', ');
  const own = table.naturalKey.map((name) => `t.${quote(name)}`).join(', ');
  const order = [isStored ? own : orderOf(table, names), ...table.primaryKey.map((name) => `t.${quote(name)}`)];
  const cells = isStored
    ? `SELECT ${list(loadColumns(table), 't.')} FROM ${names.rows(table)} t`
    : selectCells(table, names);
  return `${cells} WHERE ${links.length === 1 ? links : `(${links.join(', ')})`} IN (SELECT ${keys} FROM json_each(?)) ORDER BY ${order.join(', ')}`;
}

function selectCells(table: Table, names: ReadNames, unkeyed?: UnkeyedRows): string {
  const cell = (name: string): string =>
    keyOfReferenced(table, name, 't', names, unkeyed) ??
    keyOfUnkeyed(table, name, 't', names, unkeyed) ??
    `t.${quote(name)}`;
  return `SELECT ${loadColumns(table).map(cell).join(', ')} FROM ${names.rows(table)} t`;
}

function orderOf(table: Table, names: ReadNames): string {
  const order = [...table.naturalKey, ...(table.created === undefined ? [] : [table.created])];
  return order.map((name) => keyOfReferenced(table, name, 't', names) ?? `t.${quote(name)}`).join(', ');
}

/** For a column that names a row by a key of this database: what names it elsewhere, or its natural key, parts joined by U+001F. */
function keyOfReferenced(
  table: Table,
  name: string,
  alias: string,
  names: ReadNames,
  unkeyed?: UnkeyedRows,
  within: readonly Table[] = [],
): string | undefined {
  const named = names.declared.namedBy(table, name);
  if (named === undefined) return undefined;
  const { table: target, by } = named;
  const value = `${alias}.${quote(name)}`;
  if (by !== undefined) {
    const found = `(SELECT b.${quote(by)} FROM ${names.rows(target)} b WHERE b.${quote(named.name)} = ${value})`;
    return named.keepsOrphans ? `coalesce(${found}, ${value})` : found;
  }
  // Part of its own key: the row above it is named without the ones further up.
  if (within.includes(target)) return "''";
  const inner = `${alias}r`;
  const parts = target.naturalKey.map(
    (key) =>
      keyOfReferenced(target, key, inner, names, unkeyed, [...within, target]) ??
      keyOfUnkeyed(target, key, inner, names, unkeyed) ??
      keyText(target, key, inner),
  );
  const key = parts.length === 1 ? parts[0] : `concat_ws(char(31), ${parts.join(', ')})`;
  return `(SELECT ${key} FROM ${names.rows(target)} ${inner} WHERE ${inner}.${quote(named.name)} = ${value})`;
}

/** A part of a key as the other database spells it: doubles would have `.0` behind them. */
function keyText(table: Table, name: string, alias: string): string {
  const declared = column(table, name);
  const value = `${alias}.${quote(name)}`;
  if (declared.type !== 'decimal' || !digitsOf(declared).fitsDouble) return value;
  const { scale } = digitsOf(declared);
  const text = `printf('%.${scale}f', ${value})`;
  return scale === 0 ? text : `rtrim(rtrim(${text}, '0'), '.')`;
}

/** A row that the application inserted has no record key: its generated key stands for it, where that is wanted. */
function keyOfUnkeyed(
  table: Table,
  name: string,
  alias: string,
  names: ReadNames,
  unkeyed?: UnkeyedRows,
): string | undefined {
  if (unkeyed === undefined || name !== table.recordKey || !table.naturalKey.includes(name)) return undefined;
  const rowid = names.rows(table) === quote(table.name) ? 'rowid' : ROW;
  const own = hasGeneratedKey(table) ? quote(generatedKey(table)) : rowid;
  return `coalesce(${alias}.${quote(name)}, '${unkeyed}' || ${alias}.${own})`;
}
