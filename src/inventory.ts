import type { FileStamp } from './files/source-file.ts';
import type { Scratch } from './scratch.ts';

/** What a directory entry is, before anything is opened. */
export type EntryKind = 'file' | 'symlink' | 'special' | 'unreadable-directory';

export interface Entry {
  readonly path: string;
  readonly kind: EntryKind;
  /** False where --include or --exclude left the file out. */
  readonly chosen: boolean;
}

/** The paths under the root and what became of them, in the scratch store: a million files need no memory. */
export class Inventory {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly saveVerdict;
  private readonly holder;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE inventory
      (path TEXT PRIMARY KEY, kind TEXT, chosen INTEGER, verdict TEXT, held_by TEXT, phase INTEGER) WITHOUT ROWID`);
    scratch.exec('CREATE TABLE archived (path TEXT PRIMARY KEY, run_id TEXT) WITHOUT ROWID');
    this.insert = scratch.prepare<[string, string, number]>(
      'INSERT OR IGNORE INTO inventory (path, kind, chosen) VALUES (?, ?, ?)',
    );
    this.holder = scratch
      .prepare<[string, string], string | null>(
        'SELECT held_by FROM inventory WHERE path = ? UNION ALL SELECT run_id FROM archived WHERE path = ?',
      )
      .pluck();
    this.saveVerdict = scratch.prepare<[string, string | null, number, string]>(
      'UPDATE inventory SET verdict = ?, held_by = ?, phase = ? WHERE path = ?',
    );
  }

  /** Two names that are not UTF-8 may look the same: the second is listed with a number behind it. */
  add(path: string, kind: EntryKind, chosen: boolean): void {
    let name = path;
    for (let number = 2; this.insert.run(name, kind, chosen ? 1 : 0).changes === 0; number++)
      name = `${path}#${number}`;
  }

  choose(path: string): void {
    this.scratch.prepare('UPDATE inventory SET chosen = 1 WHERE path = ?').run(path);
  }

  has(path: string): boolean {
    return this.scratch.prepare('SELECT 1 FROM inventory WHERE path = ?').get(path) !== undefined;
  }

  hasBelow(directory: string): boolean {
    return (
      this.scratch
        .prepare('SELECT 1 FROM inventory WHERE path > ? AND path < ?')
        .get(`${directory}/`, `${directory}0`) !== undefined
    );
  }

  /** Directories that hold a file of one of these names, as paths with a final `/`. */
  directoriesOf(names: readonly string[]): string[] {
    const endings = names.map(() => "path LIKE '%' || ?").join(' OR ');
    return this.scratch
      .prepare<string[], string>(`SELECT path FROM inventory WHERE ${endings}`)
      .pluck()
      .all(...names)
      .filter((path) => names.includes(path.slice(path.lastIndexOf('/') + 1)))
      .map((path) => path.slice(0, path.lastIndexOf('/') + 1));
  }

  /** Pages of entries by path, bytewise, so that verdicts can be saved in between. */
  *entries(): Generator<readonly Entry[]> {
    const page = this.scratch.prepare<[string], { path: string; kind: EntryKind; chosen: number }>(
      'SELECT path, kind, chosen FROM inventory WHERE path > ? ORDER BY path LIMIT 500',
    );
    for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.path ?? '')) {
      yield rows.map(({ path, kind, chosen }) => ({ path, kind, chosen: chosen === 1 }));
    }
  }

  /** `phase` is when the file loads: see `phaseOf`. */
  setVerdict(path: string, verdict: StoredFile, heldBy: string | null, phase: number): void {
    this.saveVerdict.run(JSON.stringify(verdict), heldBy, phase, path);
  }

  /** All files by path. */
  *files(): Generator<StoredFile> {
    const page = this.scratch.prepare<[string], { path: string; verdict: string }>(
      'SELECT path, verdict FROM inventory WHERE path > ? ORDER BY path LIMIT 500',
    );
    for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.path ?? '')) {
      for (const row of rows) yield JSON.parse(row.verdict);
    }
  }

  /** The phases of the files, in order. */
  phases(): readonly number[] {
    return this.scratch.prepare<[], number>('SELECT DISTINCT phase FROM inventory ORDER BY phase').pluck().all();
  }

  /** The files of one phase by path. */
  *filesOf(phase: number): Generator<StoredFile> {
    const page = this.scratch.prepare<[number, string], { path: string; verdict: string }>(
      'SELECT path, verdict FROM inventory WHERE phase = ? AND path > ? ORDER BY path LIMIT 500',
    );
    for (let rows = page.all(phase, ''); rows.length > 0; rows = page.all(phase, rows.at(-1)?.path ?? '')) {
      for (const row of rows) yield JSON.parse(row.verdict);
    }
  }

  /** A file that an earlier run moved to the archive still holds its rows, though it is gone. */
  addArchived(path: string, runId: string): void {
    this.scratch.prepare('INSERT OR IGNORE INTO archived VALUES (?, ?)').run(path, runId);
  }

  /** The run whose rows a path still holds: its bytes are those that were loaded, there or in the archive. */
  heldBy(path: string): string | null {
    return this.holder.get(path, path) ?? null;
  }
}

/** A source file in the form that the scratch store keeps: datasets by name. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number | null;
  readonly stamp: FileStamp | null;
  readonly verdict: unknown;
}
