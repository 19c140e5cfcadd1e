import type BetterSqlite3 from 'better-sqlite3';
import { loadColumns, type Table } from '../../schema/table.ts';
import { RefusedRow, SWALLOWED } from '../refused-row.ts';
import { BoundRows } from './row-codec.ts';
import { appendRow } from './statements.ts';
import type { Bound } from './values.ts';

/** Bits of a number that say which fields are NULL. */
const MOST_COLUMNS = 31;

interface Insertion {
  readonly statement: BetterSqlite3.Statement<[Bound[]]>;
  /** Where the values stand that are bound. */
  readonly fields: readonly number[];
  readonly values: Bound[];
}

/**
 * Inserts encoded rows into one table. To bind a value costs about as much as to store it, so NULL is written into the
 * statement: dumps have few different sets of members, and each set has its statement.
 */
export class Appender {
  private readonly table: Table;
  private readonly connection: BetterSqlite3.Database;
  private readonly columns: readonly string[];
  private readonly insertions = new Map<number, Insertion>();

  constructor(table: Table, connection: BetterSqlite3.Database) {
    this.table = table;
    this.connection = connection;
    this.columns = loadColumns(table);
  }

  append(count: number, bytes: Uint8Array): void {
    const rows = new BoundRows(this.columns.length, bytes);
    for (let i = 0; i < count; i++) {
      rows.next();
      const { statement, fields, values } = this.insertionFor(rows.nulls);
      for (let field = 0; field < fields.length; field++) values[field] = rows.values[fields[field] as number] as Bound;
      if (statement.run(values).changes !== 1) throw new RefusedRow(SWALLOWED);
    }
  }

  private insertionFor(nulls: number): Insertion {
    const key = this.columns.length > MOST_COLUMNS ? 0 : nulls;
    let insertion = this.insertions.get(key);
    if (insertion === undefined) {
      const fields = [...this.columns.keys()].filter((index) => (key & (1 << index)) === 0);
      const bound = new Set(fields.map((index) => this.columns[index] as string));
      const statement = this.connection.prepare<[Bound[]]>(appendRow(this.table, bound));
      insertion = { statement, fields, values: fields.map(() => null) };
      this.insertions.set(key, insertion);
    }
    return insertion;
  }
}
