import type { Database } from '../databases/database.ts';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { processIdentity } from '../files/process-identity.ts';
import { Heartbeat, takeTarget } from '../ledger/lease.ts';
import { noteDeclarations, refuseOtherDeclarations } from '../recipes/past-declarations.ts';
import type { ReportHead } from '../report/report.ts';
import { ledgerTime } from '../schema/ledger-time.ts';
import { endOf, type SharedRun } from '../sharding/shared-run.ts';
import { TOOL_VERSION } from '../version.ts';
import { refuseOtherRun } from './preconditions.ts';

export interface RunRecordOptions {
  readonly runId: string;
  readonly command: string;
  readonly root: string;
  readonly startedAt: Date;
  /** The run was named, so that it may be one that was begun before. */
  readonly isNamed: boolean;
  readonly database: Database;
  readonly registry: Registry;
  readonly shared: SharedRun | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What the ledger says of a run: that it is at work and holds the target, and how it ended. */
export class RunRecord {
  /** Where the run was begun before: its batches are numbered on. */
  lastBatch = 0;
  private readonly options: RunRecordOptions;
  private heartbeat: Heartbeat | undefined;

  constructor(options: RunRecordOptions) {
    this.options = options;
  }

  /** Between two files: an interruption ends the stage, and so does another run that has taken the target. */
  readonly throwIfStopped = (): void => {
    if (this.options.signal?.aborted) throw new MigrateError('interrupted', 'the run was interrupted');
    if (this.heartbeat?.lost) throw this.heartbeat.lost;
  };

  /** Takes the target, unless the run holds it already. */
  async begin(): Promise<void> {
    if (this.heartbeat !== undefined) return;
    const { runId, command, root, startedAt, isNamed, database, registry, shared, signal } = this.options;
    const run = {
      run_id: runId,
      tool_version: TOOL_VERSION,
      command,
      root,
      status: 'running',
      started_at: ledgerTime(startedAt),
    };
    const lease = { holder: processIdentity() };
    this.lastBatch = await takeTarget(async (mayTakeOver) => {
      // Another process may have ended it meanwhile.
      if (shared === undefined && isNamed) await refuseOtherRun(database, this.options);
      if (isNamed) await refuseOtherDeclarations(database, runId, registry);
      const wanted = { ...lease, mayTakeOver };
      return shared ? shared.begin(run, wanted) : database.beginRun(run, wanted);
    }, signal);
    this.heartbeat = new Heartbeat(database);
    await noteDeclarations(database, runId, registry);
  }

  /** Gives the target free. Nothing to do before `begin`, as in a dry run. */
  async end(head: ReportHead): Promise<void> {
    const { runId, database, shared } = this.options;
    if (this.heartbeat === undefined) return;
    this.heartbeat.stop();
    if (shared) await shared.end(head);
    else await database.updateRun(runId, endOf(head));
  }

  /** Of a run that several share: the run as a whole has ended with its last shard. */
  async endWhole(head: ReportHead): Promise<void> {
    const { runId, database, shared } = this.options;
    await shared?.endAll();
    await database.updateRun(runId, endOf(head));
  }
}
