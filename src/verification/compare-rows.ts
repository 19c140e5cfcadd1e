import { canonicalise } from '../json/canonical.ts';
import { readFaithfully } from '../json/parse.ts';
import { joinPointer } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import {
  type Column,
  column,
  keepsStoredWhenNull,
  loadColumns,
  type Row,
  type Table,
  type Value,
} from '../schema/table.ts';

/** Differences of one row that are told. */
const MOST = 20;

/**
 * Pointers to what differs: `/title`, `/extra/colour`. A time that the source does not know differs from none; nor does a column in
 * which whatever is stored `stays`, where the source says nothing.
 */
export function differingColumns(
  table: Table,
  expected: Row,
  stored: Row,
  stays: (column: string) => boolean,
): string[] {
  return loadColumns(table)
    .flatMap((name, index) => {
      const [one, other] = [expected[index] ?? null, stored[index] ?? null];
      if (one === null && stays(name)) return [];
      return differences(column(table, name), one, other).map((pointer) => `/${name}${pointer}`);
    })
    .slice(0, MOST);
}

function differences(declared: Column, expected: Value, stored: Value): string[] {
  if (Object.is(expected, stored) || (expected === null && keepsStoredWhenNull(declared))) return [];
  if (typeof expected === 'number' && typeof stored === 'number' && expected === stored) return [];
  if (String(expected) === String(stored) && typeof expected !== 'boolean') return [];
  if (declared.type !== 'json' || typeof expected !== 'string' || typeof stored !== 'string') return [''];
  if (canonicalise(expected) === canonicalise(stored)) return [];
  // An application may hold a text that is no JSON.
  if (readFaithfully(stored) === undefined) return [''];
  const members = differingMembers(JSON.parse(expected), JSON.parse(stored));
  // Two numbers may differ in a digit that a double does not hold.
  return members.length === 0 ? [''] : members;
}

/** The deepest places where two documents part, in RFC 6901's form. */
function differingMembers(one: JsonValue, other: JsonValue): string[] {
  if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other))
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [''];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => {
    const [a, b] = [Reflect.get(one, name), Reflect.get(other, name)];
    const inner = a === undefined || b === undefined ? [''] : differingMembers(a, b);
    return inner.map((pointer) => joinPointer('', name) + pointer);
  });
}

function isContainer(value: JsonValue): value is Extract<JsonValue, object> {
  return typeof value === 'object' && value !== null;
}
