import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { runCli } from '../setup/cli.ts';

import { filesBelow } from '../setup/fixtures.ts';
import { asKilled } from '../setup/killed-run.ts';
import { ALL_GOOD, conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

describe.each(PRODUCTS)('on %s', (product) => {
  let target: FreshTarget;
  let empty: string;

  beforeEach(async () => {
    target = await freshTarget(product);
    await load(plant(), target.url, { allowEmpty: true });
    empty = await digestOf(target.url);
  });
  afterEach(() => target.drop());

  const loaded = async (root: string, options: GivenOptions = {}): Promise<string> =>
    (await load(root, target.url, options)).head.run_id;

  const undoRun = (run: string, options: GivenOptions = {}) => {
    const settings = runSettings({ root: '.', to: target.url, ...options });
    return undo({ ...settings, run });
  };

  const sql = (...statements: readonly string[]) => queryTarget(target.url, ...statements);

  test('the only run leaves nothing; its files are loaded again by the next one', async () => {
    const root = plant(WITH_FAULTS);
    const run = await loaded(root);
    const full = await digestOf(target.url);
    expect(await undoRun(run)).toMatchObject({ exit_code: 0, kept: [], totals: { kept: 0, restored: 0 } });
    expect(await digestOf(target.url)).toBe(empty);
    expect(await undoRun(run), 'undone already').toMatchObject({ exit_code: 0, totals: { deleted: 0 } });
    const again = await load(root, target.url);
    expect(again.files.filter(({ status }) => status === 'unchanged')).toEqual([]);
    expect(await digestOf(target.url)).toBe(full);
  });

  test('a run that was killed half-way is undone as far as it came', async () => {
    const root = plant({ 'metrics/dump.json': measurements(9000) });
    const run = await loaded(root, { batchBytes: 100_000 });
    // As the kill leaves it: the last batch and the row of the file are missing.
    await sql(
      asKilled(run),
      `DELETE FROM ledger.files WHERE run_id = '${run}'`,
      `DELETE FROM ledger.batches WHERE run_id = '${run}' AND batch = (SELECT max(batch) FROM ledger.batches)`,
    );
    const [rest] = await sql('SELECT count(*) AS rows FROM ledger.batches');
    expect(Number(rest?.['rows'])).toBeGreaterThan(0);
    expect(await undoRun(run)).toMatchObject({ exit_code: 0 });
    const [left] = await sql('SELECT count(*) AS rows FROM metrics');
    expect(Number(left?.['rows']), 'of the batch that the ledger does not know').toBeLessThan(9000);
  });

  test('--dry-run tells the same and changes nothing, not even the ledger', async () => {
    const run = await loaded(plant(ALL_GOOD));
    const tables = ['ledger.runs', 'ledger.files', 'ledger.batches', 'conversations', 'users'];
    const state = () => Promise.all(tables.map((name) => sql(`SELECT count(*) AS rows FROM ${name}`)));
    const [before, digest] = [await state(), await digestOf(target.url)];
    const { duration_ms: _trial, ...trial } = await undoRun(run, { dryRun: true });
    expect([await state(), await digestOf(target.url)]).toEqual([before, digest]);
    const { duration_ms: _real, ...real } = await undoRun(run);
    expect(trial).toEqual({ ...real, dry_run: true });
    expect(real.totals.deleted).toBeGreaterThan(10);
  });

  test('updated rows get their former values back: columns, times and messages', async () => {
    const root = plant({
      'conversations/ann/a.json': conversation('a', ['one', 'two'], { mood: 'odd' }),
      'usage/ann/usage.json': { user_id: 'ann', tier: 'pro', daily_count: 3 },
    });
    await loaded(root);
    const before = await digestOf(target.url);
    const ids = await sql('SELECT id FROM messages ORDER BY id');
    grow(root, {
      'conversations/ann/a.json': conversation('a', ['ONE', 'two', 'three', 'four'], {
        title: 'Renamed',
        updated_at: '2030-01-01T00:00:00',
      }),
      'usage/ann/usage.json': { user_id: 'ann', tier: 'enterprise', daily_count: 4 },
    });
    const second = await loaded(root);
    expect(await digestOf(target.url)).not.toBe(before);
    expect(await undoRun(second)).toMatchObject({ exit_code: 0, totals: { restored: 2, deleted: 0, kept: 0 } });
    expect(await digestOf(target.url)).toBe(before);
    expect(await sql('SELECT id FROM messages ORDER BY id'), 'rows stay the rows they were').toEqual(ids);
  });

  test('messages of the application without a place stay as they are', async () => {
    const root = plant({ 'conversations/ann/a.json': conversation('a', ['one', 'two']) });
    await loaded(root);
    await sql(
      `INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'user', 'mine')`,
      `INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'user', 'mine, too')`,
    );
    const messages = () => sql('SELECT id, conversation_id, position, content FROM messages ORDER BY id');
    const before = await messages();
    grow(root, { 'conversations/ann/a.json': conversation('a', ['ONE', 'two', 'three'], { title: 'Renamed' }) });
    const second = await loaded(root);
    expect(await messages()).toHaveLength(5);
    expect(await undoRun(second)).toMatchObject({ exit_code: 0, totals: { restored: 1, deleted: 0, kept: 0 } });
    expect(await messages()).toEqual(before);
  });

  test('what somebody changed since is kept whole, and named', async () => {
    const run = await loaded(
      plant({
        'conversations/ann/a.json': conversation('a', ['one']),
        'conversations/ann/b.json': conversation('b', ['two']),
        'conversations/ann/c.json': conversation('c', ['three']),
        'metrics/dump.json': measurements(3),
      }),
    );
    await sql(
      "UPDATE conversations SET title = 'mine' WHERE id = 'a'",
      `INSERT INTO messages (conversation_id, role, content) VALUES ('b', 'user', 'written by the application')`,
      'UPDATE metrics SET cpu_usage = 77 WHERE id = (SELECT max(id) FROM metrics)',
    );
    const { exit_code, kept, tables } = await undoRun(run);
    expect([exit_code, kept.map(({ table, path, record, reason }) => [table, path, record, reason])]).toEqual([
      1,
      [
        ['conversations', 'conversations/ann/a.json', 1, 'changed'],
        ['conversations', 'conversations/ann/b.json', 1, 'changed'],
        ['metrics', 'metrics/dump.json', 3, 'changed'],
        ['users', null, null, 'referenced'],
      ],
    ]);
    expect(tables).toMatchObject({ conversations: { deleted: 1, kept: 2 }, metrics: { deleted: 2, kept: 1 } });
    expect((await sql('SELECT conversation_id, content FROM messages ORDER BY id')).map(Object.values)).toEqual([
      ['a', 'one'],
      ['b', 'two'],
      ['b', 'written by the application'],
    ]);
    expect(await sql('SELECT id FROM users'), 'the owner of what stays').toEqual([{ id: 'ann' }]);
  });

  test('an owner that it made up is named where he stays: others need him, or somebody has filled his row', async () => {
    const root = plant({
      'conversations/ann/a.json': conversation('a', ['one']),
      'conversations/bob/b.json': conversation('b', ['two']),
      'conversations/cy/c.json': conversation('c', ['three']),
    });
    const run = await loaded(root);
    await loaded(plant({ 'usage/ann/usage.json': { user_id: 'ann', tier: 'pro', daily_count: 3 } }));
    await sql("UPDATE users SET name = 'Bob' WHERE id = 'bob'");
    const { exit_code, totals, tables, kept } = await undoRun(run);
    expect([exit_code, totals.kept, tables['users']]).toEqual([1, 2, { deleted: 1, restored: 0, kept: 2 }]);
    expect(kept.map(({ table, key, reason, by }) => [table, key, reason, by])).toEqual([
      ['users', ['bob'], 'changed', null],
      ['users', ['ann'], 'referenced', 'usage'],
    ]);
    expect((await sql('SELECT id FROM users ORDER BY id')).map(Object.values)).toEqual([['ann'], ['bob']]);
  });

  test('what rows of the application refer to is kept, whether they are declared or not, and nothing cascades', async () => {
    const root = plant({
      'users.json': [{ id: 'ann', email: 'ann@example.com' }, { id: 'bob' }, { id: 'cy' }],
      'conversations/ann/a.json': conversation('a', ['one', 'two']),
      'conversations/ann/b.json': conversation('b', ['three']),
      'conversations/cy/c.json': conversation('c', []),
    });
    const run = await loaded(root);
    await sql(
      'CREATE TABLE attachments (id integer PRIMARY KEY, message bigint REFERENCES messages (id) ON DELETE CASCADE)',
      "INSERT INTO attachments SELECT 1, id FROM messages WHERE content = 'two'",
      // Nothing in the database says that this names a user.
      "INSERT INTO conversations (id, user_id, title) VALUES ('app', 'bob', 'of the application')",
    );
    const { exit_code, kept } = await undoRun(run);
    expect(exit_code).toBe(1);
    expect(
      kept.map(({ table, path, by }) => `${table} ${path} ${by}`).toSorted(),
      'each with the table that needs it',
    ).toEqual([
      'conversations conversations/ann/a.json messages',
      'users users.json conversations',
      'users users.json conversations',
    ]);
    expect(await sql('SELECT count(*) AS n FROM attachments')).toEqual([{ n: product === 'SQLite' ? 1 : '1' }]);
    expect((await sql('SELECT id FROM conversations ORDER BY id')).map(Object.values)).toEqual([['a'], ['app']]);
    expect((await sql('SELECT content FROM messages ORDER BY id')).map(Object.values)).toEqual([['one'], ['two']]);
    expect((await sql('SELECT id FROM users ORDER BY id')).map(Object.values)).toEqual([['ann'], ['bob']]);
  });

  test('an update whose new message is needed stays as it is', async () => {
    const root = plant({ 'conversations/ann/a.json': conversation('a', ['one']) });
    await loaded(root);
    grow(root, { 'conversations/ann/a.json': conversation('a', ['ONE', 'two']) });
    const run = await loaded(root);
    await sql(
      'CREATE TABLE attachments (id integer PRIMARY KEY, message bigint REFERENCES messages (id) ON DELETE CASCADE)',
      "INSERT INTO attachments SELECT 1, id FROM messages WHERE content = 'two'",
    );
    const before = await digestOf(target.url);
    expect(await undoRun(run)).toMatchObject({
      totals: { kept: 1, restored: 0, deleted: 0 },
      kept: [{ table: 'conversations', reason: 'referenced', by: 'attachments' }],
    });
    expect(await digestOf(target.url)).toBe(before);
  });

  test('references among the rows of the run hold nothing back', async () => {
    const root = plant({
      'predictions.json': [
        { id: 1, user_id: 'ann', timestamp: '2025-01-01T00:00:00Z', payload: { n: 1 }, prediction: { risk: 1 } },
      ],
      'models/m.json': [1, 2].map((version) => ({
        model_name: 'm',
        version: String(version),
        timestamp: '2025-01-01T00:00:00Z',
      })),
      'model_predictions.json': [{ model_name: 'm', model_version: '1', predicted_anomaly: true }],
    });
    const run = await loaded(root);
    const [found] = await sql('SELECT count(*) AS n FROM predictions p JOIN events e ON e.id = p.event_id');
    expect(Number(found?.['n'])).toBe(1);
    expect(await undoRun(run)).toMatchObject({ exit_code: 0, kept: [] });
    expect(await digestOf(target.url)).toBe(empty);
  });

  test('a run whose rows a later one updated is refused; that one first, and both go', async () => {
    const root = plant(ALL_GOOD);
    const first = await loaded(root);
    const before = await digestOf(target.url);
    grow(root, { 'conversations/alice/a.json': conversation('a', ['Changed', 'Good morning']) });
    const second = await loaded(root);
    await expect(undoRun(first)).rejects.toMatchObject({ code: 'later-run', message: expect.stringContaining(second) });
    expect(await undoRun(second)).toMatchObject({ exit_code: 0 });
    expect(await digestOf(target.url)).toBe(before);
    expect(await undoRun(first)).toMatchObject({ exit_code: 0 });
    expect(await digestOf(target.url)).toBe(empty);
  });

  test('runs that only met the rows need not be undone; their files are loaded again by the next run', async () => {
    const root = plant(ALL_GOOD);
    const first = await loaded(root);
    const full = await digestOf(target.url);
    const other = plant({ 'conversations/alice/copy.json': ALL_GOOD['conversations/alice/b.json'] });
    for (const [directory, options] of [[root, { reload: true }], [other], [root, { reload: true }]] as const)
      await loaded(directory, options);
    expect(await undoRun(first)).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
    expect(await digestOf(target.url)).toBe(empty);
    expect((await load(other, target.url)).files).toMatchObject([{ status: 'loaded', rows: { inserted: 3 } }]);
    expect((await load(root, target.url)).files.filter(({ status }) => status === 'unchanged')).toEqual([]);
    expect(await digestOf(target.url)).toBe(full);
  });

  test('a later run with --no-undo holds nothing back: what it changed stays, what it met is loaded again', async () => {
    const root = plant({
      ...ALL_GOOD,
      'predictions.json': [
        { id: 1, user_id: 'ann', timestamp: '2025-01-01T00:00:00Z', payload: { n: 1 }, prediction: { risk: 1 } },
      ],
    });
    const first = await loaded(root);
    grow(root, { 'conversations/alice/a.json': conversation('a', ['Changed', 'Good morning']) });
    const later = await loaded(root, { reload: true, undo: false });
    const full = await digestOf(target.url);
    await expect(undoRun(later)).rejects.toMatchObject({ code: 'not-remembered' });
    const { exit_code, kept } = await undoRun(first);
    expect([exit_code, kept.map(({ table, path, reason }) => `${table} ${path} ${reason}`)]).toEqual([
      1,
      ['conversations conversations/alice/a.json changed', expect.stringMatching(/^users /)],
    ]);
    expect((await load(root, target.url)).exitCode).toBe(0);
    expect(await digestOf(target.url)).toBe(full);
  });

  test('the order of runs is that of the ledger, whatever their clocks said', async () => {
    const root = plant({ 'conversations/ann/a.json': conversation('a', ['one']) });
    const first = await loaded(root);
    grow(root, {
      'conversations/ann/a.json': conversation('a', ['one', 'two'], { updated_at: '2030-01-01T00:00:00' }),
    });
    const second = await loaded(root);
    await sql(`UPDATE ledger.runs SET started_at = '2001-01-01 00:00:00.000000' WHERE run_id = '${second}'`);
    await expect(undoRun(first)).rejects.toMatchObject({ code: 'later-run', message: expect.stringContaining(second) });
    expect(await undoRun(second)).toMatchObject({ exit_code: 0 });
    expect(await undoRun(first)).toMatchObject({ exit_code: 0 });
    expect(await digestOf(target.url)).toBe(empty);
  });

  test('a row that was there before stays, however often the run met it', async () => {
    await loaded(plant({ 'conversations/ann/a.json': conversation('a', ['one']) }));
    const before = await digestOf(target.url);
    for (const messages of [['one'], ['one', 'two']]) {
      const copies = ['copy-1', 'copy-2', 'copy-3'].map((name) => [
        `conversations/ann/${name}.json`,
        conversation('a', messages),
      ]);
      const run = await loaded(plant(Object.fromEntries(copies)));
      expect(await undoRun(run)).toMatchObject({ exit_code: 0, totals: { deleted: 0, kept: 0 } });
      expect(await digestOf(target.url)).toBe(before);
    }
  });

  test('a row that several records of the run share goes once', async () => {
    const copies = ['copy-1', 'copy-2', 'copy-3'].map((name) => [
      `conversations/ann/${name}.json`,
      conversation('a', ['one']),
    ]);
    const run = await loaded(plant(Object.fromEntries(copies)));
    expect(await undoRun(run)).toMatchObject({ exit_code: 0, tables: { conversations: { deleted: 1, kept: 0 } } });
    expect(await digestOf(target.url)).toBe(empty);
  });

  test('--restore-files puts archived files back, and without it says where they are', async () => {
    const root = plant(ALL_GOOD);
    const archiveDir = join(plant(), 'archive');
    const run = await loaded(root, { archive: true, archiveDir });
    expect(filesBelow(root)).toEqual(['metrics/dump_metadata.json', 'notes.txt']);
    expect((await undoRun(run, { dryRun: true })).archives).toEqual([archiveDir]);
    const { restored_files: restored } = await undoRun(run, { restoreFiles: true });
    expect(restored).toMatchObject([{ directory: archiveDir, restored: 7 }]);
    expect(filesBelow(root)).toEqual(Object.keys(ALL_GOOD).toSorted());
    expect(await digestOf(target.url)).toBe(empty);
    expect(await load(root, target.url)).toMatchObject({ exitCode: 0, head: { totals: { files_loaded: 7 } } });
  });

  test('when the archive is damaged, the rows stay as well', async () => {
    const root = plant(ALL_GOOD);
    const archiveDir = join(plant(), 'archive');
    const run = await loaded(root, { archive: true, archiveDir });
    const digest = await digestOf(target.url);
    rmSync(join(archiveDir, 'usage/bob/usage.json'));
    await expect(undoRun(run, { restoreFiles: true })).rejects.toMatchObject({ code: 'copy-damaged' });
    expect(await digestOf(target.url)).toBe(digest);
  });

  test('what cannot be undone says why, and what to do', async () => {
    const run = await loaded(plant({ 'conversations/ann/a.json': conversation('a', ['one']) }), { undo: false });
    const told = async (...words: string[]) => {
      const { code, stderr } = await runCli(['undo', ...words, '--yes', '--to', target.url]);
      return [
        code,
        stderr
          .split('\n')
          .filter((line) => /^(error|hint)/.test(line))
          .join('\n'),
      ];
    };
    expect(await told('nobody')).toEqual([2, expect.stringMatching(/no run nobody.*\nhint:.*migrate-json runs/)]);
    expect(await told(run)).toEqual([5, expect.stringMatching(/--no-undo\nhint:.*snapshot/)]);
    const second = await loaded(plant({ 'conversations/ann/b.json': conversation('b', ['two']) }));
    expect(await told(second)).toEqual([0, '']);
    const [undoing] = await sql("SELECT run_id FROM ledger.runs WHERE command LIKE 'undo %'");
    expect(await told(String(undoing?.['run_id']))).toEqual([2, expect.stringMatching(/took another run back/)]);
    const listed = async (command: string) => (await runCli([command, second, '--to', target.url])).stdout;
    expect(await listed('runs')).toMatch(/b\.json +undone/);
    expect(await listed('report')).toMatch(/this run was undone since/);
    expect((await runCli(['runs', '--to', target.url])).stdout).toMatch(`undo ${second}`);
  });

  test('the ledger says how an undo ended, and every other command that is a run of its own', async () => {
    const root = plant({ 'conversations/ann/a.json': conversation('a', ['one']) });
    const run = await loaded(root);
    const ends = async (command: string) => {
      const rows = await sql(`SELECT status, exit_code FROM ledger.runs WHERE command = '${command}' ORDER BY run_id`);
      return rows.map(({ status, exit_code: code }) => [status, Number(code)]);
    };
    expect(await undoRun(run)).toMatchObject({ exit_code: 0 });
    expect(await ends(`undo ${run}`)).toEqual([['complete', 0]]);
    const second = await loaded(root);
    await sql("UPDATE conversations SET title = 'changed'");
    expect(await undoRun(second)).toMatchObject({ exit_code: 1 });
    expect(await ends(`undo ${second}`)).toEqual([['partial', 1]]);
    const upgraded = await runCli(['schema', 'upgrade', '--no-snapshot', '--to', target.url]);
    expect(upgraded.code, upgraded.stderr).toBe(0);
    expect((await runCli(['schema', 'rollback', '--yes', '--to', target.url])).code).toBe(5);
    const schema = await ends('schema');
    expect(schema.toSorted()).toEqual([
      ['complete', 0],
      ['failed', 5],
    ]);
  });
});

test('--dry-run on SQLite leaves the WAL of the application as it is', async () => {
  const target = await freshTarget('SQLite');
  const path = target.url.slice('sqlite:'.length);
  const { head } = await load(plant({ 'conversations/ann/a.json': conversation('a', ['one']) }), target.url);
  await queryTarget(target.url, 'PRAGMA journal_mode = WAL');
  // An application that was killed leaves its WAL: nobody closes the last connection.
  spawnSync(process.execPath, [
    '-e',
    `const app = new (require('better-sqlite3'))(${JSON.stringify(path)});
     app.pragma('wal_autocheckpoint = 0');
     app.exec("CREATE TABLE notes (id INTEGER); INSERT INTO notes VALUES (1)");
     process.kill(process.pid, 'SIGKILL')`,
  ]);
  const files = (): readonly string[] => [path, `${path}-wal`].map((each) => sha256(readFileSync(each)));
  const before = files();
  const settings = {
    ...runSettings({ root: '.', to: target.url, dryRun: true }),
    run: head.run_id,
    restoreFiles: false,
  };
  expect(await undo(settings)).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
  expect(files()).toEqual(before);
  await target.drop();
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
