import type BetterSqlite3 from 'better-sqlite3';
import { type ChildRows, childLink, type RowGroup } from '../../schema/row-group.ts';
import { cell, column, comparedColumns, loadColumns, type Row, type Table } from '../../schema/table.ts';
import {
  ABSENT,
  type ChildComparison,
  type Comparison,
  type LedgerRow,
  type Merge,
  type Transaction,
} from '../database.ts';
import type { SqliteConnections } from './connection.ts';
import { insertOwner, insertRow, selectRows, updateRow } from './statements.ts';
import { type Bound, bind, read, sameValue } from './values.ts';

/**
 * SQLite needs no staging: statements run in this process, so each row is compared where it is.
 * `reading` sees the real tables; `writing` is the same connection, or the shadow of a dry run.
 */
export class SqliteTransaction implements Transaction {
  private readonly connections: SqliteConnections;
  private readonly statements = new Map<string, BetterSqlite3.Statement<Bound[], Bound[]>>();

  constructor(connections: SqliteConnections) {
    this.connections = connections;
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    return groups.map((group) => this.compareGroup(group));
  }

  async createOwners(ids: readonly string[]): Promise<readonly string[]> {
    return ids.filter((id) => !this.ownerExists(id) && this.write(insertOwner()).run(id).changes === 1);
  }

  async merge(groups: readonly Merge[]): Promise<void> {
    const { writing } = this.connections;
    writing.exec('SAVEPOINT merge_groups');
    try {
      for (const merge of groups) this.mergeGroup(merge);
    } catch (error) {
      // SQLITE_FULL and others end the whole transaction by themselves.
      if (writing.inTransaction) writing.exec('ROLLBACK TO merge_groups; RELEASE merge_groups');
      throw this.connections.classify(error);
    }
    writing.exec('RELEASE merge_groups');
  }

  async insertLedger(table: Table, rows: readonly LedgerRow[]): Promise<void> {
    const statement = this.write(insertRow(table));
    for (const row of rows) statement.run(...loadColumns(table).map((name) => bind(row[name])));
  }

  private ownerExists(id: string): boolean {
    return (
      this.connections.hasTable('users') && this.read('SELECT 1 FROM "users" WHERE "id" = ?').get(id) !== undefined
    );
  }

  private compareGroup(group: RowGroup): Comparison {
    const { root, row } = group;
    if (!this.connections.hasTable(root.name)) return ABSENT;
    const stored = this.read(selectRows(root, root.naturalKey)).get(...keyOf(root, row));
    if (stored === undefined) return ABSENT;
    return {
      root: sameRow(root, stored, row) ? 'same' : 'differs',
      ownerDiffers: root.owner !== undefined && stored[loadColumns(root).indexOf(root.owner)] !== group.owner,
      storedIsNewer: isNewer(root, stored, row),
      children: group.children.map((children) => this.compareChildren(root, row, children)),
    };
  }

  private compareChildren(root: Table, parent: Row, children: ChildRows): ChildComparison {
    const { table } = children;
    const link = childLink(table, root);
    const storedRows = this.read(selectRows(table, [link])).all(...keyOf(root, parent));
    const byKey = new Map(storedRows.map((stored) => [JSON.stringify(storedKey(table, stored)), stored]));
    const states = children.rows.map((row) => {
      const stored = byKey.get(JSON.stringify(keyOf(table, row).map(String)));
      if (stored === undefined) return 'absent';
      return sameRow(table, stored, row) ? 'same' : 'differs';
    });
    const count = (state: string): number => states.filter((each) => each === state).length;
    const [absent, same, differs] = [count('absent'), count('same'), count('differs')];
    return { table: table.name, absent, same, differs, surplus: storedRows.length - same - differs };
  }

  private mergeGroup({ group, comparison }: Merge): void {
    // A shadow holds no former rows: what would change there is inserted, and meets the same constraints.
    const mayExist = comparison.root !== 'absent' && !this.connections.isShadow;
    this.mergeRow(group.root, group.row, mayExist);
    for (const { table, rows } of group.children) {
      for (const row of rows) this.mergeRow(table, row, mayExist);
    }
  }

  private mergeRow(table: Table, row: Row, mayExist: boolean): void {
    if (mayExist) {
      const stored = this.read(selectRows(table, table.naturalKey)).get(...keyOf(table, row));
      if (stored !== undefined) {
        if (!sameRow(table, stored, row)) this.update(table, row);
        return;
      }
    }
    this.write(insertRow(table)).run(...row.map(bind));
  }

  private update(table: Table, row: Row): void {
    const values = comparedColumns(table).map((name) => bind(cell(table, row, name)));
    this.write(updateRow(table)).run(...values, ...keyOf(table, row));
  }

  private read(sql: string): BetterSqlite3.Statement<Bound[], Bound[]> {
    return this.prepared(this.connections.reading, sql).raw(true).safeIntegers(true);
  }

  private write(sql: string): BetterSqlite3.Statement<Bound[], Bound[]> {
    return this.prepared(this.connections.writing, sql);
  }

  private prepared(connection: BetterSqlite3.Database, sql: string): BetterSqlite3.Statement<Bound[], Bound[]> {
    const key = connection === this.connections.writing ? `w${sql}` : `r${sql}`;
    let statement = this.statements.get(key);
    if (statement === undefined) {
      statement = connection.prepare<Bound[], Bound[]>(sql);
      this.statements.set(key, statement);
    }
    return statement;
  }
}

function keyOf(table: Table, row: Row): Bound[] {
  return table.naturalKey.map((name) => bind(cell(table, row, name)));
}

function storedKey(table: Table, stored: readonly Bound[]): string[] {
  return table.naturalKey.map((name) => String(stored[loadColumns(table).indexOf(name)]));
}

function sameRow(table: Table, stored: readonly Bound[], row: Row): boolean {
  return comparedColumns(table).every((name) => {
    const declared = column(table, name);
    const value = cell(table, row, name);
    if (value === null && declared.default === 'now') return true;
    return sameValue(declared, stored[loadColumns(table).indexOf(name)] ?? null, value);
  });
}

function isNewer(table: Table, stored: readonly Bound[], row: Row): boolean {
  const declared = table.columns['updated_at'];
  if (declared === undefined) return false;
  const theirs = read(declared, stored[loadColumns(table).indexOf('updated_at')] ?? null);
  const ours = cell(table, row, 'updated_at');
  return theirs !== null && (ours === null || theirs > ours);
}
