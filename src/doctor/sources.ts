import { accessSync, constants, statSync } from 'node:fs';
import { type Check, type Finding, ok, warning } from '../databases/inspection.ts';
import { type EntryKind, walk } from '../files/walk.ts';
import { formatBytes, formatCount } from '../system/quantities.ts';

/** What lies under the root, by kind, without opening anything. */
export interface Sources {
  readonly root: string;
  readonly files: number;
  readonly bytes: number;
  /** Up to a few of each kind that a run does not load, and how many there are. */
  readonly others: ReadonlyMap<'unreadable' | 'symlink' | 'special', Others>;
}

interface Others {
  count: number;
  readonly first: string;
}

const SOURCES: readonly Check<Sources>[] = [
  { name: 'sources', look: ({ files, bytes }) => checkFiles(files, bytes) },
  { name: 'unreadable sources', look: (sources) => checkOthers(sources, 'unreadable', UNREADABLE) },
  { name: 'links', look: (sources) => checkOthers(sources, 'symlink', LINKS) },
  { name: 'special files', look: (sources) => checkOthers(sources, 'special', SPECIAL) },
];

const UNREADABLE = 'Give the user that runs migrate-json the right to read them: each will be a reject.';
const LINKS = 'Links are not followed. If data lies behind them, name its own directory as the root.';
const SPECIAL = 'Pipes, sockets and devices are not opened; a run lists them as not recognised.';

export function sourceChecks(sources: Sources): readonly Check<void>[] {
  return SOURCES.map((check) => ({ name: check.name, look: () => check.look(sources) }));
}

export function lookAtSources(root: string, never: readonly string[]): Sources {
  let [files, bytes] = [0, 0];
  const others: Map<'unreadable' | 'symlink' | 'special', Others> = new Map();
  for (const entry of walk(root)) {
    if (entry.noInput !== undefined || never.includes(entry.absolutePath)) continue;
    const kind = kindOf(entry.kind, entry.absolutePath);
    if (kind === 'file') {
      files++;
      bytes += statSync(entry.absolutePath).size;
      continue;
    }
    const known = others.get(kind);
    if (known) known.count++;
    else others.set(kind, { count: 1, first: entry.path });
  }
  return { root, files, bytes, others };
}

function kindOf(kind: EntryKind, path: string): 'file' | 'unreadable' | 'symlink' | 'special' {
  if (kind === 'symlink' || kind === 'special') return kind;
  if (kind === 'unreadable-directory') return 'unreadable';
  try {
    accessSync(path, constants.R_OK);
    return 'file';
  } catch {
    return 'unreadable';
  }
}

function checkFiles(files: number, bytes: number): Finding {
  if (files > 0) return ok(`${formatCount(files)} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`);
  return warning('there is no file in this directory', 'Name the directory that holds the legacy JSON files.');
}

function checkOthers({ others }: Sources, kind: 'unreadable' | 'symlink' | 'special', hint: string): Finding {
  const found = others.get(kind);
  if (found === undefined) return ok('none');
  return warning(`${found.count}, the first is ${found.first}`, hint);
}
