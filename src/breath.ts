import { setImmediate } from 'node:timers/promises';

/** The longest time without a look at signals and timers, in ms. */
const LONGEST = 50;

/** Small files are read, and SQLite is written, without ever waiting: signals would come through only at the end. */
export class Breath {
  private last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.last < LONGEST) return;
    await setImmediate();
    this.last = performance.now();
  }
}
