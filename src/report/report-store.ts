import type { Reject } from '../reject.ts';
import type { Scratch } from '../scratch.ts';
import { addCounts, type Counts, countsOfFile, NO_COUNTS, subtractCounts } from './counts.ts';
import {
  type Account,
  addAccounts,
  addRecords,
  addRows,
  type DatasetCounts,
  type FileEntry,
  type FileReport,
  NO_ACCOUNT,
  NO_RECORDS,
  NO_ROWS,
  type RecordCounts,
  type RejectCount,
  type RowCounts,
  type Warning,
} from './report.ts';
import type { FileSums } from './tally.ts';

/** Collects the report of a run in the scratch store, so that a report of a million files needs no memory. */
export class ReportStore {
  private readonly scratch: Scratch;
  private files = 0;
  private bytes = 0;
  private records: RecordCounts = NO_RECORDS;
  private repairs = 0;
  private warningCount = 0;
  private readonly statuses = new Map<string, number>();
  private readonly datasets = new Map<string, DatasetCounts>();
  private readonly tables = new Map<string, RowCounts>();
  private readonly accounts = new Map<string, Account>();
  private removed: Counts = NO_COUNTS;
  private readonly insertFile;
  private readonly insertReject;
  private readonly insertWarning;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE report_files (path TEXT PRIMARY KEY, entry TEXT) WITHOUT ROWID;
      CREATE TABLE report_rejects (path TEXT, record INTEGER, reject TEXT);
      CREATE TABLE report_warnings (warning TEXT)`);
    this.insertFile = scratch.prepare<[string, string]>('INSERT OR REPLACE INTO report_files VALUES (?, ?)');
    this.insertReject = scratch.prepare<[string, number | null, string]>('INSERT INTO report_rejects VALUES (?, ?, ?)');
    this.insertWarning = scratch.prepare<[string]>('INSERT INTO report_warnings VALUES (?)');
  }

  /** A file is final. */
  addFile(entry: FileEntry, { tables, account }: FileSums): void {
    this.insertFile.run(entry.path, JSON.stringify(entry));
    this.files++;
    this.bytes += entry.bytes ?? 0;
    this.statuses.set(entry.status, (this.statuses.get(entry.status) ?? 0) + 1);
    this.records = addRecords(this.records, entry.records);
    for (const times of Object.values(entry.repairs)) this.repairs += times;
    for (const [table, rows] of Object.entries(tables))
      this.tables.set(table, addRows(this.tables.get(table) ?? NO_ROWS, rows));
    if (entry.dataset === null) return;
    const dataset = this.datasets.get(entry.dataset) ?? { files: 0, ...NO_RECORDS };
    this.datasets.set(entry.dataset, { files: dataset.files + 1, ...addRecords(dataset, entry.records) });
    this.accounts.set(entry.dataset, addAccounts(this.accounts.get(entry.dataset) ?? NO_ACCOUNT, account));
  }

  /** A file is loaded again: what was added for it, rejects and numbers, is no longer so. */
  removeFile(entry: FileEntry, sums: FileSums): void {
    for (const table of ['report_files', 'report_rejects'])
      this.scratch.prepare<[string]>(`DELETE FROM ${table} WHERE path = ?`).run(entry.path);
    this.removed = addCounts(this.removed, countsOfFile(entry, sums));
  }

  addReject(path: string, reject: Reject): void {
    this.insertReject.run(path, reject.record, JSON.stringify(reject));
  }

  addWarning(warning: Warning): void {
    this.warningCount++;
    this.insertWarning.run(JSON.stringify(warning));
  }

  setArchived(path: string, archivedTo: string): void {
    this.scratch
      .prepare("UPDATE report_files SET entry = json_set(entry, '$.archived_to', ?) WHERE path = ?")
      .run(archivedTo, path);
  }

  /** The counts so far; `rejected` is what --max-errors looks at. */
  get counts(): Counts {
    const files = (status: string): number => this.statuses.get(status) ?? 0;
    const added: Counts = {
      totals: {
        files: this.files,
        files_loaded: files('loaded'),
        files_unchanged: files('unchanged'),
        files_partial: files('partial'),
        files_failed: files('failed'),
        files_unrecognised: files('unrecognised'),
        bytes: this.bytes,
        records_read: this.records.read,
        records_loaded: this.records.loaded,
        records_rejected: this.records.rejected,
        repairs: this.repairs,
        warnings: this.warningCount,
      },
      datasets: Object.fromEntries(this.datasets),
      tables: Object.fromEntries(this.tables),
      account: Object.fromEntries(this.accounts),
    };
    return this.removed === NO_COUNTS ? added : subtractCounts(added, this.removed);
  }

  /** The next files behind `path` whose rows are all in the database. */
  loadedFiles(path: string, limit: number): FileEntry[] {
    return this.scratch
      .prepare<[string, number], string>(
        `SELECT entry FROM report_files WHERE path > ? AND json_extract(entry, '$.status') IN ('loaded', 'unchanged')
           AND json_extract(entry, '$.archived_to') IS NULL ORDER BY path LIMIT ?`,
      )
      .pluck()
      .all(path, limit)
      .map((entry): FileEntry => JSON.parse(entry));
  }

  *fileReports(): Generator<FileReport> {
    this.scratch.exec('CREATE INDEX IF NOT EXISTS rejects_by_path ON report_rejects (path, record)');
    const rejects = this.scratch
      .prepare<[string], string>('SELECT reject FROM report_rejects WHERE path = ? ORDER BY record, rowid')
      .pluck();
    const read = function* (path: string): Generator<Reject> {
      for (const text of rejects.iterate(path)) yield JSON.parse(text);
    };
    for (const entry of this.scratch
      .prepare<[], string>('SELECT entry FROM report_files ORDER BY path')
      .pluck()
      .iterate()) {
      const file: FileEntry = JSON.parse(entry);
      yield { ...file, rejects: { [Symbol.iterator]: () => read(file.path) } };
    }
  }

  *warnings(): Generator<Warning> {
    for (const text of this.scratch.prepare<[], string>('SELECT warning FROM report_warnings').pluck().iterate()) {
      yield JSON.parse(text);
    }
  }

  /** The most frequent reasons of rejects, for the summary. */
  rejectCodes(): readonly RejectCount[] {
    return this.scratch
      .prepare<[], { code: string; records: number; reject: string; path: string }>(
        `SELECT json_extract(reject, '$.code') AS code, count(DISTINCT path || char(0) || coalesce(record, -1)) AS records,
           reject, min(path) AS path FROM report_rejects GROUP BY 1 ORDER BY 2 DESC, 1`,
      )
      .all()
      .map(({ code, records, reject, path }) => ({
        code,
        records,
        example: { ...(JSON.parse(reject) as Reject), path },
      }));
  }
}
