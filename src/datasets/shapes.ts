import type { Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import type { Candidate } from './dataset.ts';

/** Members under which exports hide their rows. */
const WRAPPERS = ['data', 'metrics', 'records', 'rows', 'items'];

/**
 * How records that look like `isRecord` lie in a file: alone, one per line, in an array, under a member, in a map.
 * `wrappers` are members under which only this dataset hides its rows.
 */
export function findContainer(
  candidate: Candidate,
  isRecord: (shape: Shape) => boolean,
  wrappers: readonly string[] = [],
): Container | undefined {
  const { shape } = candidate;
  if (candidate.lines) return isRecord(shape) ? { kind: 'lines' } : undefined;
  if (shape.begins === 'array') return shape.first && isRecord(shape.first) ? { kind: 'array' } : undefined;
  if (shape.begins !== 'object') return undefined;
  if (isRecord(shape)) return { kind: 'document' };
  for (const name of [...wrappers, ...WRAPPERS]) {
    const first = shape.members.get(name)?.first;
    if (first && isRecord(first)) return { kind: 'member', name };
  }
  return [...shape.members.values()].some(isRecord) ? { kind: 'map' } : undefined;
}

/** The same, where an empty array is this dataset's as well if the path says that the file holds it. */
export function findRows(
  candidate: Candidate,
  isExpected: boolean,
  isRecord: (shape: Shape) => boolean,
  wrappers: readonly string[] = [],
): Container | undefined {
  const found = findContainer(candidate, isRecord, wrappers);
  return found ?? (isExpected && isEmptyArray(candidate.shape) ? { kind: 'array' } : undefined);
}

export function hasAny(shape: Shape, members: Iterable<string>): boolean {
  for (const member of members) if (shape.members.has(member)) return true;
  return false;
}

function isEmptyArray(shape: Shape): boolean {
  return shape.root === 'array' && shape.first === undefined;
}

/** What a file of unknown or broken shape is read as, so that the reader finds out what is wrong with it. */
export function fallbackContainer(candidate: Candidate): Container {
  if (candidate.lines) return { kind: 'lines' };
  return candidate.shape.begins === 'array' ? { kind: 'array' } : { kind: 'document' };
}

export function inDirectory(candidate: Candidate, name: string): boolean {
  return candidate.segments.slice(0, -1).includes(name);
}
