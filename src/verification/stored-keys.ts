import { isSamePrint } from '../hash/fingerprint.ts';
import { PRINT_WORDS } from './print-store.ts';

/** The keys of stored rows, by their prints. */
export class StoredKeys {
  readonly entries: Int32Array;
  /** By slot: the number of an entry, from 1. */
  private readonly slots: Int32Array;

  constructor(entries: Int32Array) {
    const count = entries.length / PRINT_WORDS;
    this.entries = entries;
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    for (let entry = 1; entry <= count; entry++) this.slots[this.slotOf(entries, PRINT_WORDS * (entry - 1))] = entry;
  }

  /** The place of the entry with the key; undefined where none has it. */
  find(words: Int32Array, at: number): number | undefined {
    const entry = this.slots[this.slotOf(words, at)] as number;
    return entry === 0 ? undefined : PRINT_WORDS * (entry - 1);
  }

  /** Where a key is, or else where it belongs. The first word chose the partition. */
  private slotOf(words: Int32Array, at: number): number {
    const mask = this.slots.length - 1;
    let slot = (words[at + 1] as number) & mask;
    for (let entry = this.slots[slot] as number; entry !== 0; entry = this.slots[slot] as number) {
      if (isSamePrint(this.entries, PRINT_WORDS * (entry - 1), words, at)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
