import { describe, expect, test } from 'vitest';
import { sharedThroughput, ThroughputCounter } from '../../src/report/throughput.ts';
import { sampleReport } from '../setup/sample-report.ts';

const START = new Date('2025-01-01T00:00:00Z');

describe('the rows over time', () => {
  test('are counted by second', () => {
    const counter = new ThroughputCounter(START);
    for (const [rows, milliseconds] of [
      [5, 10],
      [7, 999],
      [1, 3000],
    ] as const)
      counter.add(rows, START.getTime() + milliseconds, START.getTime() + milliseconds);
    expect(counter.series).toEqual({ interval_ms: 1000, rows: [12, 0, 0, 1] });
  });

  test('of a batch that took longer than a second are spread over its time, and none gets lost', () => {
    const counter = new ThroughputCounter(START);
    counter.add(1001, START.getTime() + 500, START.getTime() + 3000);
    expect(counter.series.rows).toEqual([200, 401, 400, 0]);
  });

  test('never need more than 200 numbers, however long a run takes, and none gets lost', () => {
    const counter = new ThroughputCounter(START);
    for (let second = 0; second < 100_000; second += 7)
      counter.add(3, START.getTime() + 1000 * second, START.getTime() + 1000 * second);
    const { interval_ms: interval, rows } = counter.series;
    expect(rows.length).toBeLessThanOrEqual(200);
    expect(rows.length).toBeGreaterThan(90);
    expect(interval).toBe(512_000);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(3 * Math.ceil(100_000 / 7));
  });

  test('of shards are added up by the clock', () => {
    const head = (started: string, rows: readonly number[]) => {
      const throughput = { interval_ms: 1000, rows };
      return sampleReport({ head: { started_at: started, throughput } }).head;
    };
    const heads = [head('2025-01-01T00:00:00.000Z', [1, 2]), head('2025-01-01T00:00:01.000Z', [10, 20])];
    expect(sharedThroughput(START, heads)).toEqual({ interval_ms: 1000, rows: [1, 12, 20] });
  });
});
