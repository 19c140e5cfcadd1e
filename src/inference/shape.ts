import { ExactNumber, isJsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import { isKeyName, type KnownNames } from './known-names.ts';

/** Names of members that one place may have before they are taken for data. */
const MOST_NAMES = 2000;

/** Places that are told apart; where there are more, the members of an object with several names are one place. */
const MOST_PLACES = 200_000;
const FEW_NAMES = 50;

export type Kind = 'null' | 'boolean' | 'number' | 'text' | 'list' | 'object';

export function kindOfValue(value: JsonValue): Kind {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || value instanceof ExactNumber || value instanceof NonFinite) return 'number';
  return Array.isArray(value) ? 'list' : 'object';
}

/** What all places together have. */
export interface Budget {
  /** How many there are. */
  places: number;
  readonly known: KnownNames;
}

/** What was seen at one place of a document: how often which kind, and what lies below. */
export class Shape {
  readonly counts: Record<Kind, number> = { null: 0, boolean: 0, number: 0, text: 0, list: 0, object: 0 };
  /** Of objects, by name. */
  readonly members = new Map<string, Shape>();
  /** All members together, where there are too many names. */
  entries: Shape | undefined;
  /** Of lists: all elements together. */
  elements: Shape | undefined;
  /** Objects without members, and lists without elements. */
  empty = 0;
  /** Objects of which a member says the name that they have in the object around them, by that member. */
  readonly echoes = new Map<string, number>();
  readonly budget: Budget;
  /** Its texts may be names of things. */
  private readonly isKey: boolean;

  constructor(budget: Budget, isKey = false) {
    this.budget = budget;
    this.isKey = isKey;
    budget.places++;
  }

  /** Times that something was here. */
  get total(): number {
    const { null: nothing, boolean, number, text, list, object } = this.counts;
    return nothing + boolean + number + text + list + object;
  }

  /** Other than null. */
  get present(): number {
    return this.total - this.counts.null;
  }

  get kinds(): readonly Kind[] {
    return (Object.keys(this.counts) as Kind[]).filter((kind) => kind !== 'null' && this.counts[kind] > 0);
  }

  /** All that is here and not null is of this kind, and there is some. */
  isAll(kind: Kind): boolean {
    return this.counts[kind] > 0 && this.counts[kind] === this.present;
  }

  get isScalar(): boolean {
    return this.present > 0 && this.counts.list === 0 && this.counts.object === 0;
  }

  add(value: JsonValue, name?: string): void {
    const kind = kindOfValue(value);
    this.counts[kind]++;
    if (this.isKey && typeof value === 'string') this.budget.known.note(value);
    if (Array.isArray(value)) {
      if (value.length === 0) this.empty++;
      for (const element of value) this.element().add(element);
    } else if (isJsonObject(value)) {
      const names = Object.keys(value);
      if (names.length === 0) this.empty++;
      for (const each of names) this.member(each).add(value[each] ?? null, each);
      if (name !== undefined) this.noteEcho(value, name);
    }
  }

  /** The value is there, but not looked into: it is too large. */
  addOutside(kind: 'list' | 'object'): void {
    this.counts[kind]++;
  }

  element(): Shape {
    this.elements ??= new Shape(this.budget);
    return this.elements;
  }

  member(name: string): Shape {
    if (this.entries !== undefined) return this.entries;
    const known = this.members.get(name);
    if (known !== undefined) return known;
    const most = this.budget.places > MOST_PLACES ? FEW_NAMES : MOST_NAMES;
    if (this.members.size >= most) return this.collapse();
    const made = new Shape(this.budget, isKeyName(name));
    this.members.set(name, made);
    return made;
  }

  /** All members as one place. */
  together(): Shape {
    if (this.entries !== undefined) return this.entries;
    const all = new Shape({ places: 0, known: this.budget.known });
    for (const member of this.members.values()) all.merge(member);
    return all;
  }

  merge(other: Shape): void {
    for (const kind of Object.keys(this.counts) as Kind[]) this.counts[kind] += other.counts[kind];
    this.empty += other.empty;
    for (const [member, times] of other.echoes) this.echoes.set(member, (this.echoes.get(member) ?? 0) + times);
    if (other.elements !== undefined) this.element().merge(other.elements);
    if (other.entries !== undefined) this.collapse().merge(other.entries);
    for (const [name, member] of other.members) this.member(name).merge(member);
  }

  private collapse(): Shape {
    if (this.entries === undefined) {
      const all = this.together();
      this.members.clear();
      this.entries = all;
    }
    return this.entries;
  }

  private noteEcho(value: Readonly<Record<string, JsonValue>>, name: string): void {
    for (const member of Object.keys(value)) {
      if (value[member] === name || (typeof value[member] === 'number' && String(value[member]) === name))
        this.echoes.set(member, (this.echoes.get(member) ?? 0) + 1);
    }
  }
}

/** Members that at least this share of the objects has. */
const REQUIRED = 0.8;

/** Remembers what follows from a shape, until something is added to it. Files are compared with those of many groups. */
export function remembered<T>(infer: (shape: Shape) => T): (shape: Shape) => T {
  const known = new WeakMap<Shape, { readonly stamp: number; readonly found: T }>();
  return (shape) => {
    const stamp = (shape.total * (MOST_NAMES + 1) + shape.members.size) * (shape.budget.known.isComplete ? -1 : 1);
    const before = known.get(shape);
    if (before?.stamp === stamp) return before.found;
    const found = infer(shape);
    known.set(shape, { stamp, found });
    return found;
  };
}

/** The names of the members that nearly all objects at this place have. */
export const requiredNames = remembered((shape): ReadonlySet<string> => {
  const needed = (shape.counts.object - shape.empty) * REQUIRED;
  return new Set([...shape.members].filter(([, { total }]) => total >= needed).map(([name]) => name));
});

/** How much two sets of names have in common: 1 where they are equal. */
export function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((name) => other.has(name)).length;
  const all = one.size + other.size - common;
  return all === 0 ? 0 : common / all;
}

/** Objects at two places are of one kind where so much of their required members is the same. */
export const SAME_KIND = 0.6;

export function agreement(shapes: readonly Shape[]): number {
  const sets = shapes.map(requiredNames).filter(({ size }) => size > 0);
  const [first, ...others] = sets.toSorted((a, b) => b.size - a.size);
  if (first === undefined || others.length === 0) return 0;
  const counts = new Map<string, number>();
  for (const set of sets) for (const name of set) counts.set(name, (counts.get(name) ?? 0) + 1);
  const common = new Set([...counts].filter(([, times]) => times >= sets.length / 2).map(([name]) => name));
  return sets.reduce((sum, set) => sum + overlap(set, common), 0) / sets.length;
}
