import type { Dataset } from '../datasets/dataset.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { readFaithfully } from '../json/parse.ts';
import { pointerTokens, resolvePointer } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';
import { type ReadOptions, RecordReader } from './read.ts';

/** What stands beside the records and belongs to each of them, as JSON text or as text, by name. */
export function membersBeside(
  place: SourcePlace,
  options: ReadOptions,
  { sharedMembers: names = [], asked }: Dataset,
): Promise<Readonly<Record<string, string>> | undefined> {
  return asked ? askedValues(place, { ...options, asked }) : sharedMembers(place, options, names);
}

/** They may stand after the records, so the file is read once to find them. */
async function askedValues(
  place: SourcePlace,
  options: ReadOptions,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (options.container.kind !== 'path') return undefined;
  const reader = new RecordReader(place, options);
  for await (const _group of reader.records());
  const { wanted } = reader.beside;
  return wanted.size === 0 ? undefined : Object.fromEntries(wanted);
}

/** The values at these pointers in what stands beside the records, by way. */
export function documentValues(
  beside: Readonly<Record<string, string>> | undefined,
  asked: readonly string[],
): ReadonlyMap<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  for (const pointer of asked) {
    for (const [name, text] of Object.entries(beside ?? {})) {
      if (pointer !== name && !pointer.startsWith(`${name}/`)) continue;
      const value = readFaithfully(text);
      const found = value === undefined ? undefined : resolvePointer(value, pointer.slice(name.length));
      if (found !== undefined) values.set((pointerTokens(pointer) ?? []).join('\0'), found);
    }
  }
  return values;
}

/**
 * Members beside the records of which each record has them, such as the owner: of those that the dataset knows, and that are
 * text. They may stand after the records, so the file is read once to find them.
 */
async function sharedMembers(
  place: SourcePlace,
  options: ReadOptions,
  names: readonly string[],
): Promise<Readonly<Record<string, string>> | undefined> {
  if (options.container.kind !== 'member' || names.length === 0) return undefined;
  const reader = new RecordReader(place, options);
  for await (const _group of reader.records());
  const found = names.flatMap((name): [string, string][] => {
    const value = textIn(reader.beside.scalars.get(name));
    return value === undefined ? [] : [[name, value]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Owners may be numbers. */
function textIn(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  if (/^-?\d+$/.test(json)) return json;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
