import type { ReportHead, Throughput } from './report.ts';

/** A chart needs no more, whatever a run takes. */
const MOST_INTERVALS = 200;
const SHORTEST_MS = 1000;

/** Counts the rows that were committed over time, in intervals that get longer with the run. */
export class ThroughputCounter {
  private readonly startedAt: number;
  private interval = SHORTEST_MS;
  private rows: number[] = [];

  constructor(startedAt: Date) {
    this.startedAt = startedAt.getTime();
  }

  add(rows: number, at = Date.now()): void {
    const elapsed = Math.max(0, at - this.startedAt);
    while (elapsed >= this.interval * MOST_INTERVALS) this.halve();
    const interval = Math.floor(elapsed / this.interval);
    while (this.rows.length <= interval) this.rows.push(0);
    this.rows[interval] = (this.rows[interval] ?? 0) + rows;
  }

  get series(): Throughput {
    return { interval_ms: this.interval, rows: [...this.rows] };
  }

  /** Two intervals become one. */
  private halve(): void {
    const { rows } = this;
    this.interval *= 2;
    this.rows = Array.from(
      { length: Math.ceil(rows.length / 2) },
      (_, at) => (rows[2 * at] ?? 0) + (rows[2 * at + 1] ?? 0),
    );
  }
}

/** What several shards committed together. */
export function sharedThroughput(startedAt: Date, heads: readonly ReportHead[]): Throughput {
  const counter = new ThroughputCounter(startedAt);
  for (const { started_at: began, throughput } of heads) {
    for (const [at, rows] of throughput.rows.entries())
      counter.add(rows, Date.parse(began) + at * throughput.interval_ms);
  }
  return counter.series;
}
