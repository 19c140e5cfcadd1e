import { isAlike, isHollow } from './alike.ts';
import { mapsByNames } from './crossing-names.ts';
import type { KnownNames } from './known-names.ts';
import { isIdLike, isMap } from './map-or-record.ts';
import { isWithin, type Segment, widened } from './segments.ts';
import type { Shape } from './shape.ts';
import type { DataFile } from './sources.ts';

// Which files hold the same: `users/<user>/chats/<chat>.json` is one group, `users.json` one of its own.

export interface FileGroup {
  readonly segments: readonly Segment[];
  /** With the dot; compression does not count. */
  readonly ending: string;
  readonly begins: DataFile['begins'];
  readonly shape: Shape;
  readonly paths: PathList;
  readonly largest: number;
}

export interface PathList {
  readonly count: number;
  /** The first by order of the walk. */
  readonly first: string;
}

/** A file while it may still become a group of its own. */
interface Part {
  readonly path: string;
  readonly names: readonly string[];
  readonly shape: Shape;
  readonly bytes: number;
  readonly isSound: boolean;
}

interface Draft {
  readonly number: number;
  segments: Segment[];
  readonly ending: string;
  readonly begins: DataFile['begins'];
  shape: Shape;
  count: number;
  idLike: number;
  largest: number;
  /** Files that can be read to their end. */
  sound: number;
  /** Until there are many: then they stay together. */
  parts: Part[] | undefined;
}

/** Files up to which a group may still fall apart. */
const FEW = 40;
/** So many files of a directory hold the same kind of records, whatever they are called. */
const MANY = 10;

/** So many files show how their names vary. */
const FEW_FILES = 3;

const COMPRESSION = /\.(?:gz|gzip|zst|zstd)$/i;

export interface Grouping {
  readonly groups: readonly FileGroup[];
  /** The group of a file, by the number that `add` gave. */
  readonly groupOf: (draft: number, path: string) => FileGroup | undefined;
}

export class FileGroups {
  private readonly drafts: Draft[] = [];

  /** The number of the draft that the file is part of: see `groupOf`. */
  add({ path, begins, bytes }: DataFile, shape: Shape, isSound: boolean): number {
    const { names, ending } = namesOf(path);
    const part = { path, names, shape, bytes, isSound };
    const sound = isSound ? 1 : 0;
    const draft = this.drafts.find((each) => each.ending === ending && each.begins === begins && joins(each, part));
    if (draft === undefined) {
      const segments = names.map((name): Segment => ({ prefix: name, suffix: '', varies: false }));
      const number = this.drafts.length;
      const idLike = isIdLike(names.at(-1) ?? '') ? 1 : 0;
      const parts = [part];
      this.drafts.push({ number, segments, ending, begins, shape, count: 1, idLike, largest: bytes, sound, parts });
      return number;
    }
    this.join(draft, part);
    return draft.number;
  }

  private join(draft: Draft, part: Part): void {
    const { names, bytes, isSound } = part;
    if (isHollow(draft.shape)) draft.shape = part.shape;
    draft.segments = draft.segments.map((segment, at) => widened(segment, names[at] ?? ''));
    draft.count++;
    if (isSound) draft.sound++;
    if (isIdLike(names.at(-1) ?? '')) draft.idLike++;
    draft.largest = Math.max(draft.largest, bytes);
    draft.parts?.push(part);
    if (draft.parts !== undefined && draft.parts.length <= FEW) return;
    for (const each of draft.parts ?? [part]) if (each.shape !== draft.shape) draft.shape.merge(each.shape);
    draft.parts = undefined;
  }

