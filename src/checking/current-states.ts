import type { RecordMapper, SourceContext } from '../datasets/dataset.ts';
import { openScratch, type Scratch } from '../files/scratch.ts';
import type { RawRecord } from '../json/split.ts';
import { parseRecord } from './validate.ts';

/** What is left out where another state of the same record counts. */
export const SUPERSEDED = 'superseded';

/**
 * Which records of some files count where these may hold several states of one: they are found before any is loaded. Kept in the
 * scratch store, because there may be millions of keys.
 */
export class CurrentStates {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly find;

  constructor(tempDir: string | undefined) {
    this.scratch = openScratch(tempDir);
    this.scratch.exec('CREATE TABLE states (key TEXT PRIMARY KEY, rank, file TEXT, record INTEGER) WITHOUT ROWID');
    this.scratch.exec('CREATE INDEX by_record ON states (file, record)');
    this.insert = this.scratch.prepare<[string, string | number | null, string, number]>(
      `INSERT INTO states VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET rank = excluded.rank, file = excluded.file, record = excluded.record
       WHERE rank IS NULL OR excluded.rank >= rank`,
    );
    this.find = this.scratch
      .prepare<[string, number], number>('SELECT 1 FROM states WHERE file = ? AND record = ?')
      .pluck();
  }

  /** Takes the records of a file in their order. */
  async add(
    groups: AsyncIterable<readonly RawRecord[]>,
    { states }: RecordMapper,
    source: SourceContext,
  ): Promise<void> {
    let number = 0;
    for await (const group of groups) {
      for (const raw of group) {
        number++;
        const parsed = parseRecord(raw, []);
        if ('rejects' in parsed || states === undefined) continue;
        const key = states.keyOf(parsed.record, source);
        if (key !== undefined) this.insert.run(key, states.rankOf(parsed.record, source), source.path, number);
      }
    }
  }

  /** Whether the record, counted from 1 in its file, is the state that counts. One without a key is always. */
  isCurrent(raw: RawRecord, number: number, { states }: RecordMapper, source: SourceContext): boolean {
    const parsed = parseRecord(raw, []);
    if ('rejects' in parsed || states?.keyOf(parsed.record, source) === undefined) return true;
    return this.find.get(source.path, number) !== undefined;
  }

  close(): void {
    this.scratch.close();
  }
}
