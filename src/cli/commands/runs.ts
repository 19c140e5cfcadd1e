import type { Database, LedgerRow } from '../../databases/database.ts';
import { openDatabase } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import { canonicalJson } from '../../json/canonical.ts';
import type { LedgerCounts } from '../../report/ledger-entry.ts';
import type { FileEntry, RecordCounts, ReportHead } from '../../report/report.ts';
import { parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { type Configuration, loadConfiguration } from '../configuration.ts';
import { fittedTable } from '../format.ts';
import { plain, writeResult } from '../terminal.ts';

const SHARD_COLUMNS = ['shard', 'shards', 'status', 'exit_code', 'started_at', 'finished_at'] as const;
const RUN_COLUMNS = ['run_id', 'status', 'exit_code', 'started_at', 'finished_at', 'command', 'root'] as const;

const runs: Action = async ([runId], flags) => {
  const configuration = await loadConfiguration(flags);
  const database = await openLedger(configuration);
  try {
    const lines =
      runId === undefined ? await listRuns(database, configuration) : await listFiles(database, runId, configuration);
    await writeResult(lines);
    return 0;
  } finally {
    await database.close();
  }
};

async function openLedger({ options, environment }: Configuration): Promise<Database> {
  const target = parseTarget(options.to ?? 'migrate-json.db', { ...options, environment });
  return openDatabase(target, {
    ...options,
    declared: options.registry.tables,
    dryRun: false,
    readOnly: true,
  });
}

async function listRuns(database: Database, { options }: Configuration): Promise<string[]> {
  const rows = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  const shards = Map.groupBy(await shardsOf(database), (row) => row['run_id']);
  if (options.json) {
    const listed = rows.map((row) => {
      const parts = shards.get(row['run_id'])?.map((shard) => pick(shard, SHARD_COLUMNS));
      return { ...pick(row, RUN_COLUMNS), ...(parts && { shards: parts }) };
    });
    return [`${JSON.stringify(listed, null, 2)}\n`];
  }
  if (rows.length === 0) return ['no runs yet\n'];
  const cells = rows.flatMap((row) => [
    [plain(shown(row['run_id'])), ...ending(row), plain(shown(row['root'] ?? row['command']))],
    ...(shards.get(row['run_id'])?.map((shard) => [`  shard ${nameOf(shard)}`, ...ending(shard), '']) ?? []),
  ]);
  return [`${fittedTable([['run', 'status', 'exit', 'started (UTC)', 'root'], ...cells], [4])}\n`];
}

/** The cells that a run and a shard have in common. */
function ending(row: LedgerRow): string[] {
  return [shown(row['status']), shown(row['exit_code']), shown(row['started_at']).slice(0, 19)];
}

async function listFiles(database: Database, runId: string, { options }: Configuration): Promise<Iterable<string>> {
  const runs = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  if (!runs.some((run) => run['run_id'] === runId))
    throw new MigrateError('unknown-run', `there is no run ${runId} in this database`);
  const files = (await Array.fromAsync(database.ledgerRows({ kind: 'files-of-run', runId }))).flat();
  const entries = files.map(({ report, counts, status }) => {
    const { unsettled: _settled, ...sums }: LedgerCounts = JSON.parse(String(counts));
    return JSON.parse(canonicalJson({ ...JSON.parse(String(report)), ...sums, status }));
  });
  if (options.json) return [`${JSON.stringify(entries, null, 2)}\n`];
  const shards = (await shardsOf(database)).filter((row) => row['run_id'] === runId);
  const run = runs.find((row) => row['run_id'] === runId);
  return [...shardLines(shards), ...fileLines(entries, run?.['status'])];
}

async function shardsOf(database: Database): Promise<readonly LedgerRow[]> {
  return (await Array.fromAsync(database.ledgerRows({ kind: 'shards' }))).flat();
}

function nameOf({ shard, shards }: LedgerRow): string {
  return `${shown(shard)}/${shown(shards)}`;
}

/** Each shard with its counts, as it ended. */
function shardLines(shards: readonly LedgerRow[]): string[] {
  if (shards.length === 0) return [];
  const cells = shards.map((row) => {
    const report: Partial<ReportHead> = JSON.parse(shown(row['report'] ?? '{}'));
    const { files, records_read: read, records_loaded: loaded, records_rejected: rejected } = report.totals ?? {};
    return [nameOf(row), ...ending(row).slice(0, 2), ...[files, read, loaded, rejected].map((count) => shown(count))];
  });
  const head = ['shard', 'status', 'exit', 'files', 'read', 'loaded', 'rejected'];
  return [`${fittedTable([head, ...cells], [1])}\n\n`];
}

function fileLines(
  entries: readonly Pick<FileEntry, 'path' | 'status' | 'dataset' | 'datasets' | 'records'>[],
  status: LedgerRow[string] | undefined,
): string[] {
  if (entries.length === 0) return [NO_FILES[String(status)] ?? 'this run finished no file\n'];
  const cells = entries.flatMap(({ path, status, dataset, datasets = {}, records }) => [
    [plain(path), status, Object.keys(datasets).length > 0 ? 'all' : (dataset ?? ''), ...numbersOf(records)],
    ...Object.entries(datasets).map(([name, of]) => ['', '', name, ...numbersOf(of)]),
  ]);
  return [`${fittedTable([['path', 'status', 'dataset', 'read', 'loaded', 'rejected'], ...cells], [1, 2])}\n`];
}

function numbersOf({ read, loaded, rejected }: RecordCounts): string[] {
  return [read, loaded, rejected].map(String);
}

/** What it means that a run which ended so has no file in the ledger. */
const NO_FILES: Readonly<Record<string, string>> = {
  complete: 'this run changed no file: all of them were loaded before\n',
  running: 'this run has finished no file: it is at work, or was killed\n',
};

function pick(row: LedgerRow, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function shown(value: LedgerRow[string] | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}

export default runs;
