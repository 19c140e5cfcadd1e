import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { DirectoryNames, type Listed, type NameKind } from './directory-names.ts';
import { MARKERS } from './output-directory.ts';
import { isToolDirectory, isToolFile, liveNameOf } from './tool-files.ts';

/** What a directory entry is, before anything is opened. */
export type EntryKind = Exclude<NameKind, 'directory'> | 'unreadable-directory';

/** Why an entry is no input: this program wrote it, a tool keeps it, or it is an older version of a file beside it. */
export type NoInput = 'own-output' | 'tool-files' | 'old-version';

export interface Entry {
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

interface Unreadable {
  readonly name: string;
  readonly kind: 'unreadable-directory';
}

export interface WalkOptions {
  /** Absolute paths that this run writes. */
  readonly outputs?: readonly string[];
  /** The root is to be read although this program has written it: what lies in it was input. */
  readonly isOwnInput?: boolean;
  readonly tempDir?: string | undefined;
}

/**
 * Everything under the root but directories, by path, bytewise, without following links and without opening files.
 * Memory holds some of the names of one directory and of those above it.
 */
export function* walk(root: string, { outputs = [], isOwnInput = false, tempDir }: WalkOptions = {}): Generator<Entry> {
  const top = root.endsWith(sep) ? root : `${root}${sep}`;
  const isOutput = outputs.some((output) => root === output || root.startsWith(`${output}${sep}`));
  const first = readDirectory('', '', top, isOutput ? 'own-output' : undefined, tempDir);
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
      const byName = isOwnInput ? undefined : noInputByName(bare, kind, directory);
      const noInput = isOwn ? 'own-output' : (directory.noInput ?? byName);
      if (kind === 'directory') open.push(readDirectory(bare, path, absolutePath, noInput, tempDir));
      else yield { path, absolutePath, kind, noInput };
    }
  } finally {
    for (const { left } of open) left.return?.();
  }
}

function noInputByName(
  name: string,
  kind: (Listed | Unreadable)['kind'],
  { name: parent, absolutePath }: OpenDirectory,
): NoInput | undefined {
  if (kind === 'directory') return isToolDirectory(name, parent) ? 'tool-files' : undefined;
  const live = liveNameOf(name);
  // Where it is all that is left, it looks like data.
  if (live !== undefined) return existsSync(`${absolutePath}${live}`) ? 'old-version' : undefined;
  return isToolFile(name) ? 'tool-files' : undefined;
}

/** `path` and `absolutePath` end with a separator. */
function readDirectory(
  name: string,
  path: string,
  absolutePath: string,
  noInput: NoInput | undefined,
  tempDir: string | undefined,
): OpenDirectory {
  try {
    let isMarked = false;
    const left = new DirectoryNames(tempDir).read(absolutePath, (each) => {
      isMarked ||= MARKERS.includes(each);
    });
    return { name, path, absolutePath, noInput: isMarked ? 'own-output' : noInput, left };
  } catch {
    const itself: Unreadable = { name: path === '' ? '/' : '', kind: 'unreadable-directory' };
    return { name, path, absolutePath, noInput, left: [itself].values() };
  }
}
