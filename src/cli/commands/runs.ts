import type { Database, LedgerRow } from '../../databases/database.ts';
import { openDatabase } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseTarget } from '../../target.ts';
import type { Action } from '../action.ts';
import { type Configuration, loadConfiguration } from '../configuration.ts';
import { table } from '../format.ts';
import { plain, writeResult } from '../terminal.ts';

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
  return openDatabase(target, { dbSchema: options.dbSchema, dryRun: false, readOnly: true });
}

async function listRuns(database: Database, { options }: Configuration): Promise<string[]> {
  const rows = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  if (options.json)
    return [
      `${JSON.stringify(
        rows.map((row) => pick(row, RUN_COLUMNS)),
        null,
        2,
      )}\n`,
    ];
  if (rows.length === 0) return ['no runs yet\n'];
  const cells = rows.map((row) => [
    plain(shown(row['run_id'])),
    shown(row['status']),
    shown(row['exit_code']),
    shown(row['started_at']).slice(0, 19),
    plain(shown(row['root'])),
  ]);
  return [`${table([['run', 'status', 'exit', 'started (UTC)', 'root'], ...cells], [4]).join('\n')}\n`];
}

async function listFiles(database: Database, runId: string, { options }: Configuration): Promise<Iterable<string>> {
  const runs = (await Array.fromAsync(database.ledgerRows({ kind: 'runs' }))).flat();
  if (!runs.some((run) => run['run_id'] === runId))
    throw new MigrateError('unknown-run', `there is no run ${runId} in this database`);
  const files = (await Array.fromAsync(database.ledgerRows({ kind: 'files-of-run', runId }))).flat();
  const entries = files.map(({ report, counts }) => {
    const entry = { ...JSON.parse(String(report)), ...JSON.parse(String(counts)) };
    return JSON.parse(canonicalJson(entry));
  });
  if (options.json) return [`${JSON.stringify(entries, null, 2)}\n`];
  if (entries.length === 0) return ['this run changed no file: all of them were loaded before\n'];
  const cells = entries.map(({ path, status, dataset, records }) => [
    plain(path),
    status,
    dataset ?? '',
    ...[records.read, records.loaded, records.rejected].map(String),
  ]);
  return [`${table([['path', 'status', 'dataset', 'read', 'loaded', 'rejected'], ...cells], [1, 2]).join('\n')}\n`];
}

function pick(row: LedgerRow, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

function shown(value: LedgerRow[string] | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}

export default runs;
