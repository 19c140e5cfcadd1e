import type { ClaimedBatch, Database, LedgerRow } from '../databases/database.ts';
import type { Registry } from '../declarations/registry.ts';
import type { FileStamp } from '../files/source-file.ts';
import type { FileEntry, RowCounts } from '../report/report.ts';
import type { FileCounts, FileTally } from '../report/tally.ts';

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
  /** Where several processes shared the run: the run that had loaded the same bytes before. */
  readonly heldBefore: string | null;
  /** The file's entry in the report of that run, as JSON: see `unchangedEntry`. */
  readonly entry: string;
  /** What it added to the totals of that run, as JSON: see `unchangedCounts`. */
  readonly counts: string;
}

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

/** The newest row of every path, by path, in pages. */
export async function* latestFiles(database: Database): AsyncGenerator<readonly LedgerFile[]> {
  for await (const page of database.ledgerRows({ kind: 'latest-files' })) yield page.map(readLedgerFile);
}

/** The same for a run over a root: what was archived out of another one is no longer a file of any. */
export async function* latestFilesOf(root: string, database: Database): AsyncGenerator<readonly LedgerFile[]> {
  const runs = await knownRuns(database, root);
  for await (const page of latestFiles(database)) {
    yield page.map((file) => (runs.has(file.runId) ? file : { ...file, archivedTo: null }));
  }
}

/** Every run that the database knows, or those over one root. */
export async function knownRuns(database: Database, root?: string): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for await (const page of database.ledgerRows({ kind: 'runs' }))
    for (const row of page) if (root === undefined || row['root'] === root) runs.add(textOf(row['run_id']) ?? '');
  return runs;
}

export function readLedgerFile(row: LedgerRow): LedgerFile {
  const { bytes } = row;
  const counts = textOf(row['counts']) ?? '{}';
  const [mtimeNs, ctimeNs, inode] = [textOf(row['mtime_ns']), textOf(row['ctime_ns']), textOf(row['inode'])];
  const hasStamp = typeof bytes === 'number' && mtimeNs !== null && ctimeNs !== null && inode !== null;
  return {
    path: textOf(row['path']) ?? '',
    runId: textOf(row['run_id']) ?? '',
    status: textOf(row['status']) ?? '',
    dataset: textOf(row['dataset']),
    sha256: textOf(row['sha256']),
    fingerprint: textOf(row['fingerprint']),
    stamp: hasStamp ? { bytes, mtimeNs, ctimeNs, inode } : null,
    archivedTo: textOf(row['archived_to']),
    heldBefore: heldBeforeIn(counts),
    entry: textOf(row['report']) ?? '{}',
    counts,
  };
}

function heldBeforeIn(counts: string): string | null {
  // Parsed only where it may be there: there are very many files.
  if (!counts.includes('"heldBefore"')) return null;
  const { heldBefore }: Pick<LedgerCounts, 'heldBefore'> = JSON.parse(counts);
  return heldBefore ?? null;
}

function textOf(value: LedgerRow[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The names of all datasets that the file fed, in order. Of most files it is one, and their entry needs no parsing. */
export function datasetsIn({ dataset, entry }: LedgerFile): readonly string[] {
  if (dataset === null) return [];
  if (!entry.includes('"datasets"')) return [dataset];
  const { datasets }: Pick<FileEntry, 'datasets'> = JSON.parse(entry);
  return Object.keys(datasets ?? { [dataset]: null }).sort();
}

/** Throws `unknown-dataset` where files of a dataset are loaded that the registry does not know: where its rows are, nobody can say. */
export async function refuseUnknownDatasets(database: Database, registry: Registry): Promise<void> {
  for await (const page of latestFiles(database)) {
    for (const file of page)
      if (file.status === 'loaded' || file.status === 'partial')
        for (const name of datasetsIn(file)) registry.get(name);
  }
}

/** The claims that committed batches made, for `LedgerClaims`. */
export async function* ledgerBatches(database: Database): AsyncGenerator<ClaimedBatch & { runId: string }> {
  for await (const page of database.ledgerRows({ kind: 'batches' })) {
    for (const { run_id: runId, batch, claims } of page) {
      if (typeof runId === 'string' && claims instanceof Uint8Array) yield { runId, batch: Number(batch), claims };
    }
  }
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
  return { inserted: 0, updated: 0, unchanged: inserted + updated + unchanged, kept };
}
