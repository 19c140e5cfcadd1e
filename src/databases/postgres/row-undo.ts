import type pg from 'pg';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import { cell, column, type Row, type Table } from '../../schema/table.ts';
import type { ExactCells } from '../exact-cells.ts';
import { belongsTo, ROW } from '../links.ts';
import { isMarked, MarkedRows } from '../marked-rows.ts';
import { keptByDatabase, type NeededRow, type RowKey, type RowReference, type RowUndo } from '../row-undo.ts';
import type { StoredGroup } from '../stored-rows.ts';
import { quote, quoteText, temporaryName } from './ddl.ts';
import { writeExactCells } from './exact-cells.ts';
import { heldColumn, isElsewhere } from './known-table.ts';
import { joinKeys, type Tables } from './names.ts';
import type { TextRow } from './reading.ts';
import { holdsOurRows, referencesOf } from './references.ts';
import { PART } from './row-source.ts';
import { StagedGroups } from './staged-groups.ts';
import {
  forgetRowKeys,
  forgetUnkeyed,
  insertMissing,
  keepBeside,
  replaceRoots,
  updateParameters,
} from './staged-writes.ts';
import {
  anySurplus,
  countStaged,
  countStored,
  countWritten,
  deleteSurplus,
  lockRows,
  markByKey,
  selectNeeded,
} from './statements.ts';
import { keyOf, read, readable } from './values.ts';

/** How long it waits for those who write, in ms: meanwhile everybody else who wants to write waits as well. */
const PATIENCE = 5000;

/** Rows of two partitions may have one place. */
const ROW_NAME = { inTable: '(tableoid, ctid)', shown: `t.${PART}, t.${ROW}` };

export class PostgresRowUndo implements RowUndo {
  private readonly client: pg.ClientBase;
  private readonly tables: Tables;
  private readonly references: readonly RowReference[];
  private readonly declared: readonly Table[];
  private readonly marked: MarkedRows;
  private readonly names;

  private constructor(client: pg.ClientBase, tables: Tables, references: readonly RowReference[]) {
    this.client = client;
    this.tables = tables;
    this.references = references;
    this.names = {
      rows: tables.rows,
      real: tables.real,
      inTable: (table: Table, name: string) => quote(heldColumn(tables.known(table), table, name).name),
      own: (table: Table) =>
        table.primaryKey.some((name) => isElsewhere(tables.known(table), name)) ? ROW_NAME : undefined,
      marks,
      forget: (table: Table, gone: string) =>
        tables.known(table).isUnkeyed ? forgetUnkeyed(table, gone, tables) : undefined,
      quote,
      quoteText,
    };
    this.declared = tables.declared.list.filter((table) => holdsOurRows(table, tables));
    this.marked = new MarkedRows({
      tables: this.declared,
      references,
      names: this.names,
      execute: async (sql) => (await client.query(sql)).rowCount ?? 0,
    });
  }

