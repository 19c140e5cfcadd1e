import { isUnexplained } from '../datasets/recognise.ts';
import type { Counts } from './counts.ts';
import {
  type Account,
  type DatasetCounts,
  type FileEntry,
  type FileNotes,
  isInPart,
  NO_ACCOUNT,
  NO_RECORDS,
  NO_ROWS,
  type RecordCounts,
  type RowCounts,
  type Totals,
} from './report.ts';
import type { FileCounts } from './tally.ts';

type Sum<Counts> = { -readonly [Name in keyof Counts]: Counts[Name] };

type Counted = Pick<FileEntry, 'status' | 'reason' | 'skipped_by' | 'dataset' | 'bytes'>;

/** The totals of a run so far. Sums grow in place: of an unchanged file, counting is a good part of the work. */
export class RunCounts {
  private files = 0;
  private inPart = 0;
  private unexplained = 0;
  private gone = 0;
  private bytes = 0;
  private readonly repairs = new Map<string, number>();
  private readonly records: Sum<RecordCounts> = { ...NO_RECORDS };
  private readonly statuses = new Map<string, number>();
  private readonly datasetSums = new Map<string, Sum<DatasetCounts>>();
  private readonly tableSums = new Map<string, Sum<RowCounts>>();
  private readonly accounts = new Map<string, Sum<Account> & { readonly dropped: Record<string, number> }>();

  add({ status, reason, skipped_by, dataset, bytes }: Counted, counts: FileCounts, gone = 0): void {
    const { records, repairs, datasets, tables, account } = counts;
    this.files++;
    this.gone += gone;
    if (status === 'unrecognised' && isUnexplained(reason)) this.unexplained++;
    if (isInPart({ status, skipped_by, records })) this.inPart++;
    this.bytes += bytes ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    addRecords(this.records, records);
    for (const code in repairs) this.repairs.set(code, (this.repairs.get(code) ?? 0) + (repairs[code] ?? 0));
    for (const table in tables) addRows(sumOf(this.tableSums, table, NO_ROWS), tables[table] ?? NO_ROWS);
    if (dataset === null) return;
    for (const [name, of] of Object.entries(datasets ?? { [dataset]: records })) {
      const sum = sumOf(this.datasetSums, name, { files: 0, ...NO_RECORDS });
      sum.files++;
      addRecords(sum, of);
    }
    this.addAccount(dataset, account);
  }

  /** Of a file that is counted elsewhere. */
  addGone(records: number): void {
    this.gone += records;
  }

  /** Without warnings, which are not of a file. */
  get counts(): Counts {
    const { totals, notes, datasets, tables, account } = this;
    return { totals: { ...totals, warnings: 0 }, notes, datasets, tables, account };
  }

  get totals(): Omit<Totals, 'warnings'> {
    const files = (status: string): number => this.statuses.get(status) ?? 0;
    return {
      files: this.files,
      files_loaded: files('loaded'),
      files_unchanged: files('unchanged'),
      files_partial: files('partial'),
      files_failed: files('failed'),
      files_not_reached: files('not-reached'),
      files_unrecognised: files('unrecognised'),
      bytes: this.bytes,
      records_read: this.records.read,
      records_loaded: this.records.loaded,
      records_rejected: this.records.rejected,
      repairs: [...this.repairs.values()].reduce((sum, times) => sum + times, 0),
    };
  }

  get notes(): FileNotes {
    const { unexplained, inPart, gone, repairs } = this;
    return { unexplained, inPart, gone, repairs: Object.fromEntries(repairs) };
  }

  get datasets(): Record<string, DatasetCounts> {
    return Object.fromEntries(this.datasetSums);
  }

  get tables(): Record<string, RowCounts> {
    return Object.fromEntries(this.tableSums);
  }

  /** By dataset. */
  get account(): Record<string, Account> {
    return Object.fromEntries(this.accounts);
  }

  private addAccount(dataset: string, account: Account): void {
    const sum = sumOf(this.accounts, dataset, { ...NO_ACCOUNT, dropped: {} });
    sum.columns += account.columns;
    sum.extra += account.extra;
    sum.derived += account.derived;
    for (const rule in account.dropped) sum.dropped[rule] = (sum.dropped[rule] ?? 0) + (account.dropped[rule] ?? 0);
  }
}

function sumOf<T>(sums: Map<string, T>, name: string, zero: T): T {
  const known = sums.get(name);
  if (known !== undefined) return known;
  const sum = { ...zero };
  sums.set(name, sum);
  return sum;
}

function addRecords(sum: Sum<RecordCounts>, { read, loaded, rejected }: RecordCounts): void {
  sum.read += read;
  sum.loaded += loaded;
  sum.rejected += rejected;
}

function addRows(sum: Sum<RowCounts>, { inserted, updated, unchanged, kept, deleted = 0 }: RowCounts): void {
  sum.inserted += inserted;
  sum.updated += updated;
  sum.unchanged += unchanged;
  sum.kept += kept;
  sum.deleted += deleted;
}
