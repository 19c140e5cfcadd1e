import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { kill, pid } from 'node:process';
import { errorCode } from '../errors.ts';

/** Names this process for other processes and for people: host, process id, and what tells machines apart. */
export function processIdentity(): string {
  return `${hostname()} ${pid} ${machine()}`;
}

/** For people. */
export function describeProcess(identity: string): string {
  const [host = 'unknown', id = 'unknown'] = identity.split(' ');
  return `process ${id} on ${host}`;
}

/** True only where it is certain: a process of this machine that does not exist any more. */
export function isGone(identity: string): boolean {
  const [host, id, itsMachine] = identity.split(' ');
  if (host !== hostname() || itsMachine !== machine() || itsMachine === UNKNOWN) return false;
  try {
    kill(Number(id), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

const UNKNOWN = '-';

let known: string | undefined;

/** Differs between machines, between their restarts, and between containers that count their processes apart. */
function machine(): string {
  known ??= findMachine();
  return known;
}

function findMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return createHash('sha256').update(boot).update(readlinkSync('/proc/self/ns/pid')).digest('hex').slice(0, 16);
  } catch {
    return UNKNOWN;
  }
}
