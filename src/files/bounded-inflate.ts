import { errorCode } from '../errors.ts';

/** A block of zstd yields as much from a few bytes. */
const LEAST = 256 * 1024;

export interface BoundedContent {
  readonly bytes: Buffer;
  /** All of the given bytes were decoded. */
  readonly isAll: boolean;
}

/** Decodes less and less of the bytes, until they yield no more than about `limit`; undefined where they are damaged. */
export function inflateBounded(
  bytes: Buffer,
  limit: number,
  decode: (part: Buffer, maxOutputLength: number) => Buffer,
): BoundedContent | undefined {
  for (let length = bytes.length; length > 0; length >>= 1) {
    try {
      return { bytes: decode(bytes.subarray(0, length), Math.max(limit, LEAST)), isAll: length === bytes.length };
    } catch (error) {
      if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE') return undefined;
    }
  }
  return { bytes: Buffer.alloc(0), isAll: bytes.length === 0 };
}
