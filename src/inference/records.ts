import { singular } from '../declarations/spellings.ts';
import type { DistinctStore } from './distinct.ts';
import { isMap, SUBCOLLECTIONS } from './map-or-record.ts';
import { wordsOf } from './names.ts';
import { isCollection, type PathStep, type Place } from './places.ts';
import { looksSensitive } from './sensitive.ts';
import type { Shape } from './shape.ts';
import { ValueStats } from './values.ts';

// What of a record becomes a column, and what a table of its own.

/** Where the value of a column comes from, as a declaration says it. */
export type ColumnSource =
  | { readonly of: 'member'; readonly way: readonly string[] }
  /** The record itself. `named`: of a list of ids what each is called, `tagIds` → `tagId`. */
  | { readonly of: 'value'; readonly named?: string | undefined }
  | { readonly of: 'capture'; readonly name: string; readonly from: 'path' | 'map' }
  | { readonly of: 'position' };

export interface ColumnDraft {
  readonly source: ColumnSource;
  readonly stats: ValueStats;
  /** It holds whatever JSON there is. */
  readonly isJson: boolean;
  /** Of names that are whole numbers: those numbers. Other columns may refer to them as such. */
  numbers?: ValueStats | undefined;
}

/** Records and what lies in them, while they are looked at. */
export interface RecordDraft {
  readonly columns: readonly ColumnDraft[];
  readonly children: readonly ChildDraft[];
  /** Records that were seen. */
  rows: number;
  /** How often a capture, of the record or of the one around it, and a column say the same. */
  readonly echoes: Map<ColumnDraft, Map<ColumnDraft, number>>;
}

export interface ChildDraft extends RecordDraft {
  readonly steps: readonly PathStep[];
  /** The name of the member, for the table. */
  readonly member: readonly string[];
}

/** Members that an object in a record may have to become columns of the record. */
const MOST_FLAT = 8;
/** Names on the way from a record to a list or map that is a table of its own. */
const MOST_WORDS = 2;
/** Columns and child tables of a record: databases have limits. Further members stay in the column for the rest. */
export const MOST_COLUMNS = 500;
/** Levels of tables below a record. */
const DEEPEST = 2;
/** Elements of a list whose members agree less are no rows of one table. */
const LEAST_AGREEMENT = 0.4;
/** Lists of texts that are tables of their own by their names. */
const LOOKUPS = /^(?:tags|categories|ingredients|members)$/i;

export class RecordPlanner {
  private readonly store: DistinctStore;
  /** Members that a column of a table that is there holds as JSON, by name. */
  private readonly isHeldWhole: (name: string) => boolean;

  /** What tables are called, in the singular: lists of their keys are tables, too. */
  private readonly things: ReadonlySet<string>;

  constructor(
    store: DistinctStore,
    things: ReadonlySet<string> = NONE,
    isHeldWhole: (name: string) => boolean = () => false,
  ) {
    this.store = store;
    this.things = things;
    this.isHeldWhole = isHeldWhole;
  }

  /** The columns of the records of a place; `captures` are the names in the path of the file. */
  ofPlace({ shape, elsewhere }: Place, captures: readonly string[], mapNames: readonly string[]): RecordDraft {
    const named = [
      ...captures.map((name) => this.capture(name, 'path')),
      ...mapNames.map((name) => this.capture(name, 'map')),
    ];
    const { elements } = shape;
    // A map of lists: each is a record, its elements are rows.
    if (shape.isAll('list') && shape.counts.null === 0 && elements !== undefined && isTable(elements))
      return this.record(named, [this.elementsOf(elements, [], 0)]);
    const isObject = shape.isAll('object') && shape.counts.null === 0;
    if (!isObject && shape.total > 0) return this.record([...named, this.value(shape)], []);
    return this.inObject(shape, named, elsewhere, 0);
  }

  private inObject(
    shape: Shape,
    named: readonly ColumnDraft[],
    elsewhere: ReadonlySet<string>,
    depth: number,
  ): RecordDraft {
    const columns: ColumnDraft[] = [...named];
    const children: ChildDraft[] = [];
    if (isMap(shape)) children.push(...this.entriesOf(shape, depth));
    else if (shape.entries === undefined) this.addMembers(shape, [], elsewhere, depth, columns, children);
    return this.record(columns, children);
  }

  private addMembers(
    shape: Shape,
    way: readonly string[],
    elsewhere: ReadonlySet<string>,
    depth: number,
    columns: ColumnDraft[],
    children: ChildDraft[],
  ): void {
    for (const [name, member] of shape.members) {
      // A name that is somebody's data is written nowhere: the member stays in the rest of its record.
      if (elsewhere.has(name) || looksSensitive(name)) continue;
      if (columns.length + children.length >= MOST_COLUMNS) return;
      const own = [...way, name];
      const isWhole = !member.isScalar && this.isHeldWhole(name);
      const child = isWhole ? undefined : this.child(member, own, depth);
      if (child !== undefined) children.push(child);
      else if (!isWhole && (isFlat(member, way.length) || isOfCollections(name, member)))
        this.addMembers(member, own, NONE, depth, columns, children);
      else
        columns.push({ source: { of: 'member', way: own }, stats: new ValueStats(this.store), isJson: isJson(member) });
    }
  }

