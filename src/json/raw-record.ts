import type { Finding, RejectCode } from '../reject.ts';
import type { Row } from '../schema/table.ts';
import type { RecordBlock } from './record-block.ts';
import type { JsonObject } from './value.ts';

/** Where the records of a file are. */
export type Container =
  /** The whole document is one record. */
  | { readonly kind: 'document' }
  /** The elements of the root array. */
  | { readonly kind: 'array' }
  /** The elements (or members) of the array (or object) under one member of the root object. */
  | {
      readonly kind: 'member';
      readonly name: string;
      /** The value is one record itself. */
      readonly isRecord?: true;
    }
  /** The members of the root object; the key is the member's name. */
  | { readonly kind: 'map' }
  /** The values at the end of these steps from the root. */
  | {
      readonly kind: 'path';
      readonly steps: readonly Step[];
      /** Somebody asks for the place of each record. */
      readonly isPlaced?: true;
      /** No member on the way is there, in the whole document. */
      readonly isAbsent?: true;
    }
  /** One record per line; blank lines do not count. */
  | { readonly kind: 'lines' /** A document may have several lines. */; readonly isSequence?: true };

/** One level on the way from the root of a document to its records. */
export type Step =
  /** The member of that name. */
  | { readonly to: 'member'; readonly name: string }
  /** Every element of a list. */
  | { readonly to: 'elements' }
  /** Every member of an object, whose name is data. */
  | { readonly to: 'names' }
  /** Either of the two, whichever is there. */
  | { readonly to: 'entries' };

/** Where a record lies on the way to it. */
export interface RecordPlace {
  /** The names that stand for `names`, in their order. */
  readonly captures: readonly string[];
  /** Its place in the innermost list or object, from 0. */
  readonly index: number;
  /** The pointer to it in its document. */
  readonly pointer: string;
}

/** A character was written as `\u` and four digits in a string. */
export const UNICODE_ESCAPE = 1;
/** An N or I occurred outside a string: NaN, Infinity, or damage. */
export const NON_FINITE = 2;
/** More than `MAX_DEPTH` nested levels. */
export const TOO_DEEP = 4;
/** The splitter saw every number, and none loses a digit in a double. */
export const PLAIN_NUMBERS = 8;

export const MAX_DEPTH = 512;

/** What a record says that was read without being parsed: see PlainReader. */
export interface PlainValues {
  readonly row: Row;
  /** Members that a column holds. */
  readonly columns: number;
  /** Members that `extra` keeps by rule, and that object. */
  readonly kept: number;
  readonly extra: JsonObject | undefined;
  /** The bytes around the record, and where it begins. Valid as long as those of a record. */
  readonly chunk: Buffer;
  readonly from: number;
}

export interface RawRecord {
  /** 1-based, counting every record of the container. */
  readonly number: number;
  /** Decoded member name where the container is an object. It may hold U+0000 or a lone surrogate. */
  readonly key: string | undefined;
  /** Where somebody asks for it. */
  readonly place?: RecordPlace | undefined;
  /** 0-based offset of the first byte in the decoded stream; a byte order mark counts. */
  readonly byte: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters (code points). */
  readonly column: number;
  /** Of the value, in bytes; 0 when it is over the limit. */
  readonly length: number;
  /** In place of the bytes, where the record was read already: see `bytesOf`. */
  readonly plain?: PlainValues;
  /** In place of one record: several that follow one another, of which this has the first number and place and all bytes. */
  readonly block?: RecordBlock;
  /** Exactly the bytes of the value. Valid until the next `push`: it may be a view on the pushed chunk. */
  readonly bytes: Buffer;
  /** Object members at any depth, as colons outside strings. */
  readonly members: number;
  /** Bit set of `UNICODE_ESCAPE`, `NON_FINITE`, `TOO_DEEP` and `PLAIN_NUMBERS`. */
  readonly signs: number;
  /** The bytes are not those of the file: a function made the record. */
  readonly isMade?: true;
  /** Set when the record cannot be used; `bytes` is then empty. */
  readonly finding: Finding | undefined;
}

/** Exactly the bytes of the value, however it was read. */
export function bytesOf({ plain, bytes, length }: RawRecord): Buffer {
  return plain === undefined ? bytes : plain.chunk.subarray(plain.from, plain.from + length);
}

/** What is wrong with the container; places as in `RawRecord`. */
export interface SplitFailure {
  readonly code: RejectCode;
  readonly message: string;
  readonly byte: number;
  readonly line: number;
  readonly column: number;
}

export interface SplitLimits {
  readonly maxRecordBytes: number;
  /** Members of the root that are read another time. */
  readonly elsewhere?: readonly string[] | undefined;
  /** Pointers to values beside the records that these take. */
  readonly asked?: readonly string[] | undefined;
}
