import type BetterSqlite3 from 'better-sqlite3';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { cell, column, linkOf, type Row, type Table } from '../../schema/table.ts';
import { ROW, tuple } from '../links.ts';
import { MarkedRows } from '../marked-rows.ts';
import {
  declaredReferences,
  keptByDatabase,
  type NeededRow,
  type RowKey,
  type RowReference,
  type RowUndo,
  refersTo,
} from '../row-undo.ts';
import type { StoredGroup } from '../stored-rows.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, quoteText } from './ddl.ts';
import { bindKey, bindShown, keyedRow } from './known-table.ts';
import { equals, keyValues } from './statements.ts';
import { StoredTable } from './stored-table.ts';
import { type Bound, keysAsJson, read } from './values.ts';

const marks = ({ name }: Table): string => quote(`undo_${name}`);

/** Inside of a transaction that keeps other writers out. */
export class SqliteRowUndo implements RowUndo {
  private readonly connections: SqliteConnections;
  private readonly connection: BetterSqlite3.Database;
  private readonly declared: readonly Table[];
  private readonly references: readonly RowReference[];
  private readonly marked: MarkedRows;

  constructor(connections: SqliteConnections) {
    const { writing, declared } = connections;
    const { rows, holdsOurRows, nameIn } = connections;
    this.connections = connections;
    this.connection = writing;
    this.declared = declared.list.filter(holdsOurRows);
    this.references = [...this.foreignKeys(), ...declaredReferences(declared, rows, holdsOurRows)];
    this.marked = new MarkedRows({
      tables: this.declared,
      references: this.references,
      names: {
        rows,
        real: ({ name }) => quote(name),
        inTable: (table, name) => quote(nameIn(table)(name)),
        own: (table) => this.ownKey(table),
        marks,
        quote,
        quoteText,
      },
      execute: async (sql) => writing.prepare(sql).run().changes,
    });
    for (const table of this.declared)
      writing.exec(
        `CREATE TEMP TABLE ${marks(table)} (${keyList(table)}, because TEXT, PRIMARY KEY (${keyList(table)}))`,
      );
  }

  async mark(group: TableGroup, keys: readonly RowKey[]): Promise<void> {
    const { root } = group;
    const known = this.connections.knownTable(root);
    const { folds } = known;
    const insert = this.connection.prepare<Bound[]>(
      `INSERT OR IGNORE INTO ${marks(root)} (${keyList(root)}) SELECT ${keyList(root)} FROM ${this.connections.rows(root)} WHERE ${equals(root.naturalKey, folds)}`,
    );
    for (const key of keys) insert.run(...keyValues(root.naturalKey, bindKey(known, root, key), folds));
    this.marked.addChildren(group);
  }

  async restore(groups: readonly StoredGroup[]): Promise<readonly NeededRow[]> {
    return groups.flatMap((group) => {
      const by = this.restoreGroup(group);
      const { root, row } = group;
      return by === undefined ? [] : [{ table: root, key: keyOf(root, row), by }];
    });
  }

  /** The table that refers to a child row which would go, where one does: then nothing is changed. */
  private restoreGroup({ root, row, children }: StoredGroup): string | undefined {
    const surplus = children.map(({ table, rows }) => [table, this.surplus(table, root, row, rows)] as const);
    for (const [table, keys] of surplus) {
      for (const reference of this.references.filter(({ to }) => to === table))
        if (keys.some((key) => this.isNeeded(reference, key, surplus))) return reference.name;
    }
    this.replace(root, row);
    for (const { table, rows } of children) for (const each of rows) this.replace(table, each);
    for (const [table, keys] of surplus.toReversed()) {
      const remove = this.connection.prepare<Bound[]>(`DELETE FROM ${quote(table.name)} WHERE ${this.isRow(table)}`);
      for (const key of keys) if (remove.run(...key).changes !== 1) throw keptByDatabase(table);
    }
    return undefined;
  }

  /** Of a table without a part of the primary key: what names its rows, as a source of them shows it. */
  private ownKey(table: Table): string | undefined {
    const { beside, rowKey } = this.connections.knownTable(table);
    return rowKey && table.primaryKey.some((name) => beside.includes(name)) ? quote(rowKey.name) : undefined;
  }

  /** The row of the table itself with the primary key in the parameters. */
  private isRow(table: Table): string {
    const own = this.ownKey(table);
    if (own === undefined) return isKey(table, '', this.connections.nameIn(table));
    return `${own} IN (SELECT ${ROW} FROM ${this.connections.rows(table)} WHERE ${isKey(table)})`;
  }

