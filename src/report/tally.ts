import { type AccountSummary, count } from '../datasets/account.ts';
import type { RecognisedFile, SourceFile } from '../inventory/source.ts';
import {
  type Account,
  addRows,
  type FileEntry,
  type FileStatus,
  NO_RECORDS,
  NO_ROWS,
  type RecordCounts,
  type RowCounts,
  type Warning,
} from './report.ts';

/** What became of one record, as far as the counts go. */
export interface RecordOutcome {
  readonly loaded: boolean;
  /** Rows by table; a table may come more than once. */
  readonly rows: readonly (readonly [table: string, rows: RowCounts])[];
}

/** Records with the same warning: the first of them, and how many there are. */
interface Doubt {
  readonly record: number;
  readonly message: string;
  readonly records: number;
}

/** What a file adds to the totals of the run, beside its entry. */
export interface FileSums {
  readonly tables: Readonly<Record<string, RowCounts>>;
  readonly account: Account;
}

/** Everything that a file adds to the totals of the run, beside its bytes. */
export interface FileCounts extends FileSums, Pick<FileEntry, 'records' | 'repairs' | 'datasets'> {}

/** Counts a file while its records arrive. */
export class FileTally {
  readonly file: SourceFile;
  readonly dataset: string | null;
  sha256: string | null = null;
  loaded = 0;
  /** Records that the checks reject. Counted while batches of the same file are loading. */
  rejectedByChecks = 0;
  /** Records that are rejected when they are loaded: duplicates, and what the database refuses. */
  rejectedByLoad = 0;
  /** Members of the root beside the records. */
  envelopeMembers = 0;
  /** Records that rules of their declaration left out, by name. */
  readonly leftOut = new Map<string, number>();
  /** Where the file holds records of several datasets: those that were loaded or rejected then, by dataset. */
  readonly loadedOf = new Map<string, RecordCounts>();
  /** The same of those that the checks reject. Counted while batches of the same file are loading. */
  readonly rejectedOf = new Map<string, number>();
  /** The records that were not read, or the file as a whole, for a reason that is not a record's. */
  notReached: string | null = null;
  /** Rows that this run inserted for the file before it loads the file again: they are there, and are counted once. */
  before: FileSums['tables'] = {};
  /** Another file has one of its keys, and the last shard settles which of them stays. */
  isUnsettled = false;
  ownerFrom: string | null;
  owner: string | null;
  columns = 0;
  kept = 0;
  derived = 0;
  readonly repairs = new Map<string, number>();
  readonly unmapped = new Map<string, number>();
  readonly dropped = new Map<string, number>();
  tables: Record<string, RowCounts> = {};
  private readonly doubts = new Map<string, Doubt>();
  private readonly reason: string;

  /** `isOwned`: its records belong to users. */
  constructor(file: SourceFile, isOwned: boolean) {
    this.file = file;
    const { verdict } = file;
    const known: RecognisedFile | undefined = verdict.kind === 'recognised' ? verdict : undefined;
    this.dataset = known?.dataset ?? null;
    const owner = isOwned ? known?.owner : undefined;
    this.owner = owner?.owner ?? null;
    this.ownerFrom = owner?.from ?? null;
    this.reason = known?.reason ?? (verdict.kind === 'unrecognised' ? verdict.reason : 'not-readable');
  }

  addOutcome(outcome: RecordOutcome): void {
    if (outcome.loaded) this.loaded++;
    else this.rejectedByLoad++;
    for (const [table, rows] of outcome.rows) this.addRows(table, rows);
  }

  /** Counts records of one of several datasets. */
  addRecords(dataset: string, loaded: number, rejected: number): void {
    const known = this.loadedOf.get(dataset) ?? NO_RECORDS;
    const read = known.read + loaded + rejected;
    this.loadedOf.set(dataset, { read, loaded: known.loaded + loaded, rejected: known.rejected + rejected });
  }

  /** One record, or the file as a whole, that the checks reject. A whole file counts for its first dataset. */
  rejectByChecks(dataset: string | undefined): void {
    this.rejectedByChecks++;
    const name = dataset ?? this.dataset;
    if (name !== null) count(this.rejectedOf, name, 1);
  }

  addRows(table: string, rows: RowCounts): void {
    this.tables[table] = addRows(this.tables[table] ?? NO_ROWS, rows);
  }

  /** Of this many records. */
  addAccount({ columns, kept, derived, repairs, unmapped, dropped }: AccountSummary, records = 1): void {
    this.columns += records * columns;
    this.kept += records * kept;
    this.derived += records * derived;
    for (const [name, times] of repairs) count(this.repairs, name, records * times);
    for (const [pointer, times] of unmapped) count(this.unmapped, pointer, records * times);
    for (const [rule, times] of dropped) count(this.dropped, rule, records * times);
  }

  /** `record` is the first of them. */
  addWarnings(record: number, { warnings }: AccountSummary, records = 1): void {
    for (const [code, message] of warnings) {
      const known = this.doubts.get(code);
      const first = known !== undefined && known.record < record ? known : { record, message, records: 0 };
      this.doubts.set(code, { ...first, records: (known?.records ?? 0) + records });
    }
  }

