import type BetterSqlite3 from 'better-sqlite3';
import { loadColumns, type Table } from '../../schema/table.ts';
import type { Segment } from '../row-codec.ts';
import type { SqliteConnections } from './connection.ts';
import { EncodedStatements } from './encoded-statements.ts';
import { countChildren, selectPresent } from './statements.ts';
import type { Bound } from './values.ts';

/** Looks whether encoded rows of one table are there as they are given. */
export class PresentRows {
  private readonly statements: EncodedStatements;
  private readonly key: readonly number[];
  private readonly childCounts: readonly { readonly table: string; readonly count: BetterSqlite3.Statement<Bound[]> }[];

  constructor(table: Table, connections: SqliteConnections) {
    const { reading, declared, rows, hasTable } = connections;
    const columns = loadColumns(table);
    this.statements = new EncodedStatements(columns, (bound) =>
      reading.prepare<[Bound[]]>(selectPresent(table, bound, rows(table))),
    );
    this.key = table.naturalKey.map((name) => columns.indexOf(name));
    const children = table.belongsTo === undefined ? declared.groupOf(table).children : [];
    this.childCounts = children
      .filter((child) => hasTable(child.name))
      .map((child) => ({
        table: child.name,
        count: reading.prepare<Bound[]>(countChildren(child, rows(child))).pluck(),
      }));
  }

  /** @param stored how many child rows are there, by their table: added up. */
  holds({ rows, bytes }: Segment, stored: Map<string, number>): boolean {
    return this.statements.every(rows, bytes, (statement, values, row) => {
      if (statement.get(values) === undefined) return false;
      for (const { table, count } of this.childCounts)
        stored.set(table, (stored.get(table) ?? 0) + Number(count.get(...this.key.map((at) => row[at] as Bound))));
      return true;
    });
  }
}
