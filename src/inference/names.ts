import { createHash } from 'node:crypto';

/** The longest name of PostgreSQL, in bytes. */
const LONGEST = 63;
const HASH_DIGITS = 8;

/** Names that the databases, the loader or JavaScript need for themselves. */
const TAKEN = new Set([
  'tableoid',
  'xmin',
  'cmin',
  'xmax',
  'cmax',
  'ctid',
  'oid',
  'record_key',
  'row_id',
  'constructor',
]);

/** The words of names of members, in lower case. */
export function wordsOf(text: string): readonly string[] {
  return text
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** The names on the way to a member, without those that only say how a value is written: `{"$oid": "…"}`, `{"$date": "…"}`. */
export function tellingNames(way: readonly string[]): readonly string[] {
  const end = way.findLastIndex((name) => !name.startsWith('$'));
  return end <= 0 ? way.slice(0, 1) : way.slice(0, end + 1);
}

/** Wrappers of Extended JSON in which texts are numbers. https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
const NUMBERS = new Set(['$numberInt', '$numberLong', '$numberDouble', '$numberDecimal']);

/** Whether a member is called so that its texts are numbers: `{"$numberLong": "5"}`. */
export function holdsNumberTexts(way: readonly string[]): boolean {
  return NUMBERS.has(way.at(-1) ?? '');
}

/** `Order Items`, `orderItems` → `order_items` */
export function snakeCase(texts: readonly string[], otherwise = 'value'): string {
  const words = texts.flatMap(wordsOf);
  return words.length === 0 ? otherwise : words.join('_');
}

/** Gives each thing a name of its own that both databases take; the same for the same, in whatever order others come. */
export class Names {
  private readonly taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.taken.has(name) || TAKEN.has(name);
  }

  /** The first of the wanted names that is free; else with a hash of what it stands for. */
  take(wanted: readonly string[], standsFor: string): string {
    const fitting = wanted.map(allowed).map((name) => shortened(name, standsFor));
    const free = fitting.find((name) => !this.has(name)) ?? hashed(fitting[0] ?? 'value', standsFor);
    let name = free;
    for (let number = 2; this.has(name); number++) name = hashed(free, `${standsFor} ${number}`);
    this.taken.add(name);
    return name;
  }
}

function allowed(name: string): string {
  return /^(?:pg_|sqlite_|migrate_json_)/.test(name) ? `the_${name}` : name;
}

function shortened(name: string, standsFor: string): string {
  return Buffer.byteLength(name) <= LONGEST ? name : hashed(name, standsFor);
}

function hashed(name: string, standsFor: string): string {
  const digest = createHash('sha256').update(standsFor).digest('hex').slice(0, HASH_DIGITS);
  let kept = name;
  while (Buffer.byteLength(kept) > LONGEST - HASH_DIGITS - 1) kept = [...kept].slice(0, -1).join('');
  return `${kept.replace(/_$/, '')}_${digest}`;
}