  /** The groups in the order of their first files. Of files that are all damaged there is nothing to declare. */
  finish(known: KnownNames): Grouping {
    const before = new Set(this.drafts.filter(({ shape }) => isMap(shape)));
    for (const name of this.drafts.flatMap(thingsIn)) known.note(name);
    for (const { shape } of mapsByNames(this.drafts.flatMap(({ parts }) => parts ?? []))) {
      known.noteMap(shape);
      for (const name of shape.members.keys()) known.note(name);
    }
    known.complete();
    const joined = this.joinMaps(before);
    const groups: FileGroup[] = [];
    const ofDrafts = new Map<number, FileGroup>();
    const ofPaths = new Map<string, FileGroup>();
    const directories = new Set(this.drafts.flatMap((draft) => [...varyingDirectories(draft)]));
    for (const draft of this.drafts.filter(({ sound, number }) => sound > 0 && !joined.has(number))) {
      if (staysTogether(draft, directories)) {
        const group = finished(draft);
        ofDrafts.set(draft.number, group);
        groups.push(group);
        continue;
      }
      for (const part of draft.parts?.filter(({ isSound }) => isSound) ?? []) {
        const group = alone(draft, part);
        ofPaths.set(part.path, group);
        groups.push(group);
      }
    }
    return { groups, groupOf: (draft, path) => ofDrafts.get(joined.get(draft) ?? draft) ?? ofPaths.get(path) };
  }

  /**
   * Files that turned out to be maps may hold the same, whatever names they have; and a file that holds nothing is one of those that
   * are called like it. Answers which draft is part of which other one, by number. `before` are those that were known to be maps.
   */
  private joinMaps(before: ReadonlySet<Draft>): ReadonlyMap<number, number> {
    const joined = new Map<number, number>();
    const join = (draft: Draft, fits: (other: Draft, part: Part) => boolean): void => {
      const { ending, begins, parts } = draft;
      const first = this.drafts.find(
        (each) =>
          each !== draft &&
          !joined.has(each.number) &&
          each.ending === ending &&
          each.begins === begins &&
          parts?.every((part) => fits(each, part)),
      );
      if (first === undefined) return;
      for (const part of parts ?? []) this.join(first, part);
      joined.set(draft.number, first.number);
    };
    for (const draft of this.drafts.filter((each) => !before.has(each) && isMap(each.shape)))
      join(draft, (other, part) => other.number < draft.number && isMap(other.shape) && joins(other, part));
    for (const draft of this.drafts.filter(({ shape, count }) => count === 1 && isHollow(shape)))
      join(draft, (other, { names }) => !isHollow(other.shape) && isCalledLike(other, names));
    return joined;
  }
}

/** Whether a path is one of those of a draft, as far as they vary. */
function isCalledLike({ segments, count }: Draft, names: readonly string[]): boolean {
  return (
    count >= FEW_FILES &&
    segments.length === names.length &&
    segments.every((segment, at) => isWithin(segment, names[at] ?? ''))
  );
}

/** What its files show the names of things to be: those in maps, and what varies in their paths. */
function thingsIn({ shape, segments, parts = [] }: Draft): readonly string[] {
  const inPaths = parts.flatMap(({ names }) => names.filter((_, at) => segments[at]?.varies));
  return [...inPaths, ...namesInMaps(shape)];
}

function namesInMaps(shape: Shape, depth = 0): readonly string[] {
  if (depth > 3 || !shape.isAll('object')) return [];
  const own = isMap(shape) ? [...shape.members.keys()] : [];
  return [...own, ...[...shape.members.values()].flatMap((member) => namesInMaps(member, depth + 1))];
}

function namesOf(path: string): { readonly names: readonly string[]; readonly ending: string } {
  const bare = path.replace(COMPRESSION, '');
  const ending = /\.[^./]*$/.exec(bare)?.[0] ?? '';
  return { names: bare.slice(0, bare.length - ending.length).split('/'), ending };
}

function alone({ ending, begins }: Draft, { path, names, shape, bytes }: Part): FileGroup {
  const segments = names.map((name): Segment => ({ prefix: name, suffix: '', varies: false }));
  return { segments, ending, begins, shape, paths: { count: 1, first: path }, largest: bytes };
}

