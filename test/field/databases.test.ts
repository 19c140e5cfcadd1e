import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshPostgres, freshSqlite } from '../setup/databases.ts';
import { installedSqlite } from '../setup/installed-sqlite.ts';
import { load } from '../setup/load.ts';
import { queryTarget } from '../setup/targets.ts';

/** Small inputs of trouble that real people had, beside the repository. */
const FIELD = fileURLToPath(new URL('../../../shared/field/', import.meta.url));
const folder = (name: string): string => `${FIELD}${name}`;
const before = (name: string): readonly string[] =>
  readFileSync(`${FIELD}${name}/before.sql`, 'utf8')
    .replaceAll(/--.*\n/g, '')
    .split(/;\s*/)
    .filter((sql) => sql.trim() !== '');

async function postgres() {
  const database = await freshPostgres();
  onTestFinished(database.drop);
  const tables = async (...more: readonly string[]) => {
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', '--to', database.url])).code).toBe(0);
    await queryTarget(database.adminUrl, ...more);
  };
  return { ...database, tables };
}

function sqlite() {
  const database = freshSqlite();
  onTestFinished(database.drop);
  return database;
}

describe.skipIf(!existsSync(FIELD))('the field', () => {
  test.skipIf(installedSqlite() === undefined)(
    '02: an application with an older SQLite inserts after a load',
    async () => {
      const { url, path } = sqlite();
      expect((await runCli(['schema', 'upgrade', '--to', url])).code).toBe(0);
      expect((await load(folder('02'), url)).exitCode).toBe(0);
      const insert = [
        "INSERT INTO users (id) VALUES ('new')",
        "INSERT INTO metrics (timestamp, source) VALUES ('2025-09-20 00:00:00.000000', 'app')",
      ];
      expect(installedSqlite()?.run(path, [...insert, 'PRAGMA integrity_check'])).toBe('ok\n');
    },
  );

  test('04: row level security is said before the first row, and undo never says UNDONE while rows stay', async () => {
    const { adminUrl, tables } = await postgres();
    const role = `ldr_${process.pid}`;
    const statements = before('04').map((sql) => sql.replaceAll(/\bldr\b/g, role));
    await tables(...statements, `ALTER ROLE ${role} PASSWORD 'p'`);
    onTestFinished(async () => {
      await queryTarget(adminUrl, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    });
    const loader = Object.assign(new URL(adminUrl), { username: role, password: 'p' }).href;
    const { run_id } = (await load(folder('04'), adminUrl)).head;
    await tables(
      `GRANT USAGE ON SCHEMA migrate_json TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA migrate_json TO ${role}`,
    );
    for (const command of ['run', 'undo']) {
      const words = command === 'run' ? ['run', folder('04')] : ['undo', run_id, '--yes'];
      const { code, stdout, stderr } = await runCli([...words, '--to', loader]);
      expect([command, code]).toEqual([command, 5]);
      expect(stderr).toMatch(/row level security/);
      expect(stdout).not.toMatch(/UNDONE|COMPLETE/);
    }
    expect((await runCli(['schema', 'check', '--to', loader])).code).toBe(5);
    expect((await runCli(['run', folder('04'), '--dry-run', '--to', loader])).code).toBe(5);
    expect(await queryTarget(adminUrl, 'SELECT count(*)::int AS n FROM conversations')).toEqual([{ n: 1 }]);
  });

  test('08: of a LATIN1 database one record is rejected and the other loads', async () => {
    const url = await otherDatabase((name) =>
      before('08').map((sql) => sql.replace('database l ', `database ${name} `)),
    );
    const first = await load(folder('08'), url);
    expect([first.exitCode, first.rejects.map(({ code, path }) => [code, path])]).toEqual([
      1,
      [['not-in-encoding', 'conversations/alice/c.json']],
    ]);
    expect(await queryTarget(url, 'SELECT title FROM conversations')).toEqual([{ title: 'plain' }]);
    expect((await load(folder('08'), url)).rejects).toEqual(first.rejects);
  });

  test('09: a generated column is left to PostgreSQL, and check says so', async () => {
    const { url, tables } = await postgres();
    await tables(...before('09'));
    await holds(url);
  });

  test('09: a generated column is left to SQLite, and check says so', async () => {
    const { url } = sqlite();
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', '--to', url])).code).toBe(0);
    await queryTarget(
      url,
      'ALTER TABLE completion_requests DROP COLUMN total_tokens',
      `ALTER TABLE completion_requests ADD COLUMN total_tokens INTEGER
        AS (coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)) VIRTUAL`,
    );
    await holds(url);
  });

  async function holds(url: string) {
    expect((await runCli(['schema', 'check', '--to', url])).code).toBe(0);
    expect((await load(folder('09'), url, { dryRun: true })).exitCode).toBe(0);
    expect((await load(folder('09'), url)).tables['completion_requests']).toMatchObject({ inserted: 1 });
    expect(await queryTarget(url, 'SELECT total_tokens FROM completion_requests')).toMatchObject([
      { total_tokens: expect.toSatisfy((value) => Number(value) === 12) },
    ]);
    const again = await load(folder('09'), url, { reload: true });
    expect([again.exitCode, again.tables['completion_requests']]).toEqual([
      0,
      expect.objectContaining({ unchanged: 1 }),
    ]);
  }

  test('11: every run says the same of keys that ignore case, and overwrites no row (PostgreSQL)', async () => {
    const { url, tables } = await postgres();
    await tables(...before('11'));
    await saysTheSame(url);
  });

  test('11: every run says the same of keys that ignore case, and overwrites no row (SQLite)', async () => {
    const { url, path } = sqlite();
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', '--to', url])).code).toBe(0);
    const [{ sql } = { sql: '' }] = await queryTarget(url, "SELECT sql FROM sqlite_schema WHERE name = 'metrics'");
    const folding = String(sql).replace('"source" TEXT', '"source" TEXT COLLATE NOCASE');
    await queryTarget(`sqlite:${path}`, 'DROP TABLE metrics', folding);
    await saysTheSame(url);
  });

  async function saysTheSame(url: string) {
    const dry = await load(folder('11'), url, { dryRun: true });
    const first = await load(folder('11'), url);
    expect([first.exitCode, first.tables['metrics']]).toEqual([1, expect.objectContaining({ inserted: 2 })]);
    expect(first.rejects).toHaveLength(1);
    const codes = ({ rejects }: typeof first) => rejects.map(({ code, line }) => [code, line]);
    expect(codes(dry)).toEqual(codes(first));
    const stored = () => queryTarget(url, 'SELECT source, cpu_usage FROM metrics ORDER BY "timestamp"');
    const rows = [
      { source: 'Web', cpu_usage: 1 },
      { source: 'web', cpu_usage: 2 },
    ];
    expect(await stored()).toEqual(rows);
    for (const onConflict of ['update', 'overwrite', 'keep'] as const) {
      const again = await load(folder('11'), url, { reload: true, onConflict });
      expect([again.exitCode, codes(again)]).toEqual([1, codes(first)]);
      expect(await stored()).toEqual(rows);
    }
  }

  test.each(['24'].flatMap((name) => (existsSync(folder(name)) ? before(name) : [])))(
    '24: %s is refused by check, doctor, dry run and run alike',
    async (sql) => {
      const { url, tables } = await postgres();
      await tables(sql);
      for (const words of [
        ['schema', 'check'],
        ['doctor', folder('24')],
        ['run', folder('24'), '-n'],
        ['run', folder('24')],
      ]) {
        const { code, stdout, stderr } = await runCli([...words, '--to', url]);
        expect([words, code]).toEqual([words, 5]);
        expect(stdout + stderr).toMatch(/metrics\.(cpu_usage|timestamp) .*would round/);
      }
      expect(await queryTarget(url, 'SELECT count(*)::int AS n FROM metrics')).toEqual([{ n: 0 }]);
    },
  );
});

async function otherDatabase(statements: (name: string) => readonly string[]): Promise<string> {
  const name = `field_${process.pid}_${Date.now()}`;
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  for (const sql of statements(name)) await admin.query(sql);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  });
  return Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
}
