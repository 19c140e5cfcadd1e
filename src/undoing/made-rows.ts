import { batchRows } from '../batch/batch-rows.ts';
import type { PackedGroup } from '../batch/memory.ts';
import type { LedgerRow } from '../databases/database.ts';
import { MigrateError } from '../errors.ts';
import type { Scratch } from '../scratch.ts';

/** What a run made of a row: the first thing that it did to it, and how it left it. */
export interface MadeRow {
  /** Absent where the run created the row. */
  readonly before?: PackedGroup;
  /** The print of the row as the run left it; null for the placeholder of an owner. */
  readonly content: string | null;
  readonly path: string | null;
  readonly record: number | null;
}

interface Entry {
  readonly before: string | null;
  readonly content: string | null;
  readonly path: string | null;
  readonly record: number | null;
}

/** The rows that the batches of a run created or updated, by the print of their key as it is stored. */
export class MadeRows {
  /** Whether there are placeholders of owners among them. */
  hasOwners = false;
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly select;
  private readonly isKnown;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE made
      (key TEXT, at TEXT, batch INTEGER, before TEXT, content TEXT, path TEXT, record INTEGER)`);
    this.insert = scratch.prepare<[string, string, number, string | null, string | null, string | null, number | null]>(
      'INSERT INTO made VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.select = scratch.prepare<[string], Entry>(
      'SELECT before, content, path, record FROM made WHERE key = ? ORDER BY at, batch',
    );
    this.isKnown = scratch.prepare<[string]>('SELECT 1 FROM made WHERE key = ?');
  }

  addBatch(batch: LedgerRow): void {
    const { run_id: runId, committed_at: at, batch: number, undo } = batch;
    if (!(undo instanceof Uint8Array))
      throw new MigrateError('not-remembered', `run ${String(runId)} was made with --no-undo`);
    for (const [path, rows] of batchRows(batch)) {
      for (const { key, fate, content = '', before, record } of rows) {
        if (fate === 'met') continue;
        if (content === null) this.hasOwners = true;
        const packed = before === undefined ? null : JSON.stringify(before);
        this.insert.run(key, String(at), Number(number), packed, content, path, record);
      }
    }
  }

  /** Once all batches are added: sorting them then is many times faster than keeping them in order. */
  sort(): void {
    this.scratch.exec('CREATE INDEX made_key ON made (key, at, batch)');
  }

  /** Whether the run made anything of the row. */
  has(key: string): boolean {
    return this.isKnown.get(key) !== undefined;
  }

  find(key: string): MadeRow | undefined {
    const entries = this.select.all(key);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { content, path, record } = last;
    return { content, path, record, ...(first.before !== null && { before: JSON.parse(first.before) }) };
  }
}
