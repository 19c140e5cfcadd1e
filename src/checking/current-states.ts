import { hash } from 'node:crypto';
import type { RecordMapper, SourceContext, SourceRecord } from '../datasets/dataset.ts';
import { openScratch, type Scratch } from '../files/scratch.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { RawRecord } from '../json/split.ts';
import { parseRecord } from './validate.ts';

/** What is left out where another state of the same record counts. */
export const SUPERSEDED = 'superseded';

/** Of a state that counts: whether another one of the same time says something else. */
export type State = 'superseded' | 'current' | 'tied';

/** Said of a tied state. */
export const OF_ONE_TIME = 'another state of the record has the same time and says something else: the last one counts';

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
    this.scratch.exec(
      'CREATE TABLE states (key TEXT PRIMARY KEY, rank, content, tied INTEGER, file TEXT, record INTEGER) WITHOUT ROWID',
    );
    this.scratch.exec('CREATE INDEX by_record ON states (file, record)');
    this.insert = this.scratch.prepare<[string, string | number | null, string | null, string, number]>(
      `INSERT INTO states VALUES (?, ?, ?, 0, ?, ?)
       ON CONFLICT DO UPDATE SET
         tied = CASE WHEN rank IS NOT excluded.rank THEN 0 WHEN content <> excluded.content THEN 1 ELSE tied END,
         rank = excluded.rank, content = excluded.content, file = excluded.file, record = excluded.record
       WHERE rank IS NULL OR excluded.rank >= rank`,
    );
    this.find = this.scratch
      .prepare<[string, number], number>('SELECT tied FROM states WHERE file = ? AND record = ?')
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
        if (key === undefined) continue;
        const content = states.isByOrder ? null : contentOf(parsed.record);
        this.insert.run(key, states.rankOf(parsed.record, source), content, source.path, number);
      }
    }
  }

  /** What counts of the record, counted from 1 in its file. One without a key has no other states. */
  stateOf(raw: RawRecord, number: number, { states }: RecordMapper, source: SourceContext): State {
    const parsed = parseRecord(raw, []);
    if ('rejects' in parsed || states?.keyOf(parsed.record, source) === undefined) return 'current';
    const tied = this.find.get(source.path, number);
    if (tied === undefined) return SUPERSEDED;
    return tied === 1 ? 'tied' : 'current';
  }

  close(): void {
    this.scratch.close();
  }
}

function contentOf({ value }: SourceRecord): string {
  return hash('sha256', canonicalJson(value), 'base64');
}
