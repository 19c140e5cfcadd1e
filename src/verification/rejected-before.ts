import type { Database } from '../databases/database.ts';
import type { Scratch } from '../files/scratch.ts';
import { latestFiles } from '../ledger/ledger.ts';
import type { FileEntry } from '../report/report.ts';

/**
 * Records that a load has rejected for a reason that only it could know, such as a check of the database. The ledger keeps how
 * many of a file were rejected, not which: so many that no run has loaded may have been.
 */
export class RejectedBefore {
  private readonly database: Database;
  private readonly save;
  private readonly find;
  private readonly take;
  private readonly counts;
  private readonly isCounted;
  private readonly forget;

  constructor(database: Database, scratch: Scratch) {
    this.database = database;
    scratch.exec(`CREATE TABLE rejected_before (path TEXT PRIMARY KEY, sha256 TEXT, records INTEGER) WITHOUT ROWID;
      CREATE TABLE counted_rejects (path TEXT, record INTEGER, PRIMARY KEY (path, record)) WITHOUT ROWID`);
    this.save = scratch.prepare<[string, string, number]>('INSERT INTO rejected_before VALUES (?, ?, ?)');
    this.find = scratch.prepare<[string]>('SELECT 1 FROM rejected_before WHERE path = ?');
    this.take = scratch.prepare<[number, string]>(
      'UPDATE rejected_before SET records = records - ? WHERE path = ? AND records > 0',
    );
    this.counts = scratch.prepare<[string, number]>('INSERT INTO counted_rejects VALUES (?, ?)');
    this.isCounted = scratch.prepare<[string, number]>('SELECT 1 FROM counted_rejects WHERE path = ? AND record = ?');
    this.forget = scratch.prepare<[string, string]>('DELETE FROM rejected_before WHERE path = ? AND sha256 <> ?');
  }

  /** Before the files are read. */
  async read(): Promise<void> {
    for await (const page of latestFiles(this.database)) {
      for (const { path, status, sha256, entry } of page) {
        if ((status !== 'partial' && status !== 'failed') || sha256 === null) continue;
        const { records }: FileEntry = JSON.parse(entry);
        if (records.rejected > 0) this.save.run(path, sha256, records.rejected);
      }
    }
  }

  /** So many of these records are rejected again, for a reason that can be seen. */
  note(path: string, rejected: number): void {
    if (rejected > 0) this.take.run(rejected, path);
  }

  /** The file was read to its end: what was rejected of other bytes says nothing. */
  end(path: string, sha256: string | null): void {
    this.forget.run(path, sha256 ?? '');
  }

  /** Whether records of the file are among them. */
  has(path: string): boolean {
    return this.find.get(path) !== undefined;
  }

  /** Counts a record that no run has loaded as one of them. False where all are accounted for. */
  count(path: string, record: number): boolean {
    // Of one record several rows may be missing.
    if (this.isCounted.get(path, record) !== undefined) return true;
    if (this.take.run(1, path).changes === 0) return false;
    this.counts.run(path, record);
    return true;
  }
}
