import { isAlike } from './alike.ts';
import { isMap } from './map-or-record.ts';
import { agreement, SAME_KIND, type Shape } from './shape.ts';

/** A file, with the names on the way to it. */
export interface NamedFile {
  readonly names: readonly string[];
  readonly shape: Shape;
}

/** Of so many entries alike a map is known without other files. */
const FEW_ENTRIES = 3;

/**
 * Files whose objects hold one or two objects alike may be maps or records: `{"ann": {"xp": 1}, "bob": {"xp": 2}}`. They are maps
 * where the names of two such files cross: each has one that the other has not, and they share a name, or lie side by side and hold
 * the same. A record may lack members that another has, but not the other way round as well.
 */
export function mapsByNames(files: Iterable<NamedFile>): readonly NamedFile[] {
  const open = [...files].filter(({ shape }) => mayBeMap(shape));
  const found = new Set<NamedFile>();
  for (const group of byNeighbour(open)) {
    for (const [at, one] of group.entries()) {
      for (const other of group.slice(at + 1)) if (cross(one, other)) for (const each of [one, other]) found.add(each);
    }
    // What lies beside maps, and holds the same, is one of them.
    const [first] = group.filter((each) => found.has(each));
    for (const each of group) if (first !== undefined && isBeside(each, first)) found.add(each);
  }
  return [...found];
}

function mayBeMap(shape: Shape): boolean {
  const { members, counts } = shape;
  if (!shape.isAll('object') || counts.object !== 1 || isMap(shape)) return false;
  const entries = [...members.values()];
  if (entries.length === 0 || entries.length >= FEW_ENTRIES) return false;
  const areRecords = entries.every((entry) => entry.isAll('object') && entry.empty === 0 && !isMap(entry));
  return areRecords && (entries.length === 1 || agreement(entries) >= SAME_KIND);
}

/** Files that may be compared: those that share a name, a directory, or a file name. Few of each are enough. */
function byNeighbour(files: readonly NamedFile[]): Iterable<readonly NamedFile[]> {
  const groups = new Map<string, NamedFile[]>();
  for (const file of files) {
    const { names, shape } = file;
    const directory = JSON.stringify(['in', ...names.slice(0, -1)]);
    const twins = JSON.stringify(['called', names.length, names.at(-1)]);
    const keys = [...shape.members.keys()].map((name) => JSON.stringify(['has', name]));
    for (const key of [directory, twins, ...keys]) {
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      if (group.length < MOST_COMPARED) group.push(file);
    }
  }
  return groups.values();
}

const MOST_COMPARED = 40;

function cross(one: NamedFile, other: NamedFile): boolean {
  const [own, its] = [one, other].map(({ shape }) => [...shape.members.keys()]) as [string[], string[]];
  if (own.length + its.length < FEW_ENTRIES) return false;
  const differ = own.some((name) => !its.includes(name)) && its.some((name) => !own.includes(name));
  return differ && (own.some((name) => its.includes(name)) || isBeside(one, other));
}

/** In one directory, or called the same, and of the same kind. */
function isBeside(one: NamedFile, other: NamedFile): boolean {
  const { length } = one.names;
  if (length !== other.names.length) return false;
  const isInSame = one.names.slice(0, -1).every((name, at) => name === other.names[at]);
  const isSameName = one.names.at(-1) === other.names.at(-1);
  return (isInSame ? length > 1 : isSameName) && isAlike(one.shape.together(), other.shape.together());
}