  /** One per code, however many records have it. */
  warnings(): Warning[] {
    return [...this.doubts].map(([code, { record, message, records }]) => {
      const others = records === 1 ? '' : ` (and ${records - 1} more of this file)`;
      return { code, path: this.file.path, message: `record ${record}: ${message}${others}` };
    });
  }

  get rowCount(): number {
    const { inserted, updated, unchanged, kept, deleted } = Object.values(this.tables).reduce(addRows, NO_ROWS);
    return inserted + updated + unchanged + kept + deleted;
  }

  get rejected(): number {
    return this.rejectedByChecks + this.rejectedByLoad;
  }

  get status(): FileStatus {
    const { verdict } = this.file;
    if (verdict.kind === 'unrecognised' && this.rejected === 0) return 'unrecognised';
    if (this.rejected === 0 && this.notReached === null) return verdict.kind === 'failed' ? 'failed' : 'loaded';
    if (this.rejected === 0 && this.notReached === 'only') return 'partial';
    if (this.loaded > 0) return 'partial';
    return this.rejected === 0 && verdict.kind === 'recognised' ? 'not-reached' : 'failed';
  }

  entry(): FileEntry {
    const { verdict } = this.file;
    return {
      path: this.file.path,
      dataset: this.dataset,
      owner: this.owner,
      owner_from: this.ownerFrom,
      reason: this.reason,
      status: this.status,
      skipped_by: this.notReached ?? (verdict.kind === 'unrecognised' ? verdict.skippedBy : null),
      sha256: this.sha256,
      bytes: this.file.bytes,
      records: { read: this.loaded + this.rejected, loaded: this.loaded, rejected: this.rejected },
      rows: Object.values(this.countedTables).reduce(addRows, NO_ROWS),
      repairs: Object.fromEntries(this.repairs),
      unmapped: Object.fromEntries(this.unmapped),
      dropped: this.allDropped,
      ...this.datasets,
      archived_to: null,
    };
  }

  /** What the entry does not say, but the totals of the run need. */
  get sums(): FileSums {
    const { columns, derived, countedTables: tables } = this;
    const extra = this.kept + this.unmapped.values().reduce((sum, times) => sum + times, 0);
    return { tables, account: { columns, derived, extra, dropped: this.allDropped } };
  }

  private get datasets(): Pick<FileEntry, 'datasets'> {
    const { verdict } = this.file;
    if (verdict.kind !== 'recognised' || verdict.others === undefined) return {};
    const names = new Set([verdict.dataset, ...verdict.others.map(({ dataset }) => dataset)]);
    const counts = [...names].map((name): [string, RecordCounts] => {
      const { loaded, rejected: byLoad } = this.loadedOf.get(name) ?? NO_RECORDS;
      const rejected = byLoad + (this.rejectedOf.get(name) ?? 0);
      return [name, { read: loaded + rejected, loaded, rejected }];
    });
    return { datasets: Object.fromEntries(counts) };
  }

  private get countedTables(): FileSums['tables'] {
    const counted = Object.entries(this.tables).map(([table, rows]): [string, RowCounts] => {
      const again = Math.min(rows.unchanged, this.before[table]?.inserted ?? 0);
      return [table, { ...rows, inserted: rows.inserted + again, unchanged: rows.unchanged - again }];
    });
    return Object.fromEntries(counted);
  }

  private get allDropped(): Readonly<Record<string, number>> {
    const { envelopeMembers } = this;
    return {
      ...(envelopeMembers > 0 && { envelope: envelopeMembers }),
      ...Object.fromEntries([...this.dropped, ...this.leftOut]),
    };
  }

  /** Takes what a committed transaction counted. What the checks count goes on meanwhile. */
  adopt({
    loaded,
    rejectedByLoad,
    isUnsettled,
    columns,
    kept,
    derived,
    repairs,
    unmapped,
    dropped,
    tables,
    loadedOf,
    doubts,
  }: FileTally): void {
    const counted = { loaded, rejectedByLoad, columns, kept, derived, repairs, unmapped, dropped, tables, doubts };
    Object.assign(this, { ...counted, loadedOf, isUnsettled });
  }

  /** A copy, so that a transaction that is tried again starts from the same counts. */
  copy(): FileTally {
    const copy = new FileTally(this.file, false);
    Object.assign(copy, this, {
      tables: { ...this.tables },
      loadedOf: new Map(this.loadedOf),
      repairs: new Map(this.repairs),
      unmapped: new Map(this.unmapped),
      dropped: new Map(this.dropped),
      doubts: new Map(this.doubts),
    });
    return copy;
  }
}

/** One copy of each tally: parts of the same file count together. */
export function tallyCopies(): (tally: FileTally) => FileTally {
  const copies = new Map<FileTally, FileTally>();
  return (tally) => {
    const copy = copies.get(tally) ?? tally.copy();
    copies.set(tally, copy);
    return copy;
  };
}
