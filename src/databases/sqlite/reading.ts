import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { type Column, column, loadColumns, type Row, type Table, type Value } from '../../schema/table.ts';
import { EventLoopTurn } from '../../system/yield-to-event-loop.ts';
import type { KeyForm, UnkeyedRows } from '../database.ts';
import { LEDGER_TABLE, type LedgerQuery, type LedgerRow } from '../ledger-query.ts';
import type { RowKey } from '../row-undo.ts';
import type { StoredPair } from '../stored-rows.ts';
import type { SqliteConnections } from './connection.ts';
import { quote } from './ddl.ts';
import { bindKey, bindShown } from './known-table.ts';
import { ledgerQuery } from './ledger.ts';
import { isAmong } from './row-source.ts';
import { keyValues, selectAll, selectChildren, selectPairs, selectRows } from './statements.ts';
import { rawColumns, storedPages } from './stored-rows.ts';
import { type Bound, bindTo, keysAsJson, read } from './values.ts';

/** Ledger rows that are read at once. */
const LEDGER_PAGE = 500;

/** Reads rows, and what the ledger tells. */
export class SqliteReader {
  private readonly connections: SqliteConnections;

  constructor(connections: SqliteConnections) {
    this.connections = connections;
  }

  async *ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]> {
    const table = LEDGER_TABLE[query.kind];
    const { ledger } = this.connections;
    if (!this.connections.isThere(table)) return;
    const parameters = 'runId' in query ? [query.runId] : [];
    const statement = this.connections.reading.prepare<Bound[], Bound[]>(ledgerQuery(ledger, query.kind)).raw(true);
    const columns = statement.columns().map(({ name }): [string, Column] => [name, column(table, name)]);
    const turn = new EventLoopTurn();
    let page: LedgerRow[] = [];
    for (const stored of statement.iterate(...parameters)) {
      if (page.push(ledgerRow(columns, stored)) < LEDGER_PAGE && !turn.isDue) continue;
      yield page;
      page = [];
      await turn.take();
    }
    if (page.length > 0) yield page;
  }

  async *rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row> {
    if (!this.connections.hasTable(table.name)) return;
    const columns = cellColumns(table, this.connections.declared);
    const statement = this.connections.reading
      .prepare<[], Bound[]>(selectAll(table, this.connections, unkeyed))
      .raw(true)
      .safeIntegers(true);
    for (const stored of statement.iterate()) yield cells(columns, stored);
  }

  children(table: Table, roots: readonly RowKey[], keys: KeyForm): readonly Row[] {
    if (!this.connections.hasTable(table.name)) return [];
    const isStored = keys === 'stored';
    const columns = isStored ? rawColumns(table) : cellColumns(table, this.connections.declared);
    const known = this.connections.knownTable(table);
    const bound = (table.belongsTo?.by ?? []).map((name) => (value: Value) => {
      if (isStored) return bindShown(known, table, name, value);
      return bindTo(columns[loadColumns(table).indexOf(name)] as Column, value);
    });
    const statement = this.connections.reading
      .prepare<[string], Bound[]>(selectChildren(table, this.connections, keys))
      .raw(true)
      .safeIntegers(true);
    return statement
      .all(keysAsJson(roots.map((key) => key.map((value, index) => bound[index]?.(value) ?? null))))
      .map((stored) => cells(columns, stored));
  }

  rowsByKey(table: Table, keys: readonly RowKey[]): readonly Row[] {
    if (!this.connections.hasTable(table.name)) return [];
    const columns = rawColumns(table);
    const known = this.connections.knownTable(table);
    if (known.isUnkeyed) return this.unkeyedRows(table, keys);
    const { folds } = known;
    const statement = this.connections.reading
      .prepare<Bound[], Bound[]>(selectRows(table, table.naturalKey, folds, this.connections.rows(table)))
      .raw(true)
      .safeIntegers(true);
    return keys.flatMap((key) =>
      statement
        .all(...keyValues(table.naturalKey, bindKey(known, table, key), folds))
        .map((stored) => cells(columns, stored)),
    );
  }

  private unkeyedRows(table: Table, keys: readonly RowKey[]): readonly Row[] {
    const columns = rawColumns(table);
    const listed = loadColumns(table).map(quote).join(', ');
    return this.connections.reading
      .prepare<[string], Bound[]>(`SELECT ${listed} FROM ${this.connections.rows(table)} WHERE ${isAmong(table)}`)
      .raw(true)
      .safeIntegers(true)
      .all(keysAsJson(keys.map((key) => bindKey(this.connections.knownTable(table), table, key))))
      .map((stored) => cells(columns, stored));
  }

  async *storedPairs({ root, children }: TableGroup): AsyncIterable<Iterable<StoredPair>> {
    const { hasTable } = this.connections;
    if (!hasTable(root.name)) return;
    const group = { root, children: children.filter((child) => hasTable(child.name)) };
    const statement = this.connections.reading
      .prepare<[], Bound[]>(selectPairs(group, this.connections.rows))
      .raw(true)
      .safeIntegers(true);
    const turn = new EventLoopTurn();
    for (const page of storedPages(statement.iterate(), group)) {
      yield page;
      await turn.take();
    }
  }
}

/** A key that a column refers to arrives as what names its row outside of the database. */
function cellColumns(table: Table, declared: DeclaredTables): readonly Column[] {
  return loadColumns(table).map((name) => declared.readColumn(table, name));
}

function cells(columns: readonly Column[], stored: readonly Bound[]): Row {
  return columns.map((declared, index) => read(declared, stored[index] ?? null));
}

function ledgerRow(
  columns: readonly (readonly [name: string, declared: Column])[],
  stored: readonly Bound[],
): LedgerRow {
  const row: Record<string, LedgerRow[string]> = {};
  for (const [index, [name, declared]] of columns.entries()) row[name] = ledgerValue(declared, stored[index] ?? null);
  return row;
}

/** Only times need to be read: numbers are small, and everything else is in the shared form. */
function ledgerValue(declared: Column, stored: Bound): LedgerRow[string] {
  return declared.type === 'timestamp' ? read(declared, stored) : stored;
}
