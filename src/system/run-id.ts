import { randomBytes } from 'node:crypto';

/** `20250131T235959-1a2b3c`: sorts by time, and two runs of the same second differ. */
export function newRunId(now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}
