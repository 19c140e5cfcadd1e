import type pg from 'pg';
import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { type Column, column, loadColumns, type Row, type Table, type Value } from '../../schema/table.ts';
import type { KeyForm, UnkeyedRows } from '../database.ts';
import { LEDGER_TABLE, type LedgerQuery, type LedgerRow } from '../ledger-query.ts';
import { pauseAfter } from '../retry.ts';
import type { RowKey } from '../row-undo.ts';
import { ReadRow, type StoredPair } from '../stored-rows.ts';
import { quote } from './ddl.ts';
import { isTransient } from './errors.ts';
import { readLedgerText } from './ledger-text.ts';
import type { Tables } from './names.ts';
import { POSTGRES_ROWS } from './row-codec.ts';
import { selectAll, selectByKey, selectChildren, selectLedger, selectPairs } from './select.ts';
import { keyOf, keyText, read, readableValue } from './values.ts';

/**
 * What an administrator may have set otherwise. Rows that a policy hides are an error: what is not seen would be loaded twice,
 * never undone, and missing in an export. LOCAL, so that it also holds behind a transaction pooler.
 */
export const SESSION =
  "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL DateStyle = 'ISO'; SET LOCAL row_security = off";

/**
 * A Citus cluster writes to its nodes one after the other: in parallel it refuses to touch a table that all nodes have, such as the
 * one of owners, once a distributed one that refers to it was written. Any other server takes it for a setting of nobody.
 * https://docs.citusdata.com/en/stable/develop/api_guc.html
 */
export const WRITING = `${SESSION}; SET LOCAL citus.multi_shard_modify_mode = 'sequential'`;

/** Rows that one FETCH brings. */
const FETCH = 2000;

/** A row as PostgreSQL prints it. */
export type TextRow = Readonly<Record<string, string | null>>;

/** What reading needs of its database. */
export interface Session {
  readonly tables: Tables;
  readonly run: (sql: string, values: readonly unknown[]) => Promise<pg.QueryResult<TextRow>>;
  /** A transaction is open, of which reading is a part. */
  readonly isInside: () => boolean;
  /** The target is held, so that signs of life are written to it. */
  readonly isLeased: () => boolean;
  /** Drops the connection, so that the next statement opens another one. */
  readonly reconnect: () => void;
}

/** Reads tables row by row through a cursor, however large they are. */
export class PostgresReader {
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async *ledgerRows(query: LedgerQuery): AsyncGenerator<readonly LedgerRow[]> {
    const table = LEDGER_TABLE[query.kind];
    const { tables } = this.session;
    if (!tables.isThere(table)) return;
    const sql = selectLedger(table, tables, query.kind);
    const columns = Object.entries(table.columns);
    for await (const page of this.fetch(sql, 'runId' in query ? [query.runId] : [])) {
      yield page.map((row) => ledgerRow(columns, row));
    }
  }

  async *rows(table: Table, unkeyed?: UnkeyedRows): AsyncGenerator<Row> {
    const { tables } = this.session;
    if (!tables.exists(table.name)) return;
    for await (const page of this.fetch(selectAll(table, tables, unkeyed), [])) {
      for (const row of page) yield cells(table, row, tables.declared);
    }
  }

  /** Only inside a snapshot: it is one statement. */
  async children(table: Table, roots: readonly RowKey[], keys: KeyForm): Promise<readonly Row[]> {
    const { tables, run } = this.session;
    if (!tables.exists(table.name)) return [];
    const { by = [] } = table.belongsTo ?? {};
    const columnOf = (name: string): Column =>
      keys === 'stored' ? column(table, name) : tables.declared.readColumn(table, name);
    const textOf = (name: string, value: Value | undefined): string | null =>
      keys === 'stored' ? keyOf(table, name, value, tables) : keyText(columnOf(name), value);
    const lists = by.map((name, index) => roots.map((key) => textOf(name, key[index])));
    const { rows } = await run(selectChildren(table, tables, keys), lists);
    return rows.map((row) => loadColumns(table).map((name) => read(columnOf(name), row[name] ?? null)));
  }

