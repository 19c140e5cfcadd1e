import type { TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import {
  column,
  digitsOf,
  generatedKey,
  hasGeneratedKey,
  loadColumns,
  ownKey,
  type Table,
} from '../../schema/table.ts';
import type { KeyForm, UnkeyedRows } from '../database.ts';
import type { LedgerQuery } from '../ledger-query.ts';
import { fromGroup, ROW } from '../links.ts';
import { quote, quoteText, unlimitedType } from './ddl.ts';
import { IS_STALE } from './lease.ts';
import { joinKeys, lookupType, type Names } from './names.ts';
import { readable, readableValue } from './values.ts';

/** All rows by natural key, texts bytewise whatever the collation of the database; application rows without one by time. */
export function selectAll(table: Table, names: Names, unkeyed?: UnkeyedRows): string {
  const keys = new ReferencedKeys(names, unkeyed);
  // Rows of the application without a key come first, whatever stands for it.
  const orderKeys = unkeyed === undefined ? keys : new ReferencedKeys(names, undefined, 'o');
  const [cells, order] = [cellsOf(table, names, keys), orderOf(table, names, orderKeys)];
  const joins = keys === orderKeys ? keys.joins : keys.joins + orderKeys.joins;
  return `SELECT ${cells} FROM ${names.rows(table)} t${joins} ORDER BY ${order}`;
}

/** The rows of a child table that belong to those with the keys in the lists $1, $2, … */
export function selectChildren(table: Table, names: Names, form: KeyForm): string {
  const { by = [] } = table.belongsTo ?? {};
  const { declared } = names;
  const isStored = form === 'stored';
  const keys = new ReferencedKeys(names);
  const typeOf = (name: string): string =>
    isStored ? lookupType(table, name, names) : unlimitedType(declared.readColumn(table, name));
  const lists = by.map((name, index) => `$${index + 1}::${typeOf(name)}[]`);
  const links = by.map((name) => (isStored ? undefined : keys.of(table, name)) ?? `t.${quote(name)}`);
  const isOne =
    by.length === 1
      ? `${links} = ANY (${lists})`
      : `(${links.join(', ')}) IN (SELECT * FROM unnest(${lists.join(', ')}))`;
  const order = [
    isStored
      ? table.naturalKey.map((name) => `${inOrder(table, name, 't', names)} NULLS FIRST`).join(', ')
      : orderOf(table, names, keys),
    ...table.primaryKey.map((name) => `t.${quote(name)}`),
  ];
  const cells = isStored
    ? loadColumns(table)
        .map((name) => readable(table, name, names))
        .join(', ')
    : cellsOf(table, names, keys);
  return `SELECT ${cells} FROM ${names.rows(table)} t${keys.joins} WHERE ${isOne} ORDER BY ${order.join(', ')}`;
}

function cellsOf(table: Table, names: Names, keys: ReferencedKeys): string {
  return loadColumns(table)
    .map((name) => {
      const key = keys.of(table, name) ?? keys.ofUnkeyed(table, name);
      return key === undefined ? readable(table, name, names) : `${key} AS ${quote(name)}`;
    })
    .join(', ');
}

function orderOf(table: Table, names: Names, keys: ReferencedKeys): string {
  const order = [...table.naturalKey, ...(table.created === undefined ? [] : [table.created])];
  return order
    .map((name) => {
      const key = keys.of(table, name);
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

/**
 * What columns say that name rows by keys of this database: what names these rows elsewhere, or their natural keys, parts joined by
 * U+001F. The rows that are named are joined: Citus looks nothing up for each row.
 */
class ReferencedKeys {
  private readonly names: Names;
  private readonly unkeyed: UnkeyedRows | undefined;
  private readonly prefix: string;
  private readonly found = new Map<string, string>();
  private readonly joined: string[] = [];

  /** `prefix`: of the aliases of the rows that are joined. */
  constructor(names: Names, unkeyed?: UnkeyedRows, prefix = 'n') {
    this.names = names;
    this.unkeyed = unkeyed;
    this.prefix = prefix;
  }

  /** Of a column of the rows `t`; undefined where it names none. */
  of(table: Table, name: string): string | undefined {
    const known = this.found.get(name) ?? this.keyOf(table, name, 't', []);
    if (known !== undefined) this.found.set(name, known);
    return known;
  }

  /** A row that the application inserted has no record key: its generated key stands for it, where that is wanted. */
  ofUnkeyed(table: Table, name: string, alias = 't'): string | undefined {
    if (this.unkeyed === undefined || name !== table.recordKey || !table.naturalKey.includes(name)) return undefined;
    const own = hasGeneratedKey(table) ? quote(generatedKey(table)) : ROW;
    // Of a table that this program made every row has a record key, or a number.
    if (own === ROW && this.names.known(table).isAsDeclared) return undefined;
    return `coalesce(${alias}.${quote(name)}, ${quoteText(this.unkeyed)} || ${alias}.${own})`;
  }

  /** The rows that are named, behind those that name them. */
  get joins(): string {
    return this.joined.join('');
  }

  private keyOf(table: Table, name: string, alias: string, within: readonly Table[]): string | undefined {
    const { names } = this;
    const named = names.declared.namedBy(table, name);
    if (named === undefined) return undefined;
    const { table: target, by } = named;
    // Part of its own key: the row above it is named without the ones further up.
    if (by === undefined && within.includes(target)) return "''";
    const inner = `${this.prefix}${this.joined.length}`;
    const key = `${inner}.${quote(named.name)}`;
    this.joined.push(` LEFT JOIN ${names.rows(target)} ${inner} ON ${key} = ${alias}.${quote(name)}`);
    if (by !== undefined) {
      const found = readableValue(target, by, inner, names);
      return named.keepsOrphans ? `coalesce(${found}, ${readableValue(table, name, alias, names)})` : found;
    }
    const parts = target.naturalKey.map(
      (part) =>
        this.keyOf(target, part, inner, [...within, target]) ??
        this.ofUnkeyed(target, part, inner) ??
        readableValue(target, part, inner, names),
    );
    if (parts.length === 1) return `${parts[0]}::text`;
    return `CASE WHEN ${key} IS NOT NULL THEN concat_ws(U&'\\001F', ${parts.join(', ')}) END`;
  }
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

/** A run whose process is gone is interrupted, though only the next one will write so. */
const STATUS_NOW = `CASE WHEN t.status = 'running' AND t.lease_holder IS NOT NULL AND t.${IS_STALE}
  THEN 'interrupted' ELSE t.status END AS status`;

export function selectLedger(table: Table, names: Names, kind: LedgerQuery['kind']): string {
  const real = names.real(table);
  const columns = Object.keys(table.columns).map((name) =>
    name === 'status' && 'lease_holder' in table.columns ? STATUS_NOW : readable(table, name, names),
  );
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
