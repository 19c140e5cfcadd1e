import type BetterSqlite3 from 'better-sqlite3';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { cell, column, linkOf, loadColumns, type Row, type Table } from '../../schema/table.ts';
import { MarkedRows } from '../marked-rows.ts';
import { keptByDatabase, type NeededRow, type RowKey, type RowUndo } from '../row-undo.ts';
import type { StoredGroup } from '../stored-rows.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, quoteText } from './ddl.ts';
import { deleteRow, References } from './references.ts';
import { equals, insertRow, keyValues } from './statements.ts';
import { StoredTable } from './stored-table.ts';
import { type Bound, bindKey, bindTo, read } from './values.ts';

const NAMES = {
  real: ({ name }: Table) => quote(name),
  marks: ({ name }: Table) => quote(`undo_${name}`),
  quote,
  quoteText,
};

/** Inside of a transaction that keeps other writers out. */
export class SqliteRowUndo implements RowUndo {
  private readonly connections: SqliteConnections;
  private readonly connection: BetterSqlite3.Database;
  private readonly declared: readonly Table[];
  private readonly references: References;
  private readonly marked: MarkedRows;

  constructor(connections: SqliteConnections) {
    const { writing, declared } = connections;
    const isOurs = (table: Table): boolean => connections.isWhole(table);
    this.connections = connections;
    this.connection = writing;
    this.declared = declared.list.filter(isOurs);
    this.references = References.of(connections);
    this.marked = new MarkedRows({
      tables: this.declared,
      references: this.references.list,
      names: NAMES,
      execute: async (sql) => writing.prepare(sql).run().changes,
    });
    for (const table of this.declared)
      writing.exec(
        `CREATE TEMP TABLE ${NAMES.marks(table)} (${keyList(table)}, because TEXT, PRIMARY KEY (${keyList(table)}))`,
      );
  }

  async mark(group: TableGroup, keys: readonly RowKey[]): Promise<void> {
    const { root } = group;
    const folds = this.connections.foldingColumns(root);
    const insert = this.connection.prepare<Bound[]>(
      `INSERT OR IGNORE INTO ${NAMES.marks(root)} (${keyList(root)}) SELECT ${keyList(root)} FROM ${quote(root.name)} WHERE ${equals(root.naturalKey, folds)}`,
    );
    for (const key of keys) insert.run(...keyValues(root.naturalKey, bindKey(root, root.naturalKey, key), folds));
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
    const needed = this.references.findNeeded(surplus);
    if (needed !== undefined) return needed.name;
    this.replace(root, row);
    for (const [table, keys] of surplus.toReversed()) {
      const remove = this.connection.prepare<Bound[]>(deleteRow(table));
      for (const key of keys) if (remove.run(...key).changes !== 1) throw keptByDatabase(table);
    }
    for (const { table, rows } of children) for (const each of rows) this.replace(table, each);
    return undefined;
  }

  /** The primary keys of child rows that were not there before. Rows of the application have no position, and never count. */
  private surplus(child: Table, root: Table, row: Row, before: readonly Row[]): readonly (readonly Bound[])[] {
    const keyText = (each: Row): string =>
      JSON.stringify(bindKey(child, child.naturalKey, keyOf(child, each)).map(String));
    const known = new Set(before.map(keyText));
    const links = linkOf(child, root);
    const isOwn = links.map(([name]) => `${quote(name)} = ?`).join(' AND ');
    const columns = [...child.primaryKey, ...child.naturalKey].map(quote).join(', ');
    const split = child.primaryKey.length;
    return this.connection
      .prepare<Bound[], Bound[]>(`SELECT ${columns} FROM ${quote(child.name)} WHERE ${isOwn}`)
      .raw(true)
      .all(...links.map(([, key]) => bindTo(column(root, key), cell(root, row, key))))
      .filter((found) => {
        const stored = found.slice(split);
        return !stored.includes(null) && !known.has(JSON.stringify(stored.map(String)));
      })
      .map((found) => found.slice(0, split));
  }

  private replace(table: Table, row: Row): void {
    const computed = this.connections.computedColumns(table);
    const others = loadColumns(table).filter((name) => !table.naturalKey.includes(name) && !computed.has(name));
    // A table may have nothing but its key.
    const names = others.length > 0 ? others : table.naturalKey;
    const assignments = names.map((name) => `${quote(name)} = ?`).join(', ');
    const folds = this.connections.foldingColumns(table);
    const key = keyValues(table.naturalKey, bindKey(table, table.naturalKey, keyOf(table, row)), folds);
    const { changes } = this.connection
      .prepare<Bound[]>(
        `UPDATE OR ABORT ${quote(table.name)} SET ${assignments} WHERE ${equals(table.naturalKey, folds)}`,
      )
      .run(...names.map((name) => bindTo(column(table, name), cell(table, row, name))), ...key);
    if (changes === 0 && table.belongsTo) this.insert(table, row);
    else if (changes !== 1 || !this.keeps(table, row)) throw keptByDatabase(table);
  }

  /** A child row that the run deleted. */
  private insert(table: Table, row: Row): void {
    const names = loadColumns(table).filter((name) => !this.connections.computedColumns(table).has(name));
    const { changes } = this.connection
      .prepare<Bound[]>(insertRow(table, names))
      .run(...names.map((name) => bindTo(column(table, name), cell(table, row, name))));
    if (changes !== 1 || !this.keeps(table, row)) throw keptByDatabase(table);
  }

  /** A trigger may have made something else of it. */
  private keeps(table: Table, row: Row): boolean {
    return !this.connections.hasTriggers(table) || new StoredTable(table, this.connections).isKept(row);
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
    for (const table of this.declared) this.connection.exec(`DROP TABLE ${NAMES.marks(table)}`);
    return removed;
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

function keyList({ primaryKey }: Table): string {
  return primaryKey.map(quote).join(', ');
}

function keyOf(table: Table, row: Row): RowKey {
  return table.naturalKey.map((name) => cell(table, row, name));
}
