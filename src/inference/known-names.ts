import { wordsOf } from './names.ts';

/** Names of members by whose values other files may name things. */
const KEYS = new Set([
  'id',
  'uuid',
  'guid',
  'name',
  'username',
  'user',
  'login',
  'handle',
  'nick',
  'nickname',
  'slug',
  'key',
  'code',
  'sku',
  'email',
]);

/** More names are not remembered: who has so many things does not name them in small maps. */
const MOST_NAMES = 20_000;
const LONGEST = 64;
/** So many of the names of an object must be names of things, and there must be two at least. */
const NEARLY_ALL = 0.9;
const FEWEST = 2;

/** Whether values of a member of this name may be names of things. */
export function isKeyName(name: string): boolean {
  return KEYS.has(wordsOf(name).at(-1) ?? '');
}

/**
 * How the things in all files are called: by the values of keys, by names in maps and in paths. An object whose members are called so
 * is a map of them: `{"ann": 5, "bob": 3}` where users are called ann and bob.
 */
export class KnownNames {
  private readonly names = new Set<string>();
  private readonly maps = new WeakSet<object>();
  private all = false;

  note(name: string): void {
    if (this.names.size < MOST_NAMES && name.length > 0 && name.length <= LONGEST) this.names.add(name);
  }

  /** Every file has been read: before, an answer would depend on their order. */
  complete(): void {
    this.all = true;
  }

  get isComplete(): boolean {
    return this.all;
  }

  /** Other files show that this object is a map. */
  noteMap(shape: object): void {
    this.maps.add(shape);
  }

  isMap(shape: object): boolean {
    return this.all && this.maps.has(shape);
  }

  areThings(names: readonly string[], fewest = FEWEST): boolean {
    if (!this.all || names.length < fewest) return false;
    return names.filter((name) => this.names.has(name)).length >= names.length * NEARLY_ALL;
  }
}
