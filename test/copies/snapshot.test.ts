import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSnapshot, listSnapshots, restoreSnapshot } from '../../src/copies/snapshot.ts';
import { processIdentity } from '../../src/files/process-identity.ts';
import { Heartbeat } from '../../src/ledger/lease.ts';
import { registryOf } from '../../src/recipes/declare.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { damageOneFile } from '../setup/damage.ts';
import { freshPostgres, freshSqlite } from '../setup/databases.ts';
import { grants } from '../setup/grants.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { installedPrograms, startServer } from '../setup/postgres.ts';
import { digestOf, openTarget, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const programs = installedPrograms();

interface Loaded {
  readonly url: string;
  readonly settings: Parameters<typeof createSnapshot>[0];
}

/** A database with rows, and where its snapshots go. */
async function loaded(url: string): Promise<Loaded> {
  await load(plant(ALL_GOOD), url);
  const snapshotDir = join(plant(), 'snapshots');
  return {
    url,
    settings: { registry: BUILT_IN, to: url, dbSchema: 'public', allowPlaintext: true, snapshotDir, pgBin: programs },
  };
}

const options = { environment: { PATH: process.env['PATH'] } };

const STORES = [
  { product: 'SQLite', fresh: async () => freshSqlite() },
  { product: 'PostgreSQL', fresh: () => freshOnServer() },
] as const;

let server: Awaited<ReturnType<typeof startServer>> | undefined;
let databases = 0;

beforeAll(async () => {
  if (programs !== undefined) server = await startServer([], programs);
});
afterAll(() => server?.remove());

/** The shared PostgreSQL is newer than the client programs of most systems. */
async function freshOnServer(): Promise<{ url: string; drop(): void }> {
  const name = `snapshot_${++databases}`;
  const url = new URL(server?.url ?? '');
  await queryTarget(url.href, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => undefined };
}

describe.each(STORES)('a snapshot of $product', ({ product, fresh }) => {
  async function source(skip: (reason: string) => void): Promise<Loaded> {
    if (product === 'PostgreSQL' && programs === undefined)
      skip('pg_dump, psql and a server of their version are not installed');
    const { url, drop } = await fresh();
    onTestFinished(drop);
    return loaded(url);
  }

  test('is not put back while a run is at work, which keeps its rows', async ({ skip }) => {
    const { url, settings } = await source(skip);
    const { name } = await createSnapshot(settings, options);
    const other = await openTarget(url);
    const run = { run_id: 'other', tool_version: '1', command: 'run', status: 'running' };
    const started = { ...run, started_at: '2024-01-02 03:04:05.000000' };
    await other.beginRun(started, { holder: processIdentity(), mayTakeOver: () => false });
    const heartbeat = new Heartbeat(other);
    await queryTarget(url, 'DELETE FROM messages');
    const restore = () => restoreSnapshot({ ...settings, name, yes: true }, options);
    await expect(restore()).rejects.toMatchObject({ code: 'target-held', exitCode: 4 });
    expect(await queryTarget(url, 'SELECT 1 FROM messages')).toEqual([]);
    heartbeat.stop();
    await other.updateRun('other', { status: 'complete' });
    await other.close();
    await restore();
    expect(await queryTarget(url, 'SELECT 1 FROM messages')).not.toEqual([]);
  });

  test('is proved, listed, and brings back what was changed since, once --yes is given', async ({ skip }) => {
    const { url, settings } = await source(skip);
    const before = await digestOf(url);
    const made = await createSnapshot({ ...settings, prove: true }, options);
    expect(made).toMatchObject({ digest: before, proved: true, schema_version: 1 });
    expect([made.directory, join(made.directory, made.file)].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o600,
    ]);
    await queryTarget(url, 'DELETE FROM messages', 'CREATE TABLE made_since (id integer PRIMARY KEY)');
    expect(await digestOf(url)).not.toBe(before);
    const restore = (yes: boolean) => restoreSnapshot({ ...settings, name: made.name, yes }, options);
    await expect(restore(false)).rejects.toMatchObject({
      code: 'rows-would-vanish',
      message: expect.stringMatching(/drops made_since$/),
    });
    expect(await restore(true)).toMatchObject({ digest: before, dropped: ['made_since'] });
    expect(await digestOf(url)).toBe(before);
    await expect(queryTarget(url, 'SELECT * FROM made_since')).rejects.toThrow();
    const again = await load(plant(ALL_GOOD), url);
    expect(again.exitCode).toBe(0);
    expect(await listSnapshots(settings.snapshotDir)).toEqual([
      { name: made.name, bytes: made.bytes, snapshot: expect.objectContaining({ digest: before }) },
    ]);
  });

  test('that is damaged is found before anything is changed', async ({ skip }) => {
    const { url, settings } = await source(skip);
    const { name, directory } = await createSnapshot(settings, options);
    await queryTarget(url, 'DELETE FROM messages');
    const before = await digestOf(url);
    for (let seed = 1; seed <= 5; seed++) {
      const damage = damageOneFile(directory, seed);
      const restored = restoreSnapshot({ ...settings, name, yes: true }, options);
      await expect(restored, damage.description).rejects.toMatchObject({ code: 'copy-damaged', exitCode: 5 });
      damage.undo();
    }
    expect(await digestOf(url)).toBe(before);
  });
});

