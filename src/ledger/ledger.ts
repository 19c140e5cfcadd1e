import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { ClaimedBatch } from '../databases/run-lease.ts';
import type { FileStamp } from '../files/file-stamp.ts';

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
  /** The file's entry in the report of that run, as JSON: see report/ledger-entry.ts. */
  readonly entry: string;
  /** What it added to the totals of that run, as JSON: see report/ledger-entry.ts. */
  readonly counts: string;
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

export interface KnownRun {
  readonly runId: string;
  readonly command: string | null;
  readonly root: string | null;
}

/** Every run that the database knows, the newest first. */
export async function* ledgerRuns(database: Database): AsyncGenerator<KnownRun> {
  for await (const page of database.ledgerRows({ kind: 'runs' })) {
    for (const { run_id: runId, command, root } of page)
      yield { runId: String(runId), command: textOf(command), root: textOf(root) };
  }
}

/** The names of those, or of those over one root. */
export async function knownRuns(database: Database, root?: string): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for await (const run of ledgerRuns(database)) if (root === undefined || run.root === root) runs.add(run.runId);
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
  const { heldBefore }: { heldBefore?: string } = JSON.parse(counts);
  return heldBefore ?? null;
}

function textOf(value: LedgerRow[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The names of all datasets that the file fed, in order. Of most files it is one, and their entry needs no parsing. */
export function datasetsIn({ dataset, entry }: LedgerFile): readonly string[] {
  if (dataset === null) return [];
  if (!entry.includes('"datasets"')) return [dataset];
  const { datasets }: { datasets?: Record<string, unknown> } = JSON.parse(entry);
  return Object.keys(datasets ?? { [dataset]: null }).sort();
}

/** The claims that committed batches made, for `LedgerClaims`. */
export async function* ledgerBatches(database: Database): AsyncGenerator<ClaimedBatch & { runId: string }> {
  for await (const page of database.ledgerRows({ kind: 'batches' })) {
    for (const { run_id: runId, batch, claims } of page) {
      if (typeof runId === 'string' && claims instanceof Uint8Array) yield { runId, batch: Number(batch), claims };
    }
  }
}
