import type { StageProgress } from './stage-progress.ts';
import { fitted } from './terminal.ts';

/** Where the progress of a stage is shown. One stage at a time. */
export interface ProgressDisplay {
  begin(stage: StageProgress): void;
  update(stage: StageProgress): void;
  end(): void;
  /** A line of its own, which stays. */
  line(text: string): void;
}

/** Milliseconds between two lines. */
const INTERVAL = 5000;

/** Where there is no terminal: a line every few seconds, and none of a stage that is shorter. */
export class ProgressLines implements ProgressDisplay {
  private last = 0;

  begin(): void {
    this.last = performance.now();
  }

  update(stage: StageProgress): void {
    const now = performance.now();
    if (now - this.last < INTERVAL) return;
    this.last = now;
    const share = stage.hasEnd ? `${stage.percent} %` : '';
    const parts = [share, stage.amount(), stage.counts(now), stage.timeLeft(now)].filter((part) => part !== '');
    this.line(`${stage.name}: ${parts.join(', ')}`);
  }

  end(): void {}

  line(text: string): void {
    process.stderr.write(`${fitted(text)}\n`);
  }
}

/** Where nobody wants to see it: only what has to be said. */
export class NoProgress extends ProgressLines {
  override update(): void {}
}
