import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type CliOptions, type CliResult, cleanEnvironment } from './cli.ts';

const BIN = fileURLToPath(new URL('../../bin/migrate-json.js', import.meta.url));

/** The built program while it runs. Its process id is that of the program itself. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
}

export interface StartOptions extends CliOptions {
  readonly cwd: string;
  /** A program that becomes this one, with its arguments. */
  readonly through?: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
}

/** Starts the program for tests that do something to it before it ends: kill it, watch its memory, cut its connection. */
export function startCli(args: readonly string[], options: StartOptions): RunningCli {
  const [program, ...more] = [...(options.through ?? []), process.execPath, ...(options.node ?? []), BIN, ...args];
  const child = spawn(program ?? process.execPath, more, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(options.cwd), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), code]).then(([stdout, stderr, ending]) => ({
    code: ending,
    stdout,
    stderr,
  }));
  // A test that fails before it waits must not turn this into an unhandled rejection.
  ended.catch(() => undefined);
  return { child, ended };
}
