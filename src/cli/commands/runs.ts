import type { Database } from '../../databases/database.ts';
import type { LedgerRow } from '../../databases/ledger-query.ts';
import { openDatabase } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import type { ReportHead } from '../../report/report.ts';
import { parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { type Configuration, loadConfiguration } from '../configuration.ts';
import { fittedTable } from '../format.ts';
import { boundMemory } from '../memory.ts';
import { filesAsJson, filesAsText, filesOfRun } from '../run-files.ts';
import { printable, writeResult } from '../terminal.ts';

const SHARD_COLUMNS = ['shard', 'shards', 'status', 'exit_code', 'started_at', 'finished_at'] as const;
const RUN_COLUMNS = ['run_id', 'status', 'exit_code', 'started_at', 'finished_at', 'command', 'root'] as const;

const runs: Action = async ([runId], flags) => {
  boundMemory();
  const configuration = await loadConfiguration(flags);
  const database = await openLedger(configuration);
  try {
    await writeResult(
      runId === undefined ? await listRuns(database, configuration) : listFiles(database, runId, configuration),
    );
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
  const shards = Map.groupBy(await shardsOf(database), (row) => row['run_id']);
  const listed = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  const rows = listed.map((row): LedgerRow => ({ ...row, status: statusOf(row, shards.get(row['run_id'])) }));
  if (options.json) {
    const picked = rows.map((row) => {
      const parts = shards.get(row['run_id'])?.map((shard) => pick(shard, SHARD_COLUMNS));
      return { ...pick(row, RUN_COLUMNS), ...(parts && { shards: parts }) };
    });
    return [`${JSON.stringify(picked, null, 2)}\n`];
  }
  if (rows.length === 0) return ['no runs yet\n'];
  const cells = rows.flatMap((row) => [
    [printable(shown(row['run_id'])), ...ending(row), printable(shown(row['root'] ?? row['command']))],
    ...(shards.get(row['run_id'])?.map((shard) => [`  shard ${nameOf(shard)}`, ...ending(shard), '']) ?? []),
  ]);
  return [`${fittedTable([['run', 'status', 'exit', 'started (UTC)', 'root'], ...cells], [4])}\n`, ...cutOff(rows)];
}

/** A run that shards share is at work as long as one of them is, or may begin. */
function statusOf({ status }: LedgerRow, shards: readonly LedgerRow[] = []): LedgerRow[string] {
  const all = shards.map((shard) => shard['status']);
  return status === 'running' && all.includes('interrupted') && !all.includes('running')
    ? 'interrupted'
    : (status ?? null);
}

/** Of the newest run, where nothing was written at its end. */
function cutOff([newest]: readonly LedgerRow[]): readonly string[] {
  if (newest === undefined || newest['status'] !== 'interrupted' || newest['finished_at']) return [];
  return [
    `\nThe process of ${printable(shown(newest['run_id']))} is gone. What it committed stays: give the same command again, and it goes on.\n`,
  ];
}

/** The cells that a run and a shard have in common. */
function ending(row: LedgerRow): string[] {
  return [shown(row['status']), shown(row['exit_code']), shown(row['started_at']).slice(0, 19)];
}

async function* listFiles(database: Database, runId: string, { options }: Configuration): AsyncGenerator<string> {
  const runs = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  const run = runs.find((row) => row['run_id'] === runId);
  if (run === undefined) throw new MigrateError('unknown-run', `there is no run ${runId} in this database`);
  const files = () => filesOfRun(database, runId);
  if (options.json) {
    yield* filesAsJson(files());
    return;
  }
  yield* shardLines((await shardsOf(database)).filter((row) => row['run_id'] === runId));
  let isEmpty = true;
  for await (const text of filesAsText(files, options.verbose)) {
    isEmpty = false;
    yield text;
  }
  if (isEmpty) yield NO_FILES[String(run['status'])] ?? 'this run finished no file\n';
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

/** What it means that a run which ended so has no file in the ledger. */
const NO_FILES: Readonly<Record<string, string>> = {
  complete: 'this run changed no file: all of them were loaded before\n',
  running: 'this run has finished no file: it is at work\n',
  interrupted: 'this run has finished no file: it was interrupted, or its process is gone\n',
};

function pick(row: LedgerRow, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function shown(value: LedgerRow[string] | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}

export default runs;
