import { constants, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { inflateBounded } from '../files/bounded-inflate.ts';
import { GZIP_TRAILER, memberAt, WINDOW_LOG } from './members.ts';
import { ZstdFrame } from './zstd-frame.ts';

/** The content of the beginning of a compressed file, as far as it could be read. */
export interface InflatedHead {
  readonly bytes: Buffer;
  /** All that the given bytes hold. */
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
  while (at < packed.length) {
    if (length >= limit) return until();
    const rest = packed.subarray(at);
    const member = memberAt(rest, atEnd);
    if (member === undefined) return until();
    if (member.kind === 'window-too-large') return until('window-too-large');
    if (member.kind === 'rubbish') return until('damaged-compression');
    if (member.kind === 'skip') {
      at += member.bytes;
      continue;
    }
    const inflated = member.kind === 'gzip' ? inflateGzip(rest, member.header, limit) : inflateFrame(rest, limit);
    if (inflated === undefined) return until('damaged-compression');
    pieces.push(inflated.bytes);
    length += inflated.bytes.length;
    if (inflated.end === undefined) return until();
    at += inflated.end;
  }
  return until(undefined, atEnd && at === packed.length);
}

/** What a member holds, and where it ends; without an end where it goes on, or yields more than it should. */
type Inflated = { readonly bytes: Buffer; readonly end: number | undefined } | undefined;

function inflateFrame(bytes: Buffer, limit: number): Inflated {
  const frame = new ZstdFrame(bytes);
  const end = frame.take(bytes);
  const options = { finishFlush: constants.ZSTD_e_flush, params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } };
  const inflated = inflateBounded(bytes.subarray(0, end), limit, (part, maxOutputLength) =>
    zstdDecompressSync(part, { ...options, maxOutputLength }),
  );
  return inflated && { bytes: inflated.bytes, end: frame.isComplete && inflated.isAll ? end : undefined };
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
  // A member goes on where all of its bytes were wanted.
  const isComplete = inflated.isAll && consumed < data.length;
  return { bytes: inflated.bytes, end: isComplete ? header + consumed + GZIP_TRAILER : undefined };
}
