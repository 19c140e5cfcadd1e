import type { PlainSlot } from '../json/plain-reader.ts';
import { joinPointer } from '../json/pointer.ts';
import { isJsonObject, isPlain, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import { column, isUniqueText, type RowLayout, rowLayout, type Table, type Value } from '../schema/table.ts';
import type { Accept } from './accept-column.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext } from './dataset.ts';
import {
  hasOtherFace,
  isTwoFaced,
  type MemberReader,
  type MemberSpec,
  type MemberSpecs,
  ruleOf,
  spellings,
} from './member-specs.ts';
import { emptyObject } from './picked.ts';
import { countPlainKeys } from './plain-keys.ts';

/** What one spelling of a member fills. */
interface Slot {
  readonly column: string;
  /** The index of the column in a row. */
  readonly place: number;
  /** The spelling is the column's own name, which wins over the others. */
  readonly isOwn: boolean;
  readonly accept: Accept;
  /** Set where the value may have two faces. */
  readonly twoFaced: MemberSpec | undefined;
}

type Slots = ReadonlyMap<string, Slot>;

interface UsualRules {
  readonly layout: RowLayout;
  readonly slots: Slots;
  /** By the name of an object whose own members fill columns: what these fill. */
  readonly opened: ReadonlyMap<string, Slots>;
  /** Indexes of columns. */
  readonly required: readonly number[];
  readonly kept: ReadonlySet<string>;
  readonly keepPlainKeys: boolean;
}

/**
 * Compiles the short way of `compileCheckedReader`: the same answer and account for an object all of whose members are good
 * beyond doubt, which are most, and without zod. For any other it answers nothing and counts nothing.
 */
export function compileUsualReader(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  kept: ReadonlySet<string>,
): MemberReader {
  const layout = rowLayout(table);
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const rules: UsualRules = {
    layout,
    ...compileSlots(table, specs, context),
    required: required.map((name) => placeOf(layout, name)),
    kept,
    keepPlainKeys: context.keepPlainKeys,
  };
  return (object, pointer, account) => {
    // A record that is rejected already has no use for the answer.
    if (account.rejected) return undefined;
    const reading = new UsualReading(object, rules);
    if (!reading.run()) return undefined;
    reading.count(pointer, account);
    return { values: new Cells(layout, reading.row), extra: reading.extra };
  };
}

function compileSlots(table: Table, specs: MemberSpecs, context: MappingContext): Pick<UsualRules, 'slots' | 'opened'> {
  const slots = new Map<string, Slot>();
  const opened = new Map<string, Map<string, Slot>>();
  for (const [name, spec] of Object.entries(specs)) {
    const declared = column(table, name);
    const place = placeOf(rowLayout(table), name);
    const { accept: any } = ruleOf(spec, declared, context);
    const accept: Accept = isUniqueText(table, name) ? (value) => (value === '' ? undefined : any(value)) : any;
    const twoFaced = isTwoFaced(spec, declared) ? spec : undefined;
    for (const member of spellings(name, spec)) {
      const slot = { column: name, place, isOwn: member === name, accept, twoFaced };
      const [outer = member, inner] = member.split('/');
      if (inner === undefined) slots.set(member, slot);
      else opened.set(outer, (opened.get(outer) ?? new Map()).set(inner, slot));
    }
  }
  return { slots, opened };
}

/** What members fill when a record is read from its bytes, for values that have one face. */
export function plainSlots(table: Table, specs: MemberSpecs, context: MappingContext): ReadonlyMap<string, PlainSlot> {
  const { slots } = compileSlots(table, specs, context);
  const plain = [...slots].map(([member, { place, accept, twoFaced }]): [string, PlainSlot] => [
    member,
    {
      place,
      accept: twoFaced === undefined ? accept : (value) => (hasOtherFace(twoFaced, value) ? undefined : accept(value)),
    },
  ]);
  return new Map(plain);
}

export function placeOf(layout: RowLayout, name: string): number {
  const place = layout.places.get(name);
  if (place === undefined) throw new TypeError(`no load binds the column ${name}`);
  return place;
}

/** One object on the short way. Every step answers false at the first doubt. */
class UsualReading {
  readonly row: Value[];
  extra: JsonObject | undefined;
  private readonly object: JsonObject;
  private readonly rules: UsualRules;
  private columns = 0;
  private kept = 0;
  private nulls = 0;
  private unmapped: string[] | undefined;

  constructor(object: JsonObject, rules: UsualRules) {
    this.object = object;
    this.rules = rules;
    this.row = rules.layout.blank.slice();
  }

  run(): boolean {
    // Faster than over Object.keys, and what JSON made inherits nothing.
    for (const member in this.object) {
      if (!this.read(member, this.object[member])) return false;
    }
    return this.rules.required.every((place) => this.row[place] !== null);
  }

  /** Into the account of the record, when nothing can come between any more. */
  count(pointer: string, account: RecordAccount): void {
    account.columns += this.columns;
    account.kept += this.kept;
    for (let left = this.nulls; left > 0; left--) account.drop('null-member');
    for (const member of this.unmapped ?? []) account.leaveUnmapped(joinPointer(pointer, member));
  }

  private read(member: string, value: JsonValue | undefined): boolean {
    if (typeof value === 'object' && value !== null) {
      const slots = this.rules.opened.get(member);
      if (slots !== undefined && isJsonObject(value) && Object.keys(value).length > 0) return this.open(value, slots);
    }
    const slot = this.rules.slots.get(member);
    return slot === undefined ? this.leave(member, value) : this.fill(slot, value);
  }

  private open(object: JsonObject, slots: Slots): boolean {
    return Object.keys(object).every((member) => {
      const slot = slots.get(member);
      return slot !== undefined && this.fill(slot, object[member]);
    });
  }

  private fill(slot: Slot, value: JsonValue | undefined): boolean {
    if (value === null || value === undefined) return true;
    const { column: name, place } = slot;
    if (!slot.isOwn && (this.row[place] !== null || (this.object[name] ?? null) !== null)) return false;
    const accepted = slot.accept(value);
    if (accepted === undefined) return false;
    this.row[place] = accepted;
    this.columns++;
    if (slot.twoFaced !== undefined && hasOtherFace(slot.twoFaced, value)) this.put(name, value);
    return true;
  }

  private leave(member: string, value: JsonValue | undefined): boolean {
    if (value === undefined) return true;
    if (value === null) {
      this.nulls++;
      return true;
    }
    if (!isPlain(value)) return false;
    if (this.rules.kept.has(member)) this.kept++;
    else if (!this.rules.keepPlainKeys && countPlainKeys(member, value) > 0) return false;
    else {
      this.unmapped ??= [];
      this.unmapped.push(member);
    }
    this.put(member, value);
    return true;
  }

  private put(member: string, value: JsonValue): void {
    this.extra ??= emptyObject();
    this.extra[member] = value;
  }
}
