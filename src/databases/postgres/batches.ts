import type pg from 'pg';
import { LEDGER } from '../../schema/ledger-tables.ts';
import type { BatchMark, Transaction } from '../transaction.ts';
import type { BesideConnections } from './beside.ts';
import { lockOfBatch, lockOfRun } from './locks.ts';
import type { Tables } from './names.ts';
import { PostgresTransaction } from './transaction.ts';
import type { PostgresWork } from './work.ts';

/** Runs the transactions of batches: again after a transient error, unless the ledger knows that a lost commit has happened. */
export class PostgresBatches {
  private readonly tables: Tables;
  private readonly work: PostgresWork;
  private readonly beside: BesideConnections;

  constructor(tables: Tables, work: PostgresWork, beside: BesideConnections) {
    this.tables = tables;
    this.work = work;
    this.beside = beside;
  }

  transaction<T>(mark: BatchMark | undefined, load: (transaction: Transaction) => Promise<T>): Promise<T> {
    return mark?.isBeside ? this.beside.use((on) => this.run(on, mark, load)) : this.run(this.work, mark, load);
  }

  private run<T>(
    on: PostgresWork,
    mark: BatchMark | undefined,
    load: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    let uncertain: { readonly result: T } | undefined;
    const locks = mark ? [lockOfBatch(mark), ...(mark.company ? [lockOfRun(mark.runId, mark.company)] : [])] : [];
    return on.retried(() =>
      on.attempt(
        async (client) => {
          if (uncertain && mark && (await this.isCommitted(client, mark))) return uncertain.result;
          uncertain = undefined;
          return load(new PostgresTransaction(client, this.tables));
        },
        (result) => {
          uncertain = { result };
        },
        locks,
      ),
    );
  }

  /** Whether a transaction has happened of which nobody knows. */
  private async isCommitted(client: pg.Client, { runId, batch }: BatchMark): Promise<boolean> {
    const sql = `SELECT 1 FROM ${this.tables.real(LEDGER.batches)} WHERE run_id = $1 AND batch = $2`;
    const found = await client.query(sql, [runId, batch]);
    return found.rows.length > 0;
  }
}
