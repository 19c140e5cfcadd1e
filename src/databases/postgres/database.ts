import type pg from 'pg';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Row, Table, Value } from '../../schema/table.ts';
import { TABLE_LIST } from '../../schema/tables.ts';
import { schemaVersionRow } from '../../schema/version.ts';
import type {
  BatchMark,
  BegunRun,
  Database,
  Finder,
  LedgerQuery,
  LedgerRow,
  OpenOptions,
  PostgresConfig,
  Transaction,
  UnkeyedRows,
  WantedLease,
} from '../database.ts';
import { withRetry } from '../retry.ts';
import { type RowUndo, resultOfTrial, Trial } from '../row-undo.ts';
import type { StoredPair } from '../stored-rows.ts';
import { type KnownTables, knownTables } from './appendable.ts';
import { PostgresConnection } from './connection.ts';
import { createTable, quote, quoteText } from './ddl.ts';
import { classify, isTransient, rolledBack, TransientError } from './errors.ts';
import { PostgresLease } from './lease.ts';
import { PostgresReader, SESSION, type TextRow } from './reading.ts';
import { PostgresRowUndo } from './row-undo.ts';
import { createShadows, shadowName } from './shadow.ts';
import { lockRun, PostgresSharing } from './sharing.ts';
import { assignments, recordArchived } from './statements.ts';
import { copiedPairs } from './stored-rows.ts';
import { PostgresTransaction, type Tables, type UniqueIndex } from './transaction.ts';

export class PostgresDatabase implements Database {
  readonly product = 'PostgreSQL';
  readonly dryRun: boolean;
  readonly rowFormat = 'postgres';
  readonly sharing: PostgresSharing;
  private readonly connection: PostgresConnection;
  private readonly label: string;
  private readonly options: OpenOptions;
  private readonly tables: Tables;
  private readonly reader: PostgresReader;
  private readonly lease: PostgresLease;
  private existing = new Set<string>();
  private known: KnownTables = { encodable: new Set(), appendable: new Set() };
  private uniqueIndexes: ReadonlyMap<Table, readonly UniqueIndex[]> = new Map();
  /** Reads that are asked for during the work of a transaction take part in it. */
  private isInside = false;
  /** Outside of transactions: how many are under way. */
  private queries = 0;
  /** A sign of life that is under way: a connection does one thing at a time. */
  private renewal: Promise<void> = Promise.resolve();

  constructor(config: PostgresConfig, label: string, options: OpenOptions) {
    this.connection = new PostgresConnection(config, label, options.signal);
    this.label = label;
    this.options = options;
    this.dryRun = options.dryRun;
    const real = (table: Table): string => `${quote(options.dbSchema)}.${quote(table.name)}`;
    this.tables = {
      real,
      stage: (table) => quote(`stage_${table.name}`),
      written: options.dryRun ? shadowName : real,
      exists: (name) => this.existing.has(name),
      dryRun: options.dryRun,
      uniqueIndexes: (table) => this.uniqueIndexes.get(table) ?? [],
      classify: (error) => classify(error, label),
    };
    this.reader = new PostgresReader({
      tables: this.tables,
      run: (sql, values) => this.once((client) => client.query<TextRow>(sql, [...values])),
      isInside: () => this.dryRun || this.isInside,
      reconnect: () => this.connection.discard(),
    });
    this.lease = new PostgresLease(real);
    this.sharing = new PostgresSharing(this.tables, this.lease, {
      inTransaction: (work) => this.inTransaction(work),
      inside: (work) => this.once(work),
    });
  }

  /** Connects and learns which tables exist. A dry run opens the one transaction that it never commits. */
  async open(): Promise<void> {
    await this.guarded(async (client) => {
      if (this.dryRun) await client.query(`BEGIN; ${SESSION}`);
      await this.refreshTables(client);
    });
  }

  canAppend(table: Table): boolean {
    return !this.dryRun && this.known.appendable.has(table.name);
  }

