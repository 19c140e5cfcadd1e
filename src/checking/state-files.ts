import type { Registry } from '../datasets/registry.ts';
import { datasetsOf, type SourceFile } from '../inventory/source.ts';
import type { FileToCheck } from './chunk.ts';
import { fileToCheck } from './jobs.ts';

/** Of datasets of which several files may hold states of one record: all their files, in order. */
export type StateFiles = Readonly<Record<string, readonly FileToCheck[]>>;

/** Of more files each is looked at alone: every thread reads all of them. */
const MOST_FILES = 1000;

/** Where one file alone has records of a dataset it need not know of others. */
export function stateFilesOf(files: Iterable<SourceFile>, registry: Registry): StateFiles {
  const wanted = new Set(registry.datasets.flatMap(({ name, hasStates }) => (hasStates ? [name] : [])));
  if (wanted.size === 0) return {};
  const found = new Map<string, FileToCheck[]>();
  for (const file of files) {
    if (file.verdict.kind !== 'recognised' || file.verdict.origin !== undefined) continue;
    for (const name of datasetsOf(file.verdict)) {
      const all = found.get(name) ?? [];
      if (wanted.has(name)) found.set(name, [...all, fileToCheck(all.length, file, file.verdict)]);
    }
  }
  return Object.fromEntries([...found].filter(([, all]) => all.length > 1 && all.length <= MOST_FILES));
}
