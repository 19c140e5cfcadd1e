import { processIdentity } from '../../src/files/process-identity.ts';

/** A process of this machine that is gone: the number is above the largest that Linux and macOS give. */
export const DEAD_HOLDER = processIdentity().replace(` ${process.pid} `, ' 99999999 ');

const AS_KILLED = `status = 'running', exit_code = NULL, finished_at = NULL, lease_holder = '${DEAD_HOLDER}'`;

/** The statement after which runs that have ended are at work, as the kill of their process leaves them. */
export function asKilled(runId?: string): string {
  return `UPDATE ledger.runs SET ${AS_KILLED}, report = NULL${runId === undefined ? '' : ` WHERE run_id = '${runId}'`}`;
}

/** The same for one shard of a run. */
export function shardAsKilled(shard: number): string {
  return `UPDATE ledger.shards SET ${AS_KILLED} WHERE shard = ${shard}`;
}
