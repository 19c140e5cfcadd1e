import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Scratch } from '../files/scratch.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { batchRows, isOfFormerVersion } from './batch-rows.ts';
import type { BatchMemory } from './memory.ts';

/** What runs have to do with a row: one inserted it, or they loaded records that it was there for; or nothing. */
export type Origin = 'made' | 'loaded' | 'unknown';

/** Which rows runs made or loaded, by the prints of their keys as they are stored. The ledger is read when somebody asks. */
export class EarlierRows {
  private readonly declared: DeclaredTables;
  private readonly batches: () => AsyncIterable<readonly LedgerRow[]>;
  private readonly insert;
  private readonly select;
  private isRead = false;
  /** Batches of older versions do not say which rows they made: every row may be one. */
  private hasFormer = false;

  constructor(scratch: Scratch, declared: DeclaredTables, batches: () => AsyncIterable<readonly LedgerRow[]>) {
    this.declared = declared;
    this.batches = batches;
    scratch.exec('CREATE TABLE earlier_rows (key TEXT PRIMARY KEY, is_made INTEGER) WITHOUT ROWID');
    this.insert = scratch.prepare<[string, number]>(
      'INSERT INTO earlier_rows VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET is_made = max(is_made, excluded.is_made)',
    );
    this.select = scratch.prepare<[string], number>('SELECT is_made FROM earlier_rows WHERE key = ?').pluck();
  }

  async originOf(key: string): Promise<Origin> {
    if (!this.isRead) await this.read();
    if (this.hasFormer) return 'made';
    const isMade = this.select.get(key);
    if (isMade === undefined) return 'unknown';
    return isMade === 1 ? 'made' : 'loaded';
  }

  /** Rows that this run has made because others name them. */
  add({ made = [] }: BatchMemory): void {
    for (const { key } of made) this.insert.run(key, 1);
  }

  private async read(): Promise<void> {
    this.isRead = true;
    for await (const page of this.batches()) for (const batch of page) this.readBatch(batch);
  }

  private readBatch(batch: LedgerRow): void {
    if (isOfFormerVersion(batch)) {
      this.hasFormer = true;
      return;
    }
    for (const [, rows] of batchRows(batch, this.declared))
      for (const { key, fate } of rows) this.insert.run(key, fate === 'created' ? 1 : 0);
  }
}
