import { deserialize } from 'node:v8';
import type { Segment } from '../databases/row-codec.ts';
import type { AccountSummary } from '../datasets/account.ts';
import { PRINT_LENGTH } from '../hash/fingerprint.ts';
import type { PortableGroup, PortableReference } from '../schema/portable.ts';
import type { LayoutReference } from './layout-references.ts';

/** The tables of a row group: its root, and those of its children in order; with what its rows refer to. */
export interface Layout {
  readonly root: string;
  readonly children: readonly string[];
  /** What the database makes sure of. */
  readonly references: readonly LayoutReference[];
}

/**
 * Records on their way into the database, column by column: what goes from one thread to another in one message, and
 * into the tables without being looked at again where nothing stands in the way.
 */
export interface PackedRecords {
  readonly count: number;
  readonly layouts: readonly Layout[];
  /** In an order in which every row finds what it refers to. */
  readonly segments: readonly Segment[];
  /** `WORDS` integers per record, at the places of `WORD`. */
  readonly words: Int32Array;
  /** `PLACES` numbers per record, at the places of `PLACE`. */
  readonly places: Float64Array;
  /** The child rows of each record, by child table of its layout. */
  readonly childRows: Int32Array;
  /** By record: which child rows are its own, where their order does not tell. See `childKeys`. */
  readonly childKeys: ReadonlyMap<number, Int32Array>;
  readonly owners: readonly string[];
  /** The different accounts; most records share one. */
  readonly accounts: readonly AccountSummary[];
  /** By record: the pointer of one that is a member of an object. */
  readonly pointers: ReadonlyMap<number, string>;
  /** By record: its place in its list or object, kept only for `--rejects`. */
  readonly indexes: ReadonlyMap<number, number>;
  /**
   * Groups that refer to what must be looked up first, or lead with another row: see `linkedGroups`. Their rows are in no segment.
   * As bytes, because many packs wait, and as objects they take several times the memory.
   */
  readonly linked: Uint8Array;
  /** By record: what its rows refer to and the database makes sure of, where its layout does not say it. */
  readonly references: ReadonlyMap<number, readonly PortableReference[]>;
  /** The bytes of the records in their file, kept only for `--rejects`. */
  readonly sources: readonly Uint8Array[];
}

export const NO_RECORDS: PackedRecords = {
  count: 0,
  layouts: [],
  segments: [],
  words: new Int32Array(),
  places: new Float64Array(),
  childRows: new Int32Array(),
  childKeys: new Map(),
  owners: [],
  accounts: [],
  pointers: new Map(),
  indexes: new Map(),
  linked: new Uint8Array(),
  references: new Map(),
  sources: [],
};

/** Where the words of a record stand; key and content are prints. */
export const WORD = { layout: 0, owner: 1, account: 2, flags: 3, key: 4, content: 4 + PRINT_LENGTH } as const;
export const WORDS = 4 + 2 * PRINT_LENGTH;

/** Bits of the flags. */
export const NAMES_OWNER = 1;
export const IS_MEMBER = 2;

/** In place of an owner. */
export const NOBODY = -1;
/** In place of a layout. */
export const LINKED = -1;

export const PLACE = { number: 0, line: 1, column: 2, byte: 3 } as const;
export const PLACES = 4;

/** By record: the groups that are linked. */
export function linkedGroups({ linked }: PackedRecords): ReadonlyMap<number, PortableGroup> {
  return linked.length === 0 ? new Map() : deserialize(linked);
}

/** The memory of the arrays: what need not be copied on the way to another thread. */
export function buffersOf({ segments, words, places, childRows, linked }: PackedRecords): ArrayBuffer[] {
  const arrays = [...segments.map(({ bytes }) => bytes), words, places, childRows, linked];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

/**
 * Gives that memory back at once. Left to the collector, it would make it run several times a second. Nothing of the pack may be
 * looked at any more: all its records are in one batch.
 */
export function release(packed: PackedRecords): void {
  if (packed !== NO_RECORDS) for (const buffer of buffersOf(packed)) buffer.transfer(0);
}
