import { isSamePrint } from '../hash/fingerprint.ts';
import { ANOTHER_FORM, ANYTHING, PARTITIONS, PRINT, PRINT_WORDS, type PrintStore } from './print-store.ts';

/** Is told what the two sides say of each row. */
export interface MatchListener {
  readonly equal: (table: number) => void;
  /**
   * The row is there with other content than this record has, the first with its key. `last` are the words of key and
   * content that the last record has.
   */
  readonly different: (file: number, record: number, table: number, last: Int32Array) => void;
  readonly missing: (file: number, record: number, table: number) => void;
  /** A row of which nothing is known but that it should be there. `key` are the words of the key's print. */
  readonly unknown: (key: Int32Array) => void;
  /** `key` are the words of the key's print. */
  readonly extra: (key: Int32Array, table: number) => void;
}

/** Of several entries that expect something of one row: whether any of them may be right, or only the last. */
export type Rule = 'any' | 'last';

/** Compares the prints of both sides, one partition after the other. */
export function matchPrints(store: PrintStore, rule: Rule, listener: MatchListener): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    new Partition(store.entries('expected', partition), rule).match(store.entries('stored', partition), listener);
  }
}

/** What became of a key that was seen. */
const EQUAL = 1;
const DIFFERENT = 2;

/** The entries that are expected, by key. */
class Partition {
  private readonly entries: Int32Array;
  /** By slot: the number of the first entry with a key, from 1. */
  private readonly slots: Int32Array;
  /** By entry: the next one with the same key, or 0. */
  private readonly next: Int32Array;
  /** By the first entry of a key. */
  private readonly states: Uint8Array;
  /** By the first entry of a key: where the row was found. */
  private readonly tables: Uint16Array;
  private readonly rule: Rule;

  constructor(entries: Int32Array, rule: Rule) {
    const count = entries.length / PRINT_WORDS;
    this.entries = entries;
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    this.next = new Int32Array(count + 1);
    this.states = new Uint8Array(count + 1);
    this.tables = new Uint16Array(count + 1);
    this.rule = rule;
    const last = new Int32Array(count + 1);
    for (let entry = 1; entry <= count; entry++) {
      const slot = this.slotOf(entries, PRINT_WORDS * (entry - 1));
      const first = this.slots[slot] as number;
      if (first === 0) this.slots[slot] = entry;
      else this.next[(last[first] as number) || first] = entry;
      if (first !== 0) last[first] = entry;
    }
  }

  match(stored: Int32Array, listener: MatchListener): void {
    for (let at = 0; at < stored.length; at += PRINT_WORDS) {
      const first = this.slots[this.slotOf(stored, at)] as number;
      if (first === 0) {
        if (stored[at + PRINT.file] === ANOTHER_FORM) continue;
        listener.extra(stored.slice(at, at + PRINT.content), stored[at + PRINT.table] as number);
      } else {
        if (this.states[first] !== EQUAL) this.states[first] = this.holds(first, stored, at) ? EQUAL : DIFFERENT;
        this.tables[first] = stored[at + PRINT.table] as number;
      }
    }
    for (const first of this.slots) if (first !== 0) this.tell(first, listener);
  }

  private tell(first: number, { equal, different, missing, unknown }: MatchListener): void {
    const state = this.states[first];
    const at = PRINT_WORDS * ((this.firstRecord(first) ?? first) - 1);
    const word = (place: number): number => this.entries[at + place] as number;
    const [file, record] = [word(PRINT.file), word(PRINT.record)];
    const found = this.tables[first] as number;
    if (state === EQUAL) equal(found);
    else if (state === DIFFERENT) different(file, record, found, this.lastOf(first));
    else if (file === ANYTHING) unknown(this.entries.slice(at, at + PRINT.content));
    else missing(file, record, word(PRINT.table));
  }

  /** The first that says what the row holds. */
  private firstRecord(first: number): number | undefined {
    for (let entry = first; entry !== 0; entry = this.next[entry] as number) {
      if (this.entries[PRINT_WORDS * (entry - 1) + PRINT.file] !== ANYTHING) return entry;
    }
    return undefined;
  }

  private lastOf(first: number): Int32Array {
    let last = first;
    while (this.next[last] !== 0) last = this.next[last] as number;
    const at = PRINT_WORDS * (last - 1);
    return this.entries.slice(at, at + PRINT.file);
  }

  /** Whether a record with the key has the stored content. */
  private holds(first: number, stored: Int32Array, at: number): boolean {
    if (this.firstRecord(first) === undefined) return true;
    for (let entry = first; entry !== 0; entry = this.next[entry] as number) {
      if (this.rule === 'last' && this.next[entry] !== 0) continue;
      const from = PRINT_WORDS * (entry - 1);
      const isSame =
        this.entries[from + PRINT.file] !== ANYTHING &&
        isSamePrint(this.entries, from + PRINT.content, stored, at + PRINT.content);
      if (isSame) return true;
    }
    return false;
  }

  /** Where a key is, or else where it belongs. */
  private slotOf(words: Int32Array, at: number): number {
    const mask = this.slots.length - 1;
    let slot = (words[at + 1] as number) & mask;
    for (let first = this.slots[slot] as number; first !== 0; first = this.slots[slot] as number) {
      const from = PRINT_WORDS * (first - 1);
      if (isSamePrint(this.entries, from, words, at)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
