import type pg from 'pg';
import { withRetry } from '../retry.ts';
import type { OpenOptions, PostgresConfig } from '../target.ts';
import { PostgresConnection } from './connection.ts';
import { classify, isTransient, TransientError } from './errors.ts';
import type { PostgresLease } from './lease.ts';
import { WRITING } from './reading.ts';

/** Runs work on one connection: as it is, or in a transaction; once, or again after a transient error. */
export class PostgresWork {
  /** A transaction is open: reads that are asked for meanwhile take part in it. */
  isInside = false;
  readonly connection: PostgresConnection;
  private readonly label: string;
  private readonly options: OpenOptions;
  private readonly lease: PostgresLease;
  private readonly isBeside: boolean;
  /** Outside of transactions: how many are under way. */
  private queries = 0;
  /** A sign of life that is under way: a connection does one thing at a time. */
  private renewal: Promise<void> = Promise.resolve();

  /** Transactions of a connection `beside` others look whether the lease is held: another connection renews it. */
  constructor(config: PostgresConfig, label: string, options: OpenOptions, lease: PostgresLease, isBeside = false) {
    this.connection = new PostgresConnection(config, label, options.signal, isBeside);
    this.label = label;
    this.options = options;
    this.lease = lease;
    this.isBeside = isBeside;
  }

  /** Again after a transient error, unless it is part of the one transaction of a dry run. */
  guarded<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.options.dryRun ? this.once(work) : this.retried(() => this.once(work));
  }

  async once<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    await this.renewal;
    return this.query(work);
  }

  async renewLease(): Promise<void> {
    if (this.isInside || this.queries > 0 || !this.lease.isHeld || !this.connection.isOpen) return;
    const renewal = this.query((client) => this.lease.renew(client));
    this.renewal = renewal.catch(() => undefined);
    await renewal;
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

  async retried<T>(work: () => Promise<T>): Promise<T> {
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

  inTransaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.retried(() => this.attempt(work, () => undefined));
  }

  /**
   * One transaction, once. It renews the lease and takes the locks, then it works. `beforeCommit` is told the result when only
   * the answer to COMMIT is missing.
   */
  async attempt<T>(
    work: (client: pg.Client) => Promise<T>,
    beforeCommit: (result: T) => void,
    locks: readonly string[] = [],
  ): Promise<T> {
    this.isInside = true;
    try {
      await this.renewal;
      return await this.connection.transaction(
        (client) => this.begin(client, locks),
        async (client) => {
          const result = await work(client);
          beforeCommit(result);
          return result;
        },
      );
    } finally {
      this.isInside = false;
    }
  }

  /** In one message: each answer that is waited for costs a batch as much as a hundred rows. */
  private async begin(client: pg.Client, locks: readonly string[]): Promise<void> {
    const lease = this.isBeside ? this.lease.check : this.lease.renewal;
    // Each statement sees what was committed before it, whatever an administrator has set.
    const head = ['BEGIN', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED', WRITING];
    const statements = [...head, ...(lease ? [lease] : []), ...locks];
    const answers: unknown = await client.query(statements.join('; '));
    // WRITING is of several statements.
    if (lease) this.lease.confirm((answers as pg.QueryResult[]).at(-1 - locks.length));
  }
}
