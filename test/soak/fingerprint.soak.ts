import { expect, test } from 'vitest';
import { collisions } from '../setup/collisions.ts';

test('ten million neighbouring numbers: no print twice, and no lane more often equal than chance has it', () => {
  const { whole, halves, lanes } = collisions(10_000_000);
  expect([whole, ...halves]).toEqual([0, 0, 0]);
  // About n²/2^33 of n values in 2^32 are there already: 11,600, give or take 110.
  for (const each of lanes) expect(Math.abs(each - 11_600)).toBeLessThan(800);
});
