import { type Dirent, lstatSync, opendirSync, readdir } from 'node:fs';
import { join } from 'node:path';
import { diskError } from '../files/disk-error.ts';
import { namesToolFiles } from '../files/tool-files.ts';
import { type Entry, walk } from '../files/walk.ts';
import type { Inventory } from './inventory.ts';

export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly ignore: readonly string[];
  readonly tempDir?: string | undefined;
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
  /** What leaves a path out, if anything does. */
  readonly leftOutBy: (path: string) => 'ignore' | 'include-exclude' | undefined;
  /** Files of tools that --include names. */
  readonly isNamed: (path: string) => boolean;
  /** Whether the root itself is the application's directory, so that what lies in it are no users. */
  readonly isApplication: boolean;
  readonly hasSettings: boolean;
}

/** Lists everything under the root, without following links and without opening anything. */
export async function listFiles(root: string, selection: Selection, inventory: Inventory): Promise<Listing> {
  const { include, exclude, ignore, never, outputs, isOwnInput, tempDir } = selection;
  const isAll = include.length === 0 && exclude.length === 0;
  const named = include.filter(namesToolFiles);
  if (!isAll)
    await match(root, include.length > 0 ? include : ['**'], exclude, (path) => inventory.choose(path, 'chosen'));
  if (ignore.length > 0)
    await match(root, ignore.flatMap(withContents), [], (path) => inventory.choose(path, 'ignored'));
  if (named.length > 0) await match(root, named, exclude, (path) => inventory.choose(path, 'named'));
  const isSource = ({ absolutePath }: Entry): boolean => !never.includes(absolutePath);
  const settings = join(root, 'settings.json');
  const hasSettings = isThere(settings, false) && !never.includes(settings);
  const isApplication =
    hasSettings ||
    ['conversations', 'usage'].some((name) => holdsFiles(join(root, name), isSource) || holdsPacked(root, `${name}\\`));
  return {
    entries: walk(root, { outputs, isOwnInput, tempDir }).filter(isSource),
    leftOutBy(path) {
      if (ignore.length > 0 && inventory.isChosen(path, 'ignored')) return 'ignore';
      return isAll || inventory.isChosen(path, 'chosen') ? undefined : 'include-exclude';
    },
    isNamed: named.length === 0 ? () => false : (path) => inventory.isChosen(path, 'named'),
    isApplication,
    hasSettings,
  };
}

/** A pattern of a directory means all that is in it. */
function withContents(pattern: string): string[] {
  const bare = pattern.replace(/\/+$/, '');
  return [bare, `${bare}/**`];
}

function holdsFiles(directory: string, isSource: (entry: Entry) => boolean): boolean {
  return isThere(directory, true) && walk(directory).some((entry) => entry.path !== '/' && isSource(entry));
}

/** A zip file of Windows, unpacked elsewhere, leaves paths as names of files: `conversations\\ann\\c.json`. */
function holdsPacked(root: string, prefix: string): boolean {
  const directory = opendirSync(root);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (entry.name.startsWith(prefix)) return true;
    }
    return false;
  } finally {
    directory.closeSync();
  }
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
