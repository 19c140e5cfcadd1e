import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, constants, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../errors.ts';
import { diskError } from './disk-error.ts';
import { type FileStamp, sameStamp, stampOf } from './file-stamp.ts';
import { isEntry, type SourcePlace, stampOfEntry } from './source-place.ts';
import { entryBlocks } from './zip-entry.ts';

const READ_BYTES = 64 * 1024;
/** Non-blocking: a FIFO in the tree would hold the open, and with it the process, for ever. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY;
/** The mode of what an entry of a zip file becomes. */
const PRIVATE = 0o600;

/** An open regular file, or an open entry of a zip file. Whoever opened it closes it. */
export interface OpenedSource {
  readonly path: string;
  readonly stat: FileStamp;
  /** Permission bits. */
  readonly mode: number;
  /** The content from its beginning, in blocks that are valid until the next one is asked for. */
  readonly blocks: (readBlock: ReadBlock) => AsyncIterable<Buffer>;
  /** What `stat` would be now. */
  readonly statNow: () => Promise<FileStamp>;
  readonly close: () => Promise<void>;
}

type Refusal = 'symlink' | 'not-a-regular-file' | 'unreadable' | 'vanished' | 'source-changed';

/** Why a file is not read: a value, because one file is no reason to end a run. */
export interface SourceRefusal<Reason extends string = Refusal> {
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

export type HashResult = HashedFile | SourceRefusal;

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
export async function openSource(place: SourcePlace): Promise<OpenedSource | SourceRefusal> {
  const path = isEntry(place) ? place.archive : place;
  try {
    const handle = await open(path, READ_FLAGS);
    const stats = await handle.stat({ bigint: true }).catch(() => undefined);
    const opened = stats?.isFile() === true ? openedAt(place, handle, stats) : NOT_REGULAR;
    if ('refused' in opened) await handle.close();
    return opened;
  } catch (error) {
    return refusalOf(path, error);
  }
}

function openedAt(place: SourcePlace, handle: FileHandle, stats: BigIntStats): OpenedSource | SourceRefusal {
  const file = { close: () => handle.close() };
  const statNow = async (): Promise<FileStamp> => stampOf(await handle.stat({ bigint: true }));
  const stat = stampOf(stats);
  if (!isEntry(place)) {
    const blocks = (readBlock: ReadBlock) => fileBlocks(handle, stat.bytes, readBlock);
    return { ...file, path: place, stat, mode: Number(stats.mode & 0o7777n), blocks, statNow };
  }
  const { archive, stamp, crc32 } = place;
  const stampIn = (state: FileStamp): FileStamp => stampOfEntry(state, { ...stamp, crc32 });
  if (!sameStamp(stampIn(stat), stamp)) return CHANGED;
  const blocks = () => entryBlocks(handle.fd, place);
  return { ...file, path: archive, stat: stamp, mode: PRIVATE, blocks, statNow: async () => stampIn(await statNow()) };
}

function refusalOf(path: string, error: unknown): SourceRefusal {
  const errno = errorCode(error) ?? 'unknown error';
  if (errno === 'EMFILE' || errno === 'ENFILE') throw diskError('open', path, error);
  if (errno in REFUSALS) return REFUSALS[errno as keyof typeof REFUSALS];
  return { refused: 'unreadable', message: `the file cannot be read (${errno})` };
}

/** SHA-256 of a file that stayed the same while it was read, or why there is none. */
export async function hashFile(place: SourcePlace): Promise<HashResult> {
  const source = await openSource(place);
  if ('refused' in source) return source;
  try {
    return await hashSource(source);
  } catch (error) {
    return refusalOf(source.path, error);
  } finally {
    await source.close();
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
  return sameStamp(source.stat, await source.statNow());
}

/** Fills a buffer from the current position on. Returns how many bytes that were. */
export type ReadBlock = (handle: FileHandle, buffer: Buffer, length: number) => number | Promise<number>;

/** Other files are read and signals served meanwhile. */
const readMeanwhile: ReadBlock = async (handle, buffer, length) =>
  (await handle.read(buffer, 0, length, null)).bytesRead;

/** For a thread that has nothing else to do: a promise for each block costs more than the block. */
export const readAtOnce: ReadBlock = ({ fd }, buffer, length) => readSync(fd, buffer, 0, length, null);

/** The bytes of an open file in blocks that are valid until the next one is asked for, and go into the hash. */
export async function* hashedChunks(
  source: OpenedSource,
  hash: Hash,
  readBlock: ReadBlock = readMeanwhile,
): AsyncGenerator<Buffer> {
  for await (const chunk of source.blocks(readBlock)) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Up to the size at opening: a file that grows faster than it is read has an end, and `isUnchanged` tells of the rest. */
async function* fileBlocks(handle: FileHandle, bytes: number, readBlock: ReadBlock): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes));
  for (let total = 0; total < bytes; ) {
    const wanted = Math.min(buffer.length, bytes - total);
    const bytesRead = await readBlock(handle, buffer, wanted);
    if (bytesRead === 0) return;
    total += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