  /** A list or map in a record that is a table of its own. */
  private child(member: Shape, way: readonly string[], depth: number): ChildDraft | undefined {
    if (depth >= DEEPEST || way.length > MOST_WORDS) return undefined;
    const { elements } = member;
    if (member.isAll('list') && elements !== undefined) {
      if (isTable(elements) && steadiness(elements) >= LEAST_AGREEMENT) return this.elementsOf(elements, way, depth);
      const named = this.namedInList(elements, way.at(-1) ?? '');
      if (named === undefined) return undefined;
      return {
        ...this.record([this.position(), this.value(elements, named)], []),
        steps: [...stepsTo(way), ELEMENTS],
        member: way,
      };
    }
    if (!member.isAll('object') || !isMap(member)) return undefined;
    const [entries] = this.entriesOf(member, depth, way);
    return entries;
  }

  /** What an element is called of a list of texts or numbers that is a table; undefined where it is none, '' for no name. */
  private namedInList(elements: Shape, name: string): string | undefined {
    if (elements.counts.null > 0 || !(elements.isAll('text') || elements.isAll('number'))) return undefined;
    const words = wordsOf(name);
    const isIds = words.at(-1) === 'ids';
    const before = isIds ? words.slice(0, -1) : words;
    const one = [...before.slice(0, -1), singular(before.at(-1) ?? '')];
    if ((isIds || elements.isAll('number')) && this.things.has(one.at(-1) ?? '')) return [...one, 'id'].join(' ');
    return elements.isAll('text') && LOOKUPS.test(name) ? '' : undefined;
  }

  /** The rows that the elements of a list are. */
  private elementsOf(elements: Shape, way: readonly string[], depth: number): ChildDraft {
    const steps = [...stepsTo(way), ELEMENTS];
    return { ...this.inObject(elements, [this.position()], NONE, depth + 1), steps, member: way };
  }

  /** The rows that the members of a map are, where they are objects. */
  private entriesOf(map: Shape, depth: number, way: readonly string[] = []): readonly ChildDraft[] {
    const entries = map.together();
    const steps = [...stepsTo(way), NAMES];
    const name = this.capture('key', 'map');
    if (isTable(entries) && !isMap(entries))
      return [{ ...this.inObject(entries, [name], NONE, depth + 1), steps, member: way }];
    // A map in a map, of which something must be kept where it is a record.
    return way.length > 0 ? [] : [{ ...this.record([name, this.value(entries)], []), steps, member: way }];
  }

  private position(): ColumnDraft {
    return { source: { of: 'position' }, stats: new ValueStats(this.store), isJson: false };
  }

  private record(columns: readonly ColumnDraft[], children: readonly ChildDraft[]): RecordDraft {
    return { columns, children, rows: 0, echoes: new Map() };
  }

  private capture(name: string, from: 'path' | 'map'): ColumnDraft {
    const stats = new ValueStats(this.store);
    return { source: { of: 'capture', name, from }, stats, isJson: false, numbers: new ValueStats(this.store) };
  }

  private value(shape: Shape, named?: string): ColumnDraft {
    return {
      source: { of: 'value', named: named === '' ? undefined : named },
      stats: new ValueStats(this.store),
      isJson: isJson(shape),
    };
  }
}

const NONE: ReadonlySet<string> = new Set();
const ELEMENTS: PathStep = { to: 'elements' };
const NAMES: PathStep = { to: 'names' };

function stepsTo(way: readonly string[]): readonly PathStep[] {
  return way.map((name): PathStep => ({ to: 'member', name }));
}

/** Nothing but objects, each with a member at least: they are rows. */
function isTable(shape: Shape): boolean {
  return shape.isAll('object') && shape.counts.null === 0 && shape.empty === 0;
}

/** Lists and objects are JSON. */
function isJson(shape: Shape): boolean {
  return !shape.isScalar;
}

/** An object of few plain members in each record: they become columns of the record. */
function isFlat(shape: Shape, depth: number): boolean {
  if (!shape.isAll('object') || shape.empty > 0 || shape.entries !== undefined || isMap(shape) || depth >= 2)
    return false;
  const members = [...shape.members.values()];
  const isColumn = (each: Shape): boolean =>
    each.isScalar || each.present === 0 || isCollection(each) || isScalarList(each);
  // A wrapper that only says how a value is written: {"$date": {"$numberLong": "…"}}.
  const [name = ''] = shape.members.keys();
  if (members.length === 1 && name.startsWith('$') && !members[0]?.isScalar)
    return members[0] !== undefined && isFlat(members[0], depth);
  if (!members.some((each) => each.isScalar)) return false;
  return members.length <= MOST_FLAT && members.every((each) => isColumn(each) || isFlat(each, depth + 1));
}

/** In a document of Firestore: each collection is a table of its own. */
function isOfCollections(name: string, member: Shape): boolean {
  return name === SUBCOLLECTIONS && member.isAll('object') && member.entries === undefined;
}

function isScalarList(shape: Shape): boolean {
  return shape.isAll('list') && (shape.elements === undefined || shape.elements.isScalar);
}

/** How many of all members an object has on average. */
function steadiness(shape: Shape): number {
  const members = [...shape.members.values()];
  if (members.length === 0) return 0;
  return members.reduce((sum, { total }) => sum + total, 0) / (members.length * shape.counts.object);
}
