import type { RecordMapper, SourceContext } from '../datasets/dataset.ts';
import { openScratch, type Scratch } from '../files/scratch.ts';
import type { RawRecord } from '../json/split.ts';
import { parseRecord } from './validate.ts';

/** What is left out where another state of the same record counts. */
export const SUPERSEDED = 'superseded';

/**
 * Which records of a file count where it may hold several states of one: they are found before any is loaded. Kept in the
 * scratch store, because a file may hold millions of keys.
 */
export class CurrentStates {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly find;
  private read = 0;

  constructor(tempDir: string | undefined) {
    this.scratch = openScratch(tempDir);
    this.scratch.exec('CREATE TABLE states (key TEXT PRIMARY KEY, rank, record INTEGER) WITHOUT ROWID');
    this.scratch.exec('CREATE INDEX by_record ON states (record)');
    this.insert = this.scratch.prepare<[string, string | number | null, number]>(
      `INSERT INTO states VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rank = excluded.rank, record = excluded.record
       WHERE rank IS NULL OR excluded.rank >= rank`,
    );
    this.find = this.scratch.prepare<[number], number>('SELECT 1 FROM states WHERE record = ?').pluck();
  }

  /** Takes the records in the order of the file. */
  add(group: readonly RawRecord[], { states }: RecordMapper, source: SourceContext): void {
    for (const raw of group) {
      const number = ++this.read;
      const parsed = parseRecord(raw, []);
      if ('rejects' in parsed || states === undefined) continue;
      const key = states.keyOf(parsed.record, source);
      if (key !== undefined) this.insert.run(key, states.rankOf(parsed.record, source), number);
    }
  }

  /** Whether the record, counted from 1, is the state that counts. One without a key is always. */
  isCurrent(raw: RawRecord, number: number, { states }: RecordMapper, source: SourceContext): boolean {
    const parsed = parseRecord(raw, []);
    if ('rejects' in parsed || states?.keyOf(parsed.record, source) === undefined) return true;
    return this.find.get(number) !== undefined;
  }

  close(): void {
    this.scratch.close();
  }
}
