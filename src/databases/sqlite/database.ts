import type { Shape } from '../../schema/comparison/shape.ts';
import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import { ledgerTime } from '../../schema/ledger-time.ts';
import type { Row, Table, Value } from '../../schema/table.ts';
import { loadColumns } from '../../schema/table.ts';
import type { ColumnRepairName } from '../column-repairs.ts';
import type { Database, KeyForm, UnkeyedRows } from '../database.ts';
import type { LedgerQuery, LedgerRow } from '../ledger-query.ts';
import { fittedRow, misfitOf } from '../misfit.ts';
import type { FittedRow, Misfit } from '../refused-row.ts';
import { withRetry } from '../retry.ts';
import { type RowKey, type RowUndo, resultOfTrial, Trial } from '../row-undo.ts';
import { type BegunRun, leaseLost, type WantedLease } from '../run-lease.ts';
import type { StoredPair } from '../stored-rows.ts';
import type { OpenOptions } from '../target.ts';
import type { BatchMark, Finder, Transaction } from '../transaction.ts';
import { SqliteConnections } from './connection.ts';
import { createTable, quote } from './ddl.ts';
import { isTransient } from './errors.ts';
import { SqliteLease } from './lease.ts';
import { lastBatch, recordArchived, takeOverLedger } from './ledger.ts';
import { SqliteReader } from './reading.ts';
import { SqliteRowUndo } from './row-undo.ts';
import { createShadow } from './shadow.ts';
import { readShape } from './shape.ts';
import { insertRow, selectAny } from './statements.ts';
import { SqliteTransaction } from './transaction.ts';
import { bind } from './values.ts';
import { insertVersion } from './versions.ts';

export class SqliteDatabase implements Database {
  readonly product = 'SQLite';
  readonly declared: DeclaredTables;
  /** It has one writer. */
  readonly batchesAtOnce = 1;
  readonly readsAtOnce = true;
  readonly dryRun: boolean;
  readonly rowFormat = 'sqlite';
  readonly sharing = undefined;
  private readonly connections: SqliteConnections;
  private readonly options: OpenOptions;
  private readonly unitOfWork: SqliteTransaction;
  private readonly lease: SqliteLease;
  private readonly reader: SqliteReader;

  constructor(path: string, label: string, options: OpenOptions) {
    this.options = options;
    this.declared = options.declared;
    this.dryRun = options.dryRun;
    this.connections = new SqliteConnections(path, label, options);
    this.lease = new SqliteLease(this.connections);
    this.reader = new SqliteReader(this.connections);
    this.unitOfWork = new SqliteTransaction(this.connections, options.tempDir);
  }

  async unstorable(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  canAppend(table: Table): boolean {
    // The shadow of a dry run does not know what is there.
    if (this.dryRun && !this.connections.isEmptyShadow(table)) return false;
    if (!this.connections.hasTable(table.name)) return this.dryRun;
    const { computed, folds } = this.connections.knownTable(table);
    const isOrdinary = computed.size + folds.size === 0 && !this.connections.hasTriggers(table);
    return isOrdinary && this.connections.hasOneRowByKey(table);
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

  computedColumns(table: Table): ReadonlySet<string> {
    return this.connections.knownTable(table).computed;
  }

  changesRows(table: Table): boolean {
    return this.computedColumns(table).size > 0 || this.connections.hasTriggers(table);
  }

  numbersRows(table: Table): boolean {
    return this.connections.knownTable(table).isNumbered;
  }

  isUnkeyed(table: Table): boolean {
    return this.connections.knownTable(table).isUnkeyed;
  }

  keepsKeys(table: Table): boolean {
    return this.connections.keepsKeys(table);
  }

  async createTables(tables: readonly Table[] = this.declared.list): Promise<readonly string[]> {
    if (this.dryRun) return createShadow(this.connections, tables);
    return this.transaction(undefined, async () => {
      const { connections } = this;
      takeOverLedger(connections.writing);
      // Another program may have created them meanwhile.
      connections.refreshTables();
      const { ledger } = connections;
      this.forgetEmptied();
      const missing = [...tables, ...LEDGER_LIST].filter((table) => !connections.isThere(table));
      if (missing.length === 0) return [];
      for (const table of missing)
        for (const statement of createTable(ledger.stored(table) ?? table)) connections.writing.exec(statement);
      insertVersion(connections.writing, ledger, this.declared, null);
      connections.refreshTables();
      return missing.map(ledger.title);
    });
  }

  /** Whatever the ledger knows of the rows of a table without a key: none is left. */
  private forgetEmptied(): void {
    const { hasTable, ledger, knownTable, writing } = this.connections;
    const { name } = ledger.tables.rowKeys;
    const isEmptied = (table: Table): boolean =>
      knownTable(table).isUnkeyed && writing.prepare(selectAny(table.name)).get() === undefined;
    for (const table of hasTable(name) ? this.declared.list.filter(isEmptied) : [])
      writing.prepare<[string]>(`DELETE FROM ${quote(name)} WHERE table_name = ?`).run(table.name);
  }

  async examine(): Promise<Shape> {
    const { reading, ledger } = this.connections;
    return readShape(reading, ledger, this.connections);
  }

  async undeclaredColumns(): Promise<readonly string[]> {
    const { reading } = this.connections;
    const columns = reading.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
    return this.declared.list
      .filter((table) => this.hasTable(table))
      .flatMap((table) => {
        const undeclared = columns
          .all(table.name)
          .filter((name) => this.connections.declaredNames(table, name).length === 0 && !(name in table.columns));
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

  async hasRows({ name }: Table): Promise<boolean> {
    const { hasTable, reading } = this.connections;
    return hasTable(name) && reading.prepare(selectAny(name)).get() !== undefined;
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
    } finally {
      this.unitOfWork.end();
    }
  }

  ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]> {
    return this.reader.ledgerRows(query);
  }

  async beginRun(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    const { writing, ledger } = this.connections;
    const begun = await this.transaction<BegunRun>(undefined, async (transaction) => {
      const heldBy = this.lease.findOther(writing, wanted);
      if (heldBy) return { heldBy };
      const held = { lease_holder: wanted.holder, lease_renewed_at: ledgerTime() };
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

  rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row> {
    return this.reader.rows(table, unkeyed);
  }

  async children(table: Table, roots: readonly RowKey[], keys: KeyForm): Promise<readonly Row[]> {
    return this.reader.children(table, roots, keys);
  }

  async rowsByKey(table: Table, keys: readonly RowKey[]): Promise<readonly Row[]> {
    return this.reader.rowsByKey(table, keys);
  }

  storedPairs(group: TableGroup): AsyncIterable<Iterable<StoredPair>> {
    return this.reader.storedPairs(group);
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
}
