import type { Shape } from '../../schema/comparison/shape.ts';
import type { DeclaredTables, TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import type { Row, Table, Value } from '../../schema/table.ts';
import type { ColumnRepairName } from '../column-repairs.ts';
import type { Database, KeyForm, UnkeyedRows } from '../database.ts';
import type { LedgerQuery, LedgerRow } from '../ledger-query.ts';
import { fittedRow, misfitOf } from '../misfit.ts';
import type { FittedRow, Misfit } from '../refused-row.ts';
import { type RowKey, type RowReference, type RowUndo, resultOfTrial, Trial } from '../row-undo.ts';
import type { BegunRun, WantedLease } from '../run-lease.ts';
import type { StoredPair } from '../stored-rows.ts';
import type { OpenOptions, PostgresConfig } from '../target.ts';
import type { BatchMark, Finder, Transaction } from '../transaction.ts';
import { PostgresBatches } from './batches.ts';
import { BesideConnections } from './beside.ts';
import { temporaryName } from './ddl.ts';
import { classify } from './errors.ts';
import { PostgresLease } from './lease.ts';
import type { Tables, UniqueIndex } from './names.ts';
import { PostgresReader, SESSION, type TextRow, WRITING } from './reading.ts';
import { referencesOf } from './references.ts';
import { rowSource } from './row-source.ts';
import { PostgresRowUndo } from './row-undo.ts';
import { PostgresRuns } from './runs.ts';
import { SchemaTables } from './schema-tables.ts';
import { createShadows, shadowName } from './shadow.ts';
import { PostgresSharing } from './sharing.ts';
import { StorableText } from './storable-text.ts';
import { copiedPairs } from './stored-rows.ts';
import { inDryRun, PostgresTransaction } from './transaction.ts';
import { PostgresWork } from './work.ts';

export class PostgresDatabase implements Database {
  readonly product = 'PostgreSQL';
  readonly readsAtOnce = false;
  readonly declared: DeclaredTables;
  readonly dryRun: boolean;
  readonly rowFormat = 'postgres';
  readonly sharing: PostgresSharing;
  private readonly dbSchema: string;
  private readonly known: SchemaTables;
  private readonly tables: Tables;
  private readonly lease: PostgresLease;
  private readonly work: PostgresWork;
  private readonly beside: BesideConnections;
  private readonly reader: PostgresReader;
  private readonly runs: PostgresRuns;
  private readonly batches: PostgresBatches;
  private readonly text = new StorableText();
  /** Known from the first time on that they are asked for. */
  private references: readonly RowReference[] | undefined;
  private shadows: ReadonlySet<Table> = new Set();
  /** Only where rows are slow to find. */
  private untouched: ReadonlySet<Table> = new Set();
  /** In a dry run: tables without rows. */
  private empty: ReadonlySet<Table> = new Set();
  private uniqueIndexes: ReadonlyMap<Table, readonly UniqueIndex[]> = new Map();

  constructor(config: PostgresConfig, label: string, options: OpenOptions) {
    this.dbSchema = options.dbSchema;
    this.declared = options.declared;
    this.dryRun = options.dryRun;
    this.known = new SchemaTables(options);
    const { real, rows } = this.known;
    const shadowRows = (table: Table): string =>
      rowSource(table, { table: shadowName(table), known: this.known.of(table), isShadow: true });
    this.tables = {
      declared: options.declared,
      real,
      stage: (table) => temporaryName('stage', table),
      written: options.dryRun ? shadowName : real,
      rows,
      planned: options.dryRun ? shadowRows : rows,
      rowKeys: () => real(LEDGER.rowKeys),
      exists: this.known.exists,
      isWritten: (table) => (options.dryRun ? this.shadows.has(table) : this.known.exists(table.name)),
      isUntouched: (table) => this.untouched.has(table),
      isThere: this.known.isThere,
      known: this.known.of,
      dryRun: options.dryRun,
      uniqueIndexes: (table) => this.uniqueIndexes.get(table) ?? [],
      classify: (error) => classify(error, label),
      holdsAllTexts: () => this.text.holdsAll,
      ledgerText: () => this.text.ledger,
      references: async (client) => {
        this.references ??= await referencesOf(client, this.tables, this.dbSchema);
        return this.references;
      },
      caseVariants: (client, texts) => this.text.caseVariants(client, texts),
    };
    this.lease = new PostgresLease(real);
    const work = new PostgresWork(config, label, options, this.lease);
    this.work = work;
    const openBeside = (): PostgresWork => new PostgresWork(config, label, options, this.lease, true);
    this.beside = new BesideConnections(openBeside, options.dryRun ? undefined : options.batchesAtOnce);
    this.reader = new PostgresReader({
      tables: this.tables,
      run: (sql, values) => work.once((client) => client.query<TextRow>(sql, [...values])),
      isInside: () => this.dryRun || work.isInside,
      isLeased: () => this.lease.isHeld,
      reconnect: () => work.connection.discard(),
    });
    this.batches = new PostgresBatches(this.tables, work, this.beside);
    this.runs = new PostgresRuns(this.tables, this.lease, work);
    this.sharing = new PostgresSharing(this.tables, this.lease, {
      inTransaction: (each) => work.inTransaction(each),
      inside: (each) => work.once(each),
    });
  }

  /** Connects and learns which tables exist. A dry run opens the one transaction that it never commits. */
  async open(): Promise<void> {
    try {
      await this.work.guarded(async (client) => {
        if (this.dryRun) await client.query(`BEGIN; ${WRITING}`);
        await this.known.open(client);
        await this.text.ask(client);
        await this.beside.ask(client);
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get batchesAtOnce(): number {
    return this.beside.size;
  }

  async unstorable(texts: Iterable<string>): Promise<ReadonlySet<string>> {
    if (this.text.holdsAll) return new Set();
    return this.work.guarded((client) => this.text.unstorable(client, texts, this.dryRun));
  }

  holdsAll(table: Table): boolean {
    return this.known.of(table).isAsDeclared;
  }

  misfit(table: Table, row: Row, open: ReadonlySet<string>): Misfit | undefined {
    return misfitOf(this.known.of(table), table, row, open);
  }

  fitted(table: Table, row: Row, allowed: readonly ColumnRepairName[]): FittedRow | undefined {
    return fittedRow(this.known.of(table), table, row, allowed);
  }

  computedColumns(table: Table): ReadonlySet<string> {
    return this.known.of(table).computed;
  }

  readonly changesRows = (table: Table): boolean => this.known.of(table).remakesRows;

  readonly isUnkeyed = (table: Table): boolean => this.known.of(table).isUnkeyed;

  readonly numbersRows = (table: Table): boolean => this.known.of(table).isNumbered;

  keepsKeys(table: Table): boolean {
    return !this.dryRun && this.known.exists(table.name) && this.known.of(table).keepsKeys;
  }

  canAppend(table: Table): boolean {
    // The shadow of a dry run does not know what is there.
    if (!this.text.holdsAll || (this.dryRun && !this.empty.has(table))) return false;
    if (!this.known.exists(table.name)) return this.dryRun;
    const { isAppendable, holdsAppended } = this.known.of(table);
    return isAppendable || (holdsAppended && !this.dryRun);
  }

  async createTables(tables: readonly Table[] = this.tables.declared.list): Promise<readonly string[]> {
    if (this.dryRun) {
      this.uniqueIndexes = await this.work.guarded((client) => createShadows(client, this.tables, tables));
      this.shadows = new Set(tables);
      this.empty = await this.work.guarded((client) => this.known.emptyOf(client, tables));
      this.untouched = this.known.unindexedOf(this.empty);
      return [];
    }
    const created = this.known.isUnfinished(tables)
      ? await this.work.inTransaction((client) => this.known.createMissing(client, tables))
      : [];
    // Other shards may have created others meanwhile.
    await this.work.guarded((client) => this.known.begin(client));
    this.untouched = await this.work.guarded((client) => this.known.emptyOf(client, this.known.unindexedOf(tables)));
    return created;
  }

  async examine(): Promise<Shape> {
    return this.work.guarded((client) => this.known.examine(client));
  }

  async undeclaredColumns(): Promise<readonly string[]> {
    return this.work.guarded((client) => this.known.undeclaredColumns(client));
  }

  get hasLedger(): boolean {
    return this.known.hasLedger;
  }

  hasTable({ name }: Table): boolean {
    return this.known.exists(name);
  }

  async hasRows(table: Table): Promise<boolean> {
    return (await this.work.guarded((client) => this.known.emptyOf(client, [table]))).size === 0;
  }

  async transaction<T>(mark: BatchMark | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.dryRun) return this.work.guarded((client) => inDryRun(client, this.tables, work));
    // Others write as well.
    if (mark?.company) this.untouched = new Set();
    return this.batches.transaction(mark, work);
  }

  ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]> {
    return this.reader.ledgerRows(query);
  }

  beginRun(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    return this.runs.begin(run, wanted);
  }

  async renewLease(): Promise<void> {
    await this.work.renewLease();
  }

  noteOnce(table: Table, row: LedgerRow): Promise<void> {
    return this.runs.noteOnce(table, row);
  }

  recordArchived(files: readonly { readonly path: string; readonly archivedTo: string }[]): Promise<void> {
    return this.runs.recordArchived(files);
  }

  async updateRun(runId: string, values: Readonly<Record<string, Value>>): Promise<void> {
    if (!this.dryRun) await this.runs.update(runId, values);
  }

  rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row> {
    return this.reader.rows(table, unkeyed);
  }

  async children(table: Table, roots: readonly RowKey[], keys: KeyForm): Promise<readonly Row[]> {
    return this.reader.children(table, roots, keys);
  }

  rowsByKey(table: Table, keys: readonly RowKey[]): Promise<readonly Row[]> {
    return this.reader.rowsByKey(table, keys);
  }

  async *storedPairs({ root, children }: TableGroup): AsyncIterable<Iterable<StoredPair>> {
    if (!this.hasTable(root)) return;
    const group = { root, children: children.filter((child) => this.hasTable(child)) };
    const areEncodable = [root, ...group.children].every((table) => this.known.of(table).isEncodable);
    if (!areEncodable) yield* this.reader.storedPairs(group);
    else {
      // A connection on which rows still arrive is good for nothing else.
      const abandon = (): void => this.work.connection.discard();
      yield* copiedPairs(await this.work.connection.get(), { group, names: this.tables, abandon });
    }
  }

  async undo<T>(work: (undo: RowUndo) => Promise<T>, isTrial: boolean): Promise<T> {
    const run = this.work.inTransaction(async (client) => {
      const result = await work(await PostgresRowUndo.begin(client, this.tables, this.dbSchema));
      if (isTrial) throw new Trial(result);
      return result;
    });
    return run.catch(resultOfTrial<T>);
  }

  async snapshot<T>(work: (finder: Finder) => Promise<T>): Promise<T> {
    return this.work.once(async (client) => {
      const finder = new PostgresTransaction(client, this.tables);
      if (this.dryRun || this.work.isInside) return work(finder);
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${SESSION}`);
      this.work.isInside = true;
      try {
        return await work(finder);
      } finally {
        this.work.isInside = false;
        await client.query('ROLLBACK').catch(() => this.work.connection.discard());
      }
    });
  }

  /** Names the moment that a snapshot sees, for another connection. Inside of a snapshot. */
  async exportSnapshot(): Promise<string> {
    return this.work.once(async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT pg_export_snapshot() AS name');
      return rows[0]?.name ?? '';
    });
  }

  async close(): Promise<void> {
    await this.beside.close();
    await this.work.connection.close();
  }
}
