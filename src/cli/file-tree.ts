import { counted, formatBytes } from './format.ts';

/** Entries of one directory that are shown; the others are counted. */
const MOST_ENTRIES = 10;

/** Widths: of the name with its branches at most, of the size, of a line. */
const WIDEST_NAME = 44;
const SIZE = 10;
const LINE = 80;

interface Directory {
  files: number;
  bytes: number;
  readonly entries: Map<string, Directory | TreeFile>;
  readonly hidden: { files: number; bytes: number };
}

export interface TreeFile {
  readonly bytes: number;
  readonly label: string;
}

/** What stands before the name of an entry that is followed by others, of the last one, and before what lies in them. */
const BRANCHES = {
  unicode: { entry: '├── ', last: '└── ', inside: '│   ', insideLast: '    ', more: '…' },
  ascii: { entry: '|-- ', last: '`-- ', inside: '|   ', insideLast: '    ', more: '...' },
} as const;

type Branches = (typeof BRANCHES)[keyof typeof BRANCHES];

/**
 * Files as a tree with sizes. Keeps the first entries of every directory and the sums of the others, so that a million
 * files need little memory.
 */
export class FileTree {
  private readonly root = emptyDirectory();

  add(path: string, file: TreeFile): void {
    const names = path.split('/').filter((name) => name !== '');
    const name = names.pop() ?? path;
    let directory = this.root;
    count(directory, file);
    for (const each of names) {
      const next = directory.entries.get(each) ?? place(directory, each, emptyDirectory());
      if (next === undefined || !('entries' in next)) {
        count(directory.hidden, file);
        return;
      }
      count(next, file);
      directory = next;
    }
    if (place(directory, name, file) === undefined) count(directory.hidden, file);
  }

  *lines(name: string, hasUnicode: boolean): Generator<string> {
    const branches = hasUnicode ? BRANCHES.unicode : BRANCHES.ascii;
    yield lineOf(name, this.root, branches);
    yield* linesIn(this.root, '', branches);
  }
}

function emptyDirectory(): Directory {
  return { files: 0, bytes: 0, entries: new Map(), hidden: { files: 0, bytes: 0 } };
}

function place<Entry extends Directory | TreeFile>(parent: Directory, name: string, entry: Entry): Entry | undefined {
  if (parent.entries.size >= MOST_ENTRIES) return undefined;
  parent.entries.set(name, entry);
  return entry;
}

function count(sum: { files: number; bytes: number }, { bytes }: TreeFile): void {
  sum.files++;
  sum.bytes += bytes;
}

function* linesIn({ entries, hidden }: Directory, before: string, branches: Branches): Generator<string> {
  let left = entries.size + (hidden.files > 0 ? 1 : 0);
  for (const [name, entry] of entries) {
    const isLast = --left === 0;
    yield lineOf(before + (isLast ? branches.last : branches.entry) + name, entry, branches);
    if ('entries' in entry) yield* linesIn(entry, before + (isLast ? branches.insideLast : branches.inside), branches);
  }
  const rest = { bytes: hidden.bytes, label: `${counted(hidden.files, 'file')} more` };
  if (hidden.files > 0) yield lineOf(before + branches.last + branches.more, rest, branches);
}

function lineOf(name: string, entry: Directory | TreeFile, { more }: Branches): string {
  const label = 'entries' in entry ? counted(entry.files, 'file') : entry.label;
  const size = formatBytes(entry.bytes).padStart(SIZE);
  const text = `${shorten(name, more).padEnd(WIDEST_NAME)}${size}  ${label}`;
  return text.length <= LINE ? text.trimEnd() : `${text.slice(0, LINE - more.length).replace(/\s+\S*$/, '')}${more}`;
}

/** Keeps the beginning and the end, which names of files differ by. */
function shorten(name: string, more: string): string {
  if (name.length <= WIDEST_NAME) return name;
  const end = 14;
  return `${name.slice(0, WIDEST_NAME - end - more.length)}${more}${name.slice(-end)}`;
}
