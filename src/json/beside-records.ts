import { probe, type Shape } from './probe.ts';
import { waysMeet } from './steps.ts';

/** Bytes of a member that tell what it is. */
const HEAD = 64 * 1024;

/** The members of the root beside the records of a file. */
export class BesideRecords {
  /** How often each name occurred, but for collections. */
  readonly envelope = new Map<string, number>();
  /** Names of lists and maps of objects, which hold data that nobody reads. */
  readonly collections = new Set<string>();
  /** The texts of those that are one value, by name. */
  readonly scalars = new Map<string, string>();
  /** The texts of those that somebody asks for, by name. */
  readonly wanted = new Map<string, string>();
  readonly #elsewhere: readonly string[];
  readonly #asked: readonly string[];
  #head: Buffer[] = [];
  #length = 0;

  /**
   * @param elsewhere members that somebody else reads.
   * @param asked pointers to values that records take.
   */
  constructor(elsewhere: readonly string[] = [], asked: readonly string[] = []) {
    this.#elsewhere = elsewhere;
    this.#asked = asked;
  }

  add(chunk: Buffer, from: number, to: number): void {
    const bytes = Math.min(to - from, HEAD - this.#length);
    if (bytes <= 0) return;
    this.#head.push(Buffer.from(chunk.subarray(from, from + bytes)));
    this.#length += bytes;
  }

  /** The value that was added is whole. */
  finish(name: string): void {
    const text = Buffer.concat(this.#head).toString('utf8');
    const isWhole = this.#length < HEAD;
    this.#head = [];
    this.#length = 0;
    if (isWhole && this.#asked.some((pointer) => waysMeet(name, pointer))) this.wanted.set(name, text);
    if (this.#elsewhere.some((other) => (name.startsWith('/') ? waysMeet(other, name) : other === name))) return;
    const shape = probe(text, isWhole);
    if (isCollection(shape)) this.collections.add(name);
    else this.envelope.set(name, (this.envelope.get(name) ?? 0) + 1);
    if (isWhole && shape.root !== 'object' && shape.root !== 'array') this.scalars.set(name, text);
  }
}

/** Whether a value is a list or a map of objects, or a list of lists: then it cannot be anything but data. */
export function isCollection({ begins, first, members }: Shape): boolean {
  if (begins === 'array') return first?.begins === 'object' || first?.begins === 'array';
  return begins === 'object' && members.values().some((member) => member.begins === 'object' || isCollection(member));
}
