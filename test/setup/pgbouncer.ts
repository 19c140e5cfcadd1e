import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from './postgres-proxy.ts';

const PROGRAMS = [
  '/usr/sbin/pgbouncer',
  '/usr/bin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
];

/** Undefined where it is not installed. */
export const PGBOUNCER = PROGRAMS.find((path) => existsSync(path));

export interface Pooler {
  readonly url: string;
  stop(): Promise<void>;
}

/** PgBouncer in transaction mode: https://www.pgbouncer.org/config.html */
export async function startPooler(target: { readonly url: string }, poolSize: number): Promise<Pooler> {
  if (PGBOUNCER === undefined) throw new Error('PgBouncer is missing: install the Debian package pgbouncer');
  const url = new URL(target.url);
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-pgbouncer-'));
  const users = join(directory, 'users.txt');
  const config = join(directory, 'pgbouncer.ini');
  const account = `user=${url.username} password=${url.password}`;
  writeFileSync(users, `"${url.username}" "${url.password}"\n`);
  writeFileSync(
    config,
    `[databases]
pooled = host=127.0.0.1 port=${url.port} dbname=${url.pathname.slice(1)} ${account}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
server_reset_query_always = 0
max_client_conn = 20
`,
  );
  // PgBouncer refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const as = isRoot ? { uid: id('-u'), gid: id('-g') } : {};
  if (isRoot) {
    for (const path of [directory, users, config]) chownSync(path, id('-u'), id('-g'));
  }
  const child = spawn(PGBOUNCER, ['-q', config], { ...as, stdio: ['ignore', 'ignore', 'pipe'], cwd: directory });
  let log = '';
  child.stderr?.on('data', (text) => {
    log += text;
  });
  await answers(port, () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start:\n${log}`);
  });
  return {
    url: `postgresql://${url.username}:${url.password}@127.0.0.1:${port}/pooled`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(port: number, check: () => void): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    check();
    const connected = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connected) return;
    await sleep(50);
  }
  throw new Error('PgBouncer does not listen');
}
