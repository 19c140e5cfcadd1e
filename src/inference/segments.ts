import { isOpaqueId } from './map-or-record.ts';

/** A part of a path: a fixed name, or what varies between a fixed beginning and end. */
export interface Segment {
  prefix: string;
  suffix: string;
  varies: boolean;
}

/** Whether a name is one of those that the part stands for. */
export function isWithin({ prefix, suffix, varies }: Segment, name: string): boolean {
  if (!varies) return name === prefix;
  return name.length > prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix);
}

/** The longest beginning and end that all names have; what varies is at least one character, and no part of a word. */
export function widened(segment: Segment, name: string): Segment {
  if (isWithin(segment, name)) return segment;
  if (!segment.varies && isOpaqueId(segment.prefix) && isOpaqueId(name))
    return { prefix: '', suffix: '', varies: true };
  const [oldPrefix, oldSuffix] = segment.varies ? [segment.prefix, segment.suffix] : [segment.prefix, segment.prefix];
  const prefix = atBorder(commonPrefix(oldPrefix, name));
  const rest = (text: string): string => text.slice(Math.min(prefix.length, text.length));
  const reversed = atBorder(commonPrefix(reverse(rest(oldSuffix)), reverse(rest(name))));
  return { prefix, suffix: reverse(reversed), varies: true };
}

function commonPrefix(one: string, other: string): string {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

/**
 * A common beginning ends after a sign: user_1 and user_12 have `user_` in common, 2024 and 2025 nothing. Nor have 2025-01 and
 * 2025-02: a date varies as a whole, or next year's files would be others.
 */
function atBorder(text: string): string {
  return /^.*(?<!\d)[-_. ]/s.exec(text)?.[0] ?? '';
}

function reverse(text: string): string {
  return [...text].toReversed().join('');
}
