import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, runCli } from '../setup/cli.ts';
import { createTables } from '../setup/constraints.ts';
import { writeCorpus } from '../setup/corpus.ts';
import { type FreshPostgres, freshPostgres, freshSqlite } from '../setup/databases.ts';
import { forecast, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { type ClientMessage, type Fate, listen, startProxy } from '../setup/postgres-proxy.ts';
import { random } from '../setup/random.ts';
import { startCli } from '../setup/running-cli.ts';
import { digestOf, queryTarget } from '../setup/targets.ts';

const require = createRequire(import.meta.url);
const FILES = 40;
const SMALL_BATCHES = { batchBytes: 5000 };

/** How often a connection is lost at random moments. */
const ROUNDS = process.env['MIGRATE_JSON_TEST_LARGE'] === '1' ? 20 : 2;

let scratch: string;
let corpus: string;

beforeAll(() => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-connection-'));
  corpus = join(scratch, 'corpus');
  writeCorpus(corpus, FILES);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** One line for the cause and one for what to do, after the line that names the target. */
function expectOneCause({ stderr }: CliResult): void {
  const lines = stderr.trimEnd().split('\n');
  expect(
    lines.filter((line) => line.startsWith('error:')),
    stderr,
  ).toHaveLength(1);
  expect(
    lines.filter((line) => line.startsWith('hint:')),
    stderr,
  ).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
}

/** Tells the `occurrence`th message that matches, once. */
function once(pattern: RegExp, occurrence: number): (message: ClientMessage) => boolean {
  let seen = 0;
  return ({ type, sql }) => pattern.test(`${type} ${sql}`) && ++seen === occurrence;
}

/**
 * One COMMIT creates the ledger, the next one records the run, three keep its declarations, two end what was read of the ledger, one
 * creates the tables.
 */
const FIRST_BATCH = 9;

async function timed(work: Promise<CliResult>): Promise<CliResult & { readonly seconds: number }> {
  const began = performance.now();
  const result = await work;
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

describe('a connection to PostgreSQL that is lost', () => {
  let clean: { readonly digest: string; readonly counts: unknown; readonly messages: readonly ClientMessage[] };
  let target: FreshPostgres;

  beforeAll(async () => {
    const first = await freshPostgres();
    const proxy = await startProxy(first.url, () => 'forward');
    const loaded = await load(corpus, proxy.url, SMALL_BATCHES);
    expect(loaded.exitCode).toBe(0);
    clean = { digest: await digestOf(first.url), counts: forecast(loaded), messages: proxy.messages };
    await proxy.close();
    await first.drop();
  });

  beforeEach(async () => {
    target = await freshPostgres();
  });

  afterEach(() => target.drop());

  /** Loads through a proxy that treats some messages otherwise, and expects the outcome of a clean run. */
  async function expectCleanOutcome(
    what: string,
    fateOf: (message: ClientMessage) => Fate | Promise<Fate>,
  ): Promise<void> {
    const proxy = await startProxy(target.url, fateOf);
    try {
      const loaded = await load(corpus, proxy.url, SMALL_BATCHES);
      expect(loaded, what).toMatchObject({ exitCode: 0, error: undefined });
      expect(proxy.connections, what).toBeGreaterThan(1);
      expect(forecast(loaded), what).toEqual(clean.counts);
      expect(await digestOf(target.url), what).toBe(clean.digest);
      const ledger = await queryTarget(target.url, 'SELECT path FROM ledger.files');
      expect(ledger, what).toHaveLength(FILES);
    } finally {
      await proxy.close();
    }
  }

  test.each([
    ['before the BEGIN of a batch arrives', /^Q BEGIN;/, FIRST_BATCH + 1],
    ['in the middle of a COPY', /^d /, 4],
    ['before the ledger is written', /^Q COPY "migrate_json"\."files"/, 2],
    ['before COMMIT arrives', /^Q COMMIT/, FIRST_BATCH + 1],
    ['while the ledger is read', /^Q FETCH/, 1],
  ])('%s costs nothing: the batch is loaded again', async (what, pattern, occurrence) => {
    const isIt = once(pattern, occurrence);
    await expectCleanOutcome(what, (message) => (isIt(message) ? 'lose' : 'forward'));
  });

  test.each([
    ['before the rows are compared', /^Q SELECT s\."migrate_json_group"/],
    ['while the rows are merged', /^P INSERT INTO "public"\."messages"/],
  ])('%s costs nothing where rows cannot simply be appended', async (what, pattern) => {
    await createTables(target.url);
    await queryTarget(
      target.url,
      "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      'CREATE TRIGGER same BEFORE INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION same()',
    );
    const isIt = once(pattern, 2);
    await expectCleanOutcome(what, (message) => (isIt(message) ? 'lose' : 'forward'));
  });

  test.each([
    ['of the ledger', 1],
    ['of the tables', FIRST_BATCH - 1],
    ['of the record of the run', 2],
    ['of the first batch', FIRST_BATCH],
    ['of a later batch', FIRST_BATCH + 2],
  ])(
    'after the COMMIT %s but before its answer arrives is not loaded again: rows count as inserted',
    async (what, at) => {
      const isIt = once(/^Q COMMIT/, at);
      await expectCleanOutcome(what, (message) => (isIt(message) ? 'lose-answer' : 'forward'));
    },
  );

  test('after the answer of the last COMMIT of a run leaves the run complete', async () => {
    const commits = clean.messages.filter(({ sql }) => sql === 'COMMIT').length;
    const isIt = once(/^Q COMMIT/, commits);
    await expectCleanOutcome('end of the run', (message) => (isIt(message) ? 'lose-answer' : 'forward'));
    const runs = await queryTarget(target.url, 'SELECT status, exit_code::int FROM ledger.runs');
    expect(runs).toEqual([{ status: 'complete', exit_code: 0 }]);
  });

  test('while the server still works on the COMMIT does not load the batch twice', async () => {
    const isIt = once(/^Q COMMIT/, FIRST_BATCH + 1);
    await expectCleanOutcome('slow COMMIT', (message) => (isIt(message) ? 'delay' : 'forward'));
  });

  test('again and again, at any message, ends like a clean run', async () => {
    const { seed, next } = random();
    for (let round = 0; round < ROUNDS; round++) {
      await target.drop();
      target = await freshPostgres();
      const gap = 15 + Math.floor(next() * 40);
      const fate = round % 2 === 0 ? 'lose' : 'lose-answer';
      await expectCleanOutcome(`seed ${seed}, round ${round}: ${fate} every ${gap} messages`, ({ number }) =>
        number % gap === 0 && number <= 4 * gap ? fate : 'forward',
      );
    }
  });

  test('because an administrator ends the session (57P01) costs nothing', async () => {
    const isIt = once(/^d /, 5);
    await expectCleanOutcome('pg_terminate_backend', async (message): Promise<Fate> => {
      if (isIt(message)) {
        await queryTarget(
          target.url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'migrate-json'`,
        );
      }
      return 'forward';
    });
  });

  test('while the ledger is asked who loaded a row does not let a conflicting file overwrite it', async () => {
    const root = join(scratch, 'conflict');
    mkdirSync(join(root, 'conversations', 'ann'), { recursive: true });
    for (const [name, title] of [
      ['a', 'the first one stays'],
      ['b', 'the second one is rejected'],
    ]) {
      const conversation = { id: 'same-id', title, created_at: '2024-01-02T03:04:05', messages: [] };
      writeFileSync(join(root, 'conversations', 'ann', `${name}.json`), JSON.stringify(conversation));
    }
    const first = await load(root, target.url);
    expect(first.rejects).toMatchObject([{ code: 'conflicting-duplicate' }]);
    let asked = false;
    let lost = false;
    const proxy = await startProxy(target.url, ({ sql }) => {
      if (/DECLARE.*"migrate_json"\."batches"/s.test(sql)) asked = true;
      if (!asked || lost || !sql.startsWith('FETCH')) return 'forward';
      lost = true;
      return 'lose';
    });
    const again = await load(root, proxy.url);
    await proxy.close();
    expect(lost).toBe(true);
    expect(again.rejects, again.error).toEqual(first.rejects);
    expect(await queryTarget(target.url, 'SELECT title FROM conversations')).toEqual([
      { title: 'the first one stays' },
    ]);
  });
});

describe('a PostgreSQL server', () => {
  test('that is down from the start fails within 3 seconds with exit code 4', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const result = await timed(runCli(['run', corpus, '--to', `postgres://me:s3cret-word@127.0.0.1:${port}/db`]));
    expect(result.code, result.stderr).toBe(4);
    expect(result.seconds).toBeLessThan(3);
    expectOneCause(result);
    expect(result.stderr + result.stdout).not.toContain('s3cret-word');
  });

  test('that accepts connections and closes them at once fails within 3 seconds with exit code 4', async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await listen(server);
    const result = await timed(runCli(['run', corpus, '--to', `postgres://me@127.0.0.1:${port}/db`]));
    server.close();
    expect(result.code, result.stderr).toBe(4);
    expect(result.seconds).toBeLessThan(3);
    expectOneCause(result);
  });

  test('that talks another protocol fails with exit code 4 or 5 and no stack trace', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    const port = await listen(server);
    const result = await timed(runCli(['run', corpus, '--to', `postgres://me@127.0.0.1:${port}/db`]));
    server.close();
    expect([4, 5], result.stderr).toContain(result.code);
    expectOneCause(result);
  });
});

describe('a lock that another session of PostgreSQL holds', () => {
  let target: FreshPostgres;
  let other: pg.Client;

  beforeEach(async () => {
    target = await freshPostgres();
    await createTables(target.url);
    other = await sessionWithLock(target);
  });

  afterEach(async () => {
    await other.end();
    await target.drop();
  });

  test('for a while only delays the run', async () => {
    const run = load(corpus, target.url, SMALL_BATCHES);
    await sleep(1000);
    await other.query('ROLLBACK');
    expect(await run).toMatchObject({ exitCode: 0, error: undefined });
  });

  test('longer than the lock_timeout of the database (55P03) is tried again', async () => {
    await queryTarget(
      target.adminUrl,
      `ALTER DATABASE ${new URL(target.url).pathname.slice(1)} SET lock_timeout = '100ms'`,
    );
    const run = load(corpus, target.url, SMALL_BATCHES);
    await sleep(1000);
    await other.query('ROLLBACK');
    expect(await run).toMatchObject({ exitCode: 0, error: undefined });
  });
});

describe('a SQLite file', () => {
  let url: string;
  let path: string;
  let drop: () => void;

  beforeEach(() => {
    ({ url, path, drop } = freshSqlite());
  });

  afterEach(() => drop());

  test.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])(
    'that another process has locked for a second (%s) only delays the run',
    async (statement) => {
      await createTables(url);
      await lockFor(path, 1500, statement);
      const result = await runCli(['run', corpus, '--to', url]);
      expect(result.code, result.stderr).toBe(0);
    },
  );

  test('that another process reads the whole time is loaded once the reader lets the writer in', async () => {
    await createTables(url);
    await lockFor(path, 1500, 'BEGIN; SELECT * FROM users');
    const result = await runCli(['run', corpus, '--to', url]);
    expect(result.code, result.stderr).toBe(0);
  });

  test('that may only be read ends the run with exit code 4 or 5 and one line, and is not changed', async () => {
    await createTables(url);
    const before = readFileSync(path);
    // Root may write whatever the mode says: a directory in place of the rollback journal stops it as well.
    if (process.getuid?.() === 0) mkdirSync(`${path}-journal`);
    else chmodSync(path, 0o400);
    const result = await runCli(['run', corpus, '--to', url]);
    expect([4, 5], result.stderr).toContain(result.code);
    expectOneCause(result);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('in a directory that does not let it be created ends the run with exit code 4', async () => {
    const notADirectory = join(dirname(path), 'file');
    new Database(notADirectory).exec('CREATE TABLE t (a)').close();
    const result = await runCli(['run', corpus, '--to', `sqlite:${join(notADirectory, 'x.db')}`]);
    expect(result.code, result.stderr).toBe(4);
    expectOneCause(result);
  });

  test('that is really a directory ends the run with exit code 4 or 5', async () => {
    mkdirSync(path);
    const result = await runCli(['run', corpus, '--to', url]);
    expect([4, 5], result.stderr).toContain(result.code);
    expectOneCause(result);
    expect(readdirSync(path)).toEqual([]);
  });

  test('on a disk that is full ends the run with exit code 4 and holds whole files only; with space the next run completes it', async (context) => {
    const disk = mountSmallDisk();
    // Only root may mount; elsewhere SQLite's own limit of pages stands for the full disk below.
    if (disk === undefined) return context.skip('a small tmpfs cannot be mounted here');
    try {
      const database = `sqlite:${join(disk.path, 'test.db')}`;
      const args = ['run', corpus, '--to', database, '--batch-bytes', '5000', '--temp-dir', scratch];
      const result = await runCli(args);
      expect(result.code, result.stderr).toBe(4);
      expectOneCause(result);
      await expectWholeFiles(database);
      disk.grow();
      const completed = await runCli(args);
      expect(completed.code, completed.stderr).toBe(0);
    } finally {
      disk.unmount();
    }
  });

  test('that may not grow any more (EFBIG) ends the run with exit code 4 and holds whole files only', async () => {
    const root = join(scratch, 'larger');
    writeCorpus(root, 300);
    // The signal is ignored, so that the write itself fails. Blocks of `ulimit -f` are 1024 bytes in bash.
    const script = 'trap "" XFSZ; ulimit -f 500; exec "$0" "$@"';
    const run = startCli(['run', root, '--to', url, '--batch-bytes', '5000'], {
      cwd: scratch,
      through: ['bash', '-c', script],
    });
    const result = await run.ended;
    expect(result.code, result.stderr).toBe(4);
    expectOneCause(result);
    expect(statSync(path).size).toBeLessThanOrEqual(500 * 1024);
    await expectWholeFiles(url);
    const completed = await runCli(['run', root, '--to', url]);
    expect(completed.code, completed.stderr).toBe(0);
  });

  /** Conversations without a missing message, each with its row in the ledger. */
  async function expectWholeFiles(at: string): Promise<void> {
    const stored = await queryTarget(
      at,
      `SELECT c.id, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id) AS messages,
         (SELECT count(*) FROM ledger.files f WHERE f.path LIKE '%' || c.id || '.json' AND f.status = 'loaded') AS files
       FROM conversations c`,
    );
    for (const row of stored) expect(row).toMatchObject({ messages: 3, files: 1 });
  }
});

// What takes long because it waits: all at the same time.
describe('a database that does not come back', { concurrent: true }, () => {
  test('for good: the run ends with exit code 4, what was committed stays, and the next run completes it', async () => {
    const target = await freshPostgres();
    let gone = false;
    const isIt = once(/^Q COMMIT/, FIRST_BATCH + 2);
    const proxy = await startProxy(target.url, (message) => {
      if (isIt(message)) gone = true;
      return gone ? 'lose' : 'forward';
    });
    const cut = await timed(runCli(['run', corpus, '--to', proxy.url, '--batch-bytes', '5000']));
    await proxy.close();
    expect(cut.code, cut.stderr).toBe(4);
    expectOneCause(cut);
    const [stored] = await queryTarget(target.url, 'SELECT count(*)::int AS n FROM ledger.files');
    expect(stored?.['n']).toBeGreaterThan(0);
    expect(stored?.['n']).toBeLessThan(FILES);
    const rest = await load(corpus, target.url, SMALL_BATCHES);
    expect(rest.exitCode, rest.error).toBe(0);
    const reference = freshSqlite();
    await load(corpus, reference.url);
    expect(await digestOf(target.url)).toBe(await digestOf(reference.url));
    reference.drop();
    await target.drop();
  }, 90_000);

  test('because it accepts connections and never answers fails within the connect timeout with exit code 4', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    const port = await listen(server);
    const result = await timed(runCli(['run', corpus, '--to', `postgres://me@127.0.0.1:${port}/db`]));
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(result.code, result.stderr).toBe(4);
    expect(result.seconds).toBeLessThan(13);
    expectOneCause(result);
  }, 120_000);

  test('because everything on the way to it is swallowed in the middle of a run ends with exit code 4', async () => {
    const target = await freshPostgres();
    const isIt = once(/^Q COMMIT/, FIRST_BATCH + 1);
    const proxy = await startProxy(target.url, (message) => (isIt(message) ? 'swallow-all' : 'forward'));
    const result = await timed(
      runCli(['run', corpus, '--to', `${proxy.url}?connect_timeout=1`, '--batch-bytes', '5000']),
    );
    await proxy.close();
    expect(result.code, result.stderr).toBe(4);
    expect(result.seconds).toBeLessThan(30);
    expectOneCause(result);
    const rest = await load(corpus, target.url, SMALL_BATCHES);
    expect(rest.exitCode, rest.error).toBe(0);
    await target.drop();
  }, 120_000);

  test.each([
    ['a statement', /^Q COMMIT/, FIRST_BATCH + 1],
    ['rows', /^d /, 4],
  ])(
    'for one connection only, which swallows %s, is asked on another one and found out',
    async (_what, pattern, occurrence) => {
      const target = await freshPostgres();
      const isIt = once(pattern, occurrence);
      const proxy = await startProxy(target.url, (message) => (isIt(message) ? 'swallow' : 'forward'));
      const result = await timed(
        runCli(['run', corpus, '--to', `${proxy.url}?connect_timeout=1`, '--batch-bytes', '5000']),
      );
      await proxy.close();
      await target.drop();
      expect(result.code, result.stderr).toBe(0);
      expect(result.seconds).toBeGreaterThan(2);
      expect(result.stderr).toMatch(/does not answer/);
    },
    40_000,
  );

  test('for a while, because another session holds a lock, is waited for, however long it takes', async () => {
    const target = await freshPostgres();
    await createTables(target.url);
    const other = await sessionWithLock(target);
    const run = runCli(['run', corpus, '--to', `${target.url}?connect_timeout=1`]);
    await sleep(7000);
    await other.query('ROLLBACK');
    const result = await run;
    await other.end();
    await target.drop();
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).not.toMatch(/does not answer|trying/);
  }, 120_000);

  test('while another session locks a table: Ctrl-C ends the run within 5 seconds', async () => {
    const target = await freshPostgres();
    await createTables(target.url);
    const other = await sessionWithLock(target);
    const run = startCli(['run', corpus, '--to', target.url], { cwd: scratch });
    await sleep(1500);
    run.child.kill('SIGINT');
    const result = await Promise.race([run.ended, sleep(5500)]);
    run.child.kill('SIGKILL');
    await run.ended;
    await other.end();
    await target.drop();
    expect(result).toMatchObject({ code: 130 });
  }, 90_000);

  test.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])(
    'because another process keeps the SQLite file locked (%s) ends with exit code 4 within 15 seconds',
    async (statement) => {
      const file = freshSqlite();
      await createTables(file.url);
      const lock = await lockFor(file.path, 60_000, statement);
      const run = startCli(['run', corpus, '--to', file.url], { cwd: scratch });
      const result = await Promise.race([run.ended, sleep(15_000)]);
      run.child.kill('SIGKILL');
      await run.ended;
      lock.release();
      file.drop();
      expect(result).toMatchObject({ code: 4 });
      if (result) expectOneCause(result);
    },
    30_000,
  );
});

/** A session that holds a table for itself until it ends. */
async function sessionWithLock(target: FreshPostgres): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: target.url });
  session.on('error', () => undefined);
  await session.connect();
  await session.query('BEGIN');
  await session.query('LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE');
  return session;
}

/** Another process that holds a lock on a SQLite file for some time; resolves when it has it. */
async function lockFor(path: string, milliseconds: number, statement: string): Promise<{ release(): void }> {
  const script = `
    const Database = require(${JSON.stringify(require.resolve('better-sqlite3'))});
    const database = new Database(${JSON.stringify(path)});
    database.exec(${JSON.stringify(statement)});
    process.stdout.write('locked');
    setTimeout(() => database.exec('ROLLBACK'), ${milliseconds});`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { release: () => child.kill('SIGKILL') };
}

interface SmallDisk {
  readonly path: string;
  grow(): void;
  unmount(): void;
}

/** A file system for the tables and few rows, where the rights for one are given. */
function mountSmallDisk(): SmallDisk | undefined {
  const path = join(scratch, 'disk');
  mkdirSync(path, { recursive: true });
  const { status } = run('mount', '-t', 'tmpfs', '-o', 'size=280k', 'tmpfs', path);
  if (status !== 0) return undefined;
  return {
    path,
    grow: () => run('mount', '-o', 'remount,size=64m', path),
    unmount: () => run('umount', '-l', path),
  };
}

function run(program: string, ...args: readonly string[]) {
  return spawnSync(program, args, { stdio: 'ignore' });
}
