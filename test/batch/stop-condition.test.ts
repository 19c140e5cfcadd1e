import { describe, expect, test } from 'vitest';
import { StopCondition } from '../../src/batch/stop-condition.ts';

function reasonAfter(records: number, rejected: number, maxErrors: ConstructorParameters<typeof StopCondition>[0]) {
  const stop = new StopCondition(maxErrors, undefined);
  stop.records = records;
  stop.rejected = rejected;
  return stop.isMet ? stop.reason : undefined;
}

describe('a run stops', () => {
  test('when more records are rejected than --max-errors allows', () => {
    expect(reasonAfter(10, 5, { limit: 5, unit: 'records' })).toBeUndefined();
    expect(reasonAfter(10, 6, { limit: 5, unit: 'records' })).toBe('max-errors');
    expect(reasonAfter(1_000_000, 1_000_000, undefined)).toBeUndefined();
  });

  test('at a percentage, but not among the first thousand records', () => {
    expect(reasonAfter(999, 999, { limit: 5, unit: 'percent' })).toBeUndefined();
    expect(reasonAfter(1000, 50, { limit: 5, unit: 'percent' })).toBeUndefined();
    expect(reasonAfter(1000, 51, { limit: 5, unit: 'percent' })).toBe('max-errors');
  });

  test('on a signal, which stays the reason whatever comes later', () => {
    const interruption = new AbortController();
    const stop = new StopCondition({ limit: 0, unit: 'records' }, interruption.signal);
    expect(stop.isMet).toBe(false);
    interruption.abort();
    stop.rejected = 7;
    expect([stop.isMet, stop.reason]).toEqual([true, 'signal']);
  });
});
