import { slotOf, tagOf } from './key-set.ts';

const FIRST_SLOTS = 1 << 16;
/** Beyond it nothing is added: 8 million slots are 64 MB. */
const MOST_SLOTS = 1 << 23;
const LOAD = 0.8;

/** In place of the number of a holder. */
const SEVERAL = 0xffffffff;

interface Slots {
  /** A part of the print by slot, 0 for none. */
  readonly tags: Uint32Array;
  /** The numbers of the holders. */
  readonly holders: Uint32Array;
}

/**
 * Who holds which key, by 64 bits of its print. It may take a free key for one that somebody holds, once in about a billion, but
 * never the other way round.
 */
export class KeyHolders {
  /** When one is full the next has twice its slots. */
  private readonly tables: Slots[] = [slots(FIRST_SLOTS)];
  private total = FIRST_SLOTS;
  private left = FIRST_SLOTS * LOAD;
  private isFull = false;

  /** @param holder a number from 0. */
  add(a: number, b: number, holder: number): void {
    const tag = tagOf(b);
    for (const { tags, holders } of this.tables) {
      const slot = slotOf(tags, a, tag);
      if (tags[slot] !== tag) continue;
      if (holders[slot] !== holder) holders[slot] = SEVERAL;
      return;
    }
    if (this.left < 1 && !this.grow()) {
      this.isFull = true;
      return;
    }
    const { tags, holders } = this.tables.at(-1) as Slots;
    const slot = slotOf(tags, a, tag);
    tags[slot] = tag;
    holders[slot] = holder;
    this.left--;
  }

  /** Nobody else holds the key; false also where nobody can tell because there is no more room. */
  isFree(a: number, b: number, holder: number | undefined): boolean {
    const tag = tagOf(b);
    const holds = ({ tags, holders }: Slots): boolean => {
      const slot = slotOf(tags, a, tag);
      return tags[slot] === tag && holders[slot] !== holder;
    };
    return !this.isFull && !this.tables.some(holds);
  }

  private grow(): boolean {
    const more = 2 * (this.tables.at(-1)?.tags.length ?? 0);
    if (this.total + more > MOST_SLOTS) return false;
    this.tables.push(slots(more));
    this.total += more;
    this.left = more * LOAD;
    return true;
  }
}

function slots(count: number): Slots {
  return { tags: new Uint32Array(count), holders: new Uint32Array(count) };
}