  async createTables(): Promise<readonly string[]> {
    if (this.dryRun) {
      this.uniqueIndexes = await this.guarded((client) => createShadows(client, this.tables, this.options.dbSchema));
      return [];
    }
    const missing = (): Table[] => [...TABLE_LIST, ...LEDGER_LIST].filter((table) => !this.existing.has(table.name));
    if (missing().length === 0) return [];
    return this.inTransaction(async (client) => {
      // Two first runs at once: the second waits here and then finds the tables.
      await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`migrate-json:${this.options.dbSchema}`]);
      await this.refreshTables(client);
      const created = missing();
      if (created.length > 0) await this.create(client, created);
      return created.map((table) => table.name);
    }).then(async (created) => {
      await this.guarded((client) => this.refreshTables(client));
      return created;
    });
  }

  async missingColumns(): Promise<readonly string[]> {
    return this.guarded(async (client) => {
      const found = await client.query<{ place: string }>(
        "SELECT table_name || '.' || column_name AS place FROM information_schema.columns WHERE table_schema = $1",
        [this.options.dbSchema],
      );
      const real = new Set(found.rows.map((row) => row.place));
      return [...TABLE_LIST, ...LEDGER_LIST]
        .filter((table) => this.existing.has(table.name))
        .flatMap((table) => Object.keys(table.columns).map((name) => `${table.name}.${name}`))
        .filter((place) => !real.has(place));
    });
  }

  async transaction<T>(mark: BatchMark | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.dryRun) return this.guarded((client) => this.rehearse(client, work));
    let uncertain: { readonly result: T } | undefined;
    return this.retried(() =>
      this.attempt(
        async (client) => {
          if (mark) await this.waitForFormerAttempt(client, mark);
          if (mark?.company) await lockRun(client, mark.runId, mark.company);
          if (uncertain && mark && (await this.isCommitted(client, mark))) return uncertain.result;
          uncertain = undefined;
          return work(new PostgresTransaction(client, this.tables));
        },
        (result) => {
          uncertain = { result };
        },
      ),
    );
  }

  ledgerRows(query: LedgerQuery): AsyncIterable<readonly LedgerRow[]> {
    return this.reader.ledgerRows(query);
  }

  async beginRun(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    const [runs, batches] = [this.tables.real(LEDGER.runs), this.tables.real(LEDGER.batches)];
    const owner = { runId: run.run_id, shard: null };
    const begun = await this.inTransaction<BegunRun>(async (client) => {
      const heldBy = await this.lease.findOther(client, owner, wanted);
      if (heldBy) return { heldBy };
      const reopened = `status = $2, lease_holder = $3, lease_renewed_at = clock_timestamp()`;
      const values = [run.run_id, run['status'], wanted.holder];
      const known = await client.query(`UPDATE ${runs} SET ${reopened} WHERE run_id = $1`, values);
      if (known.rowCount === 0) {
        await new PostgresTransaction(client, this.tables).insertLedger(LEDGER.runs, [run]);
        await client.query(`UPDATE ${runs} SET ${reopened} WHERE run_id = $1`, values);
      }
      const sql = `SELECT coalesce(max(batch), 0) AS last FROM ${batches} WHERE run_id = $1`;
      const { rows } = await client.query<{ last: string }>(sql, [run.run_id]);
      return { lastBatch: Number(rows[0]?.last ?? 0) };
    });
    if ('lastBatch' in begun) this.lease.hold(owner, wanted.holder);
    return begun;
  }

  async renewLease(): Promise<void> {
    if (this.isInside || this.queries > 0 || !this.lease.isHeld || !this.connection.isOpen) return;
    const renewal = this.query((client) => this.lease.renew(client));
    this.renewal = renewal.catch(() => undefined);
    await renewal;
  }

  async recordArchived(files: readonly { readonly path: string; readonly archivedTo: string }[]): Promise<void> {
    const parameters = [files.map(({ path }) => path), files.map(({ archivedTo }) => archivedTo)];
    await this.inTransaction((client) => client.query(recordArchived(this.tables.real(LEDGER.files)), parameters));
  }

  async updateRun(runId: string, values: Readonly<Record<string, Value>>): Promise<void> {
    if (this.dryRun) return;
    const sql = `UPDATE ${this.tables.real(LEDGER.runs)} SET ${assignments(LEDGER.runs, values, 2)} WHERE run_id = $1`;
    await this.inTransaction((client) => client.query(sql, [runId, ...Object.values(values)]));
    if (values['status'] !== undefined) this.lease.release();
  }

  rows(table: Table, unkeyed?: UnkeyedRows): AsyncIterable<Row> {
    return this.reader.rows(table, unkeyed);
  }

  async children(table: Table, parents: readonly Value[]): Promise<readonly Row[]> {
    return this.reader.children(table, parents);
  }

  rowsByKey(table: Table, keys: readonly (readonly Value[])[]): Promise<readonly Row[]> {
    return this.reader.rowsByKey(table, keys);
  }

  async *storedPairs(root: Table, child: Table | undefined): AsyncIterable<Iterable<StoredPair>> {
    const tables = child === undefined ? [root] : [root, child];
    const areEncodable = tables.every(({ name }) => this.known.encodable.has(name));
    if (!areEncodable) yield* this.reader.storedPairs(root, child);
    else {
      // A connection on which rows still arrive is good for nothing else.
      const abandon = (): void => this.connection.discard();
      yield* copiedPairs(await this.connection.get(), { root, child, names: this.tables, abandon });
    }
  }

  async undo<T>(work: (undo: RowUndo) => Promise<T>, isTrial: boolean): Promise<T> {
    const run = this.inTransaction(async (client) => {
      const result = await work(await PostgresRowUndo.begin(client, this.tables, this.options.dbSchema));
      if (isTrial) throw new Trial(result);
      return result;
    });
    return run.catch(resultOfTrial<T>);
  }

  async snapshot<T>(work: (finder: Finder) => Promise<T>): Promise<T> {
    return this.once(async (client) => {
      const finder = new PostgresTransaction(client, this.tables);
      if (this.dryRun || this.isInside) return work(finder);
      await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${SESSION}`);
      this.isInside = true;
      try {
        return await work(finder);
      } finally {
        this.isInside = false;
        await client.query('ROLLBACK').catch(() => this.connection.discard());
      }
    });
  }

  /** Names the moment that a snapshot sees, for another connection. Inside of a snapshot. */
  async exportSnapshot(): Promise<string> {
    return this.once(async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT pg_export_snapshot() AS name');
      return rows[0]?.name ?? '';
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private guarded<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.dryRun ? this.once(work) : this.retried(() => this.once(work));
  }

  private async once<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    await this.renewal;
    return this.query(work);
  }

  private async query<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    this.queries++;
    try {
      return await work(await this.connection.get());
    } catch (error) {
      const classified = classify(error, this.label);
      if (classified instanceof TransientError && classified.lostConnection) this.connection.discard();
      throw classified;
    } finally {
      this.queries--;
    }
  }

  private async retried<T>(work: () => Promise<T>): Promise<T> {
    const isWorthIt = (error: unknown): boolean => isTransient(error) && !this.connection.isGivenUp;
    try {
      return await withRetry(work, isWorthIt, (attempt, error) => {
        this.options.onRetry?.({ attempt, reason: error instanceof Error ? error.message : 'transient error' });
      });
    } catch (error) {
      if (isTransient(error)) this.connection.expectNothing();
      throw error;
    }
  }

  private inTransaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.retried(() => this.attempt(work, () => undefined));
  }

  /** One transaction, once. `beforeCommit` is told the result when only the answer to COMMIT is missing. */
  private async attempt<T>(work: (client: pg.Client) => Promise<T>, beforeCommit: (result: T) => void): Promise<T> {
    try {
      this.isInside = true;
      await this.renewal;
      const client = await this.connection.get();
      // Each statement sees what was committed before it, whatever an administrator has set.
      await client.query(`BEGIN; SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${SESSION}`);
      await this.lease.renew(client);
      const result = await work(client);
      beforeCommit(result);
      const answer = await client.query('COMMIT');
      if (answer.command !== 'COMMIT') throw rolledBack(this.label);
      return result;
    } catch (error) {
      const classified = classify(error, this.label);
      await this.connection.rollBack(classified);
      throw classified;
    } finally {
      this.isInside = false;
    }
  }

  private async rehearse<T>(client: pg.Client, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = new PostgresTransaction(client, this.tables);
    const result = await work(transaction);
    await transaction.dropStaged();
    return result;
  }

  /** A server may still be at work on a COMMIT whose connection is lost. It holds this lock until it is done. */
  private async waitForFormerAttempt(client: pg.Client, { runId, batch }: BatchMark): Promise<void> {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`migrate-json:${runId}:${batch}`]);
  }

  private async isCommitted(client: pg.Client, mark: BatchMark): Promise<boolean> {
    const sql = `SELECT 1 FROM ${this.tables.real(LEDGER.batches)} WHERE run_id = $1 AND batch = $2`;
    const found = await client.query(sql, [mark.runId, mark.batch]);
    return found.rows.length > 0;
  }

  private async refreshTables(client: pg.Client): Promise<void> {
    const found = await client.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
      this.options.dbSchema,
    ]);
    this.existing = new Set(found.rows.map((row) => row.tablename));
    this.known = await knownTables(client, this.options.dbSchema);
  }

  private async create(client: pg.Client, tables: readonly Table[]): Promise<void> {
    const { dbSchema } = this.options;
    const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [dbSchema]);
    if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${quote(dbSchema)}`);
    await client.query(tables.flatMap((table) => createTable(table, dbSchema)).join(';\n'));
    const row = schemaVersionRow();
    const values = [row['version'], row['description'], row['checksum']].map((value) => quoteText(String(value)));
    await client.query(
      `INSERT INTO ${this.tables.real(LEDGER.schemaVersion)} (version, description, checksum, applied_at)
       VALUES (${values.join(', ')}, now()) ON CONFLICT DO NOTHING`,
    );
  }
}
