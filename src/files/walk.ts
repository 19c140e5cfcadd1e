import { sep } from 'node:path';
import type { Listed, NameKind } from './directory-names.ts';
import { MARKERS } from './output-directory.ts';
import { DirectoryTree, type Leaf, type SourceTree, type Unreadable } from './source-tree.ts';
import { isToolDirectory, isToolFile, liveNameOf } from './tool-files.ts';

/** What a directory entry is, before anything is opened. */
export type EntryKind = Exclude<NameKind, 'directory'> | 'unreadable-directory';

/** Why an entry is no input: this program wrote it, a tool keeps it, or it is an older version of a file beside it. */
export type NoInput = 'own-output' | 'tool-files' | 'old-version';

export interface Entry extends Leaf {
  /** Relative to the root, with `/`; that of a directory ends with one. */
  readonly path: string;
  readonly absolutePath: string;
  readonly kind: EntryKind;
  /** It is listed, but never taken for data. */
  readonly noInput: NoInput | undefined;
}

/** A directory on the way to the entry at hand. */
interface OpenDirectory {
  readonly name: string;
  readonly path: string;
  readonly absolutePath: string;
  readonly noInput: NoInput | undefined;
  readonly left: Iterator<Listed | Unreadable>;
}

export interface WalkOptions {
  /** Absolute paths that this run writes. */
  readonly outputs?: readonly string[];
  /** The root is to be read although this program has written it: what lies in it was input. */
  readonly isOwnInput?: boolean;
}

/** Everything under a directory, as `walkTree` lists it. */
export function walk(root: string, options: WalkOptions = {}): Generator<Entry> {
  return walkTree(new DirectoryTree(root), root, options);
}

/**
 * Everything under the root but directories, by path, bytewise, without following links and without opening files.
 * Memory holds some of the names of one directory and of those above it.
 */
export function* walkTree(
  tree: SourceTree,
  root: string,
  { outputs = [], isOwnInput = false }: WalkOptions = {},
): Generator<Entry> {
  const top = root.endsWith(sep) ? root : `${root}${sep}`;
  const isOutput = outputs.some((output) => root === output || root.startsWith(`${output}${sep}`));
  const first = readDirectory(tree, {
    name: '',
    path: '',
    absolutePath: top,
    noInput: isOutput ? 'own-output' : undefined,
  });
  const open = [isOwnInput && !isOutput ? { ...first, noInput: undefined } : first];
  try {
    for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
      const next = directory.left.next();
      if (next.done) {
        open.pop();
        continue;
      }
      const { name, kind } = next.value;
      const path = `${directory.path}${name}`;
      const absolutePath = `${directory.absolutePath}${name}`;
      const bare = kind === 'directory' ? name.slice(0, -1) : name;
      const isOwn = outputs.length > 0 && outputs.includes(`${directory.absolutePath}${bare}`);
      const byName = isOwnInput ? undefined : noInputByName(tree, bare, kind, directory);
      const noInput = isOwn ? 'own-output' : (directory.noInput ?? byName);
      if (kind === 'directory') open.push(readDirectory(tree, { name: bare, path, absolutePath, noInput }));
      else yield { path, absolutePath, kind, noInput, ...tree.leafAt(path) };
    }
  } finally {
    for (const { left } of open) left.return?.();
  }
}

function noInputByName(
  tree: SourceTree,
  name: string,
  kind: (Listed | Unreadable)['kind'],
  { name: parent, path }: OpenDirectory,
): NoInput | undefined {
  if (kind === 'directory') return isToolDirectory(name, parent) ? 'tool-files' : undefined;
  const live = liveNameOf(name);
  // Where it is all that is left, it looks like data.
  if (live !== undefined) return isThere(tree, `${path}${live}`) ? 'old-version' : undefined;
  return isToolFile(name) ? 'tool-files' : undefined;
}

function isThere(tree: SourceTree, path: string): boolean {
  try {
    return tree.kindAt(path) !== undefined;
  } catch {
    return false;
  }
}

/** `path` and `absolutePath` end with a separator. */
function readDirectory(tree: SourceTree, directory: Omit<OpenDirectory, 'left'>): OpenDirectory {
  try {
    let isMarked = false;
    const left = tree.list(directory.path, (each) => {
      isMarked ||= MARKERS.includes(each);
    });
    return { ...directory, noInput: isMarked ? 'own-output' : directory.noInput, left };
  } catch {
    const itself: Unreadable = { name: directory.path === '' ? '/' : '', kind: 'unreadable-directory' };
    return { ...directory, left: [itself].values() };
  }
}
