import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileStamp, sameStamp, stampOf } from './file-stamp.ts';
import { READ_FLAGS } from './source-file.ts';
import { isEntry, type SourcePlace, stampOfEntry, type ZipEntry } from './source-place.ts';
import { DamagedEntry, readEntry, readEntryBeginning } from './zip-entry.ts';

// Read with synchronous calls, which for thousands of small files is several times faster.

/** What `hashSmall` reads into, as large as the largest file so far: memory for each of many small files costs more than reading it. */
let shared = Buffer.alloc(0);

/** SHA-256 of a file that still has this stamp when it has been read; in one go, so only for small files. */
export function hashSmall(place: SourcePlace, stamp: FileStamp): string | undefined {
  return withFile(place, (file) => {
    if (isEntry(place)) {
      const content = wholeEntry(file, place);
      return content && hash('sha256', content, 'hex');
    }
    // One byte more than the size: a file that grew meanwhile shows it.
    if (shared.length <= stamp.bytes) shared = Buffer.allocUnsafeSlow(Math.max(stamp.bytes + 1, 2 * shared.length));
    const length = readSync(file, shared, 0, stamp.bytes + 1, 0);
    if (length !== stamp.bytes || !sameStamp(stampOf(fstatSync(file, { bigint: true })), stamp)) return undefined;
    return hash('sha256', shared.subarray(0, length), 'hex');
  });
}

/** The whole content of a small regular file, read in one go; undefined where it is larger, changing, or no such file. */
export function readSmall(place: SourcePlace, limit: number): Buffer | undefined {
  if (isEntry(place) && Math.max(place.stamp.bytes, place.packedBytes) > limit) return undefined;
  return withFile(place, (file) => {
    if (isEntry(place)) return wholeEntry(file, place);
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
  });
}

/** What cannot be read at once is read, and refused, as a large file is. */
function withFile<T>(place: SourcePlace, work: (file: number) => T): T | undefined {
  let file: number | undefined;
  try {
    file = openSync(isEntry(place) ? place.archive : place, READ_FLAGS);
    return work(file);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function wholeEntry(file: number, entry: ZipEntry): Buffer | undefined {
  const content = readEntry(file, entry);
  return isSameZip(file, entry) ? content : undefined;
}

function isSameZip(file: number, { stamp, crc32 }: ZipEntry): boolean {
  return sameStamp(stampOfEntry(stampOf(fstatSync(file, { bigint: true })), { ...stamp, crc32 }), stamp);
}

/** The beginning of a file. */
export interface Beginning {
  readonly bytes: Buffer;
  /** That is all of it. */
  readonly atEnd: boolean;
  /** Why it is not what the zip file around it says, where all of it was read. */
  readonly damage?: DamagedEntry | undefined;
}

/**
 * The beginning of a file, in the buffer where that fits.
 * @throws DamagedEntry, and as Node does; a TypeError for what is no regular file
 */
export function readBeginning(place: SourcePlace, buffer: Buffer): Beginning {
  const file = openSync(isEntry(place) ? place.archive : place, READ_FLAGS);
  try {
    if (isEntry(place)) return entryBeginning(file, place, buffer.length);
    if (!fstatSync(file).isFile()) throw new TypeError('not a regular file');
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return { bytes: buffer.subarray(0, length), atEnd: length < buffer.length };
  } finally {
    closeSync(file);
  }
}

function entryBeginning(file: number, entry: ZipEntry, limit: number): Beginning {
  if (!isSameZip(file, entry)) throw new DamagedEntry('the zip file changed while it was read', 'source-changed');
  return readEntryBeginning(file, entry, limit);
}
