import type { Shape } from '../../schema/adoption/shape.ts';
import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Column, Row, Table, Value } from '../../schema/table.ts';
import { column, loadColumns } from '../../schema/table.ts';
import { canonicalNow } from '../../schema/version.ts';
import type { ColumnRepairName } from '../column-repairs.ts';
import {
  type BatchMark,
  type BegunRun,
  type Database,
  type Finder,
  type FittedRow,
  type KeyForm,
  LEDGER_TABLE,
  type LedgerQuery,
  type LedgerRow,
  leaseLost,
  type Misfit,
  type OpenOptions,
  type Transaction,
  type UnkeyedRows,
  type WantedLease,
} from '../database.ts';
import { fittedRow, misfitOf } from '../misfit.ts';
import { withRetry } from '../retry.ts';
import { type RowKey, type RowUndo, resultOfTrial, Trial } from '../row-undo.ts';
import type { StoredPair } from '../stored-rows.ts';
import { SqliteConnections } from './connection.ts';
import { createTable, quote } from './ddl.ts';
import { isTransient } from './errors.ts';
import { bindKey, bindShown } from './known-table.ts';
import { SqliteLease } from './lease.ts';
import { lastBatch, ledgerQuery, recordArchived, takeOverLedger } from './ledger.ts';
import { SqliteRowUndo } from './row-undo.ts';
import { readShape } from './shape.ts';
import { insertRow, keyValues, selectAll, selectChildren, selectPairs, selectRows } from './statements.ts';
import { rawColumns, storedPages } from './stored-rows.ts';
import { SqliteTransaction } from './transaction.ts';
import { type Bound, bind, bindTo, keysAsJson, read } from './values.ts';
import { insertVersion } from './versions.ts';

/** Ledger rows that are read at once. */
const LEDGER_PAGE = 500;

export class SqliteDatabase implements Database {
  readonly product = 'SQLite';
  readonly declared: DeclaredTables;
  readonly dryRun: boolean;
  readonly rowFormat = 'sqlite';
  readonly sharing = undefined;
  private readonly connections: SqliteConnections;
  private readonly options: OpenOptions;
  private readonly unitOfWork: SqliteTransaction;
  private readonly lease: SqliteLease;

  constructor(path: string, label: string, options: OpenOptions) {
    this.options = options;
    this.declared = options.declared;
    this.dryRun = options.dryRun;
    this.connections = new SqliteConnections(path, label, options);
    this.lease = new SqliteLease(this.connections);
    this.unitOfWork = new SqliteTransaction(this.connections);
  }

