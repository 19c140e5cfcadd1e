import { joinPointer, type Way } from '../json/pointer.ts';
import { emptyObject, isJsonObject, isOfDoubles, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import { type RowLayout, rowLayout, type Table, type Value } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext } from './dataset.ts';
import { accountForJson } from './inspect-json.ts';
import { compileSlots, type MemberNode, markSlot, type OtherMembers, type Slot } from './member-slots.ts';
import { hasOtherFace, type MemberReader, type MemberSpecs } from './member-specs.ts';
import { countPlainKeys, PLAIN_KEY_STORED, withHashedKeys } from './plain-keys.ts';
import { type Members, type Refused, Repaired } from './read-value.ts';

export type { OtherMembers } from './member-slots.ts';
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
  readonly members: MemberNode;
  readonly required: readonly (readonly [column: string, place: number])[];
  readonly kept: ReadonlySet<string>;
  readonly keepPlainKeys: boolean;
  readonly losesSources: boolean;
}

/**
 * Compiles a reader of objects whose members fill columns of a table. Members without a column go to `extra`; those that
 * are kept there by rule, such as the id of the old database, do not count as unmapped.
 */
export function compileMembers(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  others: OtherMembers = {},
): MemberReader {
  const layout = rowLayout(table);
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const rules: MemberRules = {
    layout,
    members: compileSlots(table, specs, context, others),
    required: required.map((name) => [name, layout.places.get(name) ?? -1]),
    kept: new Set(others.kept),
    keepPlainKeys: context.keepPlainKeys,
    losesSources: others.losesSources === true,
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
    this.readMembers(object, rules.members, NO_WAY);
    for (const [name, place] of rules.required) {
      if (this.row[place] === null && !(account.rejected && this.spent?.has(place)))
        account.reject('missing-member', this.pointer, `the member ${name} is missing`);
    }
    if (this.hasDoubtfulExtra && this.extra !== undefined && !account.rejected)
      accountForJson(this.extra, this.pointer, account);
    return account.rejected ? undefined : { values: new Cells(rules.layout, this.row), extra: this.extra };
  }

  private readMembers(object: JsonObject | JsonValue[], node: MemberNode, way: Way): void {
    // Faster than over Object.keys, and what JSON made inherits nothing.
    for (const member in object) {
      const value = (object as JsonObject)[member];
      if (value === undefined || node.elsewhere.has(member)) continue;
      if (node.ignored.has(member)) this.account.drop('ignored-member');
      else this.read(node, value, way, member);
    }
  }

  private read(node: MemberNode, value: JsonValue, way: Way, member: string): void {
    const slot = node.slots.get(member);
    markSlot(slot);
    const inside = node.opened.get(member);
    const isIn = inside !== undefined && isOpened(value, inside);
    const isFilled = (!isIn || slot?.isWhole === true) && this.fill(slot, value, way, member);
    if (isIn) {
      if (!isFilled) this.readMembers(value, inside, [...way, member]);
      else this.readInside(value, inside, [...way, member]);
    } else if (!isFilled) this.leave(slot, value, way, member);
  }

  /** Of an object that a column holds as a whole nothing is left. */
  private readInside(object: JsonObject | JsonValue[], node: MemberNode, way: Way): void {
    for (const [member, slot] of node.slots) {
      const value = (object as JsonObject)[member];
      if (value !== undefined) markSlot(slot);
      this.fill(slot, value ?? null, way, member);
    }
    for (const [member, inner] of node.opened) {
      const value = (object as JsonObject)[member] ?? null;
      if (isOpened(value, inner)) this.readInside(value, inner, [...way, member]);
    }
  }

  /** False where the value fills no column. */
  private fill(slot: Slot | undefined, value: JsonValue, way: Way, member: string): boolean {
    if (slot === undefined || value === null) return false;
    const alsoFilled = slot.also !== undefined && this.fill(slot.also, value, way, member);
    if (this.isTaken(slot)) return alsoFilled;
    const read = slot.read(value);
    this.account.columns++;
    if (typeof read === 'object' && read !== null) this.settle(slot, read, value, way, member);
    else {
      this.row[slot.place] = read;
      if (slot.twoFaced !== undefined && hasOtherFace(slot.twoFaced, value)) this.keepSource(slot, value, way, member);
    }
    return true;
  }

  private isTaken({ place, before }: Slot): boolean {
    if (before.length === 0) return false;
    return (
      this.row[place] !== null || this.spent?.has(place) === true || before.some((way) => isThere(this.object, way))
    );
  }

  /** What the column does not store as it is. */
  private settle(slot: Slot, read: Repaired | Refused, value: JsonValue, way: Way, member: string): void {
    const { account } = this;
    if (read instanceof Repaired) {
      this.row[slot.place] = read.value;
      for (const repair of read.repairs) account.repair(repair);
      if (read.source !== undefined) this.settleSource(slot, read, value, way, member);
      if (read.warning !== undefined) account.warn(read.warning, PLAIN_KEY_STORED);
    } else {
      const pointer = this.pointerTo(way, member);
      for (const place of read.places) account.reject(read.code, pointer + place, read.say(member));
    }
    if (this.row[slot.place] !== null) return;
    this.spent ??= new Set();
    this.spent.add(slot.place);
  }

  private settleSource(slot: Slot, { repairs }: Repaired, value: JsonValue, way: Way, member: string): void {
    const { account, rules } = this;
    const lossy = rules.losesSources ? repairs.find((repair) => repair in LOSSY) : undefined;
    if (lossy !== undefined) {
      const [code, words] = LOSSY[lossy as keyof typeof LOSSY];
      account.reject(code, this.pointerTo(way, member), `${member} ${words}`);
    } else if (rules.losesSources && repairs.length === 0) account.repair('respelled');
    this.keepSource(slot, value, way, member);
  }

  private leave(slot: Slot | undefined, value: JsonValue, way: Way, member: string): void {
    const { account, rules } = this;
    if (value === null) {
      if (slot === undefined) account.drop('null-member');
    } else if (way.length === 0 && rules.kept.has(member)) {
      account.kept++;
      this.keep(member, value);
    } else {
      account.leaveUnmapped(this.pointerTo(way, member));
      this.keepAt(way, member, this.withoutPlainKeys(member, value));
    }
  }

  /** The spelling of a value that its column stores otherwise. */
  private keepSource({ column, isOfColumn }: Slot, value: JsonValue, way: Way, member: string): void {
    if (this.rules.losesSources) return;
    if (isOfColumn) this.keep(column, value);
    else this.keepAt(way, member, value);
  }

  private keepAt(way: Way, member: string, value: JsonValue): void {
    const [outer] = way;
    if (outer === undefined) this.keep(member, value);
    else this.keep(outer, besideAt(this.extra?.[outer], [...way.slice(1), member], value));
  }

  private keep(member: string, value: JsonValue): void {
    this.extra ??= emptyObject();
    this.extra[member] = value;
    if (!isOfDoubles(value)) this.hasDoubtfulExtra = true;
  }

  private withoutPlainKeys(member: string, value: JsonValue): JsonValue {
    const keys = this.rules.keepPlainKeys ? 0 : countPlainKeys(member, value);
    for (let left = keys; left > 0; left--) this.account.repair('plain-key-hashed');
    return keys === 0 ? value : withHashedKeys(member, value);
  }

  private pointerTo(way: Way, member: string): string {
    return joinPointer(way.reduce(joinPointer, this.pointer), member);
  }
}

