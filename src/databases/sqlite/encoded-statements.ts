import type BetterSqlite3 from 'better-sqlite3';
import { BoundRows } from './row-codec.ts';
import type { Bound } from './values.ts';

/** Bits of a number that say which fields are NULL. */
const MOST_COLUMNS = 31;

export type EncodedStatement = BetterSqlite3.Statement<[Bound[]], unknown>;

interface Prepared {
  readonly statement: EncodedStatement;
  /** Where the values stand that are bound. */
  readonly fields: readonly number[];
  readonly values: Bound[];
}

/**
 * One statement for each encoded row of a table. To bind a value costs about as much as to store it, so NULL is written into
 * the statement: dumps have few different sets of members, and each set has its statement.
 */
export class EncodedStatements {
  private readonly columns: readonly string[];
  private readonly prepare: (bound: ReadonlySet<string>) => EncodedStatement;
  private readonly prepared = new Map<number, Prepared>();

  /** @param prepare the statement in which these columns are parameters, in their order, and all others NULL. */
  constructor(columns: readonly string[], prepare: (bound: ReadonlySet<string>) => EncodedStatement) {
    this.columns = columns;
    this.prepare = prepare;
  }

  /** False from the first row on of which `run` says so. */
  every(
    count: number,
    bytes: Uint8Array,
    run: (statement: EncodedStatement, values: Bound[], row: readonly Bound[]) => boolean,
  ): boolean {
    const rows = new BoundRows(this.columns.length, bytes);
    for (let i = 0; i < count; i++) {
      rows.next();
      const { statement, fields, values } = this.preparedFor(rows.nulls);
      for (let field = 0; field < fields.length; field++) values[field] = rows.values[fields[field] as number] as Bound;
      if (!run(statement, values, rows.values)) return false;
    }
    return true;
  }

  private preparedFor(nulls: number): Prepared {
    const key = this.columns.length > MOST_COLUMNS ? 0 : nulls;
    let prepared = this.prepared.get(key);
    if (prepared === undefined) {
      const fields = [...this.columns.keys()].filter((index) => (key & (1 << index)) === 0);
      const statement = this.prepare(new Set(fields.map((index) => this.columns[index] as string)));
      prepared = { statement, fields, values: fields.map(() => null) };
      this.prepared.set(key, prepared);
    }
    return prepared;
  }
}