  async unstorable(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  canAppend(table: Table): boolean {
    if (this.dryRun || !this.connections.hasTable(table.name)) return false;
    const { beside, computed, folds } = this.connections.knownTable(table);
    const refusesTwins = this.connections.hasUniqueKey(table) || beside.includes(table.recordKey ?? '');
    return refusesTwins && computed.size + folds.size === 0 && !this.connections.hasTriggers(table);
  }

  holdsAll(table: Table): boolean {
    return this.connections.knownTable(table).isAsDeclared;
  }

  misfit(table: Table, row: Row, open: ReadonlySet<string>): Misfit | undefined {
    return misfitOf(this.connections.knownTable(table), table, row, open);
  }

  fitted(table: Table, row: Row, allowed: readonly ColumnRepairName[]): FittedRow | undefined {
    return fittedRow(this.connections.knownTable(table), table, row, allowed);
  }

  keepsKeys(table: Table): boolean {
    return this.connections.keepsKeys(table);
  }

  async createTables(tables: readonly Table[] = this.declared.list): Promise<readonly string[]> {
    if (this.dryRun) return this.createShadow(tables);
    return this.transaction(undefined, async () => {
      const { connections } = this;
      takeOverLedger(connections.writing);
      // Another program may have created them meanwhile.
      connections.refreshTables();
      const { ledger } = connections;
      const missing = [...tables, ...LEDGER_LIST].filter((table) => !connections.isThere(table));
      if (missing.length === 0) return [];
      for (const table of missing) this.create(ledger.stored(table) ?? table);
      insertVersion(connections.writing, ledger, this.declared, null);
      connections.refreshTables();
      return missing.map(ledger.title);
    });
  }

  async examine(): Promise<Shape> {
    const { declared, connections } = this;
    return readShape(connections.reading, connections.ledger, {
      declared,
      naiveTime: 'UTC',
      purpose: 'load',
      clock: connections.clock,
    });
  }

  async undeclaredColumns(): Promise<readonly string[]> {
    const { reading } = this.connections;
    const columns = reading.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
    return this.declared.list
      .filter((table) => this.hasTable(table))
      .flatMap((table) => {
        const undeclared = columns
          .all(table.name)
          .filter((name) => this.connections.declaredName(table, name) === undefined && !(name in table.columns));
        const hasValue = (name: string): boolean =>
          reading.prepare(`SELECT 1 FROM ${quote(table.name)} WHERE ${quote(name)} IS NOT NULL LIMIT 1`).get() !==
          undefined;
        return undeclared.filter(hasValue).map((name) => `${table.name}.${name}`);
      });
  }

  get hasLedger(): boolean {
    return this.connections.hasLedger;
  }

  hasTable({ name }: Table): boolean {
    return this.connections.hasTable(name);
  }

  async transaction<T>(_mark: BatchMark | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return withRetry(
      () => this.attempt(work),
      (error) => isTransient(error) && this.options.signal?.aborted !== true,
      (attempt, error) => this.options.onRetry?.({ attempt, reason: error instanceof Error ? error.message : 'busy' }),
    );
  }

  private async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { writing } = this.connections;
    try {
      // IMMEDIATE: a reader that later wants to write would fail with SQLITE_BUSY_SNAPSHOT.
      writing.exec('BEGIN IMMEDIATE');
      this.lease.renew(writing);
      const result = await work(this.unitOfWork);
      writing.exec('COMMIT');
      return result;
    } catch (error) {
      if (writing.inTransaction) writing.exec('ROLLBACK');
      throw this.connections.classify(error);
    }
  }

