import { MigrateError } from '../errors.ts';
import type { Value } from '../schema/table.ts';
import type { Shard } from '../system/shard.ts';
import type { LedgerRow } from './ledger-query.ts';

/** After so many seconds without a sign of life, by the clock of the database, the holder of a target is dead. */
export const LEASE_SECONDS = 10;

/** A run, or a shard of one, that wants the target for itself. */
export interface WantedLease {
  /** Names the process: see process-identity.ts. */
  readonly holder: string;
  /** Whether another holder is known to be dead, though his time is not over. */
  readonly mayTakeOver: (holder: string) => boolean;
}

export interface LeaseOwner {
  readonly runId: string;
  readonly shard: number | null;
}

/** Who works on the target. Times are UTC. */
export interface HeldBy {
  readonly runId: string;
  readonly holder: string;
  readonly since: string;
  /** His last sign of life. */
  readonly renewedAt: string;
  /** In the middle of a transaction. */
  readonly isAtWork: boolean;
}

/** `lastBatch` is 0 for none. */
export type BegunRun = { readonly lastBatch: number } | { readonly heldBy: HeldBy };

export function leaseLost(runId: string): MigrateError {
  return new MigrateError('lease-lost', `run ${runId} does not hold the database any more`);
}

/** What the processes that share a run tell each other, through the ledger. */
export interface RunSharing {
  /**
   * Inserts the run where it is the first shard of it, and the shard, or opens both again. The shard's last batch is
   * counted from 0. Throws `not-this-run` where the run has another number of shards, or none; nothing is changed then.
   */
  begin(
    run: LedgerRow & { readonly run_id: string },
    shard: Shard,
    wanted: WantedLease,
    start: ShardStart,
  ): Promise<BegunRun>;
  update(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<void>;
  /**
   * Notes that a shard is done with its files, with `loaded_at` among the values. True where all others are as well: exactly
   * one shard is the last. It counts as running on.
   */
  finish(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<boolean>;
  /** The run has ended: so has every shard that was killed after it was done with its files. */
  endAll(runId: string): Promise<void>;
  /** By number. Also during a transaction. */
  batches(runId: string, ranges: readonly BatchRange[]): Promise<readonly ClaimedBatch[]>;
  /** During a transaction: takes keys from a file, which must be loaded again. */
  displace(runId: string, path: string, batches: readonly ClaimedBatch[]): Promise<void>;
}

export interface ShardStart {
  /** What the row of the shard says at the beginning, as JSON. */
  readonly report: string;
  /** Is given the report of every shard that has begun before; throws where this one does not belong to them. */
  readonly refuse: (report: string) => void;
}

/** Batches between two numbers, without these. */
export interface BatchRange {
  readonly after: number;
  readonly before: number;
}

export interface ClaimedBatch {
  readonly batch: number;
  /** See load/claim-list.ts. */
  readonly claims: Uint8Array;
}
