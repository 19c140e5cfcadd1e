import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTable } from '../../src/databases/sqlite/ddl.ts';
import { ledgerPlace } from '../../src/schema/ledger-place.ts';
import { type Column, column, type Table } from '../../src/schema/table.ts';
import { TABLE_LIST } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { freshSqlite } from '../setup/databases.ts';
import { EVERY_TABLE } from '../setup/every-table.ts';
import { installedSqlite } from '../setup/installed-sqlite.ts';
import { load } from '../setup/load.ts';
import { plant } from '../setup/trees.ts';

const sqlite = installedSqlite();
const LEDGER_TABLES = Object.values(ledgerPlace('prefixed', undefined).tables);

function place() {
  const database = freshSqlite();
  onTestFinished(database.drop);
  return database;
}

/** What an application must say of a row: columns that must not be NULL and have no default, and the natural key. */
function insert(table: Table): string {
  const values = Object.keys(table.columns).flatMap((name) => {
    const declared = column(table, name);
    const isAsked = declared.notNull && declared.default === undefined;
    return isAsked || table.primaryKey.includes(name) ? [[name, literalOf(declared)] as const] : [];
  });
  const names = values.filter(([name]) => column(table, name).type !== 'identity');
  if (names.length === 0) return `INSERT INTO ${table.name} DEFAULT VALUES`;
  return `INSERT INTO ${table.name} (${names.map(([name]) => `"${name}"`)}) VALUES (${names.map(([, value]) => value)})`;
}

function literalOf({ type, oneOf }: Column): string {
  if (oneOf) return `'${oneOf[0]}'`;
  if (type === 'timestamp') return "'2031-02-03 04:05:06.000000'";
  if (type === 'uuid') return "'0123abcd-0123-4123-8123-0123456789ab'";
  return type === 'integer' || type === 'boolean' ? '1' : "'of-the-app'";
}

/** As versions before this wrote it. */
const withOldCheck = (sql: string): string => sql.replaceAll(/"(\w+)" IS NULL OR (json_valid\("\w+"\))/g, '$2');

describe.skipIf(sqlite === undefined)('an application with the oldest SQLite of this machine', () => {
  if (sqlite === undefined) return;

  const insertsAndDumps = (path: string) => {
    sqlite.run(path, TABLE_LIST.map(insert));
    expect(sqlite.run(path, ['PRAGMA integrity_check(1000)'])).toBe('ok\n');
    const copy = place().path;
    rmSync(copy, { force: true });
    new Database(copy).exec(sqlite.dump(path)).close();
    const counts = [...TABLE_LIST, ...LEDGER_TABLES].map(({ name }) => `SELECT count(*) FROM ${name}`);
    expect(sqlite.run(copy, counts)).toBe(sqlite.run(path, counts));
    const again = place().path;
    sqlite.run(again, ['SELECT 1']);
    for (const sql of sqlite
      .dump(copy)
      .split(/;\n/)
      .filter((each) => each.includes('CREATE TABLE')))
      expect(() => sqlite.run(again, [sql.replaceAll('\n', ' ')])).not.toThrow();
  };

  test('inserts into every table after a load, finds the file whole, and its dump restores', async () => {
    const { url, path } = place();
    expect((await load(plant(EVERY_TABLE), url)).exitCode).toBe(0);
    insertsAndDumps(path);
  });

  test.each(['undo', 'retry'] as const)('inserts into every table after %s as well', async (command) => {
    const { url, path } = place();
    const root = plant(EVERY_TABLE);
    const { run_id } = (await load(root, url)).head;
    if (command === 'undo') expect((await runCli(['undo', run_id, '--yes', '--to', url])).code).toBe(0);
    else {
      const rejects = join(root, '..', `${basename(root)}-rejects`);
      onTestFinished(() => rmSync(rejects, { recursive: true, force: true }));
      const bad = plant({ 'metrics/bad.json': [{ timestamp: '2025-01-03T00:00:00Z', source: 'bad', cpu_usage: 101 }] });
      expect((await load(bad, url, { rejects })).exitCode).toBe(1);
      const [file = ''] = readdirSync(rejects, { recursive: true })
        .map(String)
        .filter((name) => /\d{8}\.json$/.test(name));
      const text = readFileSync(join(rejects, file), 'utf8');
      expect(text).toContain('101');
      writeFileSync(join(rejects, file), text.replaceAll('101', '99'));
      expect((await runCli(['retry', rejects, '--to', url])).code).toBe(0);
    }
    insertsAndDumps(path);
  });

  test('is told by schema check what a former version of the program made, and schema upgrade mends it', async () => {
    const { url, path } = place();
    const tables = [...TABLE_LIST, ...LEDGER_TABLES].flatMap((table) => createTable(table));
    new Database(path).exec(tables.map(withOldCheck).join(';\n')).close();
    const root = plant(EVERY_TABLE);
    expect((await load(root, url)).exitCode).toBe(0);
    const check = await runCli(['schema', 'check', '--to', url]);
    expect([check.code, check.stdout]).toEqual([
      0,
      expect.stringMatching(/metrics\.extra .*SQLite before 3\.41 +schema upgrade/),
    ]);
    const upgraded = await runCli(['schema', 'upgrade', '--no-snapshot', '--to', url]);
    expect([upgraded.code, upgraded.stdout]).toEqual([
      0,
      expect.stringMatching(/^let JSON columns be NULL in users, .*migrate_json_files/),
    ]);
    insertsAndDumps(path);
    expect((await runCli(['schema', 'check', '--to', url])).stdout).toBe('a run can load into these tables\n');
    const database = new Database(path);
    const bad = "UPDATE metrics SET extra = '{' WHERE id = (SELECT min(id) FROM metrics)";
    expect(() => database.exec(bad)).toThrow(/CHECK constraint failed/);
    database.close();
    expect((await load(root, url)).tables['metrics']).toMatchObject({ inserted: 0, updated: 0 });
  });
});