  /** Only inside a snapshot: it is one statement. */
  async rowsByKey(table: Table, keys: readonly (readonly Value[])[]): Promise<readonly Row[]> {
    const { tables, run } = this.session;
    if (!tables.exists(table.name) || keys.length === 0) return [];
    const lists = table.naturalKey.map((name, index) => keys.map((key) => keyOf(table, name, key[index], tables)));
    const { rows } = await run(selectByKey(table, tables), lists);
    return rows.map((row) => loadColumns(table).map((name) => read(column(table, name), row[name] ?? null)));
  }

  /** For tables of an application whose types are others than the declared ones. */
  async *storedPairs(group: TableGroup): AsyncGenerator<Iterable<StoredPair>> {
    const { root, children } = group;
    const sql = selectPairs(group, this.session.tables, (table, name, alias) => {
      return `${readableValue(table, name, alias, this.session.tables)} AS ${quote(`${alias}.${name}`)}`;
    });
    const rootRow = new ReadRow(root, POSTGRES_ROWS);
    const childRows = children.map((child, index) => {
      const alias = `c${index}`;
      return { child, alias, link: `${alias}.${child.belongsTo?.by[0]}`, row: new ReadRow(child, POSTGRES_ROWS) };
    });
    for await (const page of this.fetch(sql, [])) {
      yield page.values().map((texts): StoredPair => {
        rootRow.row = valuesOf(root, 'r', texts);
        const found = childRows.find(({ link }) => texts[link] !== null);
        if (found) found.row.row = valuesOf(found.child, found.alias, texts);
        return { root: rootRow, child: found?.row };
      });
    }
  }

  /** After a lost connection it goes on behind the rows that it had, unless it is part of a transaction. */
  private async *fetch(sql: string, parameters: readonly string[]): AsyncGenerator<readonly TextRow[]> {
    let taken = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        for await (const page of this.fetchOnce(`${sql} OFFSET ${taken}`, parameters)) {
          taken += page.length;
          yield page;
        }
        return;
      } catch (error) {
        if (!isTransient(error) || this.session.isInside() || !(await pauseAfter(attempt))) throw error;
        this.session.reconnect();
      }
    }
  }

  /**
   * A cursor lives inside a transaction, so it also works behind a transaction pooler. Between two pages the holder of a lease
   * may say that it is alive, within that transaction.
   */
  private async *fetchOnce(sql: string, parameters: readonly string[]): AsyncGenerator<readonly TextRow[]> {
    const { run } = this.session;
    const isInside = this.session.isInside();
    if (!isInside) await run(`BEGIN ${this.session.isLeased() ? '' : 'READ ONLY'}; ${SESSION}`, []);
    await run(`DECLARE reading CURSOR FOR ${sql}`, parameters);
    try {
      for (;;) {
        const { rows } = await run(`FETCH ${FETCH} FROM reading`, []);
        if (rows.length === 0) break;
        yield rows;
      }
    } finally {
      // Where the connection is lost there is nothing to close.
      await run(isInside ? 'CLOSE reading' : 'COMMIT', []).catch(() => undefined);
    }
  }
}

function valuesOf(table: Table, alias: string, texts: TextRow): Row {
  return loadColumns(table).map((name) => read(column(table, name), texts[`${alias}.${name}`] ?? null));
}

function ledgerRow(columns: readonly (readonly [name: string, declared: Column])[], texts: TextRow): LedgerRow {
  const row: Record<string, LedgerRow[string]> = {};
  for (const [name, declared] of columns) row[name] = ledgerValue(declared, texts[name] ?? null);
  return row;
}

function ledgerValue(declared: Column, text: string | null): LedgerRow[string] {
  if (text === null) return text;
  if (declared.type === 'json') return readLedgerText(declared, text);
  return declared.type === 'bytes' ? Buffer.from(text.slice(2), 'hex') : read(declared, readLedgerText(declared, text));
}

/** A key that a column refers to arrives as what names its row outside of the database. */
function cells(table: Table, row: TextRow, declared: DeclaredTables): Row {
  return loadColumns(table).map((name) => read(declared.readColumn(table, name), row[name] ?? null));
}
