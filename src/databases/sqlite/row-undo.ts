import type BetterSqlite3 from 'better-sqlite3';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { cell, column, linkOf, type Row, type Table } from '../../schema/table.ts';
import { belongsTo, ROW } from '../links.ts';
import { MarkedRows } from '../marked-rows.ts';
import { keptByDatabase, type NeededRow, type RowKey, type RowUndo } from '../row-undo.ts';
import type { StoredGroup } from '../stored-rows.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, quoteText } from './ddl.ts';
import { writeExactCells } from './exact-cells.ts';
import { bindKey, bindShown, rowNameOf } from './known-table.ts';
import { deleteRow, ownRowName, References } from './references.ts';
import { isAmong, keyedRow } from './row-source.ts';
import { equals, keyValues } from './statements.ts';
import { StoredTable } from './stored-table.ts';
import { type Bound, keysAsJson, read } from './values.ts';

const marks = ({ name }: Table): string => quote(`undo_${name}`);

/** Inside of a transaction that keeps other writers out. */
export class SqliteRowUndo implements RowUndo {
  private readonly connections: SqliteConnections;
  private readonly connection: BetterSqlite3.Database;
  private readonly declared: readonly Table[];
  private readonly references: References;
  private readonly marked: MarkedRows;

  constructor(connections: SqliteConnections) {
    const { writing, declared } = connections;
    const { rows, holdsOurRows, nameIn } = connections;
    this.connections = connections;
    this.connection = writing;
    this.declared = declared.list.filter(holdsOurRows);
    this.references = References.of(connections);
    this.marked = new MarkedRows({
      tables: this.declared,
      references: this.references.list,
      names: {
        rows,
        real: ({ name }) => quote(name),
        inTable: (table, name) => quote(nameIn(table)(name)),
        own: (table) => {
          const inTable = ownRowName(table, connections.knownTable(table));
          return inTable === undefined ? undefined : { inTable, shown: `t.${ROW}` };
        },
        marks,
        forget: (table, gone) => this.forgetUnkeyed(table, gone),
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

  async written(group: TableGroup, keys: readonly RowKey[]): Promise<readonly RowKey[]> {
    const { root } = group;
    const known = this.connections.knownTable(root);
    return [root, ...group.children].flatMap((table) => {
      const sql = this.declared.includes(table) ? this.selectWritten(table, root) : undefined;
      if (sql === undefined) return [];
      const query = this.connection.prepare<Bound[], Bound[]>(sql).raw(true);
      if (known.isUnkeyed) {
        const found = new Set(query.all(this.listed(root, keys)).map(([key]) => String(key)));
        return keys.filter((key) => found.has(String(key[0])));
      }
      return keys.filter((key) => query.get(...keyValues(root.naturalKey, bindKey(known, root, key), known.folds)));
    });
  }

  /** The parameter of `isAmong`. */
  private listed(root: Table, keys: readonly RowKey[]): string {
    const known = this.connections.knownTable(root);
    return keysAsJson(keys.map((key) => bindKey(known, root, key)));
  }

  /** A row where the one with this natural key, or a child row of it, has something in a column that nobody declares. */
  private selectWritten(table: Table, root: Table): string | undefined {
    const { knownTable, rows } = this.connections;
    const { undeclared, isAsDeclared } = knownTable(table);
    const rowName = rowNameOf(knownTable(table));
    if (undeclared.length === 0 || (!isAsDeclared && rowName === undefined)) return undefined;
    const alias = table === root ? 't' : 'c';
    const row = isAsDeclared ? alias : 'w';
    const child = table === root ? '' : ` JOIN ${rows(table)} c ON ${belongsTo(table, root, ['c', 't'], quote)}`;
    const own = isAsDeclared ? '' : ` JOIN ${quote(table.name)} w ON w.${quote(rowName ?? '')} = ${alias}.${ROW}`;
    const conditions = undeclared.map(({ name, standard }) => `${row}.${quote(name)} IS NOT ${standard}`);
    const { folds, isUnkeyed } = knownTable(root);
    const isIt = isUnkeyed ? isAmong(root) : equals(root.naturalKey, folds);
    const [shown, most] = isUnkeyed
      ? [root.naturalKey.map((name) => `t.${quote(name)}`).join(', '), '']
      : ['1', ' LIMIT 1'];
    const found = `(SELECT * FROM ${rows(root)} WHERE ${isIt}) t`;
    return `SELECT ${shown} FROM ${found}${child}${own} WHERE ${conditions.join(' OR ')}${most}`;
  }

  async mark(group: TableGroup, keys: readonly RowKey[]): Promise<void> {
    const { root } = group;
    const known = this.connections.knownTable(root);
    const { folds, isUnkeyed } = known;
    const insert = (condition: string): BetterSqlite3.Statement<Bound[]> =>
      this.connection.prepare<Bound[]>(
        `INSERT OR IGNORE INTO ${marks(root)} (${keyList(root)}) SELECT ${keyList(root)} FROM ${this.connections.rows(root)} WHERE ${condition}`,
      );
    if (isUnkeyed) insert(isAmong(root)).run(this.listed(root, keys));
    else {
      const one = insert(equals(root.naturalKey, folds));
      for (const key of keys) one.run(...keyValues(root.naturalKey, bindKey(known, root, key), folds));
    }
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
  private restoreGroup({ root, row, children, exact }: StoredGroup): string | undefined {
    const surplus = children.map(({ table, rows }) => [table, this.surplus(table, root, row, rows)] as const);
    const needed = this.references.findNeeded(surplus);
    if (needed !== undefined) return needed.name;
    this.replace(root, row);
    for (const [table, keys] of surplus.toReversed()) {
      const remove = this.connection.prepare<Bound[]>(deleteRow(table, this.connections));
      for (const key of keys) if (remove.run(...key).changes !== 1) throw keptByDatabase(table);
    }
    for (const { table, rows } of children) for (const each of rows) this.replace(table, each);
    for (const { table, rows } of [{ table: root, rows: [row] }, ...children])
      for (const each of rows) writeExactCells(table, each, exact?.get(each) ?? {}, this.connections);
    return undefined;
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

  private replace(table: Table, row: Row): void {
    const stored = new StoredTable(table, this.connections);
    if (stored.replace(row)) return;
    // A child row that the run deleted: see `surplus`.
    const isGone = table.belongsTo !== undefined && stored.find(row) === undefined;
    if (!isGone) throw keptByDatabase(table);
    stored.insert(row, []);
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

  private forgetUnkeyed(table: Table, gone: string): string | undefined {
    if (!this.connections.knownTable(table).isUnkeyed) return undefined;
    const rowKeys = quote(this.connections.ledger.tables.rowKeys.name);
    return `DELETE FROM ${rowKeys} WHERE table_name = ${quoteText(table.name)} AND record_key IN (${gone})`;
  }

  /** The ledger keeps nothing of rows that are gone. */
  private forgetRowKeys(table: Table): void {
    const { beside, filled, rowKey, isUnkeyed } = this.connections.knownTable(table);
    if (beside.length + filled.size === 0 || rowKey === undefined || isUnkeyed) return;
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

function keyList({ primaryKey }: Table): string {
  return primaryKey.map(quote).join(', ');
}

function keyOf(table: Table, row: Row): RowKey {
  return table.naturalKey.map((name) => cell(table, row, name));
}
