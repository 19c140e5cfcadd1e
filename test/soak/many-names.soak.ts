import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { startCli } from '../setup/running-cli.ts';

const FILES = 900_000;
const MOST_MB = 300;

test('900,000 files in one directory are scanned within 300 MB', { timeout: 3_600_000 }, async () => {
  const root = mkdtempSync(join(memoryDirectory(), 'names-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (let index = 0; index < FILES; index++) writeFileSync(join(root, `note-${index}.txt`), '');
  const run = startCli(['scan', root, '--json'], { cwd: root });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWaterMark(run.child.pid));
  }, 20);
  const result = await run.ended;
  clearInterval(watch);
  // None of them is JSON: there is nothing to load.
  expect(result.code, result.stderr).toBe(1);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(MOST_MB * 1024);
});

/** The largest resident set that the kernel saw, in KiB. */
function highWaterMark(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
