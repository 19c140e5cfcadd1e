import { readSync } from 'node:fs';
import { pipeline, Readable, type Transform } from 'node:stream';
import {
  constants,
  crc32,
  createInflateRaw,
  createZstdDecompress,
  inflateRawSync,
  zstdDecompressSync,
} from 'node:zlib';
import { errorCode } from '../errors.ts';
import { inflateBounded } from './bounded-inflate.ts';
import type { ZipEntry } from './source-place.ts';

// Entries of zip files. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

/** Why an entry could not be read to its end. */
export class DamagedEntry extends Error {
  readonly code: 'damaged-archive' | 'source-changed';

  constructor(message: string, code: DamagedEntry['code'] = 'damaged-archive') {
    super(message);
    this.code = code;
  }
}

const BLOCK = 64 * 1024;
const HEADER_BYTES = 30;
const HEADER_SIGNATURE = 0x04034b50;
/** Of a large entry so little is read to know its beginning: it grows. */
const PACKED = 1 / 8;

interface Method {
  /** Undefined where the content is stored as it is. */
  readonly stream: (() => Transform) | undefined;
  readonly decode: (packed: Buffer, maxOutputLength: number, isPart?: boolean) => Buffer;
}

/** How content is packed, by the number of its method. */
const METHODS: Readonly<Record<number, Method>> = {
  0: { stream: undefined, decode: (packed) => packed },
  8: {
    stream: () => createInflateRaw({ chunkSize: BLOCK }),
    decode: (packed, maxOutputLength, isPart) =>
      inflateRawSync(packed, { maxOutputLength, ...(isPart && { finishFlush: constants.Z_SYNC_FLUSH }) }),
  },
  93: {
    stream: () => createZstdDecompress({ chunkSize: BLOCK }),
    decode: (packed, maxOutputLength, isPart) =>
      zstdDecompressSync(packed, { maxOutputLength, ...(isPart && { finishFlush: constants.ZSTD_e_flush }) }),
  },
};

export function isReadable(method: number): boolean {
  return METHODS[method] !== undefined;
}

/** All of a small entry. @throws DamagedEntry */
export function readEntry(file: number, entry: ZipEntry): Buffer {
  const { decode } = methodOf(entry);
  const content = decoded(() => decode(packedOf(file, entry, entry.packedBytes), entry.stamp.bytes + 1));
  const damage = damageOf(entry, content.length, crc32(content));
  if (damage) throw damage;
  return content;
}

/** The beginning of an entry, at most `limit` bytes of it, and what is wrong with them where that is all. @throws DamagedEntry */
export function readEntryBeginning(
  file: number,
  entry: ZipEntry,
  limit: number,
): { readonly bytes: Buffer; readonly atEnd: boolean; readonly damage: DamagedEntry | undefined } {
  const { decode } = methodOf(entry);
  const isSmall = entry.stamp.bytes < limit && entry.packedBytes <= limit;
  const packed = packedOf(file, entry, isSmall ? entry.packedBytes : Math.min(entry.packedBytes, limit * PACKED));
  const content = isSmall
    ? { bytes: decoded(() => decode(packed, limit)), isAll: true }
    : inflateBounded(packed, limit, (part, most) => decode(part, most, true));
  if (content === undefined) throw new DamagedEntry('the packed content is damaged');
  const { bytes, isAll } = content;
  const isWhole = isAll && packed.length === entry.packedBytes;
  const damage = isWhole ? damageOf(entry, bytes.length, crc32(bytes)) : undefined;
  return { bytes: bytes.subarray(0, limit), atEnd: isWhole && bytes.length <= limit, damage };
}

/** The content in blocks. @throws DamagedEntry after what came before the damage */
export async function* entryBlocks(file: number, entry: ZipEntry): AsyncGenerator<Buffer> {
  let [checksum, length] = [0, 0];
  for await (const block of unpacked(packedBlocks(file, entry), methodOf(entry))) {
    checksum = crc32(block, checksum);
    length += block.length;
    if (length > entry.stamp.bytes) throw new DamagedEntry('the entry holds more than the zip file says');
    yield block;
  }
  const damage = damageOf(entry, length, checksum);
  if (damage) throw damage;
}

function methodOf({ method }: ZipEntry): Method {
  const known = METHODS[method];
  if (known === undefined) throw new DamagedEntry('the entry is packed in a way that is not read');
  return known;
}

async function* unpacked(packed: Iterable<Buffer>, { stream }: Method): AsyncGenerator<Buffer> {
  if (stream === undefined) return yield* packed;
  const decoder = stream();
  // What fails is thrown by the loop.
  pipeline(Readable.from(packed), decoder, () => undefined);
  try {
    for await (const block of decoder) yield block;
  } catch (error) {
    throw damaged(error);
  }
}

function* packedBlocks(file: number, entry: ZipEntry): Generator<Buffer> {
  const start = contentStart(file, entry);
  for (let at = 0; at < entry.packedBytes; at += BLOCK)
    yield readAt(file, start + at, Math.min(BLOCK, entry.packedBytes - at));
}

function packedOf(file: number, entry: ZipEntry, length: number): Buffer {
  return readAt(file, contentStart(file, entry), Math.floor(length));
}

/** The header of the entry itself has a length of its own. */
function contentStart(file: number, { header }: ZipEntry): number {
  const bytes = readAt(file, header, HEADER_BYTES);
  if (bytes.readUInt32LE() !== HEADER_SIGNATURE) throw new DamagedEntry('the zip file has no entry at this place');
  return header + HEADER_BYTES + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const count = readSync(file, bytes, at, length - at, position + at);
    if (count === 0) throw new DamagedEntry('the zip file ends inside of the entry');
    at += count;
  }
  return bytes;
}

function decoded(decode: () => Buffer): Buffer {
  try {
    return decode();
  } catch (error) {
    throw damaged(error);
  }
}

/** Errors of the decoders; those of the disk stay as they are. */
function damaged(error: unknown): unknown {
  const code = errorCode(error) ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return new DamagedEntry('the entry holds more than the zip file says');
  return /^(?:Z_|ZSTD|ERR_)/.test(code) ? new DamagedEntry('the packed content is damaged or cut off') : error;
}

/** What is wrong with all of the content. */
function damageOf({ stamp, crc32: expected }: ZipEntry, length: number, checksum: number): DamagedEntry | undefined {
  if (length !== stamp.bytes) return new DamagedEntry('the entry holds another number of bytes than the zip file says');
  return checksum === expected ? undefined : new DamagedEntry('the checksum of the entry does not fit');
}
