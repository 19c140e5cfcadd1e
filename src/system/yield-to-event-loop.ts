import { setImmediate } from 'node:timers/promises';

/** The longest time without a look at signals and timers, in ms. */
const LONGEST = 50;

/** Small files are read, and SQLite is written, without ever waiting: signals would come through only at the end. */
export class EventLoopTurn {
  private last = performance.now();

  /** For work so small that to wait after each piece would take as long. */
  get isDue(): boolean {
    return performance.now() - this.last >= LONGEST;
  }

  async take(): Promise<void> {
    if (!this.isDue) return;
    await setImmediate();
    this.last = performance.now();
  }
}
