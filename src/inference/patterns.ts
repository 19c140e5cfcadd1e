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

export function literal(text: string): string {
  return text.replace(SIGNS, '?');
}

/** Which file is of which group, on disk: there may be many. */
export class GroupedFiles {
  private readonly scratch: Scratch;
  private readonly insert;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec('CREATE TABLE grouped_files (path TEXT PRIMARY KEY, place INTEGER) WITHOUT ROWID');
    this.insert = scratch.prepare<[string, number]>('INSERT INTO grouped_files VALUES (?, ?)');
  }

  add(path: string, group: number): void {
    this.insert.run(path, group);
  }

  /** In the order of their paths. */
  *all(): Generator<{ readonly path: string; readonly group: number }> {
    const page = this.scratch.prepare<[string], { path: string; group: number }>(
      'SELECT path, place AS "group" FROM grouped_files WHERE path > ? ORDER BY path LIMIT 500',
    );
    for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.path ?? '')) yield* rows;
  }
}