  /** Locks the declared tables against other writers. Inside a transaction. */
  static async begin(client: pg.ClientBase, tables: Tables, dbSchema: string): Promise<PostgresRowUndo> {
    const undo = new PostgresRowUndo(client, tables, await referencesOf(client, tables, dbSchema));
    const { declared } = undo;
    if (declared.length === 0) return undo;
    await client.query(`SET LOCAL lock_timeout = ${PATIENCE}`);
    await client.query(`LOCK TABLE ${declared.map(tables.real).join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
    for (const table of declared) {
      await client.query(
        `CREATE TEMP TABLE ${marks(table)} ON COMMIT DROP AS SELECT ${keyList(table)}, NULL::text AS because FROM ${tables.rows(table)} t LIMIT 0`,
      );
      await client.query(`ALTER TABLE ${marks(table)} ADD PRIMARY KEY (${keyList(table)})`);
    }
    return undo;
  }

  async written(group: TableGroup, keys: readonly RowKey[]): Promise<readonly RowKey[]> {
    const { root } = group;
    const lists = root.naturalKey.map((name, index) => keys.map((key) => keyOf(root, name, key[index], this.tables)));
    const found: RowKey[] = [];
    for (const table of [root, ...group.children]) {
      const sql = this.declared.includes(table) ? selectWritten(table, root, this.tables) : undefined;
      if (sql === undefined) continue;
      for (const row of (await this.client.query<TextRow>(sql, lists)).rows)
        found.push(root.naturalKey.map((name) => read(column(root, name), row[name] ?? null)));
    }
    return found;
  }

  async mark(group: TableGroup, keys: readonly RowKey[]): Promise<void> {
    const { root } = group;
    const lists = root.naturalKey.map((name, index) => keys.map((key) => keyOf(root, name, key[index], this.tables)));
    await this.client.query(markByKey(root, marks(root), this.tables), lists);
    this.marked.addChildren(group);
  }

  async restore(groups: readonly StoredGroup[]): Promise<readonly NeededRow[]> {
    const [first] = groups;
    if (first === undefined) return [];
    const { root } = first;
    const staged = groups.map((group) => ({ ...group, owner: null, namesOwner: false }));
    await new StagedGroups(this.client, this.tables).compare(staged);
    const { children } = this.tables.declared.groupOf(root);
    const needed = await this.needed(root, children);
    const possible = [[...groups.keys()].filter((n) => !needed.has(n))];
    for (const table of [root, ...children]) {
      const parameters = await updateParameters(this.client, table, possible[0] ?? [], this.tables);
      const { rowCount } = await this.client.query(replaceRoots(table, this.tables), [...parameters]);
      const kept = keepBeside(table, this.tables);
      if (kept !== undefined) await this.client.query(kept, possible);
      if (rowCount !== (await this.count(countStored(table, this.tables), possible))) throw keptByDatabase(table);
    }
    for (const child of children.toReversed()) {
      await this.client.query(deleteSurplus(child, root, this.tables), possible);
      const left = await this.client.query(anySurplus(child, root, this.tables), possible);
      if (left.rows.length > 0) throw keptByDatabase(child);
    }
    // No run deletes rows of other tables.
    for (const child of children.filter((each) => this.tables.known(each).isRestorable))
      await this.client.query(insertMissing(child, this.tables), possible);
    for (const table of [root, ...children]) {
      const staged = await this.count(countStaged(table, this.tables), possible);
      if (staged !== (await this.count(countWritten(table, this.tables), possible))) throw keptByDatabase(table);
    }
    for (const table of [root, ...children])
      await this.writeExact(
        table,
        (possible[0] ?? []).map((n) => groups[n] ?? first),
      );
    for (const table of [root, ...children]) await this.client.query(`DROP TABLE ${this.tables.stage(table)}`);
    return [...needed].map(([n, by]) => {
      const { row } = groups[n] ?? first;
      return { table: root, key: root.naturalKey.map((name) => cell(root, row, name)), by };
    });
  }

  private async writeExact(table: Table, groups: readonly StoredGroup[]): Promise<void> {
    const cells = groups.flatMap(({ root, row, children, exact }) => {
      const rows = root === table ? [row] : (children.find((child) => child.table === table)?.rows ?? []);
      return rows.map((each) => [each, exact?.get(each)] as const);
    });
    const held = cells.filter((entry): entry is readonly [Row, ExactCells] => entry[1] !== undefined);
    const query = (sql: string, values: readonly unknown[]) => this.client.query<TextRow>(sql, [...values]);
    await writeExactCells(query, table, new Map(held), this.tables);
  }

  private async count(sql: string, parameters: readonly unknown[]): Promise<number> {
    const { rows } = await this.client.query<{ count: string }>(sql, [...parameters]);
    return Number(rows[0]?.count);
  }

  /** By the number of their group: roots with child rows that would go although others refer to them. */
  private async needed(root: Table, children: readonly Table[]): Promise<Map<number, string>> {
    const needed = new Map<number, string>();
    for (const child of children) {
      for (const reference of this.references.filter(({ to }) => to === child)) {
        const { rows } = await this.client.query<{ n: string }>(
          selectNeeded({ child, root, reference, going: children }, this.tables),
        );
        for (const { n } of rows) needed.set(Number(n), reference.name);
      }
    }
    return needed;
  }

  async spare(): Promise<readonly NeededRow[]> {
    await this.marked.markChildren();
    await this.lockMarked();
    const spared: NeededRow[] = [];
    for (const table of await this.marked.spare()) {
      const cells = table.naturalKey.map((name) => readable(table, name, this.tables));
      const { rows } = await this.client.query<TextRow>(this.marked.selectSpared(table, cells));
      for (const row of rows) {
        const key = table.naturalKey.map((name) => read(column(table, name), row[name] ?? null));
        spared.push({ table, key, by: row['because'] ?? '' });
      }
    }
    return spared;
  }

  /** Who is about to refer to a row waits, or is waited for and seen: such a row is of a table that is not locked. */
  private async lockMarked(): Promise<void> {
    for (const table of this.declared) {
      await this.client.query(`ANALYZE ${marks(table)}`);
      await this.client.query(lockRows(table, isMarked(table, this.names), this.tables));
    }
  }

  async remove(): Promise<ReadonlyMap<string, number>> {
    const removed = await this.marked.remove();
    for (const table of this.declared) {
      const sql = removed.has(table.name) ? forgetRowKeys(table, this.tables) : undefined;
      if (sql !== undefined) await this.client.query(sql);
    }
    // A deferred constraint would speak up at the commit only.
    await this.client.query('SET CONSTRAINTS ALL IMMEDIATE');
    return removed;
  }

  async forget(runId: string, others: Parameters<RowUndo['forget']>[1]): Promise<void> {
    for (const table of [LEDGER.runs, LEDGER.shards, LEDGER.files])
      await this.client.query(`UPDATE ${this.tables.real(table)} SET status = 'undone' WHERE run_id = $1`, [runId]);
    await this.client.query(`DELETE FROM ${this.tables.real(LEDGER.batches)} WHERE run_id = $1`, [runId]);
    const sql = `UPDATE ${this.tables.real(LEDGER.files)} SET status = 'undone' WHERE run_id = $1 AND path = $2`;
    const text = this.tables.ledgerText();
    for (const { runId: otherRun, path } of others)
      await this.client.query(sql, [otherRun, text.text({ type: 'text' }, path)]);
  }
}

/**
 * The natural keys of the rows with the keys $1, $2, … of which one of this table, the row itself or a child row, has something in a
 * column that nobody declares. Undefined where there is no such column.
 */
function selectWritten(table: Table, root: Table, tables: Tables): string | undefined {
  const { undeclared, isAsDeclared } = tables.known(table);
  if (undeclared.length === 0) return undefined;
  const alias = table === root ? 't' : 'c';
  const row = isAsDeclared ? alias : 'w';
  const child = table === root ? '' : ` JOIN ${tables.rows(table)} c ON ${belongsTo(table, root, ['c', 't'], quote)}`;
  const own = isAsDeclared
    ? ''
    : ` JOIN ${tables.real(table)} w ON w.ctid = ${alias}.${ROW} AND w.tableoid = ${alias}.${PART}`;
  // Not every type has an `=`.
  const conditions = undeclared.map(
    ({ name, standard }) => `${row}.${quote(name)}::text IS DISTINCT FROM (${standard})::text`,
  );
  const keys = root.naturalKey.map((name) => readable(root, name, tables));
  return `SELECT DISTINCT ${keys.join(', ')} ${joinKeys(root, tables)}${child}${own} WHERE ${conditions.join(' OR ')}`;
}

function keyList({ primaryKey }: Table): string {
  return primaryKey.map(quote).join(', ');
}

function marks(table: Table): string {
  return temporaryName('undo', table);
}
