import type { LedgerRow } from '../databases/ledger-query.ts';
import type { FileEntry, RowCounts } from './report.ts';
import type { FileCounts, FileTally } from './tally.ts';

/** What a file adds to the totals of a run, as the ledger keeps it. */
export interface LedgerCounts extends FileCounts {
  /** Another file has one of its keys, and the last shard settles which of them stays. */
  readonly unsettled?: true;
  /** The run that had loaded the same bytes before: only where several processes share this one. */
  readonly heldBefore?: string;
}

export function ledgerFileRow(
  runId: string,
  tally: FileTally,
  fingerprint: string | null,
  heldBefore: string | null = null,
): LedgerRow {
  const entry = tally.entry();
  const { records, repairs, datasets } = entry;
  const counts: LedgerCounts = {
    records,
    repairs,
    ...(datasets && { datasets }),
    ...tally.sums,
    ...(tally.isUnsettled && { unsettled: true }),
    ...(heldBefore !== null && { heldBefore }),
  };
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
    counts: JSON.stringify(counts),
  };
}

/** A file that the ledger has as loaded, as this run reports it: its numbers, with every row unchanged. */
export function unchangedEntry(text: string): FileEntry {
  const entry: FileEntry = JSON.parse(text);
  return { ...entry, status: 'unchanged', skipped_by: 'ledger', rows: settled(entry.rows) };
}

/** What such a file adds to the totals of this run. */
export function unchangedCounts(text: string): FileCounts {
  const counts: FileCounts = JSON.parse(text);
  const tables = Object.entries(counts.tables).map(([table, rows]) => [table, settled(rows)]);
  return { ...counts, tables: Object.fromEntries(tables) };
}

function settled({ inserted, updated, unchanged, kept }: RowCounts): RowCounts {
  return { inserted: 0, updated: 0, unchanged: inserted + updated + unchanged, kept, deleted: 0 };
}
