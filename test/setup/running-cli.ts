import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { BIN, type CliOptions, type CliResult, cleanEnvironment, exitCodeOf, inScratch } from './cli.ts';

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
    child.once('close', (status, signal) => resolve(exitCodeOf(status, signal)));
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

/** `runCli` in a process of its own: for what a start, an end or the memory of the process says. */
export function runInNewProcess(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return inScratch(options, (call) => startCli(args, call).ended);
}
