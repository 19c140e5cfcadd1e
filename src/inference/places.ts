import type { FileGroup } from './file-groups.ts';
import { isMap } from './map-or-record.ts';
import { looksSensitive } from './sensitive.ts';
import type { Shape } from './shape.ts';
import { isLog, LOG_MEMBERS } from './state-log.ts';

// Where in the files of a group records lie.

/** A step from the root of a document, or from a record, to records. */
export type PathStep =
  | { readonly to: 'member'; readonly name: string }
  | { readonly to: 'elements' }
  /** Of a map: its names are data. */
  | { readonly to: 'names' };

export interface Place {
  readonly group: FileGroup;
  readonly steps: readonly PathStep[];
  /** Of the records. */
  readonly shape: Shape;
  /** One record for each file: what is no part of a list or map. */
  readonly isRow: boolean;
  /** Of such a record: members that are places of their own. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What a document holds, largest decisions first. */
export function placesOf(group: FileGroup, mostBytes: number): readonly Place[] {
  const { shape, begins } = group;
  const finder = new Finder(group, group.largest > mostBytes);
  if (begins === 'lines' || begins === 'sequence')
    return [finder.place([], shape.element(), false, isLog(group) ? LOG_MEMBERS : NONE)];
  if (begins === 'scalar') return [finder.place([], shape, true)];
  if (begins === 'list') return [finder.place([{ to: 'elements' }], shape.element())];
  const isRecord = group.paths.count > 1 && !isMap(shape) && isRecordLike(shape);
  return isRecord ? [finder.place([], shape, true)] : finder.inObject(shape, []);
}

/** Of documents that several files hold: as many plain members as collections. */
function isRecordLike(shape: Shape): boolean {
  const members = [...shape.members.values()];
  const plain = members.filter(({ isScalar }) => isScalar).length;
  return plain > 0 && plain >= members.filter(isCollection).length;
}

const DEEPEST = 3;

class Finder {
  private readonly group: FileGroup;
  /** The whole document is too large for a record. */
  private readonly isLarge: boolean;

  constructor(group: FileGroup, isLarge: boolean) {
    this.group = group;
    this.isLarge = isLarge;
  }

  place(steps: readonly PathStep[], shape: Shape, isRow = false, elsewhere: ReadonlySet<string> = NONE): Place {
    return { group: this.group, steps, shape, isRow, elsewhere };
  }

  inObject(shape: Shape, steps: readonly PathStep[]): readonly Place[] {
    if (shape.members.size === 0 && shape.entries === undefined)
      return [this.place([...steps, { to: 'names' }], shape.together())];
    if (isMap(shape)) return this.inMap(shape, steps);
    const members = [...shape.members];
    const collections = members.filter(
      ([, member]) => isCollection(member) || isEmptyList(member) || this.holdsCollections(member, steps),
    );
    const isDatabase = collections.length >= members.length / 2;
    const own = members.filter(([name, member]) => {
      // Such a name would stand in the path.
      if (looksSensitive(name)) return false;
      if (isCollection(member) || this.holdsCollections(member, steps)) return true;
      if (isDatabase && isEmptyList(member)) return true;
      if (isDatabase && this.isTally(member)) return true;
      return (isDatabase || this.isLarge) && member.isAll('object') && member.counts.null === 0 && member.empty === 0;
    });
    const left = members.filter(([name]) => !own.some(([each]) => each === name));
    const below = own.flatMap(([name, member]) => this.inMember(member, [...steps, { to: 'member', name }]));
    if (left.length === 0) return below;
    if (this.isLarge)
      return [...below, ...left.map(([name, member]) => this.place([...steps, { to: 'member', name }], member, true))];
    return [...below, this.place(steps, shape, true, new Set(own.map(([name]) => name)))];
  }

  private inMember(member: Shape, steps: readonly PathStep[]): readonly Place[] {
    if (member.counts.list > 0) return [this.place([...steps, { to: 'elements' }], member.element())];
    if (isMap(member) || this.isTally(member)) return this.inMap(member, steps);
    if (this.holdsCollections(member, steps.slice(1))) return this.inObject(member, steps);
    return [this.place(steps, member, true)];
  }

  /** A map of records, of lists of records, or of maps of records. */
  private inMap(shape: Shape, steps: readonly PathStep[]): readonly Place[] {
    const entries = shape.together();
    const names: readonly PathStep[] = [...steps, { to: 'names' }];
    const isWhole = entries.counts.null === 0 && entries.empty === 0;
    if (isWhole && entries.isAll('list') && entries.elements?.isAll('object') && entries.elements.counts.null === 0)
      return [this.place([...names, { to: 'elements' }], entries.elements)];
    const inner = entries.isAll('object') && isWhole && isMap(entries) ? entries.together() : undefined;
    if (inner?.isAll('object') && inner.counts.null === 0 && !isMap(inner))
      return [this.place([...names, { to: 'names' }], inner)];
    return [this.place(names, entries)];
  }

  /** One object of numbers only, next to collections: a number for each of some things. Counters of the collections are no such. */
  private isTally(shape: Shape): boolean {
    const members = [...shape.members];
    if (!shape.isAll('object') || shape.counts.object !== 1 || members.length < 3) return false;
    const around = [...this.group.shape.members].filter(([, other]) => other !== shape);
    const known = new Set(around.flatMap(([name, other]) => [name, ...other.members.keys()]));
    return members.every(([name, each]) => each.isAll('number') && each.counts.null === 0 && !known.has(name));
  }

  /** An object such as {"tables": {"users": [...], "orders": [...]}}. */
  private holdsCollections(shape: Shape, steps: readonly PathStep[]): boolean {
    if (!shape.isAll('object') || shape.counts.null > 0 || steps.length >= DEEPEST || isMap(shape)) return false;
    const members = [...shape.members.values()];
    return members.length > 0 && members.filter((each) => isCollection(each)).length >= members.length / 2;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** A list or map of records: it is a dataset. */
export function isCollection(shape: Shape): boolean {
  if (shape.isAll('list')) return shape.counts.null === 0 && (shape.elements?.counts.object ?? 0) > 0;
  return shape.counts.null === 0 && isMap(shape);
}

function isEmptyList(shape: Shape): boolean {
  return shape.isAll('list') && shape.elements === undefined && shape.counts.null === 0;
}
