import type BetterSqlite3 from 'better-sqlite3';
import { answerOf, isLookup, type RowLookup, SOURCE_ID } from '../../schema/row-group.ts';
import { column, type Table } from '../../schema/table.ts';
import type { FoundRow } from '../transaction.ts';
import type { SqliteConnections } from './connection.ts';
import { quote, quoteText } from './ddl.ts';
import { FoldedRows } from './folded-rows.ts';
import { bindShown } from './known-table.ts';
import { keyValues, selectAnswers } from './statements.ts';
import type { StoredRow } from './stored-table.ts';
import { type Bound, bind, read } from './values.ts';

type Query = BetterSqlite3.Statement<Bound[], Bound[]>;

/** Finds rows by what records name, in the real tables, and in a dry run in those that stand for them. */
export class SqliteLookups {
  private readonly connections: SqliteConnections;
  private readonly queries = new Map<BetterSqlite3.Database, Map<string, Query>>();

  constructor(connections: SqliteConnections) {
    this.connections = connections;
  }

  find(lookups: readonly RowLookup[]): readonly FoundRow[] {
    const folded = new FoldedRows((connection, sql) => this.statement(connection, sql).iterate());
    return lookups.map((lookup) => this.findRow(lookup, folded));
  }

  private findRow(lookup: RowLookup, folded: FoldedRows): FoundRow {
    const { reading, isShadow } = this.connections;
    const key = lookup.by.map((name, index) => this.boundPart(lookup.table, name, lookup.key[index] ?? null));
    const find = (connection: BetterSqlite3.Database): readonly StoredRow[] => {
      if (!lookup.fold) return this.rowsBy(connection, lookup, key);
      return this.isThere(connection, lookup.table)
        ? folded.find(connection, lookup, this.rowsIn(connection, lookup.table))
        : [];
    };
    const stored = find(reading);
    const found = isShadow ? this.withShadow(stored, lookup, find) : stored.map(([value]) => value);
    const [value = null] = found;
    if (found.length > 1) return 'several';
    return value === null ? undefined : { value: read(column(lookup.table, answerOf(lookup)), value) };
  }

  /** In a dry run the shadow holds what would be there, also in place of real rows with the same natural key. */
  private withShadow(
    stored: readonly StoredRow[],
    lookup: RowLookup,
    find: (connection: BetterSqlite3.Database) => readonly StoredRow[],
  ): readonly (Bound | undefined)[] {
    const { reading, writing } = this.connections;
    const { fold: _folded, ...exact } = lookup;
    const byKey = { ...exact, by: lookup.table.naturalKey };
    const isGenerated = column(lookup.table, answerOf(lookup)).type === 'identity';
    const kept = stored.filter(([, ...natural]) => this.rowsBy(writing, byKey, natural).length === 0);
    const planned = find(writing).map(([value, ...natural]) => {
      const [real] = isGenerated ? this.rowsBy(reading, byKey, natural) : [];
      return real === undefined ? value : real[0];
    });
    return [...kept.map(([value]) => value), ...planned];
  }

  private rowsBy(connection: BetterSqlite3.Database, lookup: RowLookup, key: readonly Bound[]): readonly StoredRow[] {
    if (!this.isThere(connection, lookup.table)) return [];
    const { folds } = this.connections.knownTable(lookup.table);
    const values = keyValues(lookup.by, key, folds);
    const sql = selectAnswers(lookup, folds, this.rowsIn(connection, lookup.table));
    return this.statement(connection, sql).all(...values);
  }

  /** Of a table without a key: a run has loaded the record, whatever became of its row. */
  isKnown(table: Table, key: readonly Bound[]): boolean {
    const { hasTable, ledger, reading } = this.connections;
    const { name } = ledger.tables.rowKeys;
    return hasTable(name) && this.statement(reading, selectEntry(table, quote(name))).get(...key) !== undefined;
  }

  /** Where a connection reads the rows of a table. */
  rowsIn(connection: BetterSqlite3.Database, table: Table): string {
    const { reading, rows, plannedRows } = this.connections;
    return connection === reading ? rows(table) : plannedRows(table);
  }

  private isThere(connection: BetterSqlite3.Database, { name }: Table): boolean {
    const { reading, writing, hasTable } = this.connections;
    return connection !== reading || connection === writing || hasTable(name);
  }

  /** Prepared once. */
  statement(connection: BetterSqlite3.Database, sql: string): Query {
    const statements = this.queries.get(connection) ?? new Map<string, Query>();
    this.queries.set(connection, statements);
    const query = statements.get(sql) ?? connection.prepare<Bound[], Bound[]>(sql).raw(true).safeIntegers(true);
    statements.set(sql, query);
    return query;
  }

  private boundPart(table: Table, name: string, part: RowLookup['key'][number]): Bound {
    if (isLookup(part)) return null;
    return name === SOURCE_ID ? bind(part) : bindShown(this.connections.knownTable(table), table, name, part);
  }
}

/** Whether the ledger, in this table of it, knows a record key of a table without a key. Parameter: the record key. */
function selectEntry({ name }: Table, rowKeys: string): string {
  return `SELECT 1 FROM ${rowKeys} WHERE table_name = ${quoteText(name)} AND record_key = ?`;
}
