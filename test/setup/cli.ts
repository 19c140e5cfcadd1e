import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Hundreds of starts of the same program: what Node compiled once is kept. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/migrate-json-tests', import.meta.url));

/** The program as it is installed. */
export const BIN = fileURLToPath(new URL('../../bin/migrate-json.js', import.meta.url));

const HOST = fileURLToPath(new URL('./cli-host.js', import.meta.url));

export interface CliResult {
  /** 128 + the signal's number where a signal ended the program, as a shell reports it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Default: an empty directory that is removed afterwards. */
  readonly cwd?: string;
  /** Added to an environment without DATABASE_URL, PG*, MIGRATE_JSON_* and the like. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built program as a user would, except that its process has run it before: see running-cli.ts. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return inScratch(options, async (call) => {
    const host = idle.pop() ?? new CliHost();
    const result = await host.run({ args, ...call });
    if (host.isRunning) idle.push(host);
    return result;
  });
}

/** Where the program runs, and with which environment. */
interface Call {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** An empty directory for the call, removed afterwards. */
export async function inScratch(options: CliOptions, run: (call: Call) => Promise<CliResult>): Promise<CliResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-cli-'));
  try {
    return await run({ cwd: options.cwd ?? scratch, env: { ...cleanEnvironment(scratch), ...options.env } });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Hosts that wait for a call. Calls at the same time have a host each. */
const idle: CliHost[] = [];

/** A process of cli-host.js. It ends with the process of the tests. */
class CliHost {
  private readonly child: ChildProcess;
  private readonly ready: Promise<unknown>;
  private stderr = '';

  constructor() {
    this.child = fork(HOST, [BIN], {
      env: cleanEnvironment(tmpdir()),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.ready = once(this.child, 'message');
    this.child.unref();
  }

  get isRunning(): boolean {
    return this.child.connected;
  }

  async run(call: Call & { readonly args: readonly string[] }): Promise<CliResult> {
    await this.ready;
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) =>
        resolve({ code: exitCodeOf(code, signal), stdout: '', stderr: this.stderr });
      this.child.once('close', ended).once('message', (result: CliResult) => {
        this.child.off('close', ended);
        resolve(result);
      });
      this.child.send(call);
    });
  }
}

export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
}

/** Nothing of the developer's own configuration reaches the program; HOME is empty, so there is no ~/.pgpass. */
export function cleanEnvironment(home: string): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: tmpdir(),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}
