import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCorpus } from '../setup/corpus.ts';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { forecast, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { listen } from '../setup/postgres-proxy.ts';
import { digestOf, queryTarget } from '../setup/targets.ts';

process.env['TMPDIR'] = memoryDirectory();

const PROGRAMS = [
  '/usr/sbin/pgbouncer',
  '/usr/bin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
];

const PROGRAM = PROGRAMS.find((path) => existsSync(path));

/** PgBouncer comes from no npm package. CI installs it, and fails without it; elsewhere these tests say that it is missing. */
const IS_MISSING = PROGRAM === undefined && process.env['CI'] === undefined;

/** Many transactions, each of which may meet another session of the server. */
const SMALL_BATCHES = { batchBytes: 5000 };

let scratch: string;
let corpus: string;

beforeAll(() => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-pooler-'));
  corpus = join(scratch, 'corpus');
  writeCorpus(corpus, 100);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** PgBouncer in transaction mode: https://www.pgbouncer.org/config.html */
async function startPooler(target: FreshPostgres, poolSize: number): Promise<{ url: string; process: ChildProcess }> {
  if (PROGRAM === undefined) throw new Error('PgBouncer is missing: install the Debian package pgbouncer');
  const url = new URL(target.url);
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const directory = mkdtempSync(join(scratch, 'config-'));
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
    chmodSync(scratch, 0o755);
    for (const path of [directory, users, config]) chownSync(path, id('-u'), id('-g'));
  }
  const child = spawn(PROGRAM, ['-q', config], { ...as, stdio: ['ignore', 'ignore', 'pipe'], cwd: directory });
  let log = '';
  child.stderr?.on('data', (text) => {
    log += text;
  });
  await answers(port, () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start:\n${log}`);
  });
  return { url: `postgresql://${url.username}:${url.password}@127.0.0.1:${port}/pooled`, process: child };
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

describe.skipIf(IS_MISSING).each([1, 2])(
  'behind PgBouncer in transaction mode with %i server connections',
  (poolSize) => {
    let target: FreshPostgres;
    let direct: FreshPostgres;
    let pooler: { url: string; process: ChildProcess };

    beforeAll(async () => {
      [target, direct] = await Promise.all([freshPostgres(), freshPostgres()]);
      pooler = await startPooler(target, poolSize);
    });

    afterAll(async () => {
      const ended = new Promise((resolve) => pooler.process.once('exit', resolve));
      pooler.process.kill('SIGKILL');
      await ended;
      await Promise.all([target.drop(), direct.drop()]);
    });

    test('a dry run forecasts, a run loads, a rerun changes nothing, as without it', async () => {
      const reference = await load(corpus, direct.url, SMALL_BATCHES);
      expect(reference.exitCode).toBe(0);

      const rehearsed = await load(corpus, pooler.url, { ...SMALL_BATCHES, dryRun: true });
      expect(rehearsed.error).toBeUndefined();
      expect(forecast(rehearsed)).toEqual(forecast(reference));
      const tables = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'";
      expect(await queryTarget(target.url, tables)).toEqual([{ n: 0 }]);

      const loaded = await load(corpus, pooler.url, SMALL_BATCHES);
      expect(loaded.error).toBeUndefined();
      expect(forecast(loaded)).toEqual(forecast(reference));
      expect(await digestOf(target.url)).toBe(await digestOf(direct.url));
      expect(await digestOf(pooler.url)).toBe(await digestOf(direct.url));

      for (const options of [{}, { reload: true }, { dryRun: true, reload: true }]) {
        const again = await load(corpus, pooler.url, { ...SMALL_BATCHES, ...options });
        expect(again).toMatchObject({ exitCode: 0, error: undefined });
        for (const rows of Object.values(again.tables)) expect(rows).toMatchObject({ inserted: 0, updated: 0 });
      }
      expect(await digestOf(target.url)).toBe(await digestOf(direct.url));
    });

    test('nothing is left in a session that the pooler gives to the next client', async () => {
      await load(corpus, pooler.url, { ...SMALL_BATCHES, reload: true, dryRun: true });
      await load(corpus, pooler.url, { ...SMALL_BATCHES, reload: true });
      const leftovers = await queryTarget(
        pooler.url,
        `SELECT (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS tables,
         (SELECT count(*)::int FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks,
         (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
         (SELECT count(*)::int FROM pg_prepared_statements WHERE name <> '') AS statements,
         (SELECT count(*)::int FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%') AS transactions`,
      );
      expect(leftovers).toEqual([{ tables: 0, locks: 0, cursors: 0, statements: 0, transactions: 0 }]);
    });
  },
);
