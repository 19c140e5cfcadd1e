import { errorCode } from '../errors.ts';

/** A block of zstd yields as much from a few bytes. */
const LEAST = 256 * 1024;

export interface BoundedContent {
  readonly bytes: Buffer;
  /** All of the given bytes were decoded. */
  readonly isAll: boolean;
}

/** Decodes as much of the bytes as yields something, and no more than about `limit`; undefined where they are damaged. */
export function inflateBounded(
  bytes: Buffer,
  limit: number,
  decode: (part: Buffer, maxOutputLength: number) => Buffer,
): BoundedContent | undefined {
  // So few yield nothing, and so many too much: the first block of zstd may take most of the bytes.
  let [few, many] = [0, bytes.length];
  for (let length = many; length > few; length = (few + many) >> 1) {
    try {
      const content = decode(bytes.subarray(0, length), Math.max(limit, LEAST));
      if (content.length > 0 || length === bytes.length) return { bytes: content, isAll: length === bytes.length };
      few = length;
    } catch (error) {
      if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE') return undefined;
      many = length;
    }
  }
  return { bytes: Buffer.alloc(0), isAll: bytes.length === 0 };
}
