import type { FileHandle } from 'node:fs/promises';

/**
 * Gives a file a time in nanoseconds since 1970. Node passes times as doubles of seconds, which are 238 nanoseconds apart:
 * the microsecond is always exact.
 */
export async function setModificationTime(handle: FileHandle, nanoseconds: bigint): Promise<void> {
  // Of a number below 0 Node makes now.
  const seconds = String(secondsWithin(nanoseconds));
  await handle.utimes(seconds, seconds);
}

/** The double nearest to the time among those that do not become another microsecond when they are cut. */
function secondsWithin(nanoseconds: bigint): number {
  const whole = nanoseconds / 1_000_000_000n - (nanoseconds % 1_000_000_000n < 0n ? 1n : 0n);
  const rest = Number(nanoseconds - whole * 1_000_000_000n);
  const micros = Math.floor(rest / 1000);
  const nearest = Number(whole) + rest / 1e9;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(nearest) || 1)) - 52);
  const isWithin = (seconds: number): boolean => Math.floor((seconds - Number(whole)) * 1e6) === micros;
  return [0, 1, -1, 2].map((steps) => nearest + steps * step).find(isWithin) ?? nearest;
}
