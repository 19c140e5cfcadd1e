// Runs one command in a fresh process and measures it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const GNU_TIME = '/usr/bin/time';
const TIME_LIMIT_MS = 30 * 60_000;
const SAMPLE_MS = 20;
const LOG_LIMIT = 4_000;
/** What `getconf CLK_TCK` says on Linux, whatever the machine. */
const TICKS_PER_SECOND = 100;

const hasGnuTime = existsSync(GNU_TIME) && spawnSync(GNU_TIME, ['-f', '%M', 'true']).status === 0;

/** How CPU and memory are measured here, for the head of the output. */
export const METHOD = hasGnuTime
  ? `${GNU_TIME} (CPU: the command and its children; RSS: the largest of its processes)`
  : `/proc every ${SAMPLE_MS} ms (the command without its children)`;

/**
 * Returns seconds of wall and CPU and the peak RSS in bytes; undefined where this system does not tell.
 * @param {{ file: string, args: readonly string[], cwd?: string, env?: object, exitCode?: number }} command
 */
export async function measure(command, temporary) {
  const usageFile = join(temporary, 'usage');
  const [file, args] = hasGnuTime
    ? [GNU_TIME, ['-q', '-f', '%U %S %M', '-o', usageFile, command.file, ...command.args]]
    : [command.file, command.args];
  const started = process.hrtime.bigint();
  const child = spawn(file, args, {
    cwd: command.cwd ?? temporary,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that an interrupted run can end the command with its children.
    detached: true,
  });
  const stopAll = () => killGroup(child.pid);
  const limit = setTimeout(stopAll, TIME_LIMIT_MS);
  process.once('exit', stopAll);
  const sampled = hasGnuTime ? undefined : sample(child.pid);
  const { code, log } = await finished(child).finally(() => {
    clearTimeout(limit);
    process.off('exit', stopAll);
  });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (code !== (command.exitCode ?? 0))
    throw new Error(
      `${command.file} ended with exit code ${code}:\n${log}\n${[command.file, ...command.args].join(' ')}`,
    );
  return { wall, ...(sampled ? sampled.stop() : gnuUsage(usageFile)) };
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function finished(child) {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-LOG_LIMIT);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? signal, log }));
  });
}

function gnuUsage(path) {
  const [user, system, kilobytes] = readFileSync(path, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
  rmSync(path, { force: true });
  return { cpu: user + system, rss: kilobytes * 1024 };
}

function sample(pid) {
  let usage = { cpu: undefined, rss: undefined };
  const timer = setInterval(() => {
    usage = { cpu: cpuOf(pid) ?? usage.cpu, rss: peakOf(pid) ?? usage.rss };
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return usage;
    },
  };
}

function peakOf(pid) {
  const peak = readProc(pid, 'status')?.match(/^VmHWM:\s+(\d+) kB$/m);
  return peak ? Number(peak[1]) * 1024 : undefined;
}

/** CPU seconds of a process and of its children that ended; undefined where there is no /proc. */
function cpuOf(pid) {
  const fields = readProc(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ');
  if (fields === undefined) return undefined;
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return (user + system + childUser + childSystem) / TICKS_PER_SECOND;
}

/** CPU seconds of a server with its processes. */
export function treeCpu(pid) {
  const children = readProc(pid, `task/${pid}/children`)?.trim().split(' ').filter(Boolean) ?? [];
  const parts = [pid, ...children].map((process) => cpuOf(process)).filter((cpu) => cpu !== undefined);
  return parts.length === 0 ? undefined : parts.reduce((sum, cpu) => sum + cpu, 0);
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