test('a view that was made since, or a lock, keeps PostgreSQL from a restore, and then nothing is changed', async ({
  skip,
}) => {
  if (programs === undefined) return skip('pg_dump, psql and a server of their version are not installed');
  const { url, settings } = await loaded((await freshOnServer()).url);
  const { name } = await createSnapshot(settings, options);
  await queryTarget(url, 'DELETE FROM messages', 'CREATE VIEW made_since AS SELECT * FROM messages');
  const before = await digestOf(url);
  const restore = () => restoreSnapshot({ ...settings, name, yes: true }, options);
  await expect(restore()).rejects.toMatchObject({
    code: 'database-refused',
    hint: expect.stringContaining('such as a view'),
  });
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query('BEGIN; SELECT * FROM users');
  await expect(restore()).rejects.toMatchObject({ code: 'database-busy', exitCode: 4 });
  await other.end();
  expect(await digestOf(url)).toBe(before);
});

test('a snapshot holds every schema that a declaration names', async ({ skip }) => {
  if (programs === undefined) return skip('pg_dump, psql and a server of their version are not installed');
  const { url } = await freshOnServer();
  const invoices = {
    files: 'i.json',
    table: 'billing.invoices',
    key: ['id'],
    columns: { id: 'integer', total: 'real' },
  };
  const registry = registryOf({ datasets: { invoices }, tables: undefined });
  const declared = { datasets: { invoices } };
  const root = plant({ 'i.json': [{ id: 1, total: 2 }] });
  expect((await load(root, url, declared)).exitCode).toBe(0);
  const snapshotDir = join(plant(), 'snapshots');
  const settings = { registry, to: url, dbSchema: 'public', allowPlaintext: true, snapshotDir, pgBin: programs };
  const { name, tables, proved } = await createSnapshot({ ...settings, prove: true }, options);
  expect([tables['billing.invoices']?.rows, proved]).toEqual([1, true]);
  await queryTarget(url, 'DROP SCHEMA billing CASCADE', 'CREATE SCHEMA billing', 'CREATE TABLE billing.later ()');
  const { dropped } = await restoreSnapshot({ ...settings, name, yes: true }, options);
  expect(dropped).toEqual(['billing.later']);
  expect(await queryTarget(url, 'SELECT id, total FROM billing.invoices')).toEqual([{ id: '1', total: 2 }]);
  expect((await load(root, url, declared)).head.totals).toMatchObject({ files_unchanged: 1 });
});

test('the loader of docs/grants.sql makes a snapshot, also beside tables and sequences of the application, and brings its own back', async ({
  skip,
}) => {
  if (programs === undefined) return skip('pg_dump, psql and a server of their version are not installed');
  const { url: adminUrl } = await freshOnServer();
  const loader = `loader_${databases}`;
  const variables = { database: new URL(adminUrl).pathname.slice(1), schema: 'public', loader, reader: loader };
  await queryTarget(adminUrl, `CREATE ROLE ${loader} LOGIN PASSWORD 'x'`, grants(variables));
  const url = Object.assign(new URL(adminUrl), { username: loader, password: 'x' }).href;
  const { settings } = await loaded(url);
  const made = await createSnapshot(settings, options);
  await queryTarget(url, 'DELETE FROM messages');
  await restoreSnapshot({ ...settings, name: made.name, yes: true }, options);
  expect(await digestOf(url)).toBe(made.digest);

  // From here on there is something of the application, as the superuser's.
  await queryTarget(
    adminUrl,
    'CREATE TABLE orders (id serial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY)',
    'CREATE SEQUENCE numbers',
    'INSERT INTO orders DEFAULT VALUES',
    grants(variables),
  );
  await createSnapshot(settings, options);
  await queryTarget(url, 'DELETE FROM messages');
  const before = await digestOf(url);
  await expect(restoreSnapshot({ ...settings, name: made.name, yes: true }, options)).rejects.toMatchObject({
    exitCode: 5,
    hint: expect.stringContaining('as the owner of all of them'),
  });
  expect(await digestOf(url)).toBe(before);
  expect(await queryTarget(adminUrl, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1 }]);

  await queryTarget(adminUrl, `REVOKE SELECT ON SEQUENCE numbers FROM ${loader}`);
  await expect(createSnapshot(settings, options)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/numbers/),
  });
});

