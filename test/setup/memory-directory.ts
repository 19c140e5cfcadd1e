import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const SHARED_MEMORY = '/dev/shm';
const ENOUGH = 256 * 1024 * 1024;

/**
 * Where tests that write thousands of small files and kill what reads them may put those: a disk that waits for every
 * flush would make them slow and would prove nothing, because a killed process loses no page of the operating system.
 */
export function memoryDirectory(enough = ENOUGH): string {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize > enough ? SHARED_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
