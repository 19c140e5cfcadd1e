import { type LedgerClaims, packClaims, type RunClaims } from '../claims.ts';
import type { Database, Transaction } from '../databases/database.ts';
import { Attempt, type FilePart, type LoadOptions, type LoadResult } from '../load-attempt.ts';
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
    const work = parts.flatMap((part) => part.records.map((record) => ({ part, record })));
    const result = await this.database.transaction(mark, async (transaction) => {
      const attempt = new Attempt(transaction, this.claims, this.ledgerClaims, this.options);
      await attempt.run(work);
      const loaded = attempt.result(parts);
      if (!this.database.dryRun) await this.writeLedger(transaction, loaded, mark.batch);
      return loaded;
    });
    for (const { tally, records } of result.parts) {
      for (const { record, reject } of records) {
        if (!reject)
          this.claims.add(record.key, { path: tally.file.path, record: record.number, content: record.content });
      }
    }
    return result;
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
        .map(({ path, records }) => [path, records.map(({ record }): [number, string] => [record.number, record.key])]),
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
