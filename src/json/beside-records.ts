import { spelledJson } from './canonical.ts';
import { readFaithfully } from './parse.ts';
import { joinPointer } from './pointer.ts';
import { probe, type Shape } from './probe.ts';
import { waysMeet } from './steps.ts';
import { isJsonObject, type JsonValue } from './value.ts';

/** Bytes of a member that tell what it is. */
const HEAD = 64 * 1024;

/** The members of the root beside the records of a file. */
export class BesideRecords {
  /** How often each name occurred, but for collections. */
  readonly envelope = new Map<string, number>();
  /** Names of what holds data that nobody reads: lists and maps of objects, and beside records of declared datasets other lists and objects too. */
  readonly collections = new Set<string>();
  /** The texts of those that are one value, by name. */
  readonly scalars = new Map<string, string>();
  /** The texts of those that somebody asks for, by name. */
  readonly wanted = new Map<string, string>();
  /** The names are ways from the root. */
  readonly #areWays: boolean;
  readonly #elsewhere: readonly string[];
  readonly #asked: readonly string[];
  #head: Buffer[] = [];
  #length = 0;

  /**
   * @param areWays names are pointers, in which `*` stands for what is data.
   * @param elsewhere members that somebody else reads.
   * @param asked pointers to values that records take.
   */
  constructor(areWays = false, elsewhere: readonly string[] = [], asked: readonly string[] = []) {
    this.#areWays = areWays;
    this.#elsewhere = elsewhere;
    this.#asked = asked;
  }

  /** What holds data that nobody reads, as pointers. */
  get collectionPointers(): readonly string[] {
    return [...this.collections].map((name) => (this.#areWays ? name : joinPointer('', name)));
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
    const taken = this.#asked.filter((pointer) => waysMeet(name, pointer));
    if (isWhole && taken.length > 0) this.wanted.set(name, text);
    if (this.#elsewhere.some((other) => (this.#areWays ? waysMeet(other, name) : other === name))) return;
    const value = isWhole && taken.length > 0 ? readFaithfully(text) : undefined;
    if (value === undefined) this.#judge(name, text, isWhole);
    else for (const [pointer, left] of leftOf(value, name, taken)) this.#judge(pointer, spelledJson(left), true);
  }

  /** What becomes of a value that nobody takes. */
  #judge(name: string, text: string, isWhole: boolean): void {
    const shape = probe(text, isWhole);
    const isShared = this.#elsewhere.length > 0;
    const isOne = shape.root !== 'object' && shape.root !== 'array';
    // What a declaration takes of a file is all that it says: only single values beside one kind of records are its envelope.
    const isTold = this.#areWays && holdsData(shape) && (isShared || !isOne);
    if (isCollection(shape) || isTold) this.collections.add(name);
    else this.envelope.set(name, (this.envelope.get(name) ?? 0) + 1);
    if (isWhole && isOne) this.scalars.set(name, text);
  }
}

/** The members of a value that none of the pointers leads to, by pointer. */
function* leftOf(value: JsonValue, at: string, taken: readonly string[]): Generator<[string, JsonValue]> {
  const isTaken = taken.some((pointer) => at === pointer || at.startsWith(`${pointer}/`));
  if (isTaken) return;
  const inside = taken.filter((pointer) => pointer.startsWith(`${at}/`));
  if (inside.length === 0 || !isJsonObject(value)) yield [at, value];
  else for (const [name, member] of Object.entries(value)) yield* leftOf(member ?? null, joinPointer(at, name), inside);
}

/** Whether a value is a list or a map of objects, or a list of lists: then it cannot be anything but data. */
export function isCollection({ begins, first, members }: Shape): boolean {
  if (begins === 'array') return first?.begins === 'object' || first?.begins === 'array';
  return begins === 'object' && members.values().some((member) => member.begins === 'object' || isCollection(member));
}

function holdsData({ root, first, members }: Shape): boolean {
  if (root === 'array') return first !== undefined;
  return root === 'object' ? members.size > 0 : root !== 'null';
}
