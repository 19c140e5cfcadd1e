import { readFaithfully } from '../json/parse.ts';
import { ExactNumber, emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { type Column, column, type Table, type Value } from '../schema/table.ts';
import { isTyped } from '../schema/typed-value.ts';
import type { RecordAccount } from './account.ts';
import { ANY_CONTEXT } from './any-context.ts';
import type { StoredRow } from './dataset.ts';
import { readerOf } from './member-specs.ts';
import { type MemberSpec, type MemberSpecs, type Members, spellings } from './members.ts';
import { isSpellingOf } from './read-value.ts';

/** Column values that follow from the rest of a row. */
export type Derived = Readonly<Record<string, Value | undefined>>;

/**
 * Fills the columns about which the record says nothing. Where it says what would be derived anyway, `extra` remembers
 * that it did: so `export` can leave out what is derived, and nothing else.
 */
export function withDerived(table: Table, members: Members, derived: Derived, account: RecordAccount): Members {
  const filled: Record<string, Value> = {};
  let { extra } = members;
  for (const name of Object.keys(derived)) {
    const value = derived[name] ?? null;
    if (value === null) continue;
    const given = members.values.get(name);
    if (given === null) {
      filled[name] = value;
      account.derived++;
    } else if (given === value) {
      extra = Object.assign(emptyObject(), extra);
      extra[name] ??= sourceValue(column(table, name), {}, value);
    }
  }
  return { values: members.values.with(filled), extra };
}

/** The members of a stored row in the reference layout: its columns but those that are derived, and its `extra`. */
export function writeMembers(table: Table, specs: MemberSpecs, row: StoredRow, derived: Derived = {}): JsonObject {
  const extra = extraOf(row);
  const object = emptyObject();
  for (const [name, spec] of Object.entries(specs)) {
    const stored = row[name] ?? null;
    // The id of the source is kept beside a key that was made of it.
    const isKey = table.naturalKey.includes(name) || table.primaryKey.includes(name);
    const kept = isKey
      ? extra[name]
      : liveSpelling(column(table, name), spec, extra[name], { stored, derived: derived[name] });
    if (kept === undefined && (stored === null || derived[name] === stored)) continue;
    const isElsewhere = (spelling: string): boolean => spelling !== name && isTaken(extra, spelling);
    const member = spec.as === undefined || spellings(name, spec).some(isElsewhere) ? name : spec.as;
    put(object, member, kept ?? sourceValue(column(table, name), spec, stored));
  }
  for (const member of Object.keys(extra)) {
    if (!Object.hasOwn(specs, member)) object[member] = merged(object[member], extra[member] ?? null);
  }
  return object;
}

/** What `extra` keeps of a column, while it is a spelling of what the column holds, or of nothing where that is derived. */
function liveSpelling(
  declared: Column,
  spec: MemberSpec,
  kept: JsonValue | undefined,
  { stored, derived }: { readonly stored: Value; readonly derived: Value | undefined },
): JsonValue | undefined {
  if (kept === undefined || kept === null) return kept;
  const read = readerOf(spec)(declared, ANY_CONTEXT);
  const saysNothing = derived === stored && isSpellingOf(null, kept, read);
  return saysNothing || isSpellingOf(stored, kept, read) ? kept : undefined;
}

/** Something else of the record has this spelling: only the column's own name wins over it when the record is read again. */
function isTaken(extra: JsonObject, member: string): boolean {
  const [outer = member, inner] = member.split('/');
  const there = extra[outer];
  if (inner === undefined || !isJsonObject(there)) return there !== undefined;
  // An object without members must stay one.
  return there[inner] !== undefined || Object.keys(there).length === 0;
}

/** The members that no column holds. */
export function extraOf(row: StoredRow): JsonObject {
  const extra = typeof row['extra'] === 'string' ? readFaithfully(row['extra']) : undefined;
  return extra !== undefined && isJsonObject(extra) ? extra : emptyObject();
}

/** A stored value as the reference layout spells it. Times are ISO 8601 in UTC. */
function sourceValue(declared: Column, spec: MemberSpec, value: Value): JsonValue {
  if (value === null) return null;
  if (!isTyped(declared, value)) return String(value);
  if (spec.identifier === 'number' && /^(?:0|-?[1-9]\d*)$/.test(String(value))) return exactly(String(value));
  switch (declared.type) {
    case 'timestamp':
      return isoTime(String(value));
    case 'json':
      return readFaithfully(String(value)) ?? null;
    case 'boolean':
      return spec.asNumber ? Number(value) : value === true;
    default:
      return typeof value === 'bigint' ? exactly(String(value)) : value;
  }
}

/** `2025-01-31 12:00:00.000000` in UTC as `2025-01-31T12:00:00.000000Z`. */
export function isoTime(stored: string): string {
  return `${stored.replace(' ', 'T')}Z`;
}

function exactly(digits: string): JsonValue {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : new ExactNumber(digits);
}

/** `timing/total` is the member `total` of the object `timing`. */
function put(object: JsonObject, member: string, value: JsonValue): void {
  const [outer = member, inner] = member.split('/');
  if (inner === undefined) object[outer] = value;
  else object[outer] = merged(object[outer], Object.assign(emptyObject(), { [inner]: value }));
}

/** The members of both, where both are objects; else the second. */
function merged(one: JsonValue | undefined, other: JsonValue): JsonValue {
  if (one === undefined || !isJsonObject(one) || !isJsonObject(other)) return other;
  const both = emptyObject();
  for (const source of [one, other]) for (const name of Object.keys(source)) both[name] = source[name] ?? null;
  return both;
}
