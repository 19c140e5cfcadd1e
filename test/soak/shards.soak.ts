import { test } from 'vitest';
import { checkSequence } from '../sharding/sequences.ts';

const SEQUENCES = 200;

test('the totals of a run are right after 200 random orders of its shards, reruns and kills', async () => {
  const first = Math.floor(Math.random() * 1e6);
  console.log(`seeds from ${first}`);
  for (let seed = first; seed < first + SEQUENCES; seed++) await checkSequence(seed);
});
