import type { Scratch } from '../files/scratch.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import type { Reject } from '../reject.ts';
import { addCounts, type Counts, countsOfFile, NO_COUNTS, subtractCounts } from './counts.ts';
import { unchangedCounts, unchangedEntry } from './ledger-entry.ts';
import type { FileEntry, FileReport, RejectCount, RejectExample, Warning } from './report.ts';
import { RunCounts } from './run-counts.ts';
import type { FileCounts, FileSums } from './tally.ts';

const MOST_KNOWN = 1000;

/** Rejects of each code that the report quotes: the ledger keeps them with the run. */
const EXAMPLES = 5;

/** `unchanged` is 1 where the entry is the ledger's. */
interface StoredEntry {
  readonly entry: string;
  readonly unchanged: number;
}

const SELECT_ENTRIES = 'SELECT entry, phase IS NULL AS unchanged FROM files WHERE entry IS NOT NULL';

function readEntry({ entry, unchanged }: StoredEntry): FileEntry {
  return unchanged === 0 ? JSON.parse(entry) : unchangedEntry(entry);
}

/**
 * Collects the report of a run in the scratch store, so that a report of a million files needs no memory. The entries
 * of the files are in the rows of the inventory.
 */
export class ReportStore {
  /** A source was not the same at the end as it was before. */
  sourceChanged = false;
  private readonly scratch: Scratch;
  private readonly runCounts = new RunCounts();
  private warningCount = 0;
  private removed: Counts = NO_COUNTS;
  /** What was parsed of unchanged files, by its text. */
  private readonly known = new Map<string, FileCounts>();
  private readonly saveEntry;
  private readonly insertReject;
  private readonly insertWarning;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE report_rejects (path TEXT, record INTEGER, code TEXT, reject TEXT);
      CREATE TABLE report_warnings (warning TEXT)`);
    // A file may be of another shard, or have been unchanged when it was listed.
    this.saveEntry = scratch.prepare<[string, string]>(
      `INSERT INTO files (path, phase, entry) VALUES (?, 0, ?)
         ON CONFLICT (path) DO UPDATE SET phase = coalesce(phase, 0), entry = excluded.entry, verdict = NULL`,
    );
    this.insertReject = scratch.prepare<[string, number | null, string, string]>(
      'INSERT INTO report_rejects VALUES (?, ?, ?, ?)',
    );
    this.insertWarning = scratch.prepare<[string]>('INSERT INTO report_warnings VALUES (?)');
  }

  /** A file is final. */
  addFile(entry: FileEntry, sums: FileSums): void {
    this.saveEntry.run(entry.path, JSON.stringify(entry));
    const { records, repairs, datasets } = entry;
    this.runCounts.add(entry, { records, repairs, ...(datasets && { datasets }), ...sums });
  }

  /** A file that the inventory added with its entry in the ledger. `gone` of its records have no row any more. */
  addUnchanged({ dataset, stamp, counts }: LedgerFile, gone: number): void {
    let known = this.known.get(counts);
    if (known === undefined) {
      if (this.known.size === MOST_KNOWN) this.known.clear();
      known = unchangedCounts(counts);
      this.known.set(counts, known);
    }
    this.runCounts.add(
      { status: 'unchanged', reason: '', skipped_by: 'ledger', dataset, bytes: stamp?.bytes ?? null },
      known,
      gone,
    );
  }

  /** A file is loaded again: what was added for it, rejects and numbers, is no longer so. */
  removeFile(entry: FileEntry, sums: FileSums): void {
    for (const sql of ['UPDATE files SET entry = NULL WHERE path = ?', 'DELETE FROM report_rejects WHERE path = ?'])
      this.scratch.prepare<[string]>(sql).run(entry.path);
    this.removed = addCounts(this.removed, countsOfFile(entry, sums));
  }

  addReject(path: string, reject: Reject): void {
    this.insertReject.run(path, reject.record, reject.code, JSON.stringify(reject));
  }

  warn(code: string, path: string | null, message: string): void {
    this.addWarning({ code, path, message });
  }

  addWarning(warning: Warning): void {
    this.warningCount++;
    this.insertWarning.run(JSON.stringify(warning));
  }

  setArchived(path: string, archivedTo: string): void {
    this.scratch
      .prepare("UPDATE files SET entry = json_set(entry, '$.archived_to', ?) WHERE path = ?")
      .run(archivedTo, path);
  }

  /** The counts so far; `rejected` is what --max-errors looks at. */
  get counts(): Counts {
    const { totals, notes, datasets, tables, account } = this.runCounts;
    const added = { totals: { ...totals, warnings: this.warningCount }, notes, datasets, tables, account };
    return this.removed === NO_COUNTS ? added : subtractCounts(added, this.removed);
  }

  /** The next files behind `path` whose rows are all in the database. */
  loadedFiles(path: string, limit: number): FileEntry[] {
    return this.scratch
      .prepare<[string, number], StoredEntry>(
        `${SELECT_ENTRIES} AND path > ? AND json_extract(entry, '$.status') = 'loaded'
           AND json_extract(entry, '$.archived_to') IS NULL ORDER BY path LIMIT ?`,
      )
      .all(path, limit)
      .map(readEntry);
  }

  *fileReports(): Generator<FileReport> {
    this.scratch.exec('CREATE INDEX IF NOT EXISTS rejects_by_path ON report_rejects (path, record)');
    const rejects = this.scratch
      .prepare<[string], string>('SELECT reject FROM report_rejects WHERE path = ? ORDER BY record, rowid')
      .pluck();
    const read = function* (path: string): Generator<Reject> {
      for (const text of rejects.iterate(path)) yield JSON.parse(text);
    };
    for (const stored of this.scratch.prepare<[], StoredEntry>(`${SELECT_ENTRIES} ORDER BY path`).iterate()) {
      const file = readEntry(stored);
      yield { ...file, rejects: { [Symbol.iterator]: () => read(file.path) } };
    }
  }

  *warnings(): Generator<Warning> {
    for (const text of this.scratch.prepare<[], string>('SELECT warning FROM report_warnings').pluck().iterate()) {
      yield JSON.parse(text);
    }
  }

  /** The reasons of rejects, the most frequent first. */
  rejectCodes(): readonly RejectCount[] {
    this.scratch.exec('CREATE INDEX IF NOT EXISTS rejects_by_code ON report_rejects (code, path, record)');
    const counts = this.scratch
      .prepare<[], { code: string; records: number }>(
        `SELECT code, count(DISTINCT path || char(0) || coalesce(record, -1)) AS records FROM report_rejects
           GROUP BY code ORDER BY records DESC, code`,
      )
      .all();
    return counts.flatMap(({ code, records }) => {
      const [example, ...further] = this.examplesOf(code);
      return example === undefined ? [] : [{ code, records, example, further }];
    });
  }

  private examplesOf(code: string): RejectExample[] {
    return this.scratch
      .prepare<[string, number], { path: string; reject: string }>(
        'SELECT path, reject FROM report_rejects WHERE code = ? ORDER BY path, record, rowid LIMIT ?',
      )
      .all(code, EXAMPLES)
      .map(({ path, reject }) => ({ ...(JSON.parse(reject) as Reject), path }));
  }
}
