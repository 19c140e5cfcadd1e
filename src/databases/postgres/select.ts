import type { TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import { column, digitsOf, generatedKey, loadColumns, ownKey, type Table } from '../../schema/table.ts';
import type { KeyForm, LedgerQuery, UnkeyedRows } from '../database.ts';
import { fromGroup } from '../links.ts';
import { quote, quoteText, unlimitedType } from './ddl.ts';
import { joinKeys, lookupType, type Names } from './statements.ts';
import { readable, readableValue } from './values.ts';

/** All rows by natural key, texts bytewise whatever the collation of the database; application rows without one by time. */
export function selectAll(table: Table, names: Names, unkeyed?: UnkeyedRows): string {
  return `${selectCells(table, names, unkeyed)} ORDER BY ${orderOf(table, names)}`;
}

/** The rows of a child table that belong to those with the keys in the lists $1, $2, … */
export function selectChildren(table: Table, names: Names, keys: KeyForm): string {
  const { by = [] } = table.belongsTo ?? {};
  const { declared } = names;
  const isStored = keys === 'stored';
  const typeOf = (name: string): string =>
    isStored ? lookupType(table, name, names) : unlimitedType(declared.readColumn(table, name));
  const lists = by.map((name, index) => `$${index + 1}::${typeOf(name)}[]`);
  const links = by.map(
    (name) => (isStored ? undefined : keyOfReferenced(table, name, 't', names)) ?? `t.${quote(name)}`,
  );
  const isOne =
    by.length === 1
      ? `${links} = ANY (${lists})`
      : `(${links.join(', ')}) IN (SELECT * FROM unnest(${lists.join(', ')}))`;
  const order = [
    isStored
      ? table.naturalKey.map((name) => `${inOrder(table, name, 't', names)} NULLS FIRST`).join(', ')
      : orderOf(table, names),
    ...table.primaryKey.map((name) => `t.${quote(name)}`),
  ];
  const cells = isStored
    ? `SELECT ${loadColumns(table)
        .map((name) => readable(table, name, names))
        .join(', ')} FROM ${names.rows(table)} t`
    : selectCells(table, names);
  return `${cells} WHERE ${isOne} ORDER BY ${order.join(', ')}`;
}

function selectCells(table: Table, names: Names, unkeyed?: UnkeyedRows): string {
  const columns = loadColumns(table).map((name) => {
    const key = keyOfReferenced(table, name, 't', names, unkeyed) ?? keyOfUnkeyed(table, name, 't', unkeyed);
    return key === undefined ? readable(table, name, names) : `${key} AS ${quote(name)}`;
  });
  return `SELECT ${columns.join(', ')} FROM ${names.rows(table)} t`;
}

function orderOf(table: Table, names: Names): string {
  const order = [...table.naturalKey, ...(table.created === undefined ? [] : [table.created])];
  return order
    .map((name) => {
      const key = keyOfReferenced(table, name, 't', names);
      const isText = names.declared.readColumn(table, name).type === 'text';
      return `${key === undefined ? inOrder(table, name, 't', names) : `${key}${isText ? ' COLLATE "C"' : ''}`} NULLS FIRST`;
    })
    .join(', ');
}

/** What rows are ordered by, the same on both databases: texts bytewise, and decimals that SQLite holds as text like these. */
function inOrder(table: Table, name: string, alias: string, names: Names): string {
  const declared = column(table, name);
  const value = `${alias}.${quote(name)}`;
  if (declared.type === 'text') return `${value}${names.known(table).isAsDeclared ? '' : '::text'} COLLATE "C"`;
  if (declared.type !== 'decimal' || digitsOf(declared).fitsDouble) return value;
  return `${readableValue(table, name, alias, names)}::text COLLATE "C"`;
}

/** For a column that names a row by a key of this database: what names it elsewhere, or its natural key, parts joined by U+001F. */
function keyOfReferenced(
  table: Table,
  name: string,
  alias: string,
  names: Names,
  unkeyed?: UnkeyedRows,
  within: readonly Table[] = [],
): string | undefined {
  const named = names.declared.namedBy(table, name);
  if (named === undefined) return undefined;
  const { table: target, by } = named;
  const value = `${alias}.${quote(name)}`;
  if (by !== undefined) {
    const found = `(SELECT ${readableValue(target, by, 'b', names)} FROM ${names.rows(target)} b WHERE b.${quote(named.name)} = ${value})`;
    return named.keepsOrphans ? `coalesce(${found}, ${readableValue(table, name, alias, names)})` : found;
  }
  // Part of its own key: the row above it is named without the ones further up.
  if (within.includes(target)) return "''";
  const inner = `${alias}r`;
  const parts = target.naturalKey.map(
    (key) =>
      keyOfReferenced(target, key, inner, names, unkeyed, [...within, target]) ??
      keyOfUnkeyed(target, key, inner, unkeyed) ??
      readableValue(target, key, inner, names),
  );
  const key = parts.length === 1 ? `${parts[0]}::text` : `concat_ws(U&'\\001F', ${parts.join(', ')})`;
  return `(SELECT ${key} FROM ${names.rows(target)} ${inner} WHERE ${inner}.${quote(named.name)} = ${value})`;
}

/** A row that the application inserted has no record key: its generated key stands for it, where that is wanted. */
function keyOfUnkeyed(table: Table, name: string, alias: string, unkeyed?: UnkeyedRows): string | undefined {
  if (unkeyed === undefined || name !== table.recordKey || !table.naturalKey.includes(name)) return undefined;
  return `coalesce(${alias}.${quote(name)}, ${quoteText(unkeyed)} || ${alias}.${quote(generatedKey(table))})`;
}

/** All rows with those of the child tables, a root's together. `cell` gives a column its form. */
export function selectPairs(
  { root, children }: TableGroup,
  names: Names,
  cell: (table: Table, name: string, alias: string) => string,
): string {
  const columns = (table: Table, alias: string): string[] => loadColumns(table).map((name) => cell(table, name, alias));
  const listed = [columns(root, 'r'), ...children.map((child, index) => columns(child, `c${index}`))].flat();
  const select = `SELECT ${listed.join(', ')} ${fromGroup(root, children, names.rows, quote)}`;
  if (children.length === 0) return select;
  const order = [
    ...root.naturalKey.map((name) => inOrder(root, name, 'r', names)),
    ...(children.length > 1 ? ['p.part'] : []),
    ...children.flatMap((child, index) => [
      ...ownKey(child).map((name) => `${inOrder(child, name, `c${index}`, names)} NULLS FIRST`),
      ...child.primaryKey.map((name) => `c${index}.${quote(name)}`),
    ]),
  ];
  return `${select} ORDER BY ${order.join(', ')}`;
}

/** The rows with the natural keys in the lists $1, $2, … */
export function selectByKey(table: Table, names: Names): string {
  const columns = loadColumns(table).map((name) => readable(table, name, names));
  return `SELECT ${columns.join(', ')} ${joinKeys(table, names)}`;
}

/**
 * Runs in the order in which the ledger got their files, because clocks of machines differ. One without files stands where
 * its clock puts it.
 */
function runOrder(real: Names['real']): string {
  const [runs, files] = [real(LEDGER.runs), real(LEDGER.files)];
  return `coalesce((SELECT min(f.id) FROM ${files} f WHERE f.run_id = t.run_id),
    (SELECT max(f.id) FROM ${files} f JOIN ${runs} r ON r.run_id = f.run_id WHERE r.started_at < t.started_at), 0)`;
}

export function selectLedger(table: Table, names: Names, kind: LedgerQuery['kind']): string {
  const real = names.real(table);
  const columns = Object.keys(table.columns).map((name) => readable(table, name, names));
  const from = `SELECT ${columns.join(', ')} FROM ${real} t`;
  switch (kind) {
    case 'latest-files':
      return `${from} WHERE id IN (SELECT max(id) FROM ${real} WHERE status NOT IN ('unrecognised', 'not-reached') GROUP BY path) ORDER BY path COLLATE "C"`;
    case 'files-of-run':
      return `${from} WHERE id IN (SELECT max(id) FROM ${real} WHERE run_id = $1 GROUP BY path) ORDER BY path COLLATE "C"`;
    case 'runs':
      return `${from} ORDER BY ${runOrder(names.real)} DESC, t.started_at DESC, run_id DESC`;
    case 'shards':
      return `${from} ORDER BY run_id, shard`;
    case 'batches-of-run':
      return `${from} WHERE t.run_id = $1 ORDER BY batch`;
    case 'batches':
      return `${from} ORDER BY run_id, batch`;
    case 'declarations-of-run':
      return `${from} WHERE hash = (SELECT hash FROM ${names.real(LEDGER.runDeclarations)} WHERE run_id = $1)`;
  }
}
