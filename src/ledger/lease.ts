import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../databases/database.ts';
import type { BegunRun, HeldBy } from '../databases/run-lease.ts';
import { MigrateError } from '../errors.ts';
import { describeProcess, isGone } from '../files/process-identity.ts';

/** How often a holder says that he is alive, in ms: several times before the database takes him for dead. */
const RENEW = 2000;

const POLL = 200;

/**
 * Begins a run as the one that holds its target. Waits for a holder who gives no sign of life: he is alive and that is
 * the end of it, or he is dead, at the latest when the database says so. Resolves with the run's last batch.
 */
export async function takeTarget(
  begin: (mayTakeOver: (holder: string) => boolean) => Promise<BegunRun>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let first: HeldBy | undefined;
  for (;;) {
    const begun = await begin(isGone);
    if ('lastBatch' in begun) return begun.lastBatch;
    const { heldBy } = begun;
    first ??= heldBy;
    if (isAlive(heldBy, first)) throw heldByAnother(heldBy);
    if (signal?.aborted) throw new MigrateError('interrupted', 'interrupted before anything was begun');
    await sleep(POLL);
  }
}

function isAlive(now: HeldBy, first: HeldBy): boolean {
  const isSame = now.holder === first.holder && now.renewedAt === first.renewedAt;
  return !isSame || (now.isAtWork && !isGone(now.holder));
}

function heldByAnother({ runId, holder, since }: HeldBy): MigrateError {
  return new MigrateError(
    'target-held',
    `run ${runId} (${describeProcess(holder)}) works on this database since ${since.slice(0, 19)} UTC`,
  );
}

/** Says again and again that the run is alive, as long as it is. */
export class Heartbeat {
  /** Why the run must stop: another one has taken over. */
  lost: MigrateError | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(database: Database) {
    const renew = (): Promise<void> =>
      database.renewLease().catch((error: unknown) => {
        // Anything else is met by the next transaction as well, which knows what to do about it.
        if (error instanceof MigrateError && error.code === 'lease-lost') this.lost = error;
      });
    this.timer = setInterval(renew, RENEW).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
