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

  /** Rows that were under way from one time to another, in ms: each interval gets its part of them. */
  add(rows: number, from: number, to = Date.now()): void {
    const begin = Math.max(0, from - this.startedAt);
    const end = Math.max(begin, to - this.startedAt);
    while (end >= this.interval * MOST_INTERVALS) this.halve();
    const last = Math.floor(end / this.interval);
    while (this.rows.length <= last) this.rows.push(0);
    let counted = 0;
    for (let at = Math.floor(begin / this.interval); at <= last; at++) {
      const passed = ((at + 1) * this.interval - begin) / (end - begin);
      const until = at === last ? rows : Math.round(rows * passed);
      this.rows[at] = (this.rows[at] ?? 0) + until - counted;
      counted = until;
    }
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
  for (const { started_at: started, throughput } of heads) {
    const { interval_ms: interval, rows } = throughput;
    for (const [at, count] of rows.entries()) {
      const from = Date.parse(started) + at * interval;
      counter.add(count, from, from + interval - 1);
    }
  }
  return counter.series;
}
