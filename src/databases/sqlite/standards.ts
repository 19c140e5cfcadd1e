import type BetterSqlite3 from 'better-sqlite3';
import type { Bound } from './values.ts';

const NOTHING: ReadonlyMap<string, Bound> = new Map();

/** What the defaults of a table give to columns that must not be NULL, where a row has no value. */
export class Standards {
  private readonly list: readonly {
    readonly name: string;
    readonly at: number;
    readonly query: BetterSqlite3.Statement<[], Bound>;
  }[];

  /** `columns` are those that are bound, in order; `filled` has the default of some as SQL. */
  constructor(columns: readonly string[], filled: ReadonlyMap<string, string>, connection: BetterSqlite3.Database) {
    this.list = [...filled].map(([name, sql]) => ({
      name,
      at: columns.indexOf(name),
      query: connection.prepare<[], Bound>(`SELECT ${sql}`).pluck().safeIntegers(true),
    }));
  }

  /** Puts them into the values of a row. Returns what it put there, by column. */
  fill(values: Bound[]): ReadonlyMap<string, Bound> {
    if (this.list.length === 0) return NOTHING;
    const filled = new Map<string, Bound>();
    for (const { name, at, query } of this.list) {
      if (values[at] !== null) continue;
      const value = query.get() ?? null;
      values[at] = value;
      filled.set(name, value);
    }
    return filled;
  }
}
