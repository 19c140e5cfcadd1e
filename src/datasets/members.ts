import { joinPointer } from '../json/pointer.ts';
import { emptyObject, isJsonObject, isPlain, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import { type RowLayout, rowLayout, type Table, type Value } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext } from './dataset.ts';
import { accountForJson } from './inspect-json.ts';
import { compileSlots, type Slot, type Slots } from './member-slots.ts';
import { hasOtherFace, type MemberReader, type MemberSpecs } from './member-specs.ts';
import { countPlainKeys, PLAIN_KEY_STORED, withHashedKeys } from './plain-keys.ts';
import { type Members, type Refused, Repaired } from './read-value.ts';

export {
  destinations,
  type MemberReader,
  type MemberSpec,
  type MemberSpecs,
  spellings,
} from './member-specs.ts';
export type { Members } from './read-value.ts';

interface MemberRules {
  readonly layout: RowLayout;
  readonly slots: Slots;
  /** By the name of an object whose own members fill columns: what these fill. */
  readonly opened: ReadonlyMap<string, Slots>;
  readonly required: readonly (readonly [column: string, place: number])[];
  readonly kept: ReadonlySet<string>;
  readonly keepPlainKeys: boolean;
}

/**
 * Compiles a reader of objects whose members fill columns of a table. Members without a column go to `extra`; those that
 * are `kept` there by rule, such as the id of the old database, do not count as unmapped.
 */
export function compileMembers(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  kept: readonly string[] = [],
): MemberReader {
  const layout = rowLayout(table);
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const rules: MemberRules = {
    layout,
    ...compileSlots(table, specs, context),
    required: required.map((name) => [name, layout.places.get(name) ?? -1]),
    kept: new Set(kept),
    keepPlainKeys: context.keepPlainKeys,
  };
  return (object, pointer, account) => new MemberReading(rules, object, pointer, account).run();
}

/** The members of one object on their way into a row. NULL is the same as absent. */
class MemberReading {
  private readonly rules: MemberRules;
  private readonly object: JsonObject;
  private readonly pointer: string;
  private readonly account: RecordAccount;
  private readonly row: Value[];
  private extra: JsonObject | undefined;
  /** Columns whose value was refused, or repaired to NULL: no other spelling fills them. */
  private spent: Set<number> | undefined;
  private hasDoubtfulExtra = false;

  constructor(rules: MemberRules, object: JsonObject, pointer: string, account: RecordAccount) {
    this.rules = rules;
    this.object = object;
    this.pointer = pointer;
    this.account = account;
    this.row = rules.layout.blank.slice();
  }

  run(): Members | undefined {
    const { object, account, rules } = this;
    // Faster than over Object.keys, and what JSON made inherits nothing.
    for (const member in object) {
      const value = object[member];
      if (value !== undefined) this.read(member, value);
    }
    for (const [name, place] of rules.required) {
      if (this.row[place] === null && !(account.rejected && this.spent?.has(place)))
        account.reject('missing-member', this.pointer, `the member ${name} is missing`);
    }
    if (this.hasDoubtfulExtra && this.extra !== undefined && !account.rejected)
      accountForJson(this.extra, this.pointer, account);
    return account.rejected ? undefined : { values: new Cells(rules.layout, this.row), extra: this.extra };
  }

  private read(member: string, value: JsonValue): void {
    const inside = this.rules.opened.get(member);
    if (inside === undefined || !isJsonObject(value) || Object.keys(value).length === 0) {
      const slot = this.rules.slots.get(member);
      if (!this.fill(slot, value, member)) this.leave(slot, value, member);
      return;
    }
    for (const inner of Object.keys(value)) {
      const [slot, part] = [inside.get(inner), value[inner] ?? null];
      if (!this.fill(slot, part, member, inner)) this.leave(slot, part, member, inner);
    }
  }

  /** False where the value fills no column. The column's own name wins over other spellings. */
  private fill(slot: Slot | undefined, value: JsonValue, member: string, inner?: string): boolean {
    if (slot === undefined || value === null || (!slot.isOwn && this.isTaken(slot))) return false;
    const read = slot.read(value);
    this.account.columns++;
    if (typeof read === 'object' && read !== null) this.settle(slot, read, value, member, inner);
    else {
      this.row[slot.place] = read;
      if (slot.twoFaced !== undefined && hasOtherFace(slot.twoFaced, value)) this.keep(slot.column, value);
    }
    return true;
  }

  private isTaken({ place, column }: Slot): boolean {
    return this.row[place] !== null || (this.object[column] ?? null) !== null || this.spent?.has(place) === true;
  }

  /** What the column does not store as it is. */
  private settle(slot: Slot, read: Repaired | Refused, value: JsonValue, member: string, inner?: string): void {
    const { account } = this;
    if (read instanceof Repaired) {
      this.row[slot.place] = read.value;
      for (const repair of read.repairs) account.repair(repair);
      if (read.source !== undefined) this.keep(slot.column, value);
      if (read.warning !== undefined) account.warn(read.warning, PLAIN_KEY_STORED);
    } else {
      const name = inner ?? member;
      const pointer = this.pointerTo(member, inner);
      for (const place of read.places) account.reject(read.code, pointer + place, read.say(name));
    }
    if (this.row[slot.place] !== null) return;
    this.spent ??= new Set();
    this.spent.add(slot.place);
  }

  private leave(slot: Slot | undefined, value: JsonValue, member: string, inner?: string): void {
    const { account, rules } = this;
    if (value === null) {
      if (slot === undefined) account.drop('null-member');
    } else if (inner === undefined && rules.kept.has(member)) {
      account.kept++;
      this.keep(member, value);
    } else {
      account.leaveUnmapped(this.pointerTo(member, inner));
      const left = this.withoutPlainKeys(inner ?? member, value);
      this.keep(member, inner === undefined ? left : this.beside(member, inner, left));
    }
  }

  /** What is kept of an object already, with one member more. */
  private beside(member: string, inner: string, value: JsonValue): JsonObject {
    const there = this.extra?.[member];
    const kept = isJsonObject(there) ? there : emptyObject();
    kept[inner] = value;
    return kept;
  }

  private keep(member: string, value: JsonValue): void {
    this.extra ??= emptyObject();
    this.extra[member] = value;
    if (!isPlain(value)) this.hasDoubtfulExtra = true;
  }

  private withoutPlainKeys(member: string, value: JsonValue): JsonValue {
    const keys = this.rules.keepPlainKeys ? 0 : countPlainKeys(member, value);
    for (let left = keys; left > 0; left--) this.account.repair('plain-key-hashed');
    return keys === 0 ? value : withHashedKeys(member, value);
  }

  private pointerTo(member: string, inner?: string): string {
    const place = joinPointer(this.pointer, member);
    return inner === undefined ? place : joinPointer(place, inner);
  }
}
