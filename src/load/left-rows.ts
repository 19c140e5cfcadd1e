import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Scratch } from '../files/scratch.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { batchRows, isOfFormerVersion } from './batch-rows.ts';

/** How a run left a row with those below it that were its record's. */
export interface LeftGroup {
  /** The print of these rows. */
  readonly content: string;
  /** Which of the rows below are among them, where their order does not tell: see `childKeys`. */
  readonly words: ReadonlySet<number> | undefined;
}

/** How runs left rows, by all that the ledger holds. It is read when it is asked for the first time. */
export class LeftRows {
  private readonly scratch: Scratch;
  private readonly declared: DeclaredTables;
  private readonly batches: () => AsyncIterable<readonly LedgerRow[]>;
  private readonly insert;
  private readonly select;
  private isRead = false;

  constructor(scratch: Scratch, declared: DeclaredTables, batches: () => AsyncIterable<readonly LedgerRow[]>) {
    this.scratch = scratch;
    this.declared = declared;
    this.batches = batches;
    scratch.exec('CREATE TABLE left_rows (key TEXT, content TEXT, words TEXT)');
    this.insert = scratch.prepare<[string, string, string | null]>('INSERT INTO left_rows VALUES (?, ?, ?)');
    this.select = scratch.prepare<[string], { readonly content: string; readonly words: string | null }>(
      'SELECT content, words FROM left_rows WHERE key = ?',
    );
  }

  /** By the print of the key of the row, as it is stored. */
  async find(key: string): Promise<readonly LeftGroup[]> {
    if (!this.isRead) await this.read();
    return this.select.all(key).map(({ content, words }) => ({
      content,
      words: words === null ? undefined : new Set(words.split(' ').map(Number)),
    }));
  }

  private async read(): Promise<void> {
    this.isRead = true;
    for await (const page of this.batches()) {
      for (const batch of page) {
        // What is not known to be as a run left it stays.
        if (isOfFormerVersion(batch)) continue;
        for (const [, rows] of batchRows(batch, this.declared)) {
          for (const { key, content, withoutSurplus, childKeys } of rows)
            if (typeof content === 'string') this.insert.run(key, withoutSurplus ?? content, childKeys ?? null);
        }
      }
    }
    this.scratch.exec('CREATE INDEX left_rows_key ON left_rows (key)');
  }
}
