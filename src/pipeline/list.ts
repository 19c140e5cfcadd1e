import { type Dirent, lstatSync, readdir } from 'node:fs';
import { join } from 'node:path';
import { diskError } from '../files/disk-error.ts';
import { type Entry, walk } from '../files/walk.ts';
import type { Inventory } from '../sources/inventory.ts';

export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Absolute paths that are no part of the sources, whether they exist already or not: the files of the target. */
  readonly never: readonly string[];
  /** Absolute paths that this run writes. */
  readonly outputs: readonly string[];
  /** The root was written by this program and is to be read all the same. */
  readonly isOwnInput: boolean;
}

/** What lies under the root. */
export interface Listing {
  /** By path, bytewise. The directories are read while the entries are taken. */
  readonly entries: Iterable<Entry>;
  /** False where --include or --exclude leave a path out. */
  readonly isChosen: (path: string) => boolean;
  /** Whether the root itself is the application's directory, so that what lies in it are no users. */
  readonly isApplication: boolean;
}

/** Lists everything under the root, without following links and without opening anything. */
export async function listFiles(root: string, selection: Selection, inventory: Inventory): Promise<Listing> {
  const { include, exclude, never, outputs, isOwnInput } = selection;
  const isAll = include.length === 0 && exclude.length === 0;
  if (!isAll) await match(root, include.length > 0 ? include : ['**'], exclude, (path) => inventory.choose(path));
  const isSource = ({ absolutePath }: Entry): boolean => !never.includes(absolutePath);
  const isApplication =
    ['conversations', 'usage'].some((name) => holdsFiles(join(root, name), isSource)) ||
    (isThere(join(root, 'settings.json'), false) && !never.includes(join(root, 'settings.json')));
  return {
    entries: walk(root, outputs, isOwnInput).filter(isSource),
    isChosen: isAll ? () => true : (path) => inventory.isChosen(path),
    isApplication,
  };
}

function holdsFiles(directory: string, isSource: (entry: Entry) => boolean): boolean {
  return isThere(directory, true) && walk(directory, []).some((entry) => entry.path !== '/' && isSource(entry));
}

function isThere(path: string, asDirectory: boolean): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === asDirectory;
  } catch (error) {
    // To guess would decide who owns what lies beside it.
    throw diskError('check', path, error);
  }
}

/** Tells the paths that the patterns choose. */
async function match(
  root: string,
  patterns: readonly string[],
  ignore: readonly string[],
  found: (path: string) => void,
): Promise<void> {
  // Most runs have no patterns, and fast-glob is many modules.
  const { default: fastGlob } = await import('fast-glob');
  const stream = fastGlob.stream([...patterns], {
    cwd: root,
    ignore: [...ignore],
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    unique: false,
    fs: { readdir: readdirLeniently as never },
  });
  for await (const path of stream) found(withLineBreaks(String(path)));
}

type ReaddirDone = (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void;

/** A directory that cannot be read is empty: that it cannot be read is told elsewhere. */
function readdirLeniently(path: string, options: { withFileTypes: true }, done: ReaddirDone): void {
  readdir(withLineBreaks(path), options, (_error, entries) => {
    for (const entry of entries ?? []) entry.name = withoutLineBreaks(entry.name);
    done(null, entries ?? []);
  });
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
