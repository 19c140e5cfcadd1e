import type { ClaimedBatch, Database, LedgerRow } from '../databases/database.ts';
import type { FileStamp } from '../files/source-file.ts';
import { addRows, type FileEntry, NO_ROWS, type RowCounts } from '../report/report.ts';
import type { FileSums, FileTally } from '../report/tally.ts';

/** What the ledger says of a path: the newest row. */
export interface LedgerFile {
  readonly path: string;
  readonly runId: string;
  readonly status: string;
  readonly dataset: string | null;
  readonly sha256: string | null;
  readonly fingerprint: string | null;
  readonly stamp: FileStamp | null;
  readonly archivedTo: string | null;
  /** The file's entry in the report of that run, as JSON: see `LedgerEntry`. */
  readonly entry: string;
}

/** A file's entry in the report, with what it adds to the totals. */
export type LedgerEntry = FileEntry &
  FileSums & {
    /** Another file has one of its keys, and the last shard settles which of them stays. */
    readonly unsettled?: true;
  };

export function ledgerFileRow(runId: string, tally: FileTally, fingerprint: string | null): LedgerRow {
  const entry: LedgerEntry = { ...tally.entry(), ...tally.sums, ...(tally.isUnsettled && { unsettled: true }) };
  const { stamp } = tally.file;
  return {
    run_id: runId,
    path: entry.path,
    dataset: entry.dataset,
    status: entry.status,
    sha256: entry.sha256,
    bytes: entry.bytes,
    mtime_ns: stamp?.mtimeNs ?? null,
    ctime_ns: stamp?.ctimeNs ?? null,
    inode: stamp?.inode ?? null,
    fingerprint,
    report: JSON.stringify(entry),
  };
}

/** The newest row of every path, by path. */
export async function* latestFiles(database: Database): AsyncGenerator<LedgerFile> {
  for await (const row of database.ledgerRows({ kind: 'latest-files' })) yield readLedgerFile(row);
}

function readLedgerFile(row: LedgerRow): LedgerFile {
  const text = (name: string): string | null => {
    const value = row[name];
    return typeof value === 'string' ? value : null;
  };
  const [bytes, mtimeNs, ctimeNs, inode] = [row['bytes'], text('mtime_ns'), text('ctime_ns'), text('inode')];
  const hasStamp = typeof bytes === 'number' && mtimeNs !== null && ctimeNs !== null && inode !== null;
  return {
    path: text('path') ?? '',
    runId: text('run_id') ?? '',
    status: text('status') ?? '',
    dataset: text('dataset'),
    sha256: text('sha256'),
    fingerprint: text('fingerprint'),
    stamp: hasStamp ? { bytes, mtimeNs, ctimeNs, inode } : null,
    archivedTo: text('archived_to'),
    entry: text('report') ?? '{}',
  };
}

/** The claims that committed batches made, for `LedgerClaims`. */
export async function* ledgerBatches(database: Database): AsyncGenerator<ClaimedBatch & { runId: string }> {
  for await (const row of database.ledgerRows({ kind: 'batches' })) {
    const { run_id: runId, batch, claims } = row;
    if (typeof runId === 'string' && claims instanceof Uint8Array) yield { runId, batch: Number(batch), claims };
  }
}

/** A file that the ledger has as loaded, as this run reports it: its numbers, with every row unchanged. */
export function unchangedEntry(entryText: string): LedgerEntry {
  const { unsettled: _settled, ...entry }: LedgerEntry = JSON.parse(entryText);
  const tables = Object.fromEntries(Object.entries(entry.tables).map(([table, rows]) => [table, settled(rows)]));
  const rows = Object.values(tables).reduce(addRows, NO_ROWS);
  return { ...entry, status: 'unchanged', skipped_by: 'ledger', rows, tables, archived_to: null };
}

function settled({ inserted, updated, unchanged, kept }: RowCounts): RowCounts {
  return { inserted: 0, updated: 0, unchanged: inserted + updated + unchanged, kept };
}
