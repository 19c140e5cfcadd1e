import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly path: string;
  /** Bytes that are taken. */
  used(): number;
  grow(): void;
  unmount(): void;
}

/** Undefined where nobody may mount one: then a test skips, and says so. */
export function mountDisk(kilobytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'migrate-json-disk-'));
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path);
  if (!mounted) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    used: () => {
      const { blocks, bfree, bsize } = statfsSync(path);
      return (blocks - bfree) * bsize;
    },
    grow: () => run('mount', '-o', 'remount,size=64m', path),
    unmount: () => {
      run('umount', '-l', path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function run(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
