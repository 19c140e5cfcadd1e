import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before each further attempt, in ms: about eight seconds in all, then the error stands. */
const PAUSES = [100, 250, 500, 1000, 2000, 4000];

/** Waits before another attempt, counted from 0. False where there were enough. */
export async function pauseAfter(attempt: number): Promise<boolean> {
  const pause = PAUSES[attempt];
  // Half of the pause is random, so that two runs that collided do not collide again.
  if (pause !== undefined) await sleep(pause / 2 + (Math.random() * pause) / 2);
  return pause !== undefined;
}

/** Repeats work that failed for a reason that passes by itself. `isTransient` decides; the last error is thrown as it is. */
export async function withRetry<T>(
  work: (attempt: number) => Promise<T>,
  isTransient: (error: unknown) => boolean,
  onRetry: (attempt: number, error: unknown) => void,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (attempt < PAUSES.length) onRetry(attempt + 1, error);
      if (!(await pauseAfter(attempt))) throw error;
    }
  }
}
