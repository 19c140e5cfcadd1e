import { checkSettings } from '../checking/checker.ts';
import { CheckingPool } from '../checking/pool.ts';
import type { Database } from '../databases/database.ts';
import type { Scratch } from '../files/scratch.ts';
import { Inventory } from '../inventory/inventory.ts';
import type { RejectsDirectory } from '../inventory/rejects-directory.ts';
import { SourceRoot } from '../inventory/source-root.ts';
import type { Listener } from '../report/events.ts';
import { ReportStore } from '../report/report-store.ts';
import { StageClock } from '../report/stage-clock.ts';
import { ThroughputCounter } from '../report/throughput.ts';
import { runOutputs } from '../settings/run-outputs.ts';
import { runPlan } from '../settings/run-plan.ts';
import type { RunSettings } from '../settings/settings.ts';
import type { TargetWarning } from '../settings/target.ts';
import { SharedRun } from '../sharding/shared-run.ts';
import { newRunId } from '../system/run-id.ts';
import { isOfShard } from '../system/shard.ts';
import { GoneRows } from '../verification/gone-rows.ts';
import { TOOL_VERSION } from '../version.ts';
import { Misspellings } from './misspellings.ts';
import type { Pass } from './pass.ts';
import { RunRecord } from './run-record.ts';

export interface RunOptions {
  readonly command: 'run' | 'retry' | 'validate';
  readonly settings: RunSettings;
  readonly root: string;
  readonly scratch: Scratch;
  readonly database: Database;
  /** Without secrets. */
  readonly target: string | null;
  readonly databaseFiles: readonly string[];
  readonly rejected?: RejectsDirectory | undefined;
  /** What is wrong with how the target was named. */
  readonly targetWarning?: TargetWarning | undefined;
  readonly listener: Listener | undefined;
  readonly signal: AbortSignal | undefined;
}

export type RunContext = Readonly<ReturnType<typeof runContext>>;

/** What the stages of a run work with. */
export function runContext({ listener = () => undefined, ...run }: RunOptions) {
  const { settings, database, scratch, signal } = run;
  const { shard, registry, source, tempDir, workers } = settings;
  const startedAt = new Date();
  const runId = settings.runId ?? newRunId(startedAt);
  // A dry run knows of no other shards: each rehearses its part alone.
  const sharing = database.dryRun ? undefined : database.sharing;
  const shared =
    shard && sharing && new SharedRun({ runId, shard, database, sharing, signal, plan: runPlan(settings, run.root) });
  const record = new RunRecord({ ...run, registry, runId, startedAt, isNamed: settings.runId !== undefined, shared });
  const { throwIfStopped } = record;
  const outputs = runOutputs(settings, runId, startedAt);
  const keepBytes = settings.rejects !== undefined;
  const { rowFormat } = database;
  const pool = new CheckingPool(
    checkSettings({ ...settings, source, tempDir }, { keepBytes, rowFormat }),
    registry,
    workers,
  );
  const { recognise } = pool;
  const misspellings = new Misspellings(registry);
  const onPath = (path: string): void => misspellings.notePath(path);
  const root = new SourceRoot(run.root, {
    ...run,
    outputs: outputs.paths,
    recognise,
    onListed: (files, bytes) => listener({ kind: 'scanning', files, bytes }),
    throwIfStopped,
    onPath,
  });
  const isOwn = shard === undefined ? () => true : (path: string) => isOfShard(path, shard);
  const pass: Pass = {
    scratch,
    inventory: new Inventory(scratch),
    isOwn,
    ...(shared && { precedence: 'settled-later' }),
  };
  const reports = new ReportStore(scratch);
  const gone = new GoneRows(database, registry, scratch, throwIfStopped);
  if (run.targetWarning) reports.addWarning({ ...run.targetWarning, path: null });
  const warn = (code: string, message: string): void => {
    reports.warn(code, null, message);
    listener({ kind: 'warning', code, message });
  };
  return {
    ...run,
    runId,
    startedAt,
    shared,
    record,
    throwIfStopped,
    outputs,
    pool,
    root,
    pass,
    reports,
    gone,
    misspellings,
    listener,
    warn,
    clock: new StageClock(),
    throughput: new ThroughputCounter(startedAt),
    outputHead: { runId, toolVersion: TOOL_VERSION, root: root.path },
  };
}
