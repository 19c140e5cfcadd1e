import { singular } from '../declarations/spellings.ts';
import { wordsOf } from './names.ts';
import { agreement, remembered, SAME_KIND, type Shape } from './shape.ts';

// Whether the names of an object are data (a map: its members are rows) or names of columns (a record).

/** Ids as programs make them: no part of them says anything. */
const OPAQUE = [
  /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, // UUID
  /^(?=.*\d)[\da-f]{16,}$/i, // ObjectId, hashes
  /^(?=[^\d]*\d)(?=.*[A-Za-z])[\w-]{16,}$/, // push ids, nanoids
];

/** Forms that names of data have rather than names of columns. */
const ID_LIKE = [
  ...OPAQUE,
  /^\d+$/, // numbers, snowflakes
  /^\d{4}-\d\d(?:-\d\d)?(?:[T ].*)?$/, // dates
  /^[^@\s]+@[^@\s]+\.[^@\s]+$/, // mail addresses
  /^[a-z][a-z]*[_:-]?\d{2,}$|^[a-z][a-z]*[_:-]\d+$/i, // user_17
  /^[+]?[\d ()/.-]{7,}$/, // telephone numbers
  /^https?:\/\//,
];

/** Words and numbers in camelCase, snake_case or kebab-case that begin like a word. */
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*(?:[-.][\p{L}\p{N}_$]+){0,3}$/u;
/** Headers of columns: what they hold is plain. */
const HEADER = /^[\p{L}_$][\p{L}\p{N}_$]*(?:[-. /#]+[\p{L}\p{N}_$]+){0,5}[?:]?$/u;

/** A name that looks like an id, a date or an address. */
export function isIdLike(name: string): boolean {
  return ID_LIKE.some((form) => form.test(name));
}

export function isOpaqueId(name: string): boolean {
  return OPAQUE.some((form) => form.test(name));
}

/** Shares that measured well on public data. */
const NEARLY_ALL = 0.85;
const ECHOED = 0.8;
/** So many names of one kind of value are no columns. */
const MANY_NAMES = 50;
/** Fewer agree by chance. */
const FEWEST = 3;

/** What each document of an export of Firestore has: its collections, by name. The documents of a collection are a map. */
export const SUBCOLLECTIONS = '__collections__';

/** Of a place where all is objects. */
export const isMap = remembered((shape): boolean => {
  if (!shape.isAll('object')) return false;
  if (shape.entries !== undefined || shape.budget.known.isMap(shape)) return true;
  const names = [...shape.members.keys()];
  if (names.length === 0) return false;
  if (names.filter(isIdLike).length >= names.length * NEARLY_ALL) return true;
  const members = [...shape.members.values()];
  if (members.every((member) => member.members.has(SUBCOLLECTIONS))) return true;
  const echoed = Math.max(0, ...echoesOf(members).values());
  const entries = members.reduce((sum, { present }) => sum + present, 0);
  if (entries > 0 && echoed >= entries * ECHOED) return true;
  const hasScalars = members.some((member) => member.isScalar);
  const form = hasScalars ? HEADER : IDENTIFIER;
  if (names.filter((name) => !form.test(name)).length >= names.length / 2) return true;
  // Several records with the same few names agree on them: those are members, whatever they hold.
  const isSteady =
    shape.counts.object >= FEWEST && members.every(({ total }) => total >= shape.counts.object * NEARLY_ALL);
  if (isSteady) return false;
  const kinds = new Set(members.flatMap(({ kinds: each }) => each));
  if (kinds.size === 1 && (names.length >= MANY_NAMES || shape.budget.known.areThings(names))) return true;
  if (hasScalars || areCollections(names, members)) return false;
  return areProper(names, members) || (names.length >= FEWEST && agree(members));
});

/**
 * Lists of which one has a member that names a record of another are collections, however alike they are:
 * `{"brands": [{"id": 1}], "stock": [{"id": 3, "brandId": 1}], "news": [{"id": 2}]}`.
 */
function areCollections(names: readonly string[], members: readonly Shape[]): boolean {
  if (!members.every((member) => member.isAll('list'))) return false;
  const things = new Set(names.map((name) => singular(wordsOf(name).at(-1) ?? '')));
  const inner = new Set(members.flatMap(({ elements }) => [...(elements?.members.keys() ?? [])]));
  return [...inner].some((name) => {
    const words = wordsOf(name);
    return words.at(-1) === 'id' && things.has(words.at(-2) ?? '');
  });
}

/** Names of things, not of members: each begins with a capital, and what is inside does not. */
function areProper(names: readonly string[], members: readonly Shape[]): boolean {
  if (!names.every((name) => /^\p{Lu}/u.test(name))) return false;
  const inner = members.flatMap((member) => (member.isAll('object') ? [...member.members.keys()] : ['']));
  return inner.length > 0 && inner.every((name) => /^[\p{Ll}_]/u.test(name));
}

/** Objects that have the same members, lists of such objects, or at least two of each. */
function agree(members: readonly Shape[]): boolean {
  const filled = members.filter(({ present, empty }) => present > empty);
  const objects = filled.filter((member) => member.isAll('object'));
  const lists = filled.filter((member) => member.isAll('list'));
  if (filled.length < FEWEST || objects.length + lists.length < filled.length) return false;
  if (objects.length === 1 || lists.length === 1) return false;
  return (
    (objects.length === 0 || ofOneKind(objects)) && (lists.length === 0 || listsOfOneKind(lists, objects.length > 0))
  );
}

/** Maps are of one kind where what they hold is. */
function ofOneKind(shapes: readonly Shape[]): boolean {
  return agreement(shapes.map((shape) => (isMap(shape) ? shape.together() : shape))) >= SAME_KIND;
}

/** Lists of plain values say nothing alone: they may be members as well. */
function listsOfOneKind(lists: readonly Shape[], hasObjects: boolean): boolean {
  const elements = lists.flatMap((list) => list.elements ?? []);
  if (elements.every((element) => element.isAll('object'))) return ofOneKind(elements);
  return hasObjects && elements.every((element) => element.isScalar);
}

/** How often a member says the name of its object, by that member. */
function echoesOf(members: readonly Shape[]): ReadonlyMap<string, number> {
  const echoes = new Map<string, number>();
  for (const member of members)
    for (const [name, times] of member.echoes) echoes.set(name, (echoes.get(name) ?? 0) + times);
  return echoes;
}
