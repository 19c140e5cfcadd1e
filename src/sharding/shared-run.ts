import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { BegunRun, RunSharing, WantedLease } from '../databases/run-lease.ts';
import { MigrateError } from '../errors.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import type { Beside } from '../load/ledger-claims.ts';
import type { Counts } from '../report/counts.ts';
import { unchangedCounts } from '../report/ledger-entry.ts';
import type { ReportHead } from '../report/report.ts';
import { RunCounts } from '../report/run-counts.ts';
import { ledgerTime } from '../schema/ledger-time.ts';
import type { Value } from '../schema/table.ts';
import { planDifferences, type RunPlan } from '../settings/run-plan.ts';
import { isOfShard, type Shard, shardOf } from '../system/shard.ts';

/** Phases that need nothing of other files: an owner who comes later fills his placeholder. */
const INDEPENDENT_PHASE = 1;

/** The phase of a shard that has left nothing to the last one. */
const ALL_PHASES = 1000;

/** How long a shard waits for others that are at work: a part of the time that it has worked itself, in ms at most. */
const PART_TO_WAIT = 1 / 4;
const LONGEST_WAIT = 60_000;
const POLL = 100;

/** What the ledger says of a shard. */
interface ShardState {
  readonly shard: number;
  readonly status: string;
  readonly phase: number;
  readonly report: ShardReport | undefined;
}

/** What the ledger keeps of a shard. The report is missing while it is at work. */
interface ShardNote {
  readonly plan: RunPlan;
  /** Files that an earlier run has loaded: the ledger has no rows of this run for them. */
  readonly earlier?: Counts;
}

export type ShardReport = ReportHead & ShardNote;

/** Files that are loaded when all shards are done with what they refer to. */
export interface LeftFiles {
  readonly isEmpty: boolean;
  /** What is known of a file before its phase is. */
  readonly mayHave: (path: string) => boolean;
  readonly has: (path: string, phase: number) => boolean;
}

export interface SharedRunOptions {
  readonly runId: string;
  readonly shard: Shard;
  readonly database: Database;
  readonly sharing: RunSharing;
  readonly plan: RunPlan;
  readonly signal: AbortSignal | undefined;
}

/** The part that this process takes in a run that several share. */
export class SharedRun {
  readonly runId: string;
  private readonly shard: Shard;
  private readonly database: Database;
  private readonly sharing: RunSharing;
  private readonly signal: AbortSignal | undefined;
  private readonly startedAt = performance.now();
  private readonly plan: RunPlan;
  private readonly earlier = new RunCounts();
  private hasLeft = false;

  constructor({ runId, shard, database, sharing, plan, signal }: SharedRunOptions) {
    this.runId = runId;
    this.shard = shard;
    this.database = database;
    this.sharing = sharing;
    this.plan = plan;
    this.signal = signal;
  }

  /** Throws `not-this-run` where the shards that are known have another plan. */
  begin(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    return this.sharing.begin(run, this.shard, wanted, {
      report: JSON.stringify({ plan: this.plan } satisfies ShardNote),
      refuse: (report) => this.refuseOtherPlan(report),
    });
  }

  private refuseOtherPlan(report: string): void {
    const { plan }: Partial<ShardNote> = JSON.parse(report);
    const differences = plan === undefined ? [] : planDifferences(plan, this.plan);
    if (differences.length === 0) return;
    const message = `run ${this.runId} was begun with another ${differences.map(optionName).join(', ')}`;
    throw new MigrateError('not-this-run', message, {
      hint: 'Give every shard the same directory and the same options, or begin another run with a --run-id of its own.',
    });
  }

  /** A file that is skipped. `gone` of its records have no row any more: also of files that this run has loaded itself. */
  noteUnchanged(known: LedgerFile, gone: number): void {
    if (known.runId === this.runId) {
      this.earlier.addGone(gone);
      return;
    }
    const { dataset, stamp, counts } = known;
    this.earlier.add(
      { status: 'unchanged', reason: '', skipped_by: 'ledger', dataset, bytes: stamp?.bytes ?? null },
      unchangedCounts(counts),
      gone,
    );
  }

