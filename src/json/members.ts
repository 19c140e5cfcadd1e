import { MAX_DEPTH } from './raw-record.ts';
import type { JsonValue } from './value.ts';

/** Whether a value that `JSON.parse` made has exactly this many members at any depth; never where it is nested too deep. */
export function hasMembers(value: JsonValue, members: number): boolean {
  if (typeof value !== 'object' || value === null) return members === 0;
  // The usual flat record.
  if (!Array.isArray(value) && Object.keys(value).length === members) return true;
  return countMembers(value, 0) === members;
}

function countMembers(value: object, depth: number): number {
  if (depth === MAX_DEPTH) return -1;
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = parts === value ? 0 : parts.length;
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue;
    const below = countMembers(part, depth + 1);
    if (below === -1) return -1;
    count += below;
  }
  return count;
}

/** Whether a member name at any depth has a backslash in it. */
export function hasBackslashName(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!Array.isArray(value) && Object.keys(value).some((name) => name.includes('\\'))) return true;
  const parts: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  return parts.some(hasBackslashName);
}
