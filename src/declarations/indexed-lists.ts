import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { RecordPlan } from './plan.ts';

/** Ways to lists of which single places are columns. */
export function listWays({ columns }: RecordPlan): readonly (readonly string[])[] {
  const ways = columns.flatMap(({ sources }) => (sources[0]?.of === 'record' ? [sources[0].way] : []));
  const lists = ways.flatMap((way) => way.flatMap((name, depth) => (/^\d+$/.test(name) ? [way.slice(0, depth)] : [])));
  return [...new Map(lists.map((way) => [way.join('/'), way])).values()].toSorted((a, b) => b.length - a.length);
}

/** An object whose names are indexes as the list that it was. */
export function listAt(value: JsonValue, [member, ...inner]: readonly string[]): JsonValue {
  if (!isJsonObject(value)) return value;
  if (member !== undefined) {
    const held = value[member];
    if (held !== undefined) value[member] = listAt(held, inner);
    return value;
  }
  const indexes = Object.keys(value).map(Number);
  if (!indexes.every(Number.isInteger)) return value;
  return Array.from({ length: Math.max(-1, ...indexes) + 1 }, (_, index) => value[String(index)] ?? null);
}
