/** The stages of a run, in their order. Reading, validating and mapping happen in several threads at once. */
export const STAGES = ['list', 'back up', 'read', 'validate', 'map', 'load', 'archive'] as const;

export type Stage = (typeof STAGES)[number];

/** What a stage took: in threads, the sum over all of them. */
export interface StageTime {
  readonly stage: Stage;
  readonly milliseconds: number;
  /** Source bytes that went through it. */
  readonly bytes: number;
}

/** Adds up where the time of a run goes: `--debug`. */
export class StageClock {
  private readonly times = new Map<Stage, { milliseconds: number; bytes: number }>();

  add(stage: Stage, milliseconds: number, bytes: number): void {
    const { milliseconds: sum, bytes: sumOfBytes } = this.times.get(stage) ?? { milliseconds: 0, bytes: 0 };
    this.times.set(stage, { milliseconds: sum + milliseconds, bytes: sumOfBytes + bytes });
  }

  async measure<T>(stage: Stage, bytes: number, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - began, bytes);
    }
  }

  get stages(): readonly StageTime[] {
    return STAGES.flatMap((stage) => {
      const time = this.times.get(stage);
      return time === undefined ? [] : [{ stage, ...time }];
    });
  }
}
