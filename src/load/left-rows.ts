import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Scratch } from '../files/scratch.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { type BatchRow, batchRows, isOfFormerVersion } from './batch-rows.ts';
import type { PackedGroup } from './memory.ts';

/** How a run left a row with those below it that were its record's. */
export interface LeftGroup {
  /** The print of these rows. */
  readonly content: string;
  /** Which of the rows below are among them, where their order does not tell: see `childKeys`. */
  readonly words: ReadonlySet<number> | undefined;
  /** There were no rows below it before. */
  readonly isFirst: boolean;
  /** What stood there before, where the run has changed it. */
  readonly before: PackedGroup | undefined;
}

interface Entry {
  readonly content: string;
  readonly words: string | null;
  readonly isFirst: number;
  readonly before: string | null;
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
    scratch.exec(
      'CREATE TABLE left_rows (id INTEGER PRIMARY KEY, key TEXT, content TEXT, words TEXT, is_first INTEGER, before TEXT)',
    );
    this.insert = scratch.prepare<[string, string, string | null, number, string | null]>(
      'INSERT INTO left_rows (key, content, words, is_first, before) VALUES (?, ?, ?, ?, ?)',
    );
    this.select = scratch.prepare<[string], Entry>(
      'SELECT content, words, is_first AS isFirst, before FROM left_rows WHERE key = +? ORDER BY id DESC',
    );
  }

  /** By the print of the key of the row, as it is stored: first what was read last. */
  async find(key: string): Promise<readonly LeftGroup[]> {
    if (!this.isRead) await this.read();
    return this.select.all(key).map(({ content, words, isFirst, before }) => ({
      content,
      words: words === null ? undefined : new Set(words.split(' ').map(Number)),
      isFirst: isFirst === 1,
      before: before === null ? undefined : JSON.parse(before),
    }));
  }

  private async read(): Promise<void> {
    this.isRead = true;
    for await (const page of this.batches()) {
      for (const batch of page) {
        // What is not known to be as a run left it stays.
        if (isOfFormerVersion(batch)) continue;
        for (const [, rows] of batchRows(batch, this.declared)) {
          for (const row of rows) this.note(row);
        }
      }
    }
    this.scratch.exec('CREATE INDEX left_rows_key ON left_rows (key)');
  }

  private note({ key, content, withoutSurplus, childKeys, fate, before }: BatchRow): void {
    if (typeof content !== 'string') return;
    const hadMore = before?.children.some(({ count }) => count > 0);
    const isFirst = fate === 'created' || (fate === 'updated' && !hadMore) ? 1 : 0;
    this.insert.run(
      key,
      withoutSurplus ?? content,
      childKeys ?? null,
      isFirst,
      hadMore ? JSON.stringify(before) : null,
    );
  }
}
