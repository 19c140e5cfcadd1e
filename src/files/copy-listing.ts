import { AGE_ENDING, type ManifestFile } from './manifest-entries.ts';
import { isInside, MARKERS } from './output-directory.ts';
import type { Scratch } from './scratch.ts';

/** A file that a backup or archive holds. */
export interface ListedFile extends ManifestFile {
  /** Its path in the directory of the copy. */
  readonly stored: string;
}

/** Where a listed file was met: nowhere yet, in the copy, in the place that it shall go to. */
export type ListedState = 'listed' | 'found' | 'already-there';

const TABLE = `CREATE TABLE listed (path TEXT PRIMARY KEY, stored TEXT NOT NULL UNIQUE, folded TEXT NOT NULL,
    file TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'listed') WITHOUT ROWID;
  CREATE INDEX listed_folded ON listed (folded)`;

/** What a manifest or journal lists, kept on disk: there may be millions of files. */
export class CopyListing {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly update;
  /** The first path that may not be followed: it leads out of the directory, or it is listed twice. */
  unsafe: string | undefined;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(TABLE);
    this.insert = scratch.prepare<[string, string, string, string]>(
      'INSERT OR IGNORE INTO listed (path, stored, folded, file) VALUES (?, ?, ?, ?)',
    );
    this.update = scratch.prepare<[ListedState, string]>('UPDATE listed SET state = ? WHERE stored = ?');
  }

  readonly add = (file: ManifestFile): void => {
    const { path } = file;
    const stored = file.encrypted === undefined ? path : `${path}${AGE_ENDING}`;
    const { changes } = this.insert.run(path, stored, folded(path), JSON.stringify(file));
    if (changes === 0 || !isInside(path) || MARKERS.includes(stored)) this.unsafe ??= path;
  };

  /** Two paths that are one where upper and lower case, or ways to write an accent, are not told apart. */
  twins(): readonly [string, string] | undefined {
    const sql = 'SELECT min(path), max(path) FROM listed GROUP BY folded HAVING count(*) > 1 LIMIT 1';
    return this.scratch.prepare<[], [string, string]>(sql).raw(true).get();
  }

  /** A path below a path that is a file. `0` follows `/`. */
  belowFile(): string | undefined {
    const sql = `SELECT below.path FROM listed CROSS JOIN listed AS below
      ON below.folded > listed.folded || '/' AND below.folded < listed.folded || '0' LIMIT 1`;
    return this.scratch.prepare<[], string>(sql).pluck().get();
  }

  /** False where no file with this path in the directory is listed. */
  mark(stored: string, state: ListedState): boolean {
    return this.update.run(state, stored).changes === 1;
  }

  /** Files in a state, by path, some at a time; their state may be changed meanwhile. */
  *pages(state: ListedState, size: number): Generator<readonly ListedFile[]> {
    const select = this.scratch.prepare<[string, string, number], { stored: string; file: string }>(
      'SELECT stored, file FROM listed WHERE state = ? AND path > ? ORDER BY path LIMIT ?',
    );
    for (let after = ''; ; ) {
      const page = select.all(state, after, size).map(({ stored, file }): ListedFile => {
        const entry: ManifestFile = JSON.parse(file);
        return { ...entry, stored };
      });
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last.path;
    }
  }
}

/** As a file system that ignores case sees it, or one that stores names in one form of Unicode. */
function folded(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
