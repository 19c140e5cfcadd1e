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
  /**
   * The row is there as one record has it, and others with its key have other content: the loader has rejected them, unless they came
   * one after the other. `key` are the words of the key's print.
   */
  readonly contradicted: (key: Int32Array, table: number, right: RecordOf, others: readonly RecordOf[]) => void;
  readonly missing: (file: number, record: number, table: number) => void;
  /** A row of which nothing is known but that it should be there. `key` are the words of the key's print. */
  readonly unknown: (key: Int32Array) => void;
  /** `key` are the words of the key's print. */
  readonly extra: (key: Int32Array, table: number) => void;
}

/** A record, by the number of its file. */
export interface RecordOf {
  readonly file: number;
  readonly record: number;
}

/** Of several entries that expect something of one row: whether any of them may be right, or only the last. */
export type Rule = 'any' | 'last';

/** Compares the prints of both sides, one partition after the other. */
export function matchPrints(store: PrintStore, rule: Rule, listener: MatchListener): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    new Partition(store.entries('expected', partition), rule).match(store.entries('stored', partition), listener);
  }
}

/** In place of an entry: the row is there, and no entry is as it is. */
const NONE = -1;

/** The entries that are expected, by key. */
class Partition {
  private readonly entries: Int32Array;
  /** By slot: the number of the first entry with a key, from 1. */
  private readonly slots: Int32Array;
  /** By entry: the next one with the same key, or 0. */
  private readonly next: Int32Array;
  /** By the first entry of a key: the one that is as the row is, `NONE`, or 0 where no row was found. */
  private readonly right: Int32Array;
  /** By the first entry of a key: where the row was found. */
  private readonly tables: Uint16Array;
  private readonly rule: Rule;

  constructor(entries: Int32Array, rule: Rule) {
    const count = entries.length / PRINT_WORDS;
    this.entries = entries;
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    this.next = new Int32Array(count + 1);
    this.right = new Int32Array(count + 1);
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
        if ((this.right[first] as number) <= 0) this.right[first] = this.rightOf(first, stored, at);
        this.tables[first] = stored[at + PRINT.table] as number;
      }
    }
    for (const first of this.slots) if (first !== 0) this.tell(first, listener);
  }

  private tell(first: number, { equal, different, contradicted, missing, unknown }: MatchListener): void {
    const right = this.right[first] as number;
    if (right > 0 && this.next[first] === 0) {
      equal(this.tables[first] as number);
      return;
    }
    const shown = this.firstRecord(first) ?? first;
    const { file, record } = this.recordOf(shown);
    const found = this.tables[first] as number;
    const keyOf = (entry: number): Int32Array => {
      const at = PRINT_WORDS * (entry - 1);
      return this.entries.slice(at, at + PRINT.content);
    };
    if (right > 0) {
      const others = this.rule === 'any' ? this.othersThan(right, first) : [];
      if (others.length === 0) equal(found);
      else contradicted(keyOf(right), found, this.recordOf(right), others);
    } else if (right === NONE) different(file, record, found, this.lastOf(first));
    else if (file === ANYTHING) unknown(keyOf(shown));
    else missing(file, record, this.entries[PRINT_WORDS * (shown - 1) + PRINT.table] as number);
  }

  private recordOf(entry: number): RecordOf {
    const at = PRINT_WORDS * (entry - 1);
    return { file: this.entries[at + PRINT.file] as number, record: this.entries[at + PRINT.record] as number };
  }

  /** The records with the key that have other content. */
  private othersThan(right: number, first: number): readonly RecordOf[] {
    const others: RecordOf[] = [];
    const own = PRINT_WORDS * (right - 1) + PRINT.content;
    for (let entry = first; entry !== 0; entry = this.next[entry] as number) {
      const each = this.recordOf(entry);
      const isSame = isSamePrint(this.entries, PRINT_WORDS * (entry - 1) + PRINT.content, this.entries, own);
      if (each.file !== ANYTHING && !isSame) others.push(each);
    }
    return others;
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

  /** The entry with the key that has the stored content, else `NONE`. Where nothing is known of the content any has. */
  private rightOf(first: number, stored: Int32Array, at: number): number {
    if (this.firstRecord(first) === undefined) return first;
    for (let entry = first; entry !== 0; entry = this.next[entry] as number) {
      if (this.rule === 'last' && this.next[entry] !== 0) continue;
      const from = PRINT_WORDS * (entry - 1);
      const isSame =
        this.entries[from + PRINT.file] !== ANYTHING &&
        isSamePrint(this.entries, from + PRINT.content, stored, at + PRINT.content);
      if (isSame) return entry;
    }
    return NONE;
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
