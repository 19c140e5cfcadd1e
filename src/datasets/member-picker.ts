import { joinPointer } from '../json/pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { RecordAccount } from './account.ts';
import { type MemberSpecs, spellings } from './member-specs.ts';
import { emptyObject, type Picked } from './picked.ts';
import { countPlainKeys, withHashedKeys } from './plain-keys.ts';

/** Which members fill columns, and what becomes of the others. */
interface PickRules {
  readonly columnOf: ReadonlyMap<string, string>;
  /** Objects whose own members fill columns. */
  readonly opened: ReadonlySet<string>;
  readonly kept: ReadonlySet<string>;
  readonly keepPlainKeys: boolean;
}

/** What is sorted, where it is in its record, and the account of that record. */
export interface PickSource {
  readonly object: JsonObject;
  readonly pointer: string;
  readonly account: RecordAccount;
}

/** Compiles what sorts the members of an object into those that fill a column and the rest. */
export function compilePicker(
  specs: MemberSpecs,
  kept: ReadonlySet<string>,
  keepPlainKeys: boolean,
): (source: PickSource) => Picked {
  const written = Object.entries(specs).flatMap(([name, spec]) =>
    spellings(name, spec).map((member): [string, string] => [member, name]),
  );
  const nested = written.map(([member]) => member).filter((member) => member.includes('/'));
  const opened = new Set(nested.map((member) => member.slice(0, member.indexOf('/'))));
  const rules = { columnOf: new Map(written), opened, kept, keepPlainKeys };
  return (source) => new Picking(source, rules).run();
}

class Picking implements Picked {
  readonly known: Picked['known'] = {};
  extra: JsonObject | undefined;
  private readonly source: PickSource;
  private readonly rules: PickRules;
  private readonly spelling = new Map<string, string>();

  constructor(source: PickSource, rules: PickRules) {
    this.source = source;
    this.rules = rules;
  }

  pointerOf(name: string): string {
    return `${this.source.pointer}/${this.spelling.get(name) ?? name}`;
  }

  run(): this {
    const { object } = this.source;
    for (const member of Object.keys(object)) {
      const value = object[member];
      if (value === undefined) continue;
      if (this.rules.opened.has(member) && isJsonObject(value) && Object.keys(value).length > 0) {
        for (const inner of Object.keys(value)) this.sort(member, value[inner], inner);
      } else this.sort(member, value);
    }
    return this;
  }

  private sort(member: string, value: JsonValue | undefined, inner?: string): void {
    // A member whose own name has a slash is no nested one.
    const place = inner === undefined ? member.replaceAll('/', '//') : `${member}/${inner}`;
    const rest = this.take(place, value);
    if (rest !== undefined) this.leave(member, rest, inner);
  }

  /** Puts the value where its column wants it; answers what is left over. */
  private take(member: string, value: JsonValue | undefined): JsonValue | undefined {
    const { object, account } = this.source;
    const name = this.rules.columnOf.get(member);
    if (value === null || value === undefined) {
      if (name === undefined) account.drop('null-member');
      return undefined;
    }
    // The column's own name wins over other spellings.
    if (name === undefined || (name !== member && ((object[name] ?? null) !== null || this.known[name] !== undefined)))
      return value;
    this.known[name] = value;
    account.columns++;
    if (name !== member) this.spelling.set(name, member);
    return undefined;
  }

  private leave(member: string, value: JsonValue, inner: string | undefined): void {
    const { pointer, account } = this.source;
    this.extra ??= emptyObject();
    if (inner === undefined && this.rules.kept.has(member)) {
      this.extra[member] = value;
      account.kept++;
      return;
    }
    const left = this.withoutPlainKeys(inner ?? member, value);
    const place = joinPointer(pointer, member);
    account.leaveUnmapped(inner === undefined ? place : joinPointer(place, inner));
    if (inner === undefined) {
      this.extra[member] = left;
      return;
    }
    const object = this.extra[member];
    const opened = object !== undefined && isJsonObject(object) ? object : emptyObject();
    opened[inner] = left;
    this.extra[member] = opened;
  }

  private withoutPlainKeys(member: string, value: JsonValue): JsonValue {
    if (this.rules.keepPlainKeys) return value;
    for (let left = countPlainKeys(member, value); left > 0; left--) this.source.account.repair('plain-key-hashed');
    return withHashedKeys(member, value);
  }
}
