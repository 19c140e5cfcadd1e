const FIRST_SLOTS = 1 << 16;
/** Beyond it nothing is added: 32 million slots are 128 MB. */
const MOST_SLOTS = 1 << 25;
const LOAD = 0.8;

/**
 * The keys of a run by their prints, in four to eight bytes each. It may take a new key for one that it has, once in
 * about a billion, but never the other way round: a hit is asked of the claims themselves.
 */
export class KeySet {
  /** Tags by slot, 0 for none. When one table is full the next has twice its slots. */
  private readonly tables: Uint32Array[] = [new Uint32Array(FIRST_SLOTS)];
  private slots = FIRST_SLOTS;
  private left = FIRST_SLOTS * LOAD;

  /** Adds a key. False when it is there already, or when nobody can tell because the set is full. */
  add(a: number, b: number): boolean {
    const tag = tagOf(b);
    if (this.left < 1 && !this.grow()) return false;
    const last = this.tables.length - 1;
    for (let i = 0; i < last; i++) {
      const table = this.tables[i] as Uint32Array;
      if (table[slotOf(table, a, tag)] === tag) return false;
    }
    const table = this.tables[last] as Uint32Array;
    const slot = slotOf(table, a, tag);
    if (table[slot] === tag) return false;
    table[slot] = tag;
    this.left--;
    return true;
  }

  private grow(): boolean {
    const slots = 2 * (this.tables.at(-1)?.length ?? 0);
    if (this.slots + slots > MOST_SLOTS) return false;
    this.tables.push(new Uint32Array(slots));
    this.slots += slots;
    this.left = slots * LOAD;
    return true;
  }
}

/** What stands for a key in its slot: never 0. */
export function tagOf(b: number): number {
  return b === 0 ? 1 : b >>> 0;
}

/** Where the tag is, or else where it belongs. */
export function slotOf(table: Uint32Array, a: number, tag: number): number {
  const mask = table.length - 1;
  let slot = a & mask;
  while (table[slot] !== 0 && table[slot] !== tag) slot = (slot + 1) & mask;
  return slot;
}
