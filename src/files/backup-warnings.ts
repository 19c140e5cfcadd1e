import { lstat, realpath, stat, statfs } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { onDisk, showPath } from './disk-error.ts';

export interface BackupWarning {
  readonly code: 'backup-same-disk' | 'backup-ephemeral';
  readonly message: string;
}

/** `f_type` of statfs(2) for file systems that are gone with the container or at the next boot. */
const EPHEMERAL: Readonly<Record<number, string>> = {
  [0x01021994]: 'in memory (tmpfs): a restart loses it',
  [0x858458f6]: 'in memory (ramfs): a restart loses it',
  [0x794c7630]: "in the container's own layer (overlay), which is gone with the container: mount a volume",
};

/** What a backup in `dir` would not protect from. `dir` need not exist yet. */
export async function backupWarnings(root: string, dir: string): Promise<BackupWarning[]> {
  const existing = await nearestExisting(dir);
  const warnings: BackupWarning[] = [];
  const [from, to] = [await diskOf(root), await diskOf(existing)];
  if (from === to) {
    warnings.push({ code: 'backup-same-disk', message: `${showPath(dir)} is on the same disk as the source.` });
  }
  const where = platform() === 'linux' ? await ephemeral(existing) : undefined;
  if (where !== undefined) warnings.push({ code: 'backup-ephemeral', message: `${showPath(dir)} is ${where}.` });
  return warnings;
}

async function nearestExisting(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : await nearestExisting(dirname(path));
}

/** Two partitions of a disk fail together. Where the system does not tell the disk, the file system stands for it. */
async function diskOf(path: string): Promise<string> {
  const { dev } = await onDisk('check', path, () => stat(path, { bigint: true }));
  try {
    const device = await realpath(`/sys/dev/block/${numberOf(dev)}`);
    const isPartition = await lstat(join(device, 'partition')).then(
      () => true,
      () => false,
    );
    return isPartition ? dirname(device) : device;
  } catch {
    return String(dev);
  }
}

/** `8:1`, as makedev(3) packs it. */
function numberOf(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

async function ephemeral(path: string): Promise<string | undefined> {
  const { type } = await onDisk('check', path, () => statfs(path));
  return EPHEMERAL[type];
}
