import type BetterSqlite3 from 'better-sqlite3';
import { loadColumns, type Table } from '../../schema/table.ts';
import { RefusedRow, SWALLOWED } from '../refused-row.ts';
import { EncodedStatements } from './encoded-statements.ts';
import { appendRow } from './statements.ts';
import type { Bound } from './values.ts';

/** Inserts encoded rows into one table. */
export class Appender {
  private readonly statements: EncodedStatements;

  constructor(table: Table, connection: BetterSqlite3.Database) {
    this.statements = new EncodedStatements(loadColumns(table), (bound) =>
      connection.prepare<[Bound[]]>(appendRow(table, bound)),
    );
  }

  append(count: number, bytes: Uint8Array): void {
    const isInserted = this.statements.every(count, bytes, (statement, values) => statement.run(values).changes === 1);
    if (!isInserted) throw new RefusedRow(SWALLOWED);
  }
}