  /** The primary keys of child rows that were not there before. Rows of the application have no position, and never count. */
  private surplus(child: Table, root: Table, row: Row, before: readonly Row[]): readonly (readonly Bound[])[] {
    const known = this.connections.knownTable(child);
    const keyText = (each: Row): string => JSON.stringify(bindKey(known, child, keyOf(child, each)).map(String));
    const former = new Set(before.map(keyText));
    const links = linkOf(child, root);
    const isOwn = links.map(([name]) => `${quote(name)} = ?`).join(' AND ');
    const columns = [...child.primaryKey, ...child.naturalKey].map(quote).join(', ');
    const split = child.primaryKey.length;
    return this.connection
      .prepare<Bound[], Bound[]>(`SELECT ${columns} FROM ${this.connections.rows(child)} WHERE ${isOwn}`)
      .raw(true)
      .all(...links.map(([name, key]) => bindShown(known, child, name, cell(root, row, key))))
      .filter((found) => {
        const stored = found.slice(split);
        return !stored.includes(null) && !former.has(JSON.stringify(stored.map(String)));
      })
      .map((found) => found.slice(0, split));
  }

  /** Whether a row refers to one that would go, and would stay itself. */
  private isNeeded(reference: RowReference, key: readonly Bound[], surplus: Surplus): boolean {
    const { from, to, table } = reference;
    const going = surplus.find(([other]) => other === table)?.[1] ?? [];
    const gone = table?.primaryKey.map((_name, index) => `json_extract(value, '$[${index}]')`);
    const also = table ? ` AND ${tuple(table.primaryKey, quote, 'x.')} NOT IN (SELECT ${gone} FROM json_each(?))` : '';
    const sql = `SELECT 1 FROM ${this.connections.rows(to)} t JOIN ${from} x ON ${refersTo(reference, quote)} WHERE ${isKey(to, 't.')}${also} LIMIT 1`;
    return this.connection.prepare<Bound[]>(sql).get(...key, ...(table ? [keysAsJson(going)] : [])) !== undefined;
  }

  private replace(table: Table, row: Row): void {
    if (!new StoredTable(table, this.connections).replace(row)) throw keptByDatabase(table);
  }

  async spare(): Promise<readonly NeededRow[]> {
    await this.marked.markChildren();
    const tables = await this.marked.spare();
    return tables.flatMap((table) => this.spared(table));
  }

  private spared(table: Table): readonly NeededRow[] {
    const cells = table.naturalKey.map((name) => `t.${quote(name)}`);
    const rows = this.connection
      .prepare<[], Bound[]>(this.marked.selectSpared(table, cells))
      .raw(true)
      .safeIntegers(true)
      .all();
    return rows.map(([by, ...key]) => {
      return {
        table,
        key: table.naturalKey.map((name, index) => read(column(table, name), key[index] ?? null)),
        by: String(by),
      };
    });
  }

  async remove(): Promise<ReadonlyMap<string, number>> {
    const removed = await this.marked.remove();
    for (const table of this.declared) {
      if (removed.has(table.name)) this.forgetRowKeys(table);
      this.connection.exec(`DROP TABLE ${marks(table)}`);
    }
    return removed;
  }

  /** Foreign keys of all tables to declared ones. A key that names no columns means the primary key. */
  private foreignKeys(): readonly RowReference[] {
    const { declared } = this.connections;
    const keys = this.connection
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
      const columns = parts.map(({ column: each }) => each);
      return [
        {
          from: quote(name),
          name,
          table: named(name),
          columns,
          to,
          keys: parts.map(
            ({ key }, at) =>
              (key === null ? undefined : this.connections.declaredName(to, key)) ?? to.primaryKey[at] ?? '',
          ),
        },
      ];
    });
  }

  /** The ledger keeps nothing of rows that are gone. */
  private forgetRowKeys(table: Table): void {
    const { beside, filled, rowKey } = this.connections.knownTable(table);
    if (beside.length + filled.size === 0 || rowKey === undefined) return;
    const gone = `NOT EXISTS (SELECT 1 FROM ${quote(table.name)} r WHERE ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)})`;
    this.connection
      .prepare(
        `DELETE FROM ${quote(this.connections.ledger.tables.rowKeys.name)} AS k WHERE k.table_name = ? AND ${gone}`,
      )
      .run(table.name);
  }

  async forget(runId: string, others: Parameters<RowUndo['forget']>[1]): Promise<void> {
    const { runs, shards, files, batches } = this.connections.ledger.tables;
    for (const { name } of [runs, shards, files])
      this.connection.prepare(`UPDATE ${quote(name)} SET status = 'undone' WHERE run_id = ?`).run(runId);
    this.connection.prepare(`DELETE FROM ${quote(batches.name)} WHERE run_id = ?`).run(runId);
    const other = this.connection.prepare(
      `UPDATE ${quote(files.name)} SET status = 'undone' WHERE run_id = ? AND path = ?`,
    );
    for (const { runId: otherRun, path } of others) other.run(otherRun, path);
  }
}

/** The primary keys of child rows that go, by table. */
type Surplus = readonly (readonly [table: Table, keys: readonly (readonly Bound[])[]])[];

function keyList({ primaryKey }: Table): string {
  return primaryKey.map(quote).join(', ');
}

function isKey({ primaryKey }: Table, alias = '', nameIn = (name: string): string => name): string {
  return primaryKey.map((name) => `${alias}${quote(nameIn(name))} = ?`).join(' AND ');
}

function keyOf(table: Table, row: Row): RowKey {
  return table.naturalKey.map((name) => cell(table, row, name));
}
