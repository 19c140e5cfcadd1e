import type { FilePart } from './batch.ts';
import { packsOf } from './whole-result.ts';

/** So many owners are remembered as made: of others it is not known, which costs time and nothing else. */
const MOST_OWNERS = 100_000;

/** How a batch takes part among the others. */
export interface Turn {
  /** The batches are done that may make an owner whom this one names as well: the first one that names him makes him. */
  readonly ownersMade: Promise<unknown>;
  /** To be called when it is done. */
  readonly end: () => void;
}

/** A batch that is on its way. */
interface Begun {
  /** Whom it may make. */
  readonly owners: ReadonlySet<string>;
  readonly ended: Promise<void>;
}

/** Gives batches their turns, in order. */
export class BatchOrder {
  private readonly begun = new Set<Begun>();
  private readonly made = new Set<string>();
  private unfinished: FilePart['tally'] | undefined;

  /** Whether it continues a file that a batch before it began: a file loads in the order of its records. */
  continuesFile(parts: readonly FilePart[]): boolean {
    return this.unfinished !== undefined && parts[0]?.tally === this.unfinished;
  }

  next(parts: readonly FilePart[]): Turn {
    const last = parts.at(-1);
    this.unfinished = last?.last === false ? last.tally : undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const named = packsOf(parts).flatMap(({ owners }) => owners);
    const owners = new Set(named.filter((owner) => !this.made.has(owner)));
    const before = [...this.begun].filter((each) => [...owners].some((owner) => each.owners.has(owner)));
    const own: Begun = { owners, ended: promise };
    this.begun.add(own);
    return { ownersMade: Promise.all(before.map(({ ended }) => ended)), end: () => this.end(own, resolve) };
  }

  private end(batch: Begun, tell: () => void): void {
    this.begun.delete(batch);
    for (const owner of this.made.size < MOST_OWNERS ? batch.owners : []) this.made.add(owner);
    tell();
  }
}