  async *ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]> {
    const table = LEDGER_TABLE[query.kind];
    const { ledger } = this.connections;
    if (!this.connections.isThere(table)) return;
    const parameters = 'runId' in query ? [query.runId] : [];
    const statement = this.connections.reading.prepare<Bound[], Bound[]>(ledgerQuery(ledger, query.kind)).raw(true);
    const columns = statement.columns().map(({ name }): [string, Column] => [name, column(table, name)]);
    let page: LedgerRow[] = [];
    for (const stored of statement.iterate(...parameters)) {
      if (page.push(ledgerRow(columns, stored)) < LEDGER_PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async beginRun(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    const { writing, ledger } = this.connections;
    const begun = await this.transaction<BegunRun>(undefined, async (transaction) => {
      const heldBy = this.lease.findOther(writing, wanted);
      if (heldBy) return { heldBy };
      const held = { lease_holder: wanted.holder, lease_renewed_at: canonicalNow() };
      const reopen = writing.prepare(
        `UPDATE ${quote(ledger.tables.runs.name)} SET status = ?, lease_holder = ?, lease_renewed_at = ? WHERE run_id = ?`,
      );
      const { changes } = reopen.run(bind(run['status']), held.lease_holder, held.lease_renewed_at, run.run_id);
      if (changes === 0) await transaction.insertLedger(LEDGER.runs, [{ ...run, ...held }]);
      return { lastBatch: writing.prepare<[string], number>(lastBatch(ledger)).pluck().get(run.run_id) ?? 0 };
    });
    if ('lastBatch' in begun) this.lease.hold(run.run_id, wanted.holder);
    return begun;
  }

  async renewLease(): Promise<void> {
    const { writing } = this.connections;
    if (!writing.inTransaction) this.lease.renew(writing);
  }

  async noteOnce(table: Table, row: LedgerRow): Promise<void> {
    if (!this.connections.isThere(table)) return;
    const { writing, ledger } = this.connections;
    await this.transaction(undefined, async () => {
      const insert = writing.prepare(`${insertRow(ledger.stored(table) ?? table)} ON CONFLICT DO NOTHING`);
      insert.run(...loadColumns(table).map((name) => bind(row[name])));
    });
  }

  async recordArchived(files: readonly { readonly path: string; readonly archivedTo: string }[]): Promise<void> {
    await this.transaction(undefined, async () => {
      const statement = this.connections.writing.prepare(recordArchived(this.connections.ledger));
      for (const { path, archivedTo } of files) statement.run(archivedTo, path);
    });
  }

  async updateRun(runId: string, values: Readonly<Record<string, Value>>): Promise<void> {
    if (this.dryRun) return;
    const names = Object.keys(values);
    const runs = quote(this.connections.ledger.tables.runs.name);
    const sql = `UPDATE ${runs} SET ${names.map((name) => `${quote(name)} = ?`).join(', ')} WHERE run_id = ?`;
    await this.transaction(undefined, async () => {
      const { changes } = this.connections.writing.prepare(sql).run(...names.map((name) => bind(values[name])), runId);
      if (changes === 0) throw leaseLost(runId);
    });
    if (values['status'] !== undefined) this.lease.release();
  }

  async *rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row> {
    if (!this.connections.hasTable(table.name)) return;
    const columns = cellColumns(table, this.declared);
    const statement = this.connections.reading
      .prepare<[], Bound[]>(selectAll(table, this.connections, unkeyed))
      .raw(true)
      .safeIntegers(true);
    for (const stored of statement.iterate()) yield cells(columns, stored);
  }

  async children(table: Table, roots: readonly RowKey[], keys: KeyForm): Promise<readonly Row[]> {
    if (!this.connections.hasTable(table.name)) return [];
    const isStored = keys === 'stored';
    const columns = isStored ? rawColumns(table) : cellColumns(table, this.declared);
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

  async rowsByKey(table: Table, keys: readonly RowKey[]): Promise<readonly Row[]> {
    if (!this.connections.hasTable(table.name)) return [];
    const columns = rawColumns(table);
    const known = this.connections.knownTable(table);
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

  async *storedPairs({ root, children }: TableGroup): AsyncIterable<Iterable<StoredPair>> {
    if (!this.hasTable(root)) return;
    const group = { root, children: children.filter((child) => this.hasTable(child)) };
    const statement = this.connections.reading
      .prepare<[], Bound[]>(selectPairs(group, this.connections.rows))
      .raw(true)
      .safeIntegers(true);
    yield* storedPages(statement.iterate(), group);
  }

  async undo<T>(work: (undo: RowUndo) => Promise<T>, isTrial: boolean): Promise<T> {
    const run = this.transaction(undefined, async () => {
      const result = await work(new SqliteRowUndo(this.connections));
      if (isTrial) throw new Trial(result);
      return result;
    });
    return run.catch(resultOfTrial<T>);
  }

  async snapshot<T>(work: (finder: Finder) => Promise<T>): Promise<T> {
    const { reading } = this.connections;
    if (reading.inTransaction) return work(this.unitOfWork);
    reading.exec('BEGIN');
    try {
      return await work(this.unitOfWork);
    } catch (error) {
      throw this.connections.classify(error);
    } finally {
      if (reading.inTransaction) reading.exec('ROLLBACK');
    }
  }

  async close(): Promise<void> {
    this.connections.close();
  }

  private create(table: Table): void {
    for (const statement of createTable(table)) this.connections.writing.exec(statement);
  }

  /** The shadow takes the real declarations where there are any, so that a dry run meets the real constraints. */
  private createShadow(tables: readonly Table[]): readonly string[] {
    const { reading, writing } = this.connections;
    writing.pragma('foreign_keys = OFF');
    const declaration = reading
      .prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
      .pluck();
    // What it keeps unique, and what it is looked up by.
    const indexes = reading
      .prepare<[string], string>(
        `SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?
           AND (sql LIKE 'CREATE UNIQUE%' OR name LIKE 'idx_%_source_id')`,
      )
      .pluck();
    for (const table of tables) {
      const sql = declaration.get(table.name);
      if (sql === undefined) this.create(table);
      else {
        writing.exec(sql);
        // What the ledger keeps otherwise.
        for (const name of this.connections.knownTable(table).beside)
          writing.exec(`ALTER TABLE ${quote(table.name)} ADD ${quote(name)}`);
      }
      for (const index of indexes.all(table.name)) writing.exec(index);
    }
    return [];
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
