import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Hundreds of starts of the same program: what Node compiled once is kept. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/migrate-json-tests', import.meta.url));

/** The program as it is installed. */
export const BIN = fileURLToPath(new URL('../../bin/migrate-json.js', import.meta.url));

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

/** Runs the built program as a user would, in a process of its own. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-cli-'));
  try {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: options.cwd ?? scratch,
      env: { ...cleanEnvironment(scratch), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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