/** Repairs that lose something where nothing keeps the source. */
const LOSSY = {
  'real-rounded': ['number-out-of-range', 'has more digits than its column holds, and nothing else keeps them'],
  'time-truncated': ['invalid-time', 'has digits behind the microseconds, and nothing keeps them'],
} as const;

const NO_WAY: Way = [];

function isOpened(value: JsonValue, { isList }: MemberNode): value is JsonObject | JsonValue[] {
  if (Array.isArray(value)) return isList && value.length > 0;
  return isJsonObject(value) && Object.keys(value).length > 0;
}

function isThere(object: JsonObject | JsonValue[], way: Way): boolean {
  let found: JsonValue | undefined = object as JsonObject;
  for (const name of way) {
    const isOwn: boolean =
      (Array.isArray(found) || isJsonObject(found ?? null)) && Object.hasOwn(found as JsonObject, name);
    found = isOwn ? (found as JsonObject)[name] : null;
  }
  return (found ?? null) !== null;
}

/** What is kept of an object already, with one member more. */
function besideAt(there: JsonValue | undefined, [member = '', ...inner]: Way, value: JsonValue): JsonObject {
  const kept = there !== undefined && isJsonObject(there) ? there : emptyObject();
  kept[member] = inner.length === 0 ? value : besideAt(kept[member], inner, value);
  return kept;
}
