import { type Dirent, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { bytewise } from '../bytewise.ts';
import { MARKERS } from './output-directory.ts';

/** What a directory entry is, before anything is opened. */
export type EntryKind = 'file' | 'symlink' | 'special' | 'unreadable-directory';

export interface Entry {
  /** Relative to the root, with `/`; that of a directory ends with one. */
  readonly path: string;
  readonly absolutePath: string;
  readonly kind: EntryKind;
  /** Written by migrate-json, or by a tool that keeps its own files here. */
  readonly isOwnOutput: boolean;
}

/** Directories that tools fill by themselves: what lies in them is listed, but never taken for data. */
const TOOL_DIRECTORIES = ['node_modules', '.git'];

/** A name that is not UTF-8 reads with these, and two such names may read the same. */
const REPLACEMENT = '\ufffd';

/** An entry of a directory. The name of a directory ends with `/`, which puts what lies in it where it belongs. */
interface Listed {
  readonly name: string;
  readonly kind: EntryKind | 'directory';
}

/** A directory on the way to the entry at hand. What is left of it is in reverse: the next entry is the last. */
interface OpenDirectory {
  readonly path: string;
  readonly absolutePath: string;
  readonly isOwnOutput: boolean;
  readonly left: Listed[];
}

/**
 * Everything under the root but directories, by path, bytewise, without following links and without opening files.
 * Memory holds the names of one directory and of those above it. `outputs` are absolute paths that this run writes;
 * `isOwnInput` says that the root is to be read although this program has written it.
 */
export function* walk(root: string, outputs: readonly string[], isOwnInput = false): Generator<Entry> {
  const top = root.endsWith(sep) ? root : `${root}${sep}`;
  const isOutput = outputs.some((output) => root === output || root.startsWith(`${output}${sep}`));
  const first = readDirectory('', top, isOutput);
  const open = [isOwnInput ? { ...first, isOwnOutput: isOutput } : first];
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const listed = directory.left.pop();
    if (listed === undefined) {
      open.pop();
      continue;
    }
    const { name, kind } = listed;
    const path = `${directory.path}${name}`;
    const absolutePath = `${directory.absolutePath}${name}`;
    const bare = kind === 'directory' ? name.slice(0, -1) : name;
    const isOwnOutput =
      directory.isOwnOutput ||
      TOOL_DIRECTORIES.includes(bare) ||
      (outputs.length > 0 && outputs.includes(`${directory.absolutePath}${bare}`));
    if (kind === 'directory') open.push(readDirectory(path, absolutePath, isOwnOutput));
    else yield { path, absolutePath, kind, isOwnOutput };
  }
}

/** `path` and `absolutePath` end with a separator. */
function readDirectory(path: string, absolutePath: string, isInOwnOutput: boolean): OpenDirectory {
  try {
    const left = namesApart(readdirSync(absolutePath, { withFileTypes: true }).map(listed));
    const isOwnOutput = isInOwnOutput || left.some(({ name }) => MARKERS.includes(name));
    return { path, absolutePath, isOwnOutput, left: left.sort((a, b) => bytewise(b.name, a.name)) };
  } catch {
    const itself: Listed = { name: path === '' ? '/' : '', kind: 'unreadable-directory' };
    return { path, absolutePath, isOwnOutput: isInOwnOutput, left: [itself] };
  }
}

function listed(entry: Dirent): Listed {
  if (entry.isFile()) return { name: entry.name, kind: 'file' };
  if (entry.isDirectory()) return { name: `${entry.name}/`, kind: 'directory' };
  return { name: entry.name, kind: entry.isSymbolicLink() ? 'symlink' : 'special' };
}

/** The second of two names that look the same is listed with a number behind it. */
function namesApart(entries: Listed[]): Listed[] {
  if (!entries.some(({ name }) => name.includes(REPLACEMENT))) return entries;
  const taken = new Set(entries.map(({ name }) => name));
  const seen = new Set<string>();
  return entries.map((entry) => {
    let { name } = entry;
    for (let number = 2; seen.has(name); number++) {
      const numbered = `${entry.name}#${number}`;
      if (!taken.has(numbered)) name = numbered;
    }
    seen.add(name);
    return { ...entry, name };
  });
}
