import { errorCode } from '../errors.ts';
import { readBeginning } from '../files/small-source.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { DamagedEntry } from '../files/zip-entry.ts';
import { decodePrefix } from '../json/text-encoding.ts';
import type { Finding, RejectCode } from '../reject.ts';
import { type Packing, packingOf } from './compression.ts';
import { inflateHead } from './inflate-head.ts';

/** Bytes of a file that recognition looks at, more where fewer do not tell. */
export const HEADS = [64 * 1024, 1024 * 1024, 16 * 1024 * 1024] as const;

/** Of a compressed file less is read: it grows. */
const PACKED = 1 / 8;

interface HeadText {
  readonly packing: Packing;
  readonly text: string;
  readonly atEnd: boolean;
  /** All of the file was looked at, and what follows the text cannot be read. */
  readonly finding?: undefined;
  readonly damage?: Finding | undefined;
}

type Head = HeadText | { readonly finding: Finding };

/** The decoded beginning of a file. Read synchronously: for thousands of small files that is several times faster. */
export function readHead(place: SourcePlace, encoding: string, limit: number): Head {
  try {
    const { bytes, atEnd, damage } = readBeginning(place, bufferOf(limit));
    const head = decodeHead(bytes, atEnd, encoding, limit);
    if (damage === undefined || head.finding !== undefined) return head;
    return { ...head, damage: failure(damage.code, damage.message).finding };
  } catch (error) {
    if (error instanceof DamagedEntry) return failure(error.code, error.message);
    const reason = error instanceof TypeError ? error.message : `the file cannot be read (${errorCode(error)})`;
    return failure('unreadable-file', reason);
  }
}

function decodeHead(read: Buffer, atEnd: boolean, encoding: string, limit: number): Head {
  const packing = packingOf(read);
  if (packing === 'other' || packing === 'zip') return { packing, text: '', atEnd };
  if (packing === 'none') return decoded(read, packing, encoding, atEnd);
  const part = read.subarray(0, limit * PACKED);
  const isAll = atEnd && part.length === read.length;
  const { bytes, isWhole, damage } = inflateHead(part, limit, isAll);
  if (damage === undefined) return decoded(bytes, packing, encoding, isWhole);
  const isLarge = damage === 'window-too-large';
  const failed = failure(damage, isLarge ? WINDOW_TOO_LARGE : 'the compressed data is damaged or cut off');
  // Damage behind what tells the kind of the file is found, with its place, when the records are read.
  if (bytes.length === 0) return failed;
  const head = decoded(bytes, packing, encoding, isWhole);
  return head.finding === undefined ? { ...head, damage: failed.finding } : head;
}

function decoded(bytes: Buffer, packing: Packing, encoding: string, atEnd: boolean): Head {
  const text = decodePrefix(bytes, encoding, atEnd);
  return 'finding' in text ? text : { packing, ...text };
}

function failure(code: RejectCode, message: string): { readonly finding: Finding } {
  return { finding: { code, pointer: '', message } };
}

export const WINDOW_TOO_LARGE = 'the compressed data needs a window of more than 128 MiB';

/** What is in it is decoded before the next file is read. */
const SHARED = Buffer.allocUnsafeSlow(HEADS[0]);

/** Memory for each of many small files costs more than reading them. */
function bufferOf(size: number): Buffer {
  return size <= SHARED.length ? SHARED.subarray(0, size) : Buffer.allocUnsafe(size);
}
