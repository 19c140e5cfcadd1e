import { createHash, type Hash, hash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { errorCode } from '../errors.ts';
import { diskError } from './disk-error.ts';

const READ_BYTES = 64 * 1024;
/** What `hashSmall` reads into, as large as the largest file so far: memory for each of many small files costs more than reading it. */
let small = Buffer.alloc(0);
/** Non-blocking: a FIFO in the tree would hold the open, and with it the process, for ever. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY;

/** What identifies one state of a file. Times (nanoseconds) and the inode are decimal text. */
export interface FileStamp {
  readonly bytes: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
}

/** An open regular file. Whoever opened it closes `handle`. */
export interface OpenedSource {
  readonly path: string;
  readonly handle: FileHandle;
  readonly stat: FileStamp;
  /** Permission bits. */
  readonly mode: number;
}

/** Why a file is not read: a value, because one file is no reason to end a run. */
export interface SourceRefusal<Reason extends string = 'symlink' | 'not-a-regular-file' | 'unreadable' | 'vanished'> {
  readonly refused: Reason;
  readonly message: string;
}

export interface HashedBytes {
  readonly sha256: string;
  readonly bytes: number;
}

export interface HashedFile extends HashedBytes {
  readonly stamp: FileStamp;
}

export type HashResult = HashedFile | SourceRefusal | SourceRefusal<'source-changed'>;

const REFUSALS = {
  ELOOP: { refused: 'symlink', message: 'a symbolic link, which is not followed' },
  ENOENT: { refused: 'vanished', message: 'the file is no longer there' },
  ENOTDIR: { refused: 'vanished', message: 'the file is no longer there' },
  ENXIO: { refused: 'not-a-regular-file', message: 'a socket or device, not a file' },
} as const satisfies Record<string, SourceRefusal>;

const NOT_REGULAR = {
  refused: 'not-a-regular-file',
  message: 'a directory, pipe, socket or device, not a file',
} as const;
const CHANGED = { refused: 'source-changed', message: 'the file changed while it was read' } as const;

/**
 * Opens a source file without following a link in its last component and without blocking.
 * @throws MigrateError `disk-failed` if the process has no file descriptors left.
 */
export async function openSource(absolutePath: string): Promise<OpenedSource | SourceRefusal> {
  try {
    const handle = await open(absolutePath, READ_FLAGS);
    const stats = await handle.stat({ bigint: true }).catch(() => undefined);
    if (stats?.isFile() === true) {
      return { path: absolutePath, handle, stat: stampOf(stats), mode: Number(stats.mode & 0o7777n) };
    }
    await handle.close();
    return NOT_REGULAR;
  } catch (error) {
    return refusalOf(absolutePath, error);
  }
}

function refusalOf(path: string, error: unknown): SourceRefusal {
  const errno = errorCode(error) ?? 'unknown error';
  if (errno === 'EMFILE' || errno === 'ENFILE') throw diskError('open', path, error);
  if (errno in REFUSALS) return REFUSALS[errno as keyof typeof REFUSALS];
  return { refused: 'unreadable', message: `the file cannot be read (${errno})` };
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

/** SHA-256 of a file that stayed the same while it was read, or why there is none. */
export async function hashFile(absolutePath: string): Promise<HashResult> {
  const source = await openSource(absolutePath);
  if ('refused' in source) return source;
  try {
    return await hashSource(source);
  } catch (error) {
    return refusalOf(absolutePath, error);
  } finally {
    await source.handle.close();
  }
}

/** SHA-256 of a file that still has this stamp when it has been read; in one go, so only for small files. */
export function hashSmall(absolutePath: string, stamp: FileStamp): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(absolutePath, READ_FLAGS);
    // One byte more than the size: a file that grew meanwhile shows it.
    if (small.length <= stamp.bytes) small = Buffer.allocUnsafeSlow(Math.max(stamp.bytes + 1, 2 * small.length));
    const length = readSync(file, small, 0, stamp.bytes + 1, 0);
    if (length !== stamp.bytes || !sameStamp(stampOf(fstatSync(file, { bigint: true })), stamp)) return undefined;
    return hash('sha256', small.subarray(0, length), 'hex');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** As `hashFile`, for a file that is open at its beginning. Read errors are thrown as Node throws them. */
export async function hashSource(source: OpenedSource): Promise<HashedFile | SourceRefusal<'source-changed'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of hashedChunks(source, hash)) bytes += chunk.length;
  if (!(await isUnchanged(source))) return CHANGED;
  return { sha256: hash.digest('hex'), bytes, stamp: source.stat };
}

/** Whether the open file still is what it was when it was opened. */
export async function isUnchanged(source: OpenedSource): Promise<boolean> {
  return sameStamp(source.stat, stampOf(await source.handle.stat({ bigint: true })));
}

/** Fills a buffer from the current position on. Returns how many bytes that were. */
type ReadBlock = (handle: FileHandle, buffer: Buffer, length: number) => number | Promise<number>;

/** Other files are read and signals served meanwhile. */
const readMeanwhile: ReadBlock = async (handle, buffer, length) =>
  (await handle.read(buffer, 0, length, null)).bytesRead;

/** For a thread that has nothing else to do: a promise for each block costs more than the block. */
export const readAtOnce: ReadBlock = ({ fd }, buffer, length) => readSync(fd, buffer, 0, length, null);

/**
 * The bytes of an open file in blocks that are valid until the next one is asked for, up to the size it had at opening:
 * a file that grows faster than it is read has an end, and `isUnchanged` tells of the rest.
 */
export async function* hashedChunks(
  source: OpenedSource,
  hash: Hash,
  readBlock: ReadBlock = readMeanwhile,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, source.stat.bytes));
  for (let total = 0; total < source.stat.bytes; ) {
    const wanted = Math.min(buffer.length, source.stat.bytes - total);
    const bytesRead = await readBlock(source.handle, buffer, wanted);
    if (bytesRead === 0) return;
    total += bytesRead;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    yield chunk;
  }
}

/** The whole content of a small regular file, read in one go; undefined where it is larger, changing, or no such file. */
export function readSmall(absolutePath: string, limit: number): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(absolutePath, READ_FLAGS);
    const before = fstatSync(file);
    const { size, mtimeMs } = before;
    // A pipe would lose what is read from it.
    if (!before.isFile() || size > limit) return undefined;
    // One byte more than the size: a file that grew meanwhile shows it.
    const buffer = Buffer.allocUnsafe(size + 1);
    const length = readSync(file, buffer, 0, size + 1, 0);
    const after = fstatSync(file);
    const unchanged = length === size && after.size === size && after.mtimeMs === mtimeMs;
    return unchanged ? buffer.subarray(0, size) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
