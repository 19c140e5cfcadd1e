import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Transaction } from '../databases/transaction.ts';
import { LEDGER } from '../schema/ledger-tables.ts';
import { ledgerTime } from '../schema/ledger-time.ts';
import { numberedColumn } from '../schema/table.ts';
import type { LoadResult } from './batch.ts';
import { packClaims } from './claim-list.ts';
import type { LoadOptions } from './load-options.ts';
import { packMemory } from './memory.ts';

/** The ledger rows of a batch. */
interface BatchEntry {
  readonly files: readonly LedgerRow[];
  readonly batch: LedgerRow;
}

/** Writes what the ledger says of a batch, in the transaction of its rows. A dry run writes nothing. */
export class BatchLedger {
  private readonly database: Database;
  private readonly options: LoadOptions;

  constructor(database: Database, options: LoadOptions) {
    this.database = database;
    this.options = options;
  }

  /** Undefined in a dry run. */
  entryOf({ parts, claims, memory }: LoadResult, batch: number): BatchEntry | undefined {
    if (this.database.dryRun) return undefined;
    const files = parts
      .filter(({ part }) => part.last && !part.staysLoaded)
      .map(({ part, tally }) => part.ledgerFile(tally));
    const records = parts.reduce((sum, { part, rejected }) => sum + part.count - rejected.length, 0);
    const undo = this.options.remembers ? packMemory(memory) : null;
    return { files, batch: { run_id: this.options.runId, batch, records, claims: packClaims(claims), undo } };
  }

  async write(transaction: Transaction, entry: BatchEntry | undefined): Promise<void> {
    if (entry === undefined) return;
    const numbered = this.options.declared.list.filter((table) => numberedColumn(table) !== undefined);
    await transaction.passNumbers(numbered.filter((table) => this.database.hasTable(table)));
    await transaction.insertLedger(LEDGER.files, entry.files);
    await transaction.insertLedger(LEDGER.batches, [{ ...entry.batch, committed_at: ledgerTime() }]);
  }
}
