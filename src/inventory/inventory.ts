import { join } from 'node:path';
import type { FileStamp } from '../files/file-stamp.ts';
import type { Scratch } from '../files/scratch.ts';
import type { SourcePlace } from '../files/source-place.ts';
import type { SourceFile } from './source.ts';

/** Rows that are read at once. What is read may be written meanwhile. */
const PAGE = 500;

/** A file as the scratch store keeps it. */
export interface StoredFile {
  readonly path: string;
  readonly stamp: FileStamp | null;
  /** What is to be done with it, as JSON; null where that is nothing. */
  readonly verdict: string | null;
  /** Where its bytes lie; undefined for a file of a directory, which lies at its path. */
  readonly place?: SourcePlace | undefined;
}

/** What patterns do with a path: let it through, silence it, or name a file of a tool. */
export type Choice = 'chosen' | 'ignored' | 'named';

/** Who loaded the bytes of a file last, and before a run that several processes share. */
export interface Holders {
  readonly runId: string;
  readonly heldBefore: string | null;
}

interface Row {
  readonly path: string;
  readonly bytes: number | null;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly verdict: string | null;
  readonly place: string | null;
}

const SELECT_FILES = 'SELECT path, bytes, mtime_ns AS mtimeNs, ctime_ns AS ctimeNs, inode, verdict, place FROM files';

/**
 * The files under the root, one row each in the scratch store, so that a million files need no memory: first what the
 * scan found, later the file's entry in the report (see `ReportStore`). A file that the ledger has as loaded has no
 * phase, and the ledger's entry from the start.
 */
export class Inventory {
  readonly scratch: Scratch;
  private readonly insert;
  private readonly insertUnchanged;
  private readonly insertChosen;
  private readonly chosen;
  private readonly found;
  private readonly holder;
  private readonly before;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE files
      (path TEXT PRIMARY KEY, phase INTEGER, held_by TEXT, held_before TEXT, bytes INTEGER, mtime_ns TEXT, ctime_ns TEXT, inode TEXT,
       verdict TEXT, entry TEXT, place TEXT) WITHOUT ROWID;
      CREATE TABLE archived (path TEXT PRIMARY KEY, run_id TEXT, held_before TEXT) WITHOUT ROWID;
      CREATE TABLE chosen (path TEXT, choice TEXT, PRIMARY KEY (path, choice)) WITHOUT ROWID`);
    this.insert = scratch.prepare(
      `INSERT INTO files (path, phase, held_by, held_before, bytes, mtime_ns, ctime_ns, inode, verdict, place)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.insertUnchanged = scratch.prepare<[string, string, string | null, string]>(
      'INSERT INTO files (path, held_by, held_before, entry) VALUES (?, ?, ?, ?)',
    );
    this.before = scratch
      .prepare<[string, string], string | null>(
        'SELECT held_before FROM files WHERE path = ? UNION ALL SELECT held_before FROM archived WHERE path = ?',
      )
      .pluck();
    this.insertChosen = scratch.prepare<[string, Choice]>('INSERT OR IGNORE INTO chosen VALUES (?, ?)');
    this.chosen = scratch.prepare<[string, Choice]>('SELECT 1 FROM chosen WHERE path = ? AND choice = ?');
    this.found = scratch.prepare<[string]>('SELECT 1 FROM files WHERE path = ?');
    this.holder = scratch
      .prepare<[string, string], string | null>(
        'SELECT held_by FROM files WHERE path = ? UNION ALL SELECT run_id FROM archived WHERE path = ?',
      )
      .pluck();
  }

  /** Notes that patterns match the path. */
  choose(path: string, choice: Choice): void {
    this.insertChosen.run(path, choice);
  }

  isChosen(path: string, choice: Choice): boolean {
    return this.chosen.get(path, choice) !== undefined;
  }

  /** `phase` is when the file loads: see `loadPhase`. */
  add({ path, stamp, verdict, place }: StoredFile, phase: number, held: Holders | undefined): void {
    const { bytes = null, mtimeNs = null, ctimeNs = null, inode = null } = stamp ?? {};
    this.insert.run(
      path,
      phase,
      held?.runId ?? null,
      held?.heldBefore ?? null,
      bytes,
      mtimeNs,
      ctimeNs,
      inode,
      verdict,
      place === undefined ? null : JSON.stringify(place),
    );
  }

  /** Another verdict than the scan's. */
  replaceVerdict(path: string, verdict: string): void {
    this.scratch.prepare('UPDATE files SET verdict = ? WHERE path = ?').run(verdict, path);
  }

  /** A file that nothing is to be done with: the run that loaded it, and its entry in the ledger. */
  addUnchanged(path: string, { runId, heldBefore }: Holders, ledgerEntry: string): void {
    this.insertUnchanged.run(path, runId, heldBefore, ledgerEntry);
  }

  /** All files by path. */
  *files(): Generator<StoredFile> {
    const page = this.scratch.prepare<[string], Row>(`${SELECT_FILES} WHERE path > ? ORDER BY path LIMIT ${PAGE}`);
    for (let rows = page.all(''); rows.length > 0; rows = page.all(rows.at(-1)?.path ?? '')) yield* rows.map(stored);
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
    const page = this.scratch.prepare<[number, string], Row>(
      `${SELECT_FILES} WHERE phase = ? AND path > ? ORDER BY path LIMIT ${PAGE}`,
    );
    for (let rows = page.all(phase, ''); rows.length > 0; rows = page.all(phase, rows.at(-1)?.path ?? '')) {
      yield* rows.map(stored);
    }
  }

  /** A file that an earlier run moved to the archive still holds its rows, though it is gone. */
  addArchived(path: string, { runId, heldBefore }: Holders): void {
    this.scratch.prepare('INSERT OR IGNORE INTO archived VALUES (?, ?, ?)').run(path, runId, heldBefore);
  }

  /** Whether a file was found under the root. */
  has(path: string): boolean {
    return this.found.get(path) !== undefined;
  }

  /** The run whose rows a path still holds: its bytes are those that were loaded, there or in the archive. */
  heldBy(path: string): string | null {
    return this.holder.get(path, path) ?? null;
  }

  /** The same without what this run has done itself: of runs that several processes share, the ledger keeps it. */
  heldBefore(path: string, runId: string): string | null {
    const heldBy = this.heldBy(path);
    return heldBy === runId ? (this.before.get(path, path) ?? null) : heldBy;
  }
}

function stored({ path, bytes, mtimeNs, ctimeNs, inode, verdict, place }: Row): StoredFile {
  const lies = place !== null && { place: JSON.parse(place) };
  return { path, stamp: bytes === null ? null : { bytes, mtimeNs, ctimeNs, inode }, verdict, ...lies };
}

/** A file that something is to be done with, as the inventory gives it back. */
export function restoreFile({ path, stamp, verdict, place }: StoredFile, root: string): SourceFile {
  if (verdict === null) throw new TypeError(`nothing is to be done with ${path}`);
  return {
    path,
    place: place ?? join(root, path),
    bytes: stamp?.bytes ?? null,
    stamp,
    verdict: JSON.parse(verdict),
  };
}
