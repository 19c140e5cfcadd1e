import { test } from 'vitest';
import { checkSequence } from './sequences.ts';

/** The nightly suite has 200. */
const seed = Math.floor(Math.random() * 1e6);

test(`the totals of a run are right after any order of its shards: seed ${seed}`, () => checkSequence(seed));
