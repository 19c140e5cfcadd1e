import type { Finding, RejectCode } from '../reject.ts';

/** How often something happened, by name. */
export type Counts = ReadonlyMap<string, number>;

const NOTHING: Counts = new Map();

/** Where the members of a record that loads went. */
export interface AccountSummary {
  /** Members that a column holds. */
  readonly columns: number;
  /** Members that `extra` keeps by rule, such as ids of the old database. */
  readonly kept: number;
  /** Columns that a derivation filled, because the record does not say. */
  readonly derived: number;
  readonly repairs: Counts;
  /** By pointer, `*` for any index: these went to `extra`. */
  readonly unmapped: Counts;
  /** By rule. */
  readonly dropped: Counts;
  readonly warnings: Warnings;
}

/** What is doubtful about a record that loads all the same: words by code. */
type Warnings = ReadonlyMap<string, string>;

const NO_WARNINGS: Warnings = new Map();

/** What became of the members of one record: findings reject it, the rest is counted. Most records need none of it. */
export class RecordAccount {
  private found: Finding[] | undefined;
  private repaired: Map<string, number> | undefined;
  private unknown: Map<string, number> | undefined;
  private left: Map<string, number> | undefined;
  private doubts: Map<string, string> | undefined;
  /** The element of a child table that is looked at. In its pattern `*` stands for indexes and for names that are data. */
  element: { readonly pointer: string; readonly pattern: string } | undefined;
  columns = 0;
  /** Members that `extra` keeps by rule. */
  kept = 0;
  derived = 0;

  get findings(): readonly Finding[] {
    return this.found ?? [];
  }

  get repairs(): Counts {
    return this.repaired ?? NOTHING;
  }

  /** By pointer. */
  get unmapped(): Counts {
    return this.unknown ?? NOTHING;
  }

  /** Members that are not kept, by the rule that drops them: see DROP_RULES. */
  get dropped(): Counts {
    return this.left ?? NOTHING;
  }

  get rejected(): boolean {
    return this.found !== undefined;
  }

  reject(code: RejectCode, pointer: string, message: string): void {
    this.found ??= [];
    this.found.push({ code, pointer, message });
  }

  repair(name: string): void {
    this.repaired ??= new Map();
    count(this.repaired, name, 1);
  }

  /** What is counted when the record loads. */
  get summary(): AccountSummary {
    const { columns, kept, derived, repairs, dropped } = this;
    const warnings = this.doubts ?? NO_WARNINGS;
    return { columns, kept, derived, repairs, unmapped: overAllIndexes(this.unmapped), dropped, warnings };
  }

  /** The record loads, and the report tells of it: once per file and code, with a count. The words quote no value. */
  warn(code: string, message: string): void {
    this.doubts ??= new Map();
    this.doubts.set(code, message);
  }

  drop(rule: DropRule): void {
    this.left ??= new Map();
    count(this.left, rule, 1);
  }

  leaveUnmapped(pointer: string): void {
    this.unknown ??= new Map();
    count(this.unknown, this.patternOf(pointer), 1);
  }

  /** A pointer in which names that are data are `*`: there may be any number of them, and a report tells no values. */
  patternOf(pointer: string): string {
    const { element } = this;
    return element && isBelow(pointer, element.pointer)
      ? element.pattern + pointer.slice(element.pointer.length)
      : pointer;
  }
}

function isBelow(pointer: string, around: string): boolean {
  return pointer === around || pointer.startsWith(`${around}/`);
}

/** Every rule that drops a member, by name. */
export const DROP_RULES = {
  envelope: 'a member of the file beside its records, such as the time of an export',
  'null-member': 'a member without a column that is null: the same as absent',
  'ignored-member': 'a member that its declaration names under rest: ignore',
  'repeated-element': 'an element of a child table that repeats another one of its record: both are one row',
  'plain-key': 'an API key as the client sends it: its SHA-256 is stored',
} as const;

export type DropRule = keyof typeof DROP_RULES;

export function count(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

const INDEX = /\/\d+(?=\/|$)/g;

/** Counts by pointer, in which `*` stands for any index. */
function overAllIndexes(counts: Counts): Counts {
  if (counts.size === 0) return NOTHING;
  const merged = new Map<string, number>();
  for (const [pointer, times] of counts) count(merged, pointer.replace(INDEX, '/*'), times);
  return merged;
}
