import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { gunzipSync, constants as zlibConstants, zstdDecompressSync } from 'node:zlib';
import { errorCode } from '../errors.ts';
import type { Finding } from '../reject.ts';
import type { Compression } from './source.ts';
import { decodePrefix } from './text-encoding.ts';

/** Bytes of a file that recognition looks at, more where fewer do not tell. */
export const HEADS = [64 * 1024, 1024 * 1024, 16 * 1024 * 1024] as const;

/** Of a compressed file less is read: it grows. */
const PACKED = 1 / 8;

const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

type Head = { readonly text: string; readonly atEnd: boolean } | { readonly finding: Finding };

/** The decoded beginning of a file. Read synchronously: for thousands of small files that is several times faster. */
export function readHead(absolutePath: string, compression: Compression, encoding: string, limit: number): Head {
  let file: number | undefined;
  try {
    file = openSync(absolutePath, READ_FLAGS);
    if (!fstatSync(file).isFile())
      return { finding: { code: 'unreadable-file', pointer: '', message: 'not a regular file' } };
    const buffer = bufferOf(compression === 'none' ? limit : limit * PACKED);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    const atEnd = length < buffer.length;
    const bytes = unpack(buffer.subarray(0, length), compression);
    if (bytes === undefined) {
      return { finding: { code: 'damaged-compression', pointer: '', message: 'the compressed data is damaged' } };
    }
    return decodePrefix(bytes, encoding, atEnd);
  } catch (error) {
    return {
      finding: { code: 'unreadable-file', pointer: '', message: `the file cannot be read (${errorCode(error)})` },
    };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What is in it is decoded before the next file is read. */
const SHARED = Buffer.allocUnsafeSlow(HEADS[0]);

/** Memory for each of many small files costs more than reading them. */
function bufferOf(size: number): Buffer {
  return size <= SHARED.length ? SHARED.subarray(0, size) : Buffer.allocUnsafe(size);
}

/** As much as a cut-off prefix yields. */
function unpack(bytes: Buffer, compression: Compression): Buffer | undefined {
  try {
    if (compression === 'gzip') return gunzipSync(bytes, { finishFlush: zlibConstants.Z_SYNC_FLUSH });
    if (compression === 'zstd') return zstdDecompressSync(bytes, { finishFlush: zlibConstants.ZSTD_e_flush });
    return bytes;
  } catch {
    return undefined;
  }
}
