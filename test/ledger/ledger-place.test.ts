import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { runCli } from '../setup/cli.ts';
import { freshPostgres } from '../setup/databases.ts';
import { conversation } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { connectTo, digestOf, freshUrl, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** What the run in test/setup/former-ledger loaded. */
const TREE = {
  'conversations/ann/a.json': conversation('a', ['Hello', 'Good morning']),
  'conversations/bob/b.json': conversation('b', ['Hi']),
};

const NAMES = ['batches', 'declarations', 'files', 'row_keys', 'run_declarations', 'runs', 'schema_version', 'shards'];
const PREFIXED = NAMES.map((name) => `migrate_json_${name}`);

async function script(url: string, sql: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    new Database(url.slice('sqlite:'.length)).exec(sql).close();
    return;
  }
  const client = await connectTo(url);
  await client.query(sql);
  await client.end();
}

/** A database with the ledger of the version before there was a place for it. */
async function former(product: Product, more = ''): Promise<string> {
  const url = await freshUrl(product);
  const name = product === 'SQLite' ? 'sqlite' : 'postgres';
  await script(url, readFileSync(new URL(`../setup/former-ledger/${name}.sql`, import.meta.url), 'utf8') + more);
  return url;
}

/** Every table that is no table of the application's data, with its schema on PostgreSQL. */
async function ledgerOf(url: string): Promise<readonly string[]> {
  const sql = url.startsWith('sqlite:')
    ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    : `SELECT CASE schemaname WHEN 'public' THEN tablename ELSE schemaname || '.' || tablename END AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;
  const names = (await queryTarget(url, sql)).map(({ name }) => String(name));
  return names.filter((name) => !/^(?:\w+\.)?(?:users|conversations|messages)$/.test(name)).sort();
}

const own = (schema: string): readonly string[] => NAMES.map((name) => `${schema}.${name}`);
const atHome = (product: Product): readonly string[] => (product === 'SQLite' ? PREFIXED : own('migrate_json'));

async function expectUnchanged(url: string, options: object = {}): Promise<void> {
  const { exitCode, head, error } = await load(plant(TREE), url, options);
  expect([exitCode, error, head.totals.files_unchanged, head.totals.records_loaded]).toEqual([0, undefined, 2, 2]);
}

describe.each(PRODUCTS)('the ledger on %s', (product) => {
  test('is made out of the way of the application', async () => {
    const url = await freshUrl(product);
    expect((await load(plant(TREE), url)).exitCode).toBe(0);
    expect(await ledgerOf(url)).toEqual(atHome(product));
    await expectUnchanged(url);
  });

  test('of the version before is taken over by a run: what it skips is skipped, and its run can be undone', async () => {
    const url = await former(product);
    const digest = await digestOf(url);
    await expectUnchanged(url);
    expect(await ledgerOf(url)).toEqual(atHome(product));
    expect(await digestOf(url)).toBe(digest);
    const root = plant(TREE);
    expect(await verify(runSettings({ root, to: url, ledger: true }))).toMatchObject({ exit_code: 0, differences: [] });
    const report = await runCli(['report', 'former-run', '--to', url, '--format', 'json']);
    expect(JSON.parse(report.stdout)).toMatchObject({ run_id: 'former-run', totals: { files_loaded: 2 } });
    const settings = { ...runSettings({ root, to: url }), restoreFiles: false };
    const [newest] = await queryTarget(url, "SELECT run_id FROM ledger.runs WHERE run_id <> 'former-run'");
    await undo({ ...settings, run: String(newest?.['run_id']) });
    expect(await undo({ ...settings, run: 'former-run' })).toMatchObject({ exit_code: 0, totals: { deleted: 7 } });
    const again = await load(root, url);
    expect([again.exitCode, again.head.totals.files_loaded]).toEqual([0, 2]);
  });

  test('of the version before is read where it is by what only reads, and by a dry run', async () => {
    const url = await former(product);
    const there = await ledgerOf(url);
    const root = plant(TREE);
    await expectUnchanged(url, { dryRun: true });
    expect(await verify(runSettings({ root, to: url, ledger: true }))).toMatchObject({ exit_code: 0 });
    const runs = await runCli(['runs', '--json', '--to', url]);
    expect(runs.stdout).toContain('former-run');
    expect((await runCli(['schema', 'check', '--to', url])).code).toBe(0);
    expect(await ledgerOf(url)).toEqual(there);
    expect(there).toContain('migration_files');
  });

  test('of the version before is taken over by an undo', async () => {
    const url = await former(product);
    const settings = { ...runSettings({ root: plant(TREE), to: url }), restoreFiles: false };
    expect(await undo({ ...settings, run: 'former-run' })).toMatchObject({ exit_code: 0, totals: { deleted: 7 } });
    expect(await ledgerOf(url)).toEqual(atHome(product));
  });

  test('stays where it is while a run of the version before works with it', async () => {
    const now = product === 'SQLite' ? "strftime('%Y-%m-%d %H:%M:%f000', 'now')" : 'now()';
    const url = await former(product);
    const holder = "status = 'running', lease_holder = 'elsewhere 1 x'";
    await queryTarget(url, `UPDATE migration_runs SET ${holder}, lease_renewed_at = ${now}`);
    const beating = setInterval(() => {
      void queryTarget(url, `UPDATE migration_runs SET lease_renewed_at = ${now}`).catch(() => undefined);
    }, 300);
    const refused = await load(plant(TREE), url).finally(() => clearInterval(beating));
    expect([refused.exitCode, refused.error]).toEqual([4, expect.stringContaining('former-run')]);
    expect(await ledgerOf(url)).toContain('migration_files');
  });

  test("is never an application's own table schema_version", async () => {
    const url = await freshUrl(product);
    await queryTarget(url, 'CREATE TABLE schema_version (version int, applied_at text)');
    await queryTarget(url, "INSERT INTO schema_version VALUES (42, 'yesterday')");
    expect((await load(plant(TREE), url)).exitCode).toBe(0);
    await expectUnchanged(url);
    expect(await queryTarget(url, 'SELECT * FROM schema_version')).toEqual([{ version: 42, applied_at: 'yesterday' }]);
    const status = await runCli(['schema', 'status', '--json', '--to', url]);
    expect(JSON.parse(status.stdout).schema_version).toBe(1);
  });

  test('twice is an error that names both and says what to do', async () => {
    const url = await former(product);
    await expectUnchanged(url);
    const name = product === 'SQLite' ? 'sqlite' : 'postgres';
    const text = readFileSync(new URL(`../setup/former-ledger/${name}.sql`, import.meta.url), 'utf8');
    const ledger = text.split(/;\n/).filter((sql) => /^(?:CREATE|INSERT).*"migration_/.test(sql));
    await script(url, ledger.join(';\n'));
    for (const words of [
      ['run', plant(TREE)],
      ['run', '-n', plant(TREE)],
      ['runs'],
      ['schema', 'check'],
      ['doctor', plant(TREE)],
    ]) {
      const { code, stderr, stdout } = await runCli([...words, '--to', url]);
      expect(code, words.join(' ')).toBe(5);
      const places = product === 'SQLite' ? /migrate_json_\*.*migration_\*/s : /schema migrate_json.*migration_\*/s;
      expect(stderr + stdout).toMatch(places);
    }
  });
});

describe('the ledger on PostgreSQL', () => {
  test('is made among the tables where the role may make no schema, and is found there later', async () => {
    const database = await freshPostgres();
    onTestFinished(() => database.drop());
    const [role, name] = [`plain_${process.pid}`, new URL(database.adminUrl).pathname.slice(1)];
    await script(
      database.adminUrl,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO ${role};
        GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${role}; REVOKE CREATE ON DATABASE ${name} FROM ${role}, PUBLIC`,
    );
    const url = new URL(database.adminUrl);
    [url.username, url.password] = [role, 'x'];
    const first = await load(plant(TREE), url.href);
    expect([first.exitCode, first.error]).toEqual([0, undefined]);
    expect(await ledgerOf(url.href)).toEqual(PREFIXED);
    await script(database.adminUrl, `GRANT CREATE ON DATABASE ${name} TO ${role}`);
    await expectUnchanged(url.href);
    await expectUnchanged(database.adminUrl, { ledgerSchema: 'elsewhere' });
    expect(await ledgerOf(url.href)).toEqual(PREFIXED);
    await script(database.adminUrl, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('of the version before stays where it is where its tables belong to another role', async () => {
    const url = await former('PostgreSQL');
    const [role, name] = [`other_${process.pid}`, new URL(url).pathname.slice(1)];
    await script(
      url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${role};
        GRANT CREATE ON DATABASE ${name} TO ${role}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    const theirs = new URL(url);
    [theirs.username, theirs.password] = [role, 'x'];
    await expectUnchanged(theirs.href);
    expect(await ledgerOf(url)).toContain('migration_files');
    await expectUnchanged(url);
    expect(await ledgerOf(url)).toEqual(own('migrate_json'));
    await script(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('is made where --ledger-schema says, and found there without it', async () => {
    const url = await freshUrl('PostgreSQL');
    expect((await load(plant(TREE), url, { ledgerSchema: 'Other place' })).exitCode).toBe(0);
    expect(await ledgerOf(url)).toEqual(own('Other place'));
    await expectUnchanged(url);
    const runs = await runCli(['runs', '--json', '--to', url]);
    expect(JSON.parse(runs.stdout)).toHaveLength(2);
    expect(await ledgerOf(url)).toEqual(own('Other place'));
  });

  test('is called with a prefix in the schema of the tables', async () => {
    const url = await freshUrl('PostgreSQL');
    expect((await load(plant(TREE), url, { ledgerSchema: 'public' })).exitCode).toBe(0);
    expect(await ledgerOf(url)).toEqual(PREFIXED);
    await expectUnchanged(url);
  });

  test('of one schema tells nothing of the tables of another', async () => {
    const url = await freshUrl('PostgreSQL');
    for (const dbSchema of ['public', 'b', 'c']) {
      const first = await load(plant(TREE), url, { dbSchema });
      expect([first.exitCode, first.head.totals.files_loaded]).toEqual([0, 2]);
    }
    for (const dbSchema of ['public', 'b', 'c']) await expectUnchanged(url, { dbSchema });
    const places = [...own('migrate_json'), ...own('migrate_json_b'), ...own('migrate_json_c')].sort();
    expect(await ledgerOf(url)).toEqual(places);
    const refused = await runCli([
      'run',
      plant(TREE),
      '--to',
      url,
      '--db-schema',
      'd',
      '--ledger-schema',
      'migrate_json',
    ]);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(
      /the schema migrate_json has the ledger of the tables in the schema public\n.*--ledger-schema/,
    );
  });

  test('printed by schema print is the one that a run works with', async () => {
    const url = await freshUrl('PostgreSQL');
    const { stdout } = await runCli(['schema', 'print', '--database', 'postgres', '--only', 'conversations']);
    await script(url, stdout);
    const first = await load(plant(TREE), url);
    expect([first.exitCode, first.error]).toEqual([0, undefined]);
    expect(await ledgerOf(url)).toEqual(own('migrate_json'));
    await expectUnchanged(url);
  });

  test('that does not say of which tables it tells is named, not guessed', async () => {
    const url = await freshUrl('PostgreSQL');
    await load(plant(TREE), url);
    await queryTarget(url, 'COMMENT ON TABLE migrate_json.schema_version IS NULL');
    const { code, stderr } = await runCli(['run', plant(TREE), '--to', url]);
    expect([code, stderr]).toEqual([5, expect.stringMatching(/does not say[\s\S]*COMMENT ON TABLE/)]);
    const hint = /COMMENT ON TABLE [^']*'[^']*'/.exec(stderr.replaceAll(/\s+/g, ' '))?.[0] ?? '';
    await queryTarget(url, hint);
    await expectUnchanged(url);
  });
});
