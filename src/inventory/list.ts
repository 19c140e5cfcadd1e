import type { Dirent } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import type { Listed } from '../files/directory-names.ts';
import { openTree } from '../files/open-tree.ts';
import type { SourceTree, Unreadable } from '../files/source-tree.ts';
import { namesToolFiles } from '../files/tool-files.ts';
import { type Entry, walkTree } from '../files/walk.ts';
import type { Choice, Inventory } from './inventory.ts';

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

const SETTINGS = 'settings.json';

/** What lies under the root. */
export interface Listing {
  readonly tree: SourceTree;
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

/** Lists everything under the root, without following links and without opening anything but a root that is a zip file. */
export async function listFiles(root: string, selection: Selection, inventory: Inventory): Promise<Listing> {
  const { include, exclude, ignore, never, outputs, isOwnInput, tempDir } = selection;
  const tree = await openTree(root, { scratch: inventory.scratch, tempDir });
  const isAll = include.length === 0 && exclude.length === 0;
  const named = include.filter(namesToolFiles);
  const choose = async (choice: Choice, patterns: readonly string[], except: readonly string[]): Promise<void> => {
    if (patterns.length > 0) await match(root, tree, patterns, except, (path) => inventory.choose(path, choice));
  };
  if (!isAll) await choose('chosen', include.length > 0 ? include : ['**'], exclude);
  await choose('ignored', ignore.flatMap(withContents), []);
  await choose('named', named, exclude);
  const isSource = ({ absolutePath }: Entry): boolean => !never.includes(absolutePath);
  const hasSettings = tree.kindAt(SETTINGS) === 'file' && !never.includes(join(root, SETTINGS));
  const holdsFiles = (name: string): boolean =>
    tree.kindAt(name) === 'directory' &&
    walkTree(below(tree, `${name}/`), join(root, name)).some((entry) => entry.path !== '/' && isSource(entry));
  const isApplication =
    hasSettings || ['conversations', 'usage'].some((name) => holdsFiles(name) || holdsPacked(tree, `${name}\\`));
  return {
    tree,
    entries: walkTree(tree, root, { outputs, isOwnInput }).filter(isSource),
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

/** A part of a tree. */
function below(tree: SourceTree, directory: string): SourceTree {
  return {
    list: (path, onName) => tree.list(`${directory}${path}`, onName),
    each: (path) => tree.each(`${directory}${path}`),
    kindAt: (path) => tree.kindAt(`${directory}${path}`),
    leafAt: (path) => tree.leafAt(`${directory}${path}`),
  };
}

/** A zip file of Windows, unpacked elsewhere, leaves paths as names of files: `conversations\\ann\\c.json`. */
function holdsPacked(tree: SourceTree, prefix: string): boolean {
  for (const { name } of tree.each('')) if (name.startsWith(prefix)) return true;
  return false;
}

/** Tells the paths that the patterns choose. */
async function match(
  root: string,
  tree: SourceTree,
  patterns: readonly string[],
  ignore: readonly string[],
  found: (path: string) => void,
): Promise<void> {
  // Most runs have no patterns, and fast-glob is many modules.
  const { default: fastGlob } = await import('fast-glob');
  // The name of something, as it is printed, names it too: `staff (1).json` is no pattern for a person.
  const withNames = (all: readonly string[]): string[] =>
    all.flatMap((each) => {
      const path = each.replace(/(?:\/(?:\*\*)?)?$/, '');
      const name = fastGlob.escapePath(path);
      return name !== path && tree.kindAt(path) !== undefined ? [each, name + each.slice(path.length)] : [each];
    });
  const stream = fastGlob.stream(withNames(patterns), {
    cwd: root,
    ignore: withNames(ignore),
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    unique: false,
    fs: globbed(root, tree) as never,
  });
  for await (const path of stream) found(withLineBreaks(String(path)));
}

type Done<T> = (error: Error | null, found?: T) => void;
/** Nothing of it is opened, so what a special file is does not matter. */
type Named = Omit<Dirent, 'parentPath' | 'path'>;

/** What fast-glob takes for a name that nothing has. */
const ABSENT = Object.assign(new Error('nothing has this name'), { code: 'ENOENT' });

/** The file system as fast-glob sees it: what lies below the root, and nothing else. */
function globbed(root: string, tree: SourceTree) {
  const pathOf = (absolute: string): string => withLineBreaks(relative(root, absolute)).split(sep).join('/');
  const look = (absolute: string, done: Done<Named>): void => {
    const path = pathOf(absolute);
    const kind = path === '' ? 'directory' : tree.kindAt(path);
    if (kind === undefined) done(ABSENT);
    else done(null, namedAs(basename(path), kind));
  };
  return {
    lstat: look,
    stat: look,
    /** A directory that cannot be read is empty: that it cannot be read is told elsewhere. */
    readdir(absolute: string, _options: unknown, done: Done<Named[]>): void {
      const path = pathOf(absolute);
      done(null, namesIn(tree, path === '' ? '' : `${path}/`));
    },
  };
}

function namesIn(tree: SourceTree, path: string): Named[] {
  try {
    return [...tree.each(path)].map(({ name, kind }) => namedAs(withoutLineBreaks(name.replace(/\/$/, '')), kind));
  } catch {
    return [];
  }
}

const never = (): boolean => false;

function namedAs(name: string, kind: (Listed | Unreadable)['kind']): Named {
  const is = (other: typeof kind) => () => kind === other;
  const kinds = { isFile: is('file'), isDirectory: is('directory'), isSymbolicLink: is('symlink') };
  return { name, ...kinds, isFIFO: is('special'), isSocket: never, isBlockDevice: never, isCharacterDevice: never };
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
