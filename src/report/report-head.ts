import { EXIT, type MigrateError } from '../errors.ts';
import { SCHEMA_VERSION } from '../schema/ledger-tables.ts';
import { shownParameters } from '../settings/option-values.ts';
import type { RunOutputs } from '../settings/run-outputs.ts';
import type { RunSettings } from '../settings/settings.ts';
import { bytewise } from '../system/bytewise.ts';
import { shardName } from '../system/shard.ts';
import { TOOL_VERSION } from '../version.ts';
import type { Counts } from './counts.ts';
import { exitCodeOf, type StopReason, statusOf } from './outcome.ts';
import type { RejectCount, ReportHead } from './report.ts';
import type { ReportStore } from './report-store.ts';
import { sharedThroughput, type ThroughputCounter } from './throughput.ts';

/** What is known of a run at its end. */
export interface EndOfRun {
  readonly command: string;
  readonly runId: string;
  readonly settings: RunSettings;
  readonly root: { readonly path: string };
  readonly target: string | null;
  readonly startedAt: Date;
  readonly reports: ReportStore;
  readonly throughput: ThroughputCounter;
  readonly outputs: RunOutputs;
  /** Aborted with the reason `SIGTERM`: the exit code says so. */
  readonly signal: AbortSignal | undefined;
  readonly error?: MigrateError | undefined;
  readonly stopped: StopReason | undefined;
  /** Nothing to load is fine, also without `--allow-empty`. Of a shard by default: the others may have something. */
  readonly mayBeEmpty?: boolean;
}

export function reportHead(end: EndOfRun): ReportHead {
  const { settings, error, reports, startedAt, outputs } = end;
  const { counts } = reports;
  const finishedAt = new Date();
  const exitCode = exitCodeOf({
    ...settings,
    ...counts,
    error,
    stopped: end.stopped,
    terminated: end.signal?.reason === 'SIGTERM',
    sourceChanged: reports.sourceChanged,
    allowEmpty: settings.allowEmpty || (end.mayBeEmpty ?? settings.shard !== undefined),
  });
  return {
    report_version: 1,
    tool_version: TOOL_VERSION,
    run_id: end.runId,
    shard: settings.shard === undefined ? null : shardName(settings.shard),
    command: end.command,
    options: shownOptions(settings),
    status: statusOf(exitCode, counts.totals),
    exit_code: exitCode,
    ...(error && { error: { code: error.code, message: error.message, hint: error.hint } }),
    ...(end.stopped === 'max-errors' && { stopped_by: end.stopped }),
    dry_run: settings.dryRun,
    root: end.root.path,
    target: end.target,
    schema_version: SCHEMA_VERSION,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    duration_ms: finishedAt.getTime() - startedAt.getTime(),
    backup: settings.dryRun ? null : outputs.backup,
    archive: settings.dryRun ? null : outputs.archive,
    ...counts,
    reject_codes: reports.rejectCodes(),
    throughput: end.throughput.series,
  };
}

/** Options as the report shows them: without the target, whose text may hold a password, and without what is no option. */
function shownOptions({
  to: _to,
  toOrigin: _origin,
  root: _root,
  registry: _registry,
  isConflictDecided: _isConflictDecided,
  shard,
  parameter,
  ...shown
}: RunSettings): Readonly<Record<string, unknown>> {
  return { ...shown, parameter: shownParameters(parameter), ...(shard && { shard: shardName(shard) }) };
}

/** The report of a run that several shards have shared, from theirs. `own` is that of the last one. */
export function sharedHead(
  own: ReportHead,
  others: readonly ReportHead[],
  counts: Counts,
  settings: RunSettings,
): ReportHead {
  const { error: _own, ...head } = own;
  const heads = [own, ...others];
  const startedAt = heads.map(({ started_at: started }) => started).sort()[0] ?? own.started_at;
  const exitCode = exitCodeOf({
    ...settings,
    ...counts,
    error: undefined,
    stopped: undefined,
    terminated: false,
    sourceChanged: heads.some(({ exit_code: code }) => code === EXIT.sourceChanged),
  });
  return {
    ...head,
    ...(heads.some(({ stopped_by: limit }) => limit !== undefined) && { stopped_by: 'max-errors' }),
    ...counts,
    shard: null,
    options: { ...head.options, shard: undefined },
    status: statusOf(exitCode, counts.totals),
    exit_code: exitCode,
    started_at: startedAt,
    duration_ms: Date.parse(head.finished_at) - Date.parse(startedAt),
    reject_codes: sharedRejectCodes(heads),
    throughput: sharedThroughput(new Date(startedAt), heads),
  };
}

/** A record that the last shard settled after another one counts for both. */
function sharedRejectCodes(heads: readonly ReportHead[]): readonly RejectCount[] {
  const codes = Map.groupBy(
    heads.flatMap((head) => head.reject_codes),
    ({ code }) => code,
  );
  const sums = [...codes.values()].flatMap((counts) => {
    const [first] = counts.toSorted((one, other) => bytewise(one.example.path, other.example.path));
    const records = counts.reduce((sum, count) => sum + count.records, 0);
    return first === undefined ? [] : [{ ...first, records }];
  });
  return sums.toSorted((one, other) => other.records - one.records || bytewise(one.code, other.code));
}