  isOwn(path: string): boolean {
    return isOfShard(path, this.shard);
  }

  /** For the claims of keys. */
  get beside(): Beside {
    return {
      runId: this.runId,
      shards: this.shard.shards,
      isOthers: (path) => !this.isOwn(path),
      batches: (ranges) => this.sharing.batches(this.runId, ranges),
    };
  }

  /**
   * Whether all shards are done with what the files of a phase may refer to. Waits a while for those that are at work;
   * after a no, this shard's files of the phase and of all later ones are the last shard's.
   */
  async mayLoad(phase: number): Promise<boolean> {
    if (this.hasLeft) return false;
    if (phase <= INDEPENDENT_PHASE) return true;
    await this.sharing.update(this.runId, this.shard, { phase: phase - 1 });
    const patience = Math.min(LONGEST_WAIT, PART_TO_WAIT * (performance.now() - this.startedAt));
    for (const end = performance.now() + patience; ; await sleep(POLL)) {
      const states = await this.states();
      const behind = states.filter((state) => state.phase < phase - 1);
      const haveAllBegun = states.length === this.shard.shards;
      if (haveAllBegun && behind.length === 0) return true;
      const areAtWork = haveAllBegun && behind.every(({ status }) => status === 'running');
      this.hasLeft = !areAtWork || performance.now() > end || this.signal?.aborted === true;
      if (this.hasLeft) return false;
    }
  }

  /** Records that the shard is done with its files. True for the last one of all. */
  finish(head: ReportHead): Promise<boolean> {
    const phase = this.hasLeft ? {} : { phase: ALL_PHASES };
    return this.sharing.finish(this.runId, this.shard, { ...phase, loaded_at: ledgerTime(), ...this.endOf(head) });
  }

  /** Records how it ended, where that is not what `finish` was told. */
  end(head: ReportHead): Promise<void> {
    return this.sharing.update(this.runId, this.shard, this.endOf(head));
  }

  /** The run as a whole has ended. */
  endAll(): Promise<void> {
    return this.sharing.endAll(this.runId);
  }

  private endOf(head: ReportHead): ReturnType<typeof endOf> {
    const report: ShardReport = { ...head, plan: this.plan, earlier: this.earlier.counts };
    return endOf(report);
  }

  /** The files that shards have left to the last one. */
  async leftFiles(): Promise<LeftFiles> {
    const phases = new Map((await this.states()).map(({ shard, phase }) => [shard, phase]));
    const has = (path: string, phase: number): boolean =>
      phase > (phases.get(shardOf(path, this.shard.shards)) ?? ALL_PHASES);
    const isEmpty = [...phases.values()].every((phase) => phase === ALL_PHASES);
    return { isEmpty, mayHave: (path) => has(path, ALL_PHASES), has };
  }

  /** The reports of all shards, as far as there are any; that of this one as `finish` was told. */
  async reports(): Promise<readonly ShardReport[]> {
    return (await this.states()).flatMap(({ report }) => (report === undefined ? [] : [report]));
  }

  private async states(): Promise<readonly ShardState[]> {
    const states: ShardState[] = [];
    for await (const page of this.database.ledgerRows({ kind: 'shards' })) {
      states.push(...page.filter((row) => row['run_id'] === this.runId).map(readState));
    }
    return states;
  }
}

function optionName(key: string): string {
  return key === 'root' ? 'directory' : `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readState({ shard, status, phase, report }: LedgerRow): ShardState {
  const note: ShardReport | undefined = typeof report === 'string' ? JSON.parse(report) : undefined;
  return {
    shard: Number(shard),
    status: String(status),
    phase: Number(phase),
    report: note?.report_version === undefined ? undefined : note,
  };
}

/** How a run or a shard ended, for its row in the ledger. */
export function endOf(head: ReportHead): Readonly<Record<'status' | 'exit_code' | 'finished_at' | 'report', Value>> {
  return {
    status: head.status,
    exit_code: head.exit_code,
    finished_at: ledgerTime(),
    report: JSON.stringify(head),
  };
}
