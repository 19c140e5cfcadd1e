import { isSkippable, ZSTD_MAGIC } from './compression.ts';

/** What begins at some byte of a compressed file. */
export type Member =
  /** Data, which begins after a header of so many bytes; `header: 0` where the decoder reads the header itself. */
  | { readonly kind: 'gzip' | 'zstd'; readonly header: number }
  /** So many bytes without data. */
  | { readonly kind: 'skip'; readonly bytes: number }
  | { readonly kind: 'window-too-large' }
  /** Nothing that can be read. */
  | { readonly kind: 'rubbish' };

/** Bytes after the data of a gzip member: its checksum and its length. */
export const GZIP_TRAILER = 8;

/** Whether the trailer of a gzip member is that of data with this checksum and length. */
export function fitsTrailer(trailer: Buffer, checksum: number, length: number): boolean {
  return trailer.readUInt32LE() === checksum && trailer.readUInt32LE(4) === length % 2 ** 32;
}

/** The largest window that decoders of zstd accept unless they are told otherwise: 128 MiB. */
export const WINDOW_LOG = 27;

const GZIP_HEADER = 10;
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;
const LONGEST_ZSTD_HEADER = 18;

/** The member that begins here; undefined where more bytes are needed. `atEnd`: none follow. */
export function memberAt(bytes: Buffer, atEnd: boolean): Member | undefined {
  if (bytes.length < LONGEST_ZSTD_HEADER && !atEnd) return undefined;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gzipMember(bytes);
  if (bytes.length < 8) return { kind: 'rubbish' };
  const magic = bytes.readUInt32LE();
  if (isSkippable(magic)) return { kind: 'skip', bytes: 8 + bytes.readUInt32LE(4) };
  if (magic !== ZSTD_MAGIC) return { kind: 'rubbish' };
  return windowOf(bytes) > 2 ** WINDOW_LOG ? { kind: 'window-too-large' } : { kind: 'zstd', header: 0 };
}

/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3 */
function gzipMember(bytes: Buffer): Member | undefined {
  if (bytes.length < GZIP_HEADER) return undefined;
  const flags = bytes[3] ?? 0;
  if (bytes[2] !== 8 || flags > 31) return { kind: 'rubbish' };
  let header = GZIP_HEADER;
  if (flags & FLAG.extra) {
    if (bytes.length < header + 2) return undefined;
    header += 2 + bytes.readUInt16LE(header);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, header);
    if (end === -1) return undefined;
    header = end + 1;
  }
  if (flags & FLAG.headerChecksum) header += 2;
  return bytes.length < header ? undefined : { kind: 'gzip', header };
}

/** Bytes that the decoder of a frame has to keep. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1 */
function windowOf(bytes: Buffer): number {
  const descriptor = bytes[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = bytes[5] ?? 0;
    return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
  }
  const content = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const size = descriptor >> 6;
  if (size === 2) return bytes.length < content + 4 ? 0 : bytes.readUInt32LE(content);
  return size === 3 && bytes.length >= content + 8 ? Number(bytes.readBigUInt64LE(content)) : 0;
}
