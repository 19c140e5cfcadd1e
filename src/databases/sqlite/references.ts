import type BetterSqlite3 from 'better-sqlite3';
import type { Table } from '../../schema/table.ts';
import { ROW, tuple } from '../links.ts';
import { declaredReferences, type RowReference, refersTo } from '../row-undo.ts';
import type { SqliteConnections } from './connection.ts';
import { quote } from './ddl.ts';
import { isElsewhere, type KnownTable, rowNameOf } from './known-table.ts';
import { type Bound, keysAsJson } from './values.ts';

/** The primary keys of rows that go, by table. */
export type GoingKeys = readonly (readonly [table: Table, keys: readonly (readonly Bound[])[]])[];

/** What refers to rows of declared tables. */
export class References {
  readonly list: readonly RowReference[];
  private readonly connection: BetterSqlite3.Database;
  private readonly rows: (table: Table) => string;

  private constructor(list: readonly RowReference[], { reading, rows }: SqliteConnections) {
    this.list = list;
    this.connection = reading;
    this.rows = rows;
  }

  static of(connections: SqliteConnections): References {
    const { declared, rows, holdsOurRows } = connections;
    const list = [...foreignKeys(connections), ...declaredReferences(declared, rows, holdsOurRows)];
    return new References(list, connections);
  }

  /** How a row that stays refers to one that goes, where one does. */
  findNeeded(going: GoingKeys): RowReference | undefined {
    for (const [table, keys] of going) {
      for (const reference of this.list.filter(({ to }) => to === table))
        if (keys.some((key) => this.isNeeded(reference, key, going))) return reference;
    }
    return undefined;
  }

  private isNeeded(reference: RowReference, key: readonly Bound[], going: GoingKeys): boolean {
    const { from, to, table } = reference;
    const gone = going.find(([other]) => other === table)?.[1] ?? [];
    const parts = table?.primaryKey.map((_name, index) => `json_extract(value, '$[${index}]')`);
    const also = table ? ` AND ${tuple(table.primaryKey, quote, 'x.')} NOT IN (SELECT ${parts} FROM json_each(?))` : '';
    const sql = `SELECT 1 FROM ${this.rows(to)} t JOIN ${from} x ON ${refersTo(reference, quote)} WHERE ${isKey(to, 't.')}${also} LIMIT 1`;
    return this.connection.prepare<Bound[]>(sql).get(...key, ...(table ? [keysAsJson(gone)] : [])) !== undefined;
  }
}

/** Parameters: the primary key. */
export function deleteRow(table: Table, { knownTable, rows, nameIn }: SqliteConnections): string {
  const own = ownRowName(table, knownTable(table));
  const isIt =
    own === undefined
      ? isKey(table, '', nameIn(table))
      : `${own} IN (SELECT ${ROW} FROM ${rows(table)} WHERE ${isKey(table)})`;
  return `DELETE FROM ${quote(table.name)} WHERE ${isIt}`;
}

/** Of a table without a part of the primary key: what names its rows, as a source of them shows it. */
export function ownRowName({ primaryKey }: Table, known: KnownTable): string | undefined {
  const name = rowNameOf(known);
  return name !== undefined && primaryKey.some((each) => isElsewhere(known, each)) ? quote(name) : undefined;
}

/** The row with the primary key in the parameters. */
function isKey({ primaryKey }: Table, alias = '', nameIn = (name: string): string => name): string {
  return primaryKey.map((name) => `${alias}${quote(nameIn(name))} = ?`).join(' AND ');
}

/** Foreign keys of all tables to declared ones. A key that names no columns means the primary key. */
function foreignKeys(connections: SqliteConnections): readonly RowReference[] {
  const { reading, declared } = connections;
  const keys = reading
    .prepare<[], Record<'name' | 'to' | 'column', string> & { id: number; key: string | null }>(
      `SELECT s.name, f.id, f."table" AS "to", f."from" AS "column", f."to" AS "key"
        FROM sqlite_schema s, pragma_foreign_key_list(s.name) f WHERE s.type = 'table' ORDER BY s.name, f.id, f.seq`,
    )
    .all();
  return [...Map.groupBy(keys, ({ name, id }) => `${id} ${name}`).values()].flatMap((parts): RowReference[] => {
    const [first] = parts;
    const named = (name = '') => declared.find(name.toLowerCase());
    const to = named(first?.to);
    if (first === undefined || to === undefined) return [];
    const { name } = first;
    const table = named(name);
    const keys = parts.map(
      ({ key }, at) => (key === null ? undefined : connections.declaredName(to, key)) ?? to.primaryKey[at] ?? '',
    );
    const stored = parts.map(({ column: each }) => each);
    if (table?.link?.table === to.name && connections.knownTable(table).link?.name === String(stored)) {
      const { by } = table.link;
      const [columns, above] = [by.map(([own]) => own), by.map(([, each]) => each)];
      return [{ from: connections.rows(table), name, table, columns, to, keys: above }];
    }
    const names = table && stored.flatMap((each) => connections.declaredName(table, each) ?? []);
    // Rows of a declared table are told apart by declared columns.
    if (table && names && names.length === stored.length)
      return [{ from: connections.rows(table), name, table, columns: names, to, keys }];
    return [{ from: quote(name), name, table: undefined, columns: stored, to, keys }];
  });
}
