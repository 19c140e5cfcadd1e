import type BetterSqlite3 from 'better-sqlite3';
import { folded } from '../../schema/fold.ts';
import { type RowLookup, textOfKey } from '../../schema/row-group.ts';
import { selectAllAnswers } from './statements.ts';
import type { StoredRow } from './stored-table.ts';
import type { Bound } from './values.ts';

/** Finds rows without regard to upper and lower case: no index of SQLite does, so that each table is read once. */
export class FoldedRows {
  private readonly read: (connection: BetterSqlite3.Database, sql: string) => Iterable<readonly Bound[]>;
  private readonly tables = new Map<BetterSqlite3.Database, Map<string, ReadonlyMap<string, readonly StoredRow[]>>>();

  constructor(read: FoldedRows['read']) {
    this.read = read;
  }

  /** What is wanted of the rows, two at most, and their natural keys. */
  find(connection: BetterSqlite3.Database, lookup: RowLookup, from: string): readonly StoredRow[] {
    const known = this.tables.get(connection) ?? new Map();
    this.tables.set(connection, known);
    const sql = selectAllAnswers(lookup, from);
    const rows = known.get(sql) ?? this.rowsOf(connection, sql);
    known.set(sql, rows);
    const [part = null] = lookup.key;
    return typeof part === 'object' ? [] : (rows.get(textOfKey(lookup, part)) ?? []);
  }

  private rowsOf(connection: BetterSqlite3.Database, sql: string): ReadonlyMap<string, readonly StoredRow[]> {
    const found = new Map<string, StoredRow[]>();
    for (const [value, ...row] of this.read(connection, sql)) {
      if (typeof value !== 'string') continue;
      const name = folded(value);
      const same = found.get(name);
      if (same === undefined) found.set(name, [row]);
      else if (same.length < 2) same.push(row);
    }
    return found;
  }
}
