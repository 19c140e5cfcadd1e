import { Attempt, type KnownRejects, type LoadOptions } from '../batch/attempt.ts';
import type { FilePart, LoadResult } from '../batch/batch.ts';
import { type LedgerClaims, packClaims, type RunClaims } from '../batch/claims.ts';
import type { BatchMark, Database, Transaction } from '../databases/database.ts';
import { LEDGER } from '../schema/ledger-tables.ts';
import { canonicalNow } from '../schema/version.ts';

/** Loads batches: one transaction each, with the ledger rows that tell of it. Decides duplicates and conflicts. */
export class Loader {
  private readonly database: Database;
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private batch: number;

  constructor(database: Database, claims: RunClaims, ledgerClaims: LedgerClaims, options: LoadOptions) {
    this.database = database;
    this.claims = claims;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
    this.batch = options.lastBatch;
  }

  async load(parts: readonly FilePart[]): Promise<LoadResult> {
    const mark = { runId: this.options.runId, batch: ++this.batch };
    const result = await this.inTransaction(mark, parts, new Map());
    for (const { tally, records } of result.parts) {
      for (const { record, claims } of records) {
        for (const { key, content } of claims)
          this.claims.add(key, { path: tally.file.path, record: record.number, content });
      }
    }
    return result;
  }

  /** Where a record turns out to be rejected when a row that leads to it is written already, all begins again without it. */
  private async inTransaction(mark: BatchMark, parts: readonly FilePart[], known: KnownRejects): Promise<LoadResult> {
    try {
      return await this.database.transaction(mark, async (transaction) => {
        const attempt = new Attempt(transaction, this.claims, this.ledgerClaims, this.options);
        await attempt.run(parts, known);
        const orphaned = attempt.orphaned();
        if (orphaned.size > 0 && !this.database.dryRun) throw new Orphaned(orphaned);
        const loaded = attempt.result(parts);
        if (!this.database.dryRun) await this.writeLedger(transaction, loaded, mark.batch);
        return loaded;
      });
    } catch (error) {
      if (!(error instanceof Orphaned)) throw error;
      return this.inTransaction(mark, parts, new Map([...known, ...error.records]));
    }
  }

  private async writeLedger(transaction: Transaction, { parts }: LoadResult, batch: number): Promise<void> {
    const files = parts.filter(({ part }) => part.last).map(({ part, tally }) => part.ledgerFile(tally));
    await transaction.insertLedger(LEDGER.files, files);
    const loaded = parts.map(({ tally, records }) => ({
      path: tally.file.path,
      records: records.filter(({ reject }) => !reject),
    }));
    const claims = Object.fromEntries(
      loaded
        .filter(({ records }) => records.length > 0)
        .map(({ path, records }) => [
          path,
          records.flatMap(({ record, claims }) => claims.map(({ key }): [number, string] => [record.number, key])),
        ]),
    );
    await transaction.insertLedger(LEDGER.batches, [
      {
        run_id: this.options.runId,
        batch,
        records: loaded.reduce((sum, { records }) => sum + records.length, 0),
        claims: packClaims(claims),
        committed_at: canonicalNow(),
      },
    ]);
  }
}

/** Ends a transaction, so that it begins again without these records. */
class Orphaned extends Error {
  readonly records: KnownRejects;

  constructor(records: KnownRejects) {
    super('a leading row was written for a record that is rejected');
    this.records = records;
  }
}
