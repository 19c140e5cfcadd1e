import type { Scratch } from '../files/scratch.ts';

/** Counts equal records within one file. Kept in the scratch store: a dump may hold millions of different ones. */
export class OccurrenceCounter {
  private readonly scratch: Scratch;
  private readonly next;
  private isUsed = false;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec('CREATE TABLE occurrences (content TEXT PRIMARY KEY, seen INTEGER) WITHOUT ROWID');
    this.next = scratch
      .prepare<[string], number>(
        'INSERT INTO occurrences VALUES (?, 1) ON CONFLICT DO UPDATE SET seen = seen + 1 RETURNING seen',
      )
      .pluck();
  }

  /** Begins with another file. */
  begin(): void {
    if (this.isUsed) this.scratch.exec('DELETE FROM occurrences');
    this.isUsed = false;
  }

  /** 1 for the first record with this content. */
  readonly of = (content: string): number => {
    this.isUsed = true;
    return this.next.get(content) ?? 1;
  };
}
