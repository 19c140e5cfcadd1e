import type { Difference, RowTally } from './verify-result.ts';

/** Differences that are told one by one. The others are counted. */
const MOST = 1000;

const NOTHING: RowTally = { equal: 0, different: 0, missing: 0, extra: 0, application: 0 };

/** Counts what was compared, and keeps the first differences. */
export class Findings {
  readonly differences: Difference[] = [];
  private readonly tallies = new Map<string, RowTally>();

  count(table: string, kind: keyof RowTally, rows = 1): void {
    const tally = this.tallies.get(table) ?? { ...NOTHING };
    tally[kind] += rows;
    this.tallies.set(table, tally);
  }

  /** One difference may stand for several rows. */
  add(difference: Difference, rows = 1): void {
    this.count(difference.table, difference.kind, rows);
    if (!this.isFull) this.differences.push(difference);
  }

  get isFull(): boolean {
    return this.differences.length === MOST;
  }

  get tables(): Readonly<Record<string, RowTally>> {
    return Object.fromEntries([...this.tallies].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  get totals(): RowTally {
    const sum = { ...NOTHING };
    for (const tally of this.tallies.values()) {
      for (const kind of Object.keys(NOTHING) as (keyof RowTally)[]) sum[kind] += tally[kind];
    }
    return sum;
  }
}
