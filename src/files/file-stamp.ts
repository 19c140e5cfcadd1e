import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** What identifies one state of a file. Times (nanoseconds) are decimal text, and so is what tells the file from others. */
export interface FileStamp {
  readonly bytes: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  /** The inode; of an entry of a zip file also what tells its state: see `stampOfEntry`. */
  readonly inode: string;
}

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    bytes: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
    inode: String(stats.ino),
  };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return sameContent(a, b) && a.ctimeNs === b.ctimeNs;
}

/** As `sameStamp`, but blind to ctime, which a rename changes. */
export function sameContent(a: FileStamp, b: FileStamp): boolean {
  return a.bytes === b.bytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

/** The stamp of what has this name now; undefined if nothing has, or no regular file. */
export async function stampAt(path: string): Promise<FileStamp | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() === true ? stampOf(stats) : undefined;
}
