import { compileFilePattern } from '../declarations/file-pattern.ts';
import { Misspelt } from '../declarations/source.ts';
import type { Scratch } from '../files/scratch.ts';
import type { FileGroup } from './file-groups.ts';

/** Signs that mean something in a pattern; one of any kind stands for them. */
const SIGNS = /[*?{}\\]|<(?=\w+>)/g;

/** The pattern of a group, given the names of what varies. */
export function patternOf({ segments, ending }: FileGroup, captures: readonly string[]): string {
  let next = 0;
  const texts = segments.map(({ prefix, suffix, varies }) =>
    varies ? `${literal(prefix)}<${captures[next++] ?? ''}>${literal(suffix)}` : literal(prefix),
  );
  return texts.join('/') + literal(ending);
}

function literal(text: string): string {
  return text.replace(SIGNS, '?');
}

/** Which file is in which draft of a group, on disk: there may be many. */
export class GroupedFiles {
  private readonly insert;
  private readonly select;

  constructor(scratch: Scratch) {
    scratch.exec('CREATE TABLE grouped_files (path TEXT PRIMARY KEY, draft INTEGER) WITHOUT ROWID');
    this.insert = scratch.prepare<[string, number]>('INSERT INTO grouped_files VALUES (?, ?)');
    this.select = scratch.prepare<[string], number>('SELECT draft FROM grouped_files WHERE path = ?').pluck();
  }

  add(path: string, draft: number): void {
    this.insert.run(path, draft);
  }

  draftOf(path: string): number | undefined {
    return this.select.get(path);
  }
}

type Compiled = ReturnType<typeof compileFilePattern>;

const PATTERNS = new WeakMap<FileGroup, Compiled>();

/** The pattern by which a run matches, compiled once; its captures are numbered. */
function compiledPattern(group: FileGroup): Exclude<Compiled, Misspelt> | undefined {
  const numbers = group.segments.map((_, at) => `c${at}`);
  const known = PATTERNS.get(group) ?? compileFilePattern(patternOf(group, numbers));
  PATTERNS.set(group, known);
  return known instanceof Misspelt ? undefined : known;
}

/** What varies in the path of a file of the group. */
export function capturesIn(group: FileGroup, path: string): readonly string[] {
  const pattern = compiledPattern(group);
  const match = pattern?.match(path) ?? {};
  return (pattern?.captures ?? []).map((name) => match[name] ?? '');
}

/** Files that the pattern of a group takes, and that are of another one. */
export function strangersOf(
  groups: readonly FileGroup[],
  files: Iterable<{ readonly path: string }>,
  groupOf: (path: string) => FileGroup | undefined,
  byRecords: { has(group: FileGroup): boolean },
): ReadonlyMap<FileGroup, ReadonlySet<string>> {
  const strangers = new Map<FileGroup, Set<string>>();
  const loose = groups.filter(({ segments }) =>
    segments.some(({ varies, prefix }) => varies || literal(prefix) !== prefix),
  );
  for (const { path } of files) {
    const own = groupOf(path);
    // What is damaged the group may name.
    if (own === undefined) continue;
    for (const group of loose) {
      if (group === own || compiledPattern(group)?.match(path) === undefined) continue;
      // Their records tell them apart.
      if (byRecords.has(group) && byRecords.has(own) && patternOf(group, []) === patternOf(own, [])) continue;
      const known = strangers.get(group) ?? new Set();
      strangers.set(group, known);
      known.add(literal(path));
    }
  }
  return strangers;
}
