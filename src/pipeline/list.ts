import { type Dirent, readdir } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastGlob from 'fast-glob';
import type { EntryKind, Inventory } from '../inventory.ts';

export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Absolute paths that are no part of the sources, whether they exist already or not: the files of the target. */
  readonly never: readonly string[];
}

/** Lists everything under the root into the inventory, without following links and without opening anything. */
export async function listFiles(root: string, selection: Selection, inventory: Inventory): Promise<void> {
  const all = selection.include.length === 0 && selection.exclude.length === 0;
  const unreadable: string[] = [];
  const never = new Set(selection.never);
  await collect(root, ['**'], [], unreadable, (path, kind) => {
    if (!never.has(join(root, path))) inventory.add(path, kind, all);
  });
  for (const directory of unreadable) {
    inventory.add(`${relative(root, directory).split(sep).join('/')}/`, 'unreadable-directory', true);
  }
  if (all) return;
  const patterns = selection.include.length > 0 ? selection.include : ['**'];
  await collect(root, patterns, selection.exclude, [], (path) => inventory.choose(path));
}

async function collect(
  root: string,
  patterns: readonly string[],
  ignore: readonly string[],
  unreadable: string[],
  found: (path: string, kind: EntryKind) => void,
): Promise<void> {
  const stream = fastGlob.stream([...patterns], {
    cwd: root,
    ignore: [...ignore],
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    objectMode: true,
    unique: false,
    fs: { readdir: readdirNoting(unreadable) as never },
  });
  for await (const each of stream) {
    const entry = each as unknown as fastGlob.Entry;
    if (!entry.dirent.isDirectory()) found(withLineBreaks(entry.path), kindOf(entry.dirent));
  }
}

function kindOf(entry: fastGlob.Entry['dirent']): EntryKind {
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'symlink' : 'special';
}

type ReaddirDone = (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void;

/** A directory that cannot be read is noted, and the listing goes on: fast-glob would stop, or say nothing. */
function readdirNoting(unreadable: string[]) {
  return (path: string, options: { withFileTypes: true }, done: ReaddirDone): void => {
    readdir(withLineBreaks(path), options, (error, entries) => {
      if (error) unreadable.push(withLineBreaks(path));
      for (const entry of entries ?? []) entry.name = withoutLineBreaks(entry.name);
      done(null, entries ?? []);
    });
  };
}

/** No pattern of fast-glob matches a line break, so inside of it they are spelled as noncharacters. */
const LINE_BREAKS = '\n\r\u2028\u2029';
const STAND_INS = '\ufdd0\ufdd1\ufdd2\ufdd3';

function withoutLineBreaks(name: string): string {
  return name.replaceAll(/[\n\r\u2028\u2029]/g, (found) => STAND_INS[LINE_BREAKS.indexOf(found)] ?? found);
}

function withLineBreaks(path: string): string {
  return path.replaceAll(/[\ufdd0-\ufdd3]/g, (found) => LINE_BREAKS[STAND_INS.indexOf(found)] ?? found);
}
