import { expect, test } from 'vitest';
import { freshSqlite } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** About 120 bytes each. */
function measurements(source: string, count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: new Date(Date.UTC(2024, 0, 1) + index * 1000).toISOString(),
    source,
    cpu_usage: 12.5,
    memory_usage: 50.25,
    disk_usage: 71.125,
    load_1m: 0.25,
  }));
}

test('a file up to --batch-bytes commits whole, whatever else waits; a larger one in several batches', async () => {
  const [waiting, whole, larger] = [5000, 6000, 16_000];
  const root = plant({
    'metrics/a.json': measurements('a', waiting),
    'metrics/b.json': measurements('b', whole),
    'metrics/c.json': measurements('c', larger),
  });
  const target = freshSqlite();
  try {
    expect((await load(root, target.url, { batchBytes: 1_000_000 })).exitCode).toBe(0);
    const batches = await queryTarget(target.url, 'SELECT records FROM ledger.batches ORDER BY batch');
    const records = batches.map((batch) => Number(batch['records']));
    expect(records[0]).toBe(waiting);
    expect(records[1]).toBeGreaterThanOrEqual(whole);
    expect(records.length).toBeGreaterThan(3);
    expect(records.reduce((sum, count) => sum + count, 0)).toBe(waiting + whole + larger);
  } finally {
    target.drop();
  }
});
