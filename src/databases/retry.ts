import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before each further attempt, in ms: about eight seconds in all, then the error stands. */
const PAUSES = [100, 250, 500, 1000, 2000, 4000];

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
      const pause = PAUSES[attempt];
      if (pause === undefined || !isTransient(error)) throw error;
      onRetry(attempt + 1, error);
      // Half of the pause is random, so that two runs that collided do not collide again.
      await sleep(pause / 2 + (Math.random() * pause) / 2);
    }
  }
}
