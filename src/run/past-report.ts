import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import { MigrateError } from '../errors.ts';
import type { Scratch } from '../files/scratch.ts';
import type { FileEntry, FileReport, RejectCount, Report, ReportHead } from '../report/report.ts';
import { counted } from '../system/quantities.ts';
import { quoted } from '../system/quoted.ts';

interface PastWarning {
  readonly code: 'from-ledger';
  readonly path: null;
  readonly message: string;
}

/**
 * The report of a past run, from what the ledger keeps: the run as a whole, and an entry of each file that it changed.
 * Of rejects it keeps the counts and the first of each code, of warnings their number; a warning says so.
 */
export async function pastReport(database: Database, scratch: Scratch, runId: string): Promise<Report> {
  const { head, isUndone } = await endOf(database, runId);
  scratch.exec('CREATE TABLE past_files (path TEXT PRIMARY KEY, entry TEXT) WITHOUT ROWID');
  const insert = scratch.prepare<[string, string]>('INSERT INTO past_files VALUES (?, ?)');
  for await (const page of database.ledgerRows({ kind: 'files-of-run', runId }))
    for (const row of page) insert.run(String(row['path']), withArchive(row));
  const listed = scratch.prepare<[], number>('SELECT count(*) FROM past_files').pluck().get() ?? 0;
  const examples = examplesByPath(head.reject_codes);
  return {
    head: { ...head, totals: { ...head.totals, warnings: 1 } },
    files: () => entriesOf(scratch, examples),
    warnings: () => [whatIsKept(head, listed, isUndone)],
    rejectCodes: () => head.reject_codes,
    close: () => scratch.close(),
  };
}

/** @throws MigrateError `unknown-run`, `run-not-ended` */
async function endOf(
  database: Database,
  runId: string,
): Promise<{ readonly head: ReportHead; readonly isUndone: boolean }> {
  for await (const page of database.ledgerRows({ kind: 'runs' })) {
    const run = page.find((row) => row['run_id'] === runId);
    if (run === undefined) continue;
    if (typeof run['report'] === 'string')
      return { head: JSON.parse(run['report']), isUndone: run['status'] === 'undone' };
    throw new MigrateError('run-not-ended', `the ledger has no end of run ${runId}: it is ${String(run['status'])}`, {
      hint: `A run that is at work, or that was killed, has no report. \`migrate-json runs ${quoted(runId)}\` lists what it did with each file.`,
    });
  }
  throw new MigrateError('unknown-run', `there is no run ${runId} in this database`);
}

/** A file is archived after its entry was written. */
function withArchive({ report, archived_to: archivedTo }: LedgerRow): string {
  const entry: FileEntry = JSON.parse(String(report));
  return JSON.stringify({ ...entry, archived_to: archivedTo ?? null });
}

function* entriesOf(scratch: Scratch, examples: ReturnType<typeof examplesByPath>): Generator<FileReport> {
  const entries = scratch.prepare<[], string>('SELECT entry FROM past_files ORDER BY path').pluck();
  for (const text of entries.iterate()) {
    const entry: FileEntry = JSON.parse(text);
    yield { ...entry, rejects: examples.get(entry.path) ?? [] };
  }
}

function examplesByPath(codes: readonly RejectCount[]): ReadonlyMap<string, FileReport['rejects']> {
  const rejects = codes.flatMap(({ example, further }) => [example, ...further]);
  const examples = rejects.map(({ path, ...reject }) => ({ path, reject }));
  const byPath = Map.groupBy(examples, ({ path }) => path);
  return new Map([...byPath].map(([path, found]) => [path, found.map(({ reject }) => reject)]));
}

function whatIsKept({ totals }: ReportHead, listed: number, isUndone: boolean): PastWarning {
  const message =
    `${isUndone ? 'this run was undone since, and its files count as not loaded; ' : ''}` +
    `from the ledger, which keeps ${listed} of ${counted(totals.files, 'file')} (not those that were unchanged), ` +
    `the first rejects of each code and none of the run's ${totals.warnings} warnings`;
  return { code: 'from-ledger', path: null, message };
}
