import type { Dataset } from '../datasets/dataset.ts';
import { type ReadOptions, RecordReader } from './read.ts';

/**
 * Members beside the records of which each record has them, such as the owner: of those that the dataset knows, and that are
 * text. They may stand after the records, so the file is read once to find them.
 */
export async function sharedMembers(
  absolutePath: string,
  options: ReadOptions,
  { sharedMembers: names = [] }: Dataset,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (options.container.kind !== 'member' || names.length === 0) return undefined;
  const reader = new RecordReader(absolutePath, options);
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