function finished({ segments, ending, begins, shape, count, parts, largest }: Draft): FileGroup {
  for (const part of parts ?? []) if (part.shape !== shape) shape.merge(part.shape);
  return { segments, ending, begins, shape, paths: { count, first: parts?.[0]?.path ?? '' }, largest };
}

/** Few files of a directory that differ by a word only may hold the same kind of records for different things. */
function staysTogether({ segments, parts, count, idLike, shape }: Draft, directories: ReadonlySet<string>): boolean {
  if (parts === undefined || count === 1) return true;
  const varying = parts.map(({ names }) => varyingPart(names, segments));
  // The name of a directory of users, or of a language, is data.
  if (varying.every((name) => directories.has(name)) || varying.every((name) => LOCALE.test(name))) return true;
  const isOfDirectories = segments.slice(0, -1).some(({ varies }) => varies);
  if (isOfDirectories || idLike >= count * 0.85 || parts.every(({ names }) => variesLikeData(names, segments)))
    return true;
  // What each is for, its name says: points/january.json, points/march.json.
  if (segments.length > 1 && parts.every((part) => isOfThings(part.shape))) return true;
  const isRecord = shape.isAll('object') && !isMap(shape) && scalars(shape) >= 3;
  return segments.length > 1 && (isRecord || count >= MANY);
}

/** A map of things that are named elsewhere. */
function isOfThings(shape: Shape): boolean {
  return isMap(shape) && shape.budget.known.areThings([...shape.members.keys()], 1);
}

const LOCALE = /^[a-z]{2}(?:[-_][A-Za-z]{2,4})?$/;

function variesLikeData(names: readonly string[], segments: readonly Segment[]): boolean {
  const varying = varyingPart(names, segments);
  return /^\d+$/.test(varying) || isIdLike(varying);
}

/** What of the name of a file is its own. */
function varyingPart(names: readonly string[], segments: readonly Segment[]): string {
  const { prefix, suffix } = segments.at(-1) as Segment;
  const name = names.at(-1) ?? '';
  return name.slice(prefix.length, name.length - suffix.length);
}

/** Names of directories that hold the same: users/ann, users/bob. */
function* varyingDirectories({ segments, parts = [] }: Draft): Generator<string> {
  for (const [at, { varies, prefix, suffix }] of segments.slice(0, -1).entries()) {
    if (!varies) continue;
    for (const { names } of parts) {
      const name = names[at] ?? '';
      yield name.slice(prefix.length, name.length - suffix.length);
    }
  }
}

function scalars(shape: Shape): number {
  return [...shape.members.values()].filter(({ isScalar }) => isScalar).length;
}

function joins(draft: Draft, part: Part): boolean {
  const { names } = part;
  if (names.length !== draft.segments.length) return false;
  const last = names.length - 1;
  const differ = draft.segments.flatMap((segment, at) => (isWithin(segment, names[at] ?? '') ? [] : [at]));
  const isSameName = !differ.includes(last);
  const isOfDirectories = differ.some((at) => at < last);
  const isNothing = isHollow(part.shape) || isHollow(draft.shape);
  const known = draft.segments[last] as Segment;
  // An empty list is one of whatever lists the others have: in a directory beside theirs, or under a name like theirs.
  const isBeside = isOfDirectories || draft.segments.slice(0, -1).some(({ varies }) => varies);
  if (isNothing) return isSameName && (isBeside || (known.varies && draft.count >= FEW_FILES));
  if (
    isOfDirectories &&
    !isSameName &&
    !(known.varies || isIdLike(names[last] ?? '') || isDirectoryShared(differ, last))
  )
    return false;
  return isAlike(draft.shape, part.shape);
}

/** The directory right above the files has the same name: users/<user>/chats/… */
function isDirectoryShared(differ: readonly number[], last: number): boolean {
  return last > 0 && !differ.includes(last - 1);
}
