import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { runCli } from '../setup/cli.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const METRICS = { 'metrics/a.json': measurements(5), 'metrics/b.json': measurements(5, { source: 'other' }) };
const CHATS = {
  'conversations/ann/a.json': conversation('a', ['one', 'two']),
  'conversations/ann/b.json': conversation('b', ['three']),
};
const VERSIONS = {
  'models/m.json': [
    { model_name: 'm', version: '1', model_type: 'forest', training_timestamp: '2025-01-01T00:00:00' },
    { model_name: 'm', version: '2', model_type: 'forest', training_timestamp: '2025-01-02T00:00:00' },
  ],
};

describe.each(PRODUCTS)('rows that are no longer there, on %s', (product) => {
  let target: FreshTarget;
  beforeEach(async () => {
    target = await freshTarget(product);
  });
  afterEach(() => target.drop());

  const sql = (...statements: readonly string[]) => queryTarget(target.url, ...statements);
  const run = async (root: string, options: GivenOptions = {}) => {
    const { exitCode, tables, files, warnings } = await load(root, target.url, options);
    const counts = Object.values(tables).map(({ inserted, updated }) => inserted + updated);
    const written = counts.reduce((sum, each) => sum + each, 0);
    return { exitCode, written, status: files.map(({ status }) => status), warnings: warnings.map(({ code }) => code) };
  };
  const UNCHANGED = { exitCode: 0, written: 0, status: ['unchanged', 'unchanged'], warnings: [] };

  test.each([
    ['emptied', METRICS, ['DELETE FROM metrics']],
    ['dropped', METRICS, [product === 'SQLite' ? 'DROP TABLE metrics' : 'DROP TABLE metrics CASCADE']],
    ['emptied of messages and conversations', CHATS, ['DELETE FROM messages', 'DELETE FROM conversations']],
    ['emptied of messages alone', CHATS, ['DELETE FROM messages']],
    ['dropped of its messages', CHATS, ['DROP TABLE messages']],
    [
      'emptied and used by the application',
      METRICS,
      ['DELETE FROM metrics', "INSERT INTO metrics (timestamp, source) VALUES ('2024-01-01 00:00:00.000000', 'app')"],
    ],
  ])('a table that was %s: its files load again, and only then are they archived', async (_how, tree, statements) => {
    const root = plant(tree);
    await run(root);
    const before = await digestOf(target.url);
    expect(await run(root)).toEqual(UNCHANGED);
    await sql(...statements);
    const added = statements.length > 1 && statements[1]?.startsWith('INSERT');
    const archiveDir = plant();
    const again = await run(root, { archive: true, archiveDir });
    expect(again).toMatchObject({ exitCode: 0, status: ['loaded', 'loaded'], warnings: [] });
    expect(again.written).toBeGreaterThan(2);
    if (added) await sql("DELETE FROM metrics WHERE source = 'app'");
    expect(await digestOf(target.url)).toBe(before);
    for (const path of Object.keys(tree)) expect(existsSync(join(root, path))).toBe(false);
  });

  test('a file of which several rows were loaded and none is left loads again', async () => {
    const root = plant(METRICS);
    await run(root);
    const before = await digestOf(target.url);
    await sql("DELETE FROM metrics WHERE source = 'other'");
    expect(await run(root)).toEqual({ exitCode: 0, written: 5, status: ['unchanged', 'loaded'], warnings: [] });
    expect(await digestOf(target.url)).toBe(before);
  });

  test.each([
    ['a metric', METRICS, ["DELETE FROM metrics WHERE source = 'other' AND cpu_usage = 3"], 'metrics/b.json'],
    [
      'a conversation',
      CHATS,
      // On SQLite the driver of the application may not keep foreign keys.
      ["DELETE FROM messages WHERE conversation_id = 'b'", "DELETE FROM conversations WHERE id = 'b'"],
      'conversations/ann/b.json',
    ],
  ])(
    '%s that the application deleted stays deleted; its file is not archived',
    async (_what, tree, statements, path) => {
      const root = plant(tree);
      await run(root);
      const before = await digestOf(target.url);
      await sql(...statements);
      for (const options of [{}, { dryRun: true }, { archive: true, archiveDir: plant() }])
        expect(await run(root, options)).toEqual({ ...UNCHANGED, warnings: ['rows-gone'] });
      expect(Object.keys(tree).filter((each) => existsSync(join(root, each)))).toEqual([path]);
      const { stdout } = await runCli(['run', root, '--to', target.url]);
      expect(stdout, 'not what was loaded once').toMatch(
        /^COMPLETE {2}\d+ records? in the database, 1 deleted since, 0/,
      );
      expect(await run(root, { reload: true })).toMatchObject({ exitCode: 0, status: ['loaded'], warnings: [] });
      expect(await digestOf(target.url)).toBe(before);
      expect(await run(root)).toEqual({ ...UNCHANGED, status: ['unchanged'] });
    },
  );

  test('single messages that the application deleted stay deleted; the archive looks for them', async () => {
    const root = plant(CHATS);
    await run(root);
    await sql(
      "DELETE FROM messages WHERE conversation_id = 'a' AND position = 1",
      "INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'user', 'of the application'), ('b', 'user', 'too')",
    );
    // An ordinary rerun does not read child rows.
    expect(await run(root)).toEqual(UNCHANGED);
    for (const dryRun of [true, false])
      expect(await run(root, { archive: true, archiveDir: plant(), dryRun })).toEqual({
        ...UNCHANGED,
        warnings: ['rows-gone'],
      });
    expect(Object.keys(CHATS).filter((each) => existsSync(join(root, each)))).toEqual(['conversations/ann/a.json']);
    expect(await run(root, { reload: true })).toMatchObject({
      exitCode: 0,
      written: 1,
      warnings: ['database-has-more'],
    });
    await run(root, { archive: true, archiveDir: plant() });
    expect(existsSync(join(root, 'conversations/ann/a.json'))).toBe(false);
  });

  test.each([{}, { batchBytes: 1 }])(
    'a record that repeats one with a generated key has its row: %j',
    async (options) => {
      const root = plant({ 'models/a.json': VERSIONS['models/m.json'], 'models/b.json': VERSIONS['models/m.json'] });
      expect((await run(root, options)).warnings).toEqual(['duplicate-record', 'duplicate-record']);
      expect(await run(root, options)).toEqual(UNCHANGED);
      expect(await run(root, { ...options, archive: true, archiveDir: plant() })).toEqual(UNCHANGED);
    },
  );

  test.each([{}, { undo: false }])(
    'rows with generated keys are found, and nothing is called gone: %j',
    async (options) => {
      const root = plant({ ...VERSIONS, ...METRICS });
      await run(root, options);
      expect(await run(root, options)).toEqual({ ...UNCHANGED, status: ['unchanged', 'unchanged', 'unchanged'] });
      await sql('DELETE FROM metrics');
      expect(await run(root, options)).toMatchObject({ written: 10, status: ['loaded', 'loaded', 'unchanged'] });
    },
  );

  test.each([
    [
      'events',
      {
        'predictions/a.json': [
          { id: 1, risk_score: 1, prediction: {} },
          { id: 2, risk_score: 2, prediction: {} },
        ],
      },
    ],
    ['ml_models', VERSIONS],
  ] as const)(
    'rows of %s that were made for others are emptied without them: their files load again',
    async (table, files) => {
      const root = plant(files);
      await run(root);
      await withoutKeys(`DELETE FROM ${table}`);
      const { status, warnings } = await run(root);
      expect([new Set(status), warnings]).toEqual([new Set(['loaded']), []]);
      expect(await sql(`SELECT count(*) AS n FROM ${table}`)).not.toEqual([{ n: 0 }]);
    },
  );

  test('the only conversation with messages, deleted by the application, stays deleted', async () => {
    const root = plant({
      'conversations/u/all.json': [conversation('c1', ['a', 'b']), conversation('c2', []), conversation('c3', [])],
    });
    await run(root);
    await sql("DELETE FROM messages WHERE conversation_id = 'c1'", "DELETE FROM conversations WHERE id = 'c1'");
    expect(await run(root)).toMatchObject({ exitCode: 0, written: 0, warnings: ['rows-gone'] });
    expect(await sql('SELECT id FROM conversations ORDER BY id')).toEqual([{ id: 'c2' }, { id: 'c3' }]);
  });

  // Older schemas have fewer foreign keys.
  const withoutKeys = async (statement: string): Promise<void> => {
    if (product === 'PostgreSQL') await sql("SET session_replication_role = 'replica'", statement);
    else await sql('PRAGMA foreign_keys = OFF', statement);
  };

  describe('owners', () => {
    const OWNED = {
      'conversations/u/c1.json': conversation('c1', ['a']),
      'usage/w/usage.json': { tier: 'pro' },
    };
    const checked = async (root: string) => {
      const sides = [false, true].map((ledger) => verify(runSettings({ root, to: target.url, ledger, workers: 1 })));
      return (await Promise.all(sides)).map(({ exit_code: code, differences }) => ({
        code,
        gone: differences.map(({ kind, table, key }) => [kind, table, key?.join()].join(' ')).toSorted(),
      }));
    };
    const EQUAL = { code: 0, gone: [] };

    test('who are gone are missing to verify on both sides, and --reload makes them again', async () => {
      const root = plant(OWNED);
      await run(root);
      expect(await checked(root)).toEqual([EQUAL, EQUAL]);
      await withoutKeys("DELETE FROM users WHERE id = 'w'");
      const gone = { code: 5, gone: ['missing users w'] };
      expect(await checked(root)).toEqual([gone, gone]);
      expect(await run(root)).toEqual({ ...UNCHANGED, warnings: ['rows-gone'] });
      expect(await checked(root)).toEqual([gone, gone]);
      for (const onConflict of ['update', 'overwrite', 'keep', 'fail'] as const) {
        await withoutKeys('DELETE FROM users');
        expect(await run(root, { reload: true, onConflict })).toMatchObject({ exitCode: 0, written: 2, warnings: [] });
        expect(await checked(root)).toEqual([EQUAL, EQUAL]);
      }
    });

    test('of whom none is left: their files load again', async () => {
      const root = plant(OWNED);
      await run(root);
      await withoutKeys('DELETE FROM users');
      expect(await run(root)).toEqual({ exitCode: 0, written: 2, status: ['loaded', 'loaded'], warnings: [] });
      expect(await checked(root)).toEqual([EQUAL, EQUAL]);
      expect(await run(root)).toEqual(UNCHANGED);
    });

    test("who were deleted with their rows are nobody's to miss", async () => {
      const root = plant({ ...OWNED, 'usage/v/usage.json': { tier: 'pro' } });
      await run(root);
      await sql("DELETE FROM usage WHERE user_id = 'w'", "DELETE FROM users WHERE id = 'w'");
      const { exitCode, warnings } = await run(root);
      // Of the file whose only row went.
      expect([exitCode, warnings]).toEqual([0, ['rows-gone']]);
    });
  });
});
