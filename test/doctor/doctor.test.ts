import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CheckResult, diagnose } from '../../src/doctor/doctor.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import type { ScannedFile } from '../../src/run/scan.ts';
import { formatBytes } from '../../src/system/quantities.ts';
import { runCli } from '../setup/cli.ts';
import { createTables } from '../setup/constraints.ts';
import { freshPostgres, freshSqlite, IS_LEAST } from '../setup/databases.ts';
import { ALL_GOOD, WITH_FAULTS } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { connectTo, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant, snapshot } from '../setup/trees.ts';

interface Told {
  readonly exitCode: number;
  /** What is not ok, as `status name`. */
  readonly notable: readonly string[];
  readonly checks: readonly CheckResult[];
}

async function doctor(root: string, to: string, options: Readonly<Record<string, unknown>> = {}): Promise<Told> {
  const settings = runSettings({ root, to, ...options });
  const { checks, exitCode } = await diagnose({ ...settings, to }, {});
  const notable = checks.filter(({ status }) => status !== 'ok').map(({ status, name }) => `${status} ${name}`);
  return { exitCode, notable, checks };
}

/** The suite connects as a superuser, which is worth a warning. */
const EXCESS = IS_LEAST ? [] : ['warning rights in excess'];

describe.each(PRODUCTS)('doctor on %s', (product) => {
  let target: FreshTarget;
  let root: string;
  const expected = product === 'PostgreSQL' ? EXCESS : [];

  beforeEach(async () => {
    target = await freshTarget(product);
    root = plant(ALL_GOOD);
  });

  afterEach(() => target.drop());

  test('finds nothing in the way of a first run, and creates nothing', async () => {
    const before = snapshot(root);
    const told = await doctor(root, target.url);
    expect([told.exitCode, told.notable]).toEqual([0, expected]);
    expect(told.checks).toContainEqual(
      expect.objectContaining({ name: 'schema', message: expect.stringMatching(/a run creates what it needs/) }),
    );
    expect(snapshot(root)).toEqual(before);
    if (product === 'PostgreSQL')
      expect(await queryTarget(target.url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    else await expect(runCli(['runs', '--to', target.url])).resolves.toMatchObject({ code: 4 });
  });

  test('finds a table that a run cannot load into, and a run that holds the target', async () => {
    await createTables(target.url);
    await queryTarget(
      target.url,
      'ALTER TABLE usage DROP COLUMN total_queries',
      `INSERT INTO ledger.runs (run_id, tool_version, command, root, status, started_at, lease_holder, lease_renewed_at)
       VALUES ('held', '1', 'run', '/', 'running', CURRENT_TIMESTAMP, 'somewhere 1 -', CURRENT_TIMESTAMP)`,
    );
    const told = await doctor(root, target.url);
    expect([told.exitCode, told.notable]).toEqual([5, [...expected, 'problem other runs', 'problem schema']]);
  });

  test('finds what in the sources is not loaded, and what is in the way of the outputs', async () => {
    symlinkSync('/etc', join(root, 'link'));
    spawnSync('mkfifo', [join(root, 'pipe')]);
    const told = await doctor(root, target.url, { rejects: root });
    expect([told.exitCode, told.notable]).toEqual([
      2,
      ['warning links', 'warning special files', 'problem outputs', ...expected],
    ]);
  });

  test('prints a line for each check, with --json an array', async () => {
    const [text, json] = await Promise.all(
      [[], ['--json']].map((more) => runCli(['doctor', root, ...more], { env: { DATABASE_URL: target.url } })),
    );
    expect([text?.code, json?.code, text?.stderr]).toEqual([0, 0, '']);
    expect(text?.stdout).toMatch(/^ok +node /);
    const listed: readonly object[] = JSON.parse(json?.stdout ?? '');
    for (const each of listed) expect(Object.keys(each)).toEqual(['name', 'status', 'message', 'hint']);
    expect(listed.length).toBeGreaterThan(10);
  });
});

describe('doctor', () => {
  test('makes the other checks also where the target is not available: exit code 4', async () => {
    const told = await doctor(plant(ALL_GOOD), 'postgres://me@127.0.0.1:1/app');
    expect([told.exitCode, told.notable]).toEqual([4, ['problem target']]);
    expect(told.checks.map(({ name }) => name)).toContain('disk space for temporary files');
  });

  test('finds that the root is not there', async () => {
    const { url, drop } = freshSqlite();
    expect(await doctor('/no/such/place', url)).toMatchObject({ exitCode: 2, notable: ['problem sources'] });
    // Also where the target is none: the call is wrong, so nothing is done.
    const lost = await doctor('/no/such/place', 'postgres://me@127.0.0.1:1/app');
    expect(lost).toMatchObject({ exitCode: 2, notable: ['problem sources', 'problem target'] });
    const [run, told] = await Promise.all(
      ['run', 'doctor'].map((command) => runCli([command, '/no/such/place', '--to', url])),
    );
    expect([run?.code, told?.code]).toEqual([2, 2]);
    expect(run?.stderr).toContain('the directory /no/such/place does not exist');
    expect(told?.stdout).toContain('the directory /no/such/place does not exist');
    drop();
  });

  test('counts files as scan and run do', async () => {
    const { url, drop } = freshSqlite();
    const root = plant({
      ...WITH_FAULTS,
      '.hidden/users.json': [],
      'strange.json': { what: 'is this' },
      'left-out/users.json': [{ id: 1 }],
    });
    const { checks } = await doctor(root, url, { exclude: ['left-out/**'] });
    const said = checks.find(({ name }) => name === 'sources')?.message;
    const scanned = await runCli(['scan', root, '--exclude', 'left-out/**', '--json']);
    const files: readonly ScannedFile[] = JSON.parse(scanned.stdout).files;
    const counts = new Map<string, number>();
    for (const { dataset } of files) counts.set(dataset ?? 'none', (counts.get(dataset ?? 'none') ?? 0) + 1);
    const { head } = await load(root, url, { dryRun: true, exclude: ['left-out/**'] });
    expect(head.totals.files).toBe(files.length);
    expect(said).toBe(
      `${files.length} files, ${formatBytes(head.totals.bytes)}: ${counts.get('conversations')} conversations, ` +
        `${counts.get('metrics')} metrics, 1 settings, 2 usage, ${counts.get('none')} not recognised`,
    );
    expect(checks.find(({ name }) => name === 'not read')).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^1, the first is strange\.json: /),
    });
    drop();
  });

  test('finds a SQLite file that another program is writing, or that cannot be made', async () => {
    const { url, path, drop } = freshSqlite();
    await createTables(url);
    const { default: Database } = await import('better-sqlite3');
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const root = plant(ALL_GOOD);
    expect(await doctor(root, url)).toMatchObject({ exitCode: 0, notable: ['warning locks'] });
    other.close();
    expect(await doctor(root, `${url}/below-a-file.db`)).toMatchObject({ exitCode: 5, notable: ['problem rights'] });
    mkdirSync(`${path}.db`);
    expect(await doctor(root, `sqlite:${path}.db`)).toMatchObject({ exitCode: 5, notable: ['problem target'] });
    drop();
  });

  test('finds locks, missing rights, short time-outs and a read-only server', async () => {
    const target = await freshPostgres();
    await createTables(target.url);
    const role = `doctored_${Date.now()}`;
    const admin = await connectTo(target.adminUrl);
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO ${role};
      ALTER ROLE ${role} SET statement_timeout = '30s'; ALTER ROLE ${role} SET default_transaction_read_only = on`);
    await admin.query('BEGIN; LOCK TABLE messages IN SHARE MODE');
    const url = new URL(target.url);
    [url.username, url.password] = [role, 'x'];
    const told = await doctor(plant(ALL_GOOD), url.href);
    await admin.query('ROLLBACK');
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await admin.end();
    expect([told.exitCode, told.notable]).toEqual([
      5,
      [
        'problem writable',
        'problem rights',
        'warning time-outs',
        'warning locks',
        'problem other runs',
        'problem schema',
      ],
    ]);
    const messages = Object.fromEntries(told.checks.map((check) => [check.name, check.message]));
    expect(messages['rights']).toMatch(/INSERT on \w+, \w+, \w+ and \d+ more tables/);
    expect(messages['locks']).toMatch(/messages \(ShareLock of process \d+\)/);
    expect(messages['time-outs']).toBe('statement_timeout is 30 s');
    await target.drop();
  });
});
