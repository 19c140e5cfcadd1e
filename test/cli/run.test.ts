import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { filesBelow } from '../setup/corpus.ts';
import { asKilled } from '../setup/killed-run.ts';
import { ALL_GOOD, conversation, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { load, rejectsOf, rowsOf, statusesOf, warningsOf } from '../setup/reports.ts';
import { grow, plant } from '../setup/trees.ts';

describe.each(bothStores())('run on $product', (store) => {
  test('the first run inserts, the second finds everything unchanged, --reload and --rehash change no row', async () => {
    const root = plant(ALL_GOOD);
    const place = store.fresh();
    const first = await load(root, place);
    expect(first.code).toBe(0);
    expect(rowsOf(first.report)).toEqual({
      users: '3/0/0/0',
      user_settings: '3/0/0/0',
      conversations: '3/0/0/0',
      messages: '3/0/0/0',
      usage: '2/0/0/0',
      metrics: '3/0/0/0',
    });
    expect(statusesOf(first.report)).toEqual({
      'conversations/alice/a.json': 'loaded 1/1',
      'conversations/alice/b.json': 'loaded 1/1',
      'conversations/bob/c.json': 'loaded 1/1',
      'metrics/dump.json': 'loaded 3/3',
      'metrics/dump_metadata.json': 'unrecognised 0/0',
      'notes.txt': 'unrecognised 0/0',
      'settings.json': 'loaded 3/3',
      'usage/alice/usage.json': 'loaded 1/1',
      'usage/bob/usage.json': 'loaded 1/1',
    });
    const stored = await store.rowVersions(place);

    const second = await load(root, place);
    expect(second.code).toBe(0);
    expect(second.report.totals).toMatchObject({
      files_unchanged: 7,
      files_loaded: 0,
      records_loaded: 11,
      records_read: 11,
    });
    expect(
      second.report.files.filter(({ status }) => status === 'unchanged').map(({ skipped_by }) => skipped_by),
    ).toEqual(Array.from({ length: 7 }, () => 'ledger'));
    expect(insertsAndUpdates(second.report)).toBe(0);

    const reloaded = await load(root, place, ['--reload']);
    expect(reloaded.report.totals).toMatchObject({ files_unchanged: 0, files_loaded: 7, records_loaded: 11 });
    expect(insertsAndUpdates(reloaded.report)).toBe(0);

    const rehashed = await load(root, place, ['--rehash']);
    expect(rehashed.report.totals).toMatchObject({ files_unchanged: 7, files_loaded: 0 });
    expect(await store.rowVersions(place)).toEqual(stored);
  });

  test('a rerun over rejects, duplicates and conflicts changes no row and gives the same rejects and exit code', async () => {
    const root = plant(WITH_FAULTS);
    const place = store.fresh();
    const first = await load(root, place);
    expect(first.code).toBe(1);
    expect(rejectsOf(first.report)).toEqual([
      'conversations/alice/e.json#1 conflicting-duplicate',
      'conversations/bob/cut.json truncated-json',
      'conversations/bob/empty.json empty-file',
      'metrics/mixed.json#3 invalid-time',
      'metrics/mixed.json#4 out-of-range',
    ]);
    const stored = await digestOf(place);
    for (const options of [[], ['--reload', '--batch-bytes', '1']]) {
      const again = await load(root, place, options);
      expect(insertsAndUpdates(again.report), options.join(' ')).toBe(0);
      expect(rejectsOf(again.report), options.join(' ')).toEqual(rejectsOf(first.report));
      expect(again.code, options.join(' ')).toBe(1);
      expect(await digestOf(place), options.join(' ')).toBe(stored);
    }
  });

  test('a changed file is loaded again, and only what differs in it is updated', async () => {
    const root = plant(ALL_GOOD);
    const place = store.fresh();
    await load(root, place);
    grow(root, {
      'conversations/alice/a.json': conversation('a', ['Hello', 'Good evening', 'Thanks'], { title: 'Evening' }),
      'settings.json': { LOG_LEVEL: 'info', CONFIDENCE_THRESHOLD: 0.75, theme: { dark: true }, added: 1 },
      'usage/alice/usage.json': {
        user_id: 'alice',
        tier: 'pro',
        daily_count: 4,
        monthly_count: 21,
        total_queries: 100,
      },
    });
    const { code, report } = await load(root, place);
    expect(code).toBe(0);
    expect(report.totals).toMatchObject({ files_loaded: 3, files_unchanged: 4 });
    expect(rowsOf(report)).toMatchObject({
      user_settings: '1/1/2/0',
      conversations: '0/1/2/0',
      messages: '1/1/2/0',
      usage: '0/1/1/0',
      metrics: '0/0/3/0',
    });
    expect(await place.query(`SELECT content FROM messages WHERE conversation_id = 'a' ORDER BY position`)).toEqual([
      { content: 'Hello' },
      { content: 'Good evening' },
      { content: 'Thanks' },
    ]);
  });

  test.each([
    ['small', 1],
    ['large', 2_000_000],
  ])('a %s file of the same size and time but with other bytes is not taken for unchanged', async (_size, times) => {
    const root = plant({ 'conversations/a.json': conversation('a', ['one'.repeat(times)]) });
    const place = store.fresh();
    await load(root, place);
    const path = join(root, 'conversations/a.json');
    const { atime, mtime, size } = statSync(path);
    grow(root, { 'conversations/a.json': conversation('a', ['two'.repeat(times)]) });
    utimesSync(path, atime, mtime);
    expect(statSync(path).size).toBe(size);
    const { report } = await load(root, place);
    expect(rowsOf(report)['messages']).toBe('0/1/0/0');
  });

  test.each([
    ['small', 1],
    ['large', 2_000_000],
  ])('a %s file that was only touched is unchanged', async (_size, times) => {
    const root = plant({ 'conversations/a.json': conversation('a', ['one'.repeat(times)]) });
    const place = store.fresh();
    await load(root, place);
    utimesSync(join(root, 'conversations/a.json'), 0, 0);
    expect(statusesOf((await load(root, place)).report)).toEqual({ 'conversations/a.json': 'unchanged 1/1' });
  });

  test('an option that can change rows makes loaded files be read again', async () => {
    const root = plant({ 'conversations/a.json': conversation('a', []) });
    const place = store.fresh();
    await load(root, place);
    const { report } = await load(root, place, ['--naive-time', '-02:00']);
    expect(rowsOf(report)['conversations']).toBe('0/1/0/0');
  });

  test('--batch-bytes and --workers change neither counts nor rows', async () => {
    const root = plant(WITH_FAULTS);
    const reference = store.fresh();
    const { report } = await load(root, reference);
    for (const options of [
      ['--batch-bytes', '1', '--workers', '1'],
      ['--batch-bytes', '300', '--workers', '16'],
    ]) {
      const place = store.fresh();
      const other = await load(root, place, options);
      expect(other.report.files, options.join(' ')).toEqual(report.files);
      expect(other.report.tables, options.join(' ')).toEqual(report.tables);
      expect(warningsOf(other.report), options.join(' ')).toEqual(warningsOf(report));
      expect(await digestOf(place), options.join(' ')).toBe(await digestOf(reference));
    }
  });

  test('the order in which files appeared and were loaded leaves no trace in the rows', async () => {
    const reversed = Object.fromEntries(Object.entries(ALL_GOOD).reverse());
    const [together, pieces] = [store.fresh(), store.fresh()];
    await load(plant(ALL_GOOD), together);
    const root = plant(reversed);
    await load(root, pieces, ['--only', 'metrics,usage']);
    await load(root, pieces, ['--include', 'conversations/bob/**']);
    const { report } = await load(root, pieces);
    expect(rowsOf(report)).toMatchObject({ usage: '0/0/2/0', metrics: '0/0/3/0', conversations: '2/0/1/0' });
    expect(await digestOf(pieces)).toBe(await digestOf(together));
  });

  test('--run-id names the run, and goes on with one that was stopped', async () => {
    const root = plant(ALL_GOOD);
    const place = store.fresh();
    const first = await load(root, place, ['--run-id', 'nightly-7']);
    expect(first.report.run_id).toBe('nightly-7');
    const listed = await runCli(['runs', ...place.args, '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ run_id: 'nightly-7', status: 'complete', exit_code: 0 }]);
    const asEnded = (status: string, code: number) =>
      `UPDATE ledger.runs SET status = '${status}', exit_code = ${code}, report = NULL`;
    for (const stopped of [asKilled(), asEnded('interrupted', 130), asEnded('failed', 4), asEnded('partial', 6)]) {
      await place.query(stopped);
      const again = await load(root, place, ['--run-id', 'nightly-7']);
      expect(again.stderr).not.toContain('error:');
      expect([again.code, insertsAndUpdates(again.report)], stopped).toEqual([0, 0]);
    }
  });

  test.each([
    ['complete', ALL_GOOD, 0],
    ['partial', WITH_FAULTS, 1],
  ] as const)('--run-id of a run that has ended %s is refused, and nothing is changed', async (_, tree, code) => {
    const root = plant(tree);
    const cwd = plant({});
    const place = store.fresh();
    const args = ['--run-id', 'night', '--backup'];
    expect((await load(root, place, args, { cwd })).code).toBe(code);
    const [before, files] = [await place.footprint(), filesBelow(cwd)];
    for (const more of [[], ['--dry-run'], ['--report', 'new.json']]) {
      const { code: refused, stderr } = await runCli(['run', root, ...place.args, ...args, ...more], { cwd });
      expect([refused, stderr], more.join(' ')).toEqual([
        2,
        expect.stringMatching(/run night has ended.*\n.*runs night/),
      ]);
    }
    expect(await place.footprint()).toEqual(before);
    expect(filesBelow(cwd)).toEqual(files);
    await runCli(['undo', 'night', ...place.args, '--yes']);
    const undone = await runCli(['run', root, ...place.args, ...args], { cwd });
    expect([undone.code, undone.stderr]).toEqual([2, expect.stringContaining('run night was undone')]);
  });

  test('a root without anything to load is exit code 1, with --allow-empty 0', async () => {
    for (const root of [plant({ 'readme.txt': 'x', 'users.json': [] })]) {
      const place = store.fresh();
      expect((await load(root, place)).code).toBe(1);
      const allowed = await load(root, place, ['--allow-empty']);
      expect([allowed.code, allowed.report.status]).toEqual([0, 'complete']);
    }
  });
});

function insertsAndUpdates({
  tables,
}: {
  readonly tables: Record<string, { inserted: number; updated: number }>;
}): number {
  return Object.values(tables).reduce((sum, { inserted, updated }) => sum + inserted + updated, 0);
}
