import type { FileStamp } from './files/source-file.ts';
import type { Scratch } from './scratch.ts';

/** Rows that are read at once. What is read may be written meanwhile. */
const PAGE = 500;

/**
 * The files under the root, one row each in the scratch store, so that a million files need no memory: first what the
 * scan found, later the file's entry in the report (see `ReportStore`). A file that the ledger has as loaded has no
 * phase, and the ledger's entry from the start.
 */
export class Inventory {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly insertUnchanged;
  private readonly insertChosen;
  private readonly chosen;
  private readonly holder;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE files
      (path TEXT PRIMARY KEY, phase INTEGER, verdict TEXT, held_by TEXT, entry TEXT) WITHOUT ROWID;
      CREATE TABLE archived (path TEXT PRIMARY KEY, run_id TEXT) WITHOUT ROWID;
      CREATE TABLE chosen (path TEXT PRIMARY KEY) WITHOUT ROWID`);
    this.insert = scratch.prepare<[string, number, string, string | null]>(
      'INSERT INTO files (path, phase, verdict, held_by) VALUES (?, ?, ?, ?)',
    );
    this.insertUnchanged = scratch.prepare<[string, string, string]>(
      'INSERT INTO files (path, held_by, entry) VALUES (?, ?, ?)',
    );
    this.insertChosen = scratch.prepare<[string]>('INSERT OR IGNORE INTO chosen VALUES (?)');
    this.chosen = scratch.prepare<[string]>('SELECT 1 FROM chosen WHERE path = ?');
    this.holder = scratch
      .prepare<[string, string], string | null>(
        'SELECT held_by FROM files WHERE path = ? UNION ALL SELECT run_id FROM archived WHERE path = ?',
      )
      .pluck();
  }

  /** Notes that --include and --exclude let the path through. */
  choose(path: string): void {
    this.insertChosen.run(path);
  }

  isChosen(path: string): boolean {
    return this.chosen.get(path) !== undefined;
  }

  /** `phase` is when the file loads: see `phaseOf`. */
  add(file: StoredFile, phase: number, heldBy: string | null): void {
    this.insert.run(file.path, phase, JSON.stringify(file), heldBy);
  }

  /** A file that nothing is to be done with: the run that loaded it, and its entry in the ledger. */
  addUnchanged(path: string, runId: string, ledgerEntry: string): void {
    this.insertUnchanged.run(path, runId, ledgerEntry);
  }

  /** All files by path; `verdict` is null where nothing is to be done. */
  *files(): Generator<StoredFile> {
    const page = this.scratch.prepare<[string], { path: string; verdict: string | null }>(
      `SELECT path, verdict FROM files WHERE path > ? ORDER BY path LIMIT ${PAGE}`,
    );
    for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.path ?? '')) {
      for (const { path, verdict } of rows) {
        yield verdict === null ? { path, bytes: null, stamp: null, verdict } : JSON.parse(verdict);
      }
    }
  }

  /** The phases of the files that are to be loaded, in order. */
  phases(): readonly number[] {
    return this.scratch
      .prepare<[], number>('SELECT DISTINCT phase FROM files WHERE phase IS NOT NULL ORDER BY phase')
      .pluck()
      .all();
  }

  /** The files of one phase by path. */
  *filesOf(phase: number): Generator<StoredFile> {
    const page = this.scratch.prepare<[number, string], { path: string; verdict: string }>(
      `SELECT path, verdict FROM files WHERE phase = ? AND path > ? ORDER BY path LIMIT ${PAGE}`,
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
