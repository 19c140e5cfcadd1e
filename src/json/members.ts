import { MAX_DEPTH } from './raw-record.ts';
import { ExactNumber, type JsonObject, type JsonValue, NonFinite } from './value.ts';

/** The number of object members at any depth; -1 when the value is nested deeper than `MAX_DEPTH`. */
function countMembers(value: JsonValue): number {
  return countBelow(value, 0);
}

/** Whether the value has exactly this many members, with a short way for the usual flat record. */
export function hasMembers(value: JsonValue, members: number): boolean {
  if (typeof value !== 'object' || value === null) return members === 0;
  return (!Array.isArray(value) && Object.keys(value).length === members) || countMembers(value) === members;
}

function countBelow(value: JsonValue, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof ExactNumber || value instanceof NonFinite) return 0;
  if (depth === MAX_DEPTH) return -1;
  return Array.isArray(value) ? countInArray(value, depth + 1) : countInObject(value, depth + 1);
}

function countInArray(values: readonly JsonValue[], depth: number): number {
  let count = 0;
  for (const value of values) {
    if (typeof value !== 'object') continue;
    const below = countBelow(value, depth);
    if (below === -1) return -1;
    count += below;
  }
  return count;
}

function countInObject(object: JsonObject, depth: number): number {
  const names = Object.keys(object);
  let count = names.length;
  for (const name of names) {
    const value = object[name];
    if (typeof value !== 'object') continue;
    const below = countBelow(value, depth);
    if (below === -1) return -1;
    count += below;
  }
  return count;
}