describe('of SQLite', () => {
  async function source(): Promise<Loaded & { readonly path: string }> {
    const { url, path, drop } = freshSqlite();
    onTestFinished(drop);
    return { ...(await loaded(url)), path };
  }

  test('one that is restored is seen by a program that has the file open; one that is at work with it forbids it', async () => {
    const { url, settings, path } = await source();
    const { name, digest } = await createSnapshot(settings, options);
    const restore = () => restoreSnapshot({ ...settings, name, yes: true }, options);
    const other = new Database(path);
    onTestFinished(() => void other.close());
    other.exec('DELETE FROM messages');
    await restore();
    expect(other.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(3);
    other.exec('BEGIN IMMEDIATE; DELETE FROM messages');
    await expect(restore()).rejects.toMatchObject({ code: 'database-busy', exitCode: 4 });
    other.exec('COMMIT');
    await restore();
    expect(await digestOf(url)).toBe(digest);
  });

  test('one of a WAL is whole, and takes the place of one that was left behind', async () => {
    const { url, settings, path } = await source();
    const writer = new Database(path);
    writer.pragma('journal_mode = WAL');
    writer.exec("UPDATE conversations SET title = 'only in the WAL'");
    const { name, digest } = await createSnapshot(settings, options);
    writer.exec('DELETE FROM conversations');
    await expect(restoreSnapshot({ ...settings, name, yes: true }, options)).rejects.toMatchObject({
      code: 'database-busy',
    });
    writer.close();
    await restoreSnapshot({ ...settings, name, yes: true }, options);
    expect([digest, await queryTarget(url, 'SELECT DISTINCT title FROM conversations')]).toEqual([
      await digestOf(url),
      [{ title: 'only in the WAL' }],
    ]);
    expect(readdirSync(join(path, '..')), 'what is only read leaves nothing beside it').toEqual(['test.db']);
  });

  test('what is no database any more is moved aside, and one that is gone is created', async () => {
    const { url, settings, path } = await source();
    const { name, digest } = await createSnapshot(settings, options);
    writeFileSync(path, 'garbage'.repeat(1000));
    await restoreSnapshot({ ...settings, name, yes: false }, options);
    expect(await digestOf(url)).toBe(digest);
    const aside = readdirSync(join(path, '..')).filter((each) => each.includes('.replaced-'));
    expect(aside.map((each) => readFileSync(join(path, '..', each), 'utf8').slice(0, 7))).toEqual(['garbage']);
    rmSync(path);
    await restoreSnapshot({ ...settings, name, yes: false }, options);
    expect([await digestOf(url), statSync(path).mode & 0o777]).toEqual([digest, 0o600]);
  });
});

test('--keep removes older snapshots of the same database, and nothing else', async () => {
  const { url, drop } = freshSqlite();
  onTestFinished(drop);
  const { settings } = await loaded(url);
  const copy = { ...settings, to: `${url}.copy.db` };
  cpSync(url.slice('sqlite:'.length), `${url.slice('sqlite:'.length)}.copy.db`);
  const [first, second, other] = [
    await createSnapshot(settings, options),
    await createSnapshot(settings, options),
    await createSnapshot(copy, options),
  ];
  writeFileSync(join(second.directory, 'mine.txt'), 'keep');
  const last = await createSnapshot({ ...settings, keep: 1 }, options);
  expect(last.removed).toEqual([first.name]);
  const left = (await listSnapshots(settings.snapshotDir)).map(({ name }) => name);
  expect(left).toEqual([last, other, second].map(({ name }) => name));
});

test('the commands tell what they did, in text, JSON and exit codes', async () => {
  const { url, drop } = freshSqlite();
  onTestFinished(drop);
  await load(plant(ALL_GOOD), url);
  const cwd = plant();
  const run = (...words: string[]) => runCli(['snapshot', ...words], { cwd });
  expect((await run('list')).stdout).toBe('there are no snapshots\n');
  const made = await run('create', '--to', url, '--prove', '--json');
  const { name, proved } = JSON.parse(made.stdout);
  expect([made.code, proved]).toEqual([0, true]);
  const refused = await run('restore', name, '--to', url);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/replaces what \d+ tables .*\nhint: .*--yes/),
  ]);
  const back = await run('restore', name, '--to', url, '--yes');
  expect([back.code, back.stdout]).toEqual([0, expect.stringContaining('their digests are equal')]);
  expect((await run('restore', 'nowhere', '--to', url)).code).toBe(2);
  expect((await run('create', '--to', 'missing.db')).code).toBe(4);
  rmSync(join(cwd, 'migrate-json-snapshots', name, 'migrate-json-snapshot.json'));
  expect((await run('list')).stdout).toMatch(/incomplete or damaged/);
});

test('a pg_dump that is missing, or older than the server, is refused with both versions', async () => {
  const database = await freshPostgres();
  onTestFinished(() => database.drop());
  const bin = plant({ pg_dump: '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n' });
  chmodSync(join(bin, 'pg_dump'), 0o755);
  const cwd = plant();
  const args = ['snapshot', 'create', '--to', database.url, '--pg-bin'];
  const old = await runCli([...args, bin], { cwd });
  expect([old.code, old.stderr]).toEqual([5, expect.stringContaining('pg_dump is of PostgreSQL 9, the server of 18')]);
  const missing = await runCli([...args, join(bin, 'nowhere')], { cwd });
  expect([missing.code, missing.stderr]).toEqual([5, expect.stringContaining('pg_dump cannot be started')]);
  expect(old.stderr).toMatch(/hint: .*--pg-bin/);
  expect(readdirSync(join(cwd, 'migrate-json-snapshots'))).toEqual([]);
});
