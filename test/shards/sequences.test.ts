import { test } from 'vitest';
import { checkSequence } from './sequences.ts';

const first = Math.floor(Math.random() * 1e6);

test.each([first, first + 1, first + 2])(
  'the totals of a run are right after any order of its shards: seed %i',
  (seed) => checkSequence(seed),
);
