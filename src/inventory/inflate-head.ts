import { constants, crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { inflateBounded } from '../files/bounded-inflate.ts';
import { fitsTrailer, GZIP_TRAILER, memberAt, WINDOW_LOG } from './members.ts';
import { ZstdFrame } from './zstd-frame.ts';

/** The content of the beginning of a compressed file, as far as it could be read. */
export interface InflatedHead {
  readonly bytes: Buffer;
  /** All of the file. */
  readonly isWhole: boolean;
  readonly damage: 'damaged-compression' | 'window-too-large' | undefined;
}

/** At most about `limit` bytes of what begins a compressed file, in memory bounded by that. `atEnd`: nothing follows. */
export function inflateHead(packed: Buffer, limit: number, atEnd: boolean): InflatedHead {
  const pieces: Buffer[] = [];
  let [at, length] = [0, 0];
  const until = (damage?: InflatedHead['damage'], isWhole = false): InflatedHead => ({
    bytes: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces),
    isWhole,
    damage,
  });
  const cutOff = (): InflatedHead => until(atEnd ? 'damaged-compression' : undefined);
  while (at < packed.length) {
    if (length >= limit) return until();
    const rest = packed.subarray(at);
    const member = memberAt(rest, atEnd);
    if (member === undefined) return cutOff();
    if (member.kind === 'window-too-large') return until('window-too-large');
    // Tapes and disks fill up with zeros.
    if (member.kind === 'rubbish') return isZeros(rest) ? until(undefined, atEnd) : until('damaged-compression');
    if (member.kind === 'skip') {
      at += member.bytes;
      continue;
    }
    const inflated = member.kind === 'gzip' ? inflateGzip(rest, member.header, limit) : inflateFrame(rest, limit);
    if (inflated === undefined) return until('damaged-compression');
    pieces.push(inflated.bytes);
    length += inflated.bytes.length;
    if (inflated.end === 'cut-off') return cutOff();
    if (inflated.end === 'damaged') return until('damaged-compression');
    if (inflated.end === 'too-large') return until();
    at += inflated.end;
  }
  return at > packed.length ? cutOff() : until(undefined, atEnd);
}

function isZeros(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/** What a member holds, and where it ends, or why it does not; undefined where nothing of it can be read. */
type Inflated = { readonly bytes: Buffer; readonly end: number | 'cut-off' | 'damaged' | 'too-large' } | undefined;

function inflateFrame(bytes: Buffer, limit: number): Inflated {
  const frame = new ZstdFrame(bytes);
  const end = frame.take(bytes);
  const options = { finishFlush: constants.ZSTD_e_flush, params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } };
  const inflated = inflateBounded(bytes.subarray(0, end), limit, (part, maxOutputLength) =>
    zstdDecompressSync(part, { ...options, maxOutputLength }),
  );
  if (inflated === undefined) return undefined;
  const whole = frame.isComplete ? end : 'cut-off';
  return { bytes: inflated.bytes, end: inflated.isAll ? whole : 'too-large' };
}

function inflateGzip(bytes: Buffer, header: number, limit: number): Inflated {
  let consumed = 0;
  const data = bytes.subarray(header);
  const inflated = inflateBounded(data, limit, (part, maxOutputLength) => {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength, info: true } as const;
    // The types of Node leave the answer of `info` out. https://nodejs.org/api/zlib.html#class-options
    const answer = inflateRawSync(part, options) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    consumed = answer.engine.bytesWritten;
    return answer.buffer;
  });
  if (inflated === undefined) return undefined;
  const { bytes: content, isAll } = inflated;
  if (!isAll) return { bytes: content, end: 'too-large' };
  // A member goes on where all of its bytes were wanted.
  const end = consumed + GZIP_TRAILER;
  if (end > data.length) return { bytes: content, end: 'cut-off' };
  const isSound = fitsTrailer(data.subarray(consumed, end), crc32(content), content.length);
  return { bytes: content, end: isSound ? header + end : 'damaged' };
}
