import { describe, expect, onTestFinished, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { BUILT_IN, TABLE_LIST } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { digestOf, freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { verdicts } from '../setup/verdicts.ts';

const COUNCIL = { 'conversations/ann/a.json': conversation('a', ['Hello', 'Good morning']) };
const METRICS = { 'metrics/m.json': measurements(3) };
const PREDICTION = { id: 7, user_id: 'ann', timestamp: '2025-01-01T10:00:00Z', prediction: { risk_score: 0.5 } };

async function empty(product: Product): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return target.url;
}

async function tablesIn(url: string): Promise<readonly string[]> {
  const sql = url.startsWith('sqlite:')
    ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    : "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY name";
  const names = (await queryTarget(url, sql)).map(({ name }) => String(name));
  return names.filter((name) => !name.startsWith('migrate_json_'));
}

describe.each(PRODUCTS)('only the tables that a run needs, on %s', (product) => {
  test('a council chat makes the tables of users, conversations and messages', async () => {
    const url = await empty(product);
    const root = plant(COUNCIL);
    const rehearsed = await load(root, url, { dryRun: true });
    const loaded = await load(root, url);
    expect(forecast(rehearsed)).toEqual(forecast(loaded));
    expect([loaded.exitCode, await tablesIn(url)]).toEqual([0, ['conversations', 'messages', 'users']]);
  });

  test('what was never needed is no matter for a rerun, verify, export, check, doctor and undo', async () => {
    const url = await empty(product);
    const root = plant(COUNCIL);
    const { head } = await load(root, url);
    const again = await load(root, url);
    expect([again.exitCode, again.head.totals.files_unchanged, again.warnings]).toEqual([0, 1, []]);
    for (const ledger of [true, false])
      expect(await verify(runSettings({ root, to: url, ledger }))).toMatchObject({ exit_code: 0, differences: [] });
    const settings = { registry: BUILT_IN, from: url, dbSchema: 'public', allowPlaintext: true };
    const written = await exportDatabase({ ...settings, directory: `${plant()}/x` });
    expect([written.datasets, written.left_out]).toEqual([{ conversations: 1 }, []]);
    const check = await runCli(['schema', 'check', '--json', '--to', url]);
    expect([check.code, JSON.parse(check.stdout).differences]).toEqual([0, []]);
    expect(await verdicts(root, url)).toEqual({ check: 'loads', doctor: 'loads', dryRun: 'loads', run: 'loads' });
    const back = await undo({ ...runSettings({ root, to: url }), run: head.run_id, restoreFiles: false });
    expect([back.exit_code, back.totals]).toEqual([0, { deleted: 4, restored: 0, kept: 0 }]);
    expect(await tablesIn(url)).toEqual(['conversations', 'messages', 'users']);
  });

  test('a later run makes what it needs besides, and the digest is that of one run', async () => {
    const [url, whole] = [await empty(product), await empty(product)];
    await load(plant(COUNCIL), url);
    const second = await load(plant({ 'predictions.json': [PREDICTION] }), url);
    expect(second.exitCode).toBe(0);
    expect(await tablesIn(url)).toEqual(['conversations', 'events', 'messages', 'predictions', 'users']);
    await load(plant({ ...COUNCIL, 'predictions.json': [PREDICTION] }), whole);
    expect(await digestOf(url)).toBe(await digestOf(whole));
  });

  test('a table that another application has under a name of ours is in the way of its dataset only', async () => {
    const url = await empty(product);
    await queryTarget(url, 'CREATE TABLE metrics (a int)', 'INSERT INTO metrics VALUES (1)');
    const council = plant(COUNCIL);
    const refused = await load(plant({ ...COUNCIL, ...METRICS }), url);
    expect([refused.exitCode, refused.error]).toEqual([5, expect.stringContaining('metrics')]);
    expect(await tablesIn(url)).toEqual(['metrics']);
    const rehearsed = await load(council, url, { dryRun: true });
    const first = await load(council, url);
    expect(forecast(rehearsed)).toEqual(forecast(first));
    const second = await load(council, url);
    expect([first.exitCode, second.exitCode, second.head.totals.files_unchanged]).toEqual([0, 0, 1]);
    const check = async (...words: string[]) => (await runCli(['schema', 'check', ...words, '--to', url])).code;
    expect([await check(), await check('--only', 'conversations'), await check('--only=usage,metrics')]).toEqual([
      5, 0, 5,
    ]);
    expect((await verdicts(council, url)).doctor).toBe('loads');
    expect(await verify(runSettings({ root: council, to: url, ledger: true }))).toMatchObject({ exit_code: 0 });
    const settings = { ...runSettings({ root: council, to: url }), restoreFiles: false };
    await undo({ ...settings, run: second.head.run_id });
    expect(await undo({ ...settings, run: first.head.run_id })).toMatchObject({ exit_code: 0, totals: { deleted: 4 } });
    expect(await queryTarget(url, 'SELECT a FROM metrics')).toEqual([{ a: 1 }]);
    const left = await load(plant({ ...COUNCIL, ...METRICS }), url, { only: ['conversations'] });
    expect(left.exitCode).toBe(0);
  });

  test('schema print, status and upgrade take --only', async () => {
    const url = await empty(product);
    const only = ['--only', 'conversations', '--to', url];
    const status = await runCli(['schema', 'status', '--json', ...only]).then(({ stdout, code }) => [code, stdout]);
    if (product === 'PostgreSQL')
      expect(JSON.parse(String(status[1])).tables).toEqual(
        ['users', 'conversations', 'messages'].map((table) => ({ table, state: 'missing' })),
      );
    const printed = await runCli(['schema', 'print', ...only]);
    expect(printed.stdout).toMatch(/CREATE TABLE.*"users"[\s\S]*"conversations"[\s\S]*"messages"/);
    expect(printed.stdout).not.toMatch(/"metrics"/);
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', ...only])).code).toBe(0);
    expect(await tablesIn(url)).toEqual(['conversations', 'messages', 'users']);
    expect((await runCli(['schema', 'upgrade', '--no-snapshot', '--to', url])).code).toBe(0);
    expect(await tablesIn(url)).toHaveLength(TABLE_LIST.length);
    expect(await runCli(['schema', 'check', '--only', 'conversation', '--to', url])).toMatchObject({ code: 2 });
  });
});

test.each(BUILT_IN.datasets.map(({ name }) => name))(
  '%s needs nothing that refers to a table that it does not need',
  (name) => {
    const tables = BUILT_IN.neededTables(new Set([name]));
    expect(TABLE_LIST.filter((table) => tables.includes(table))).toEqual(tables);
    const names = tables.map((table) => table.name);
    for (const { columns, owner } of tables) {
      for (const { references } of Object.values(columns)) if (references) expect(names).toContain(references.table);
      if (owner !== undefined) expect(names).toContain('users');
    }
  },
);
