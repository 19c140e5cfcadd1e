import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import type { VerifyResult } from '../../src/verification/verify-result.ts';
import { runCli } from '../setup/cli.ts';
import { EVERY_TABLE, EVERY_TABLE_BEFORE } from '../setup/every-table.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { planRows, planValues } from '../setup/tampering.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';
import { expectFound, expectUntouched, loadedTarget, SIDES } from '../setup/verified.ts';

/** Changes by somebody else, and what `verify` says of each. */
const CHANGES = [
  ["UPDATE conversations SET title = 'number 1' WHERE id = 'conversation-1'", 'conversations/user-1/c-1.json 1 /title'],
  [
    "UPDATE messages SET content = content || ' ' WHERE position = 1 AND conversation_id = 'conversation-2'",
    'conversations/user-2/c-2.json 1 /messages/1/content',
  ],
  [
    `UPDATE conversations SET extra = '{"mood":{"deep":[1,{"warm":false}]}}' WHERE id = 'staged'`,
    'conversations/user-1/staged.json 1 /extra/mood/deep/1/warm /messages/0/metadata/a~1b/1',
  ],
  [`UPDATE messages SET metadata = '{"a/b":[0.1,"-"]}' WHERE conversation_id = 'staged'`],
  [
    "DELETE FROM messages WHERE position = 0 AND conversation_id = 'conversation-0'",
    'conversations/user-0/c-0.json 1 /messages/0',
  ],
  // An added message is the application's.
  ["INSERT INTO messages (conversation_id, position, role) VALUES ('empty', 0, 'user')"],
  [
    "UPDATE metrics SET cpu_usage = 0.5 WHERE source = 'host-1'",
    'metrics/host-1.json 1 /cpu_usage',
    'metrics/host-1.json 2 /cpu_usage',
  ],
] as const;

const PLACES = CHANGES.flatMap(([, ...places]) => places).toSorted();

/** Where prints are compared, what differs in a row is not known. */
const ROWS = PLACES.map((place) => place.replace(/ \/.*/, ''));

function told(json: string): readonly string[] {
  const { differences }: VerifyResult = JSON.parse(json);
  return differences.map(({ path, record, pointers }) => [path, record, ...pointers].join(' ')).toSorted();
}

describe.each(PRODUCTS)('verify on %s', (product) => {
  /** With all numbers: test/soak/verify.soak.ts */
  test.each(SIDES)('finds changed values, lost rows and rows that nobody expects, by the %s', async (side) => {
    const source = random();
    const loaded = await loadedTarget(product, EVERY_TABLE_BEFORE, EVERY_TABLE);
    const values = await planValues(loaded.url, 12, source);
    const rows = (await planRows(loaded.url, source)).slice(0, 6);
    for (const tampering of [...values, ...rows]) await expectFound(loaded, side, tampering);
    await expectUntouched(loaded, side);
  });

  test.each(['backup', 'archive'])('compares with the files of the %s', async (copy) => {
    const { url, drop } = await freshTarget(product);
    onTestFinished(drop);
    const cwd = plant({
      'data/usage/a/usage.json': { user_id: 'a', tier: 'pro' },
      'data/settings.json': { theme: 'dark' },
    });
    expect((await runCli(['run', './data', '--to', url, `--${copy}`, `--${copy}-dir`, 'copy'], { cwd })).code).toBe(0);
    const { code, stdout } = await runCli(['verify', '--sources', 'copy', '--to', url, '--json'], { cwd });
    expect([code, JSON.parse(stdout).totals]).toEqual([
      0,
      { equal: 4, different: 0, missing: 0, extra: 0, application: 0 },
    ]);
  });

  test('names what differs by file, record and JSON pointer, and ends with exit code 5', async () => {
    const { root, url } = await loadedTarget(product, EVERY_TABLE);
    for (const args of [[root], ['--ledger']]) {
      const before = await runCli(['verify', ...args, '--to', url]);
      expect(before, before.stderr).toMatchObject({ code: 0 });
      expect(before.stdout).toMatch(/^EQUAL {2}(\d+) of \1 rows/);
    }
    await queryTarget(url, ...CHANGES.map(([statement]) => statement));
    const found = await runCli(['verify', root, '--to', url, '--json']);
    expect([found.code, told(found.stdout)]).toEqual([5, PLACES]);
    const kept = await runCli(['verify', '--ledger', '--to', url, '--json']);
    expect([kept.code, told(kept.stdout)]).toEqual([5, ROWS]);
    const { code, stdout } = await runCli(['verify', root, '--to', url]);
    expect([code, stdout]).toEqual([
      5,
      expect.stringMatching(
        /^DIFFERENT .*\n(?:.*\n)+ {2}different {2}conversations {2}conversations\/user-1\/c-1\.json record 1 {2}\/title\n/,
      ),
    ]);
  });

  test('a column that is gone is no bug: verify and export end with exit code 5', async () => {
    const { root, url } = await loadedTarget(product, { 'conversations/u/c.json': { id: 'c', messages: [] } });
    await queryTarget(url, 'ALTER TABLE conversations DROP COLUMN title');
    for (const args of [
      ['verify', root, '--to', url],
      ['verify', '--ledger', '--to', url],
      ['export', 'out', '--from', url],
    ]) {
      const { code, stderr } = await runCli(args);
      expect([code, stderr], args.join(' ')).toEqual([5, expect.stringContaining('migrate-json schema check')]);
    }
  });

  test("messages that the application added are the application's, also after they were reloaded", async () => {
    const { url, drop } = await freshTarget(product);
    onTestFinished(drop);
    const root = plant();
    const { write, runOnce, say } = chatIn(root, url);
    const [EQUAL, ADDED] = [
      { code: 0, told: [], application: 0 },
      { code: 0, told: [], application: 2 },
    ];
    const add = () =>
      queryTarget(
        url,
        "INSERT INTO messages (conversation_id, position, role, content) VALUES ('c', 7, 'user', 'later')",
        "INSERT INTO messages (conversation_id, position, role, content) VALUES ('c', 8, 'user', 'last')",
      );
    const remove = () => queryTarget(url, 'DELETE FROM messages WHERE position > 6');
    write('one', 'two');
    await runOnce();
    await add();
    expect([await say(), await say({ ledger: true })]).toEqual([ADDED, EQUAL]);
    // What was there when the files were read once more is no more the ledger's: reloaded as it is, and updated.
    for (const contents of [
      ['one', 'two'],
      ['one', 'two and a half'],
    ]) {
      write(...contents);
      await runOnce({ reload: true, onConflict: 'overwrite' });
      expect([await say(), await say({ ledger: true })]).toEqual([ADDED, EQUAL]);
      await remove();
      expect([await say(), await say({ ledger: true })]).toEqual([EQUAL, EQUAL]);
      await add();
    }
    // A message of the source that is not as it should be stays a difference, whatever was added.
    const where = "WHERE conversation_id = 'c' AND position = 1";
    const different = 'different conversations conversations/u/c.json';
    for (const [statement, pointer] of [
      [`UPDATE messages SET content = 'changed' ${where}`, '/messages/1/content'],
      [`DELETE FROM messages ${where}`, '/messages/1'],
    ] as const) {
      await queryTarget(url, statement);
      expect(await say({ allowExtra: true })).toMatchObject({
        code: 5,
        told: [`${different} ${pointer}`, 'extra messages conversations/u/c.json /messages'],
      });
      expect(await say({ ledger: true })).toEqual({ code: 5, told: [different], application: 0 });
    }
  });

  test('rows that a run loaded and no source has any more are extra, also messages, and also beside those of the application', async () => {
    const { url, drop } = await freshTarget(product);
    onTestFinished(drop);
    const root = plant({ 'usage/gone/usage.json': { user_id: 'gone', tier: 'pro' } });
    const { write, runOnce, say } = chatIn(root, url);
    write('one', 'two');
    await runOnce();
    await queryTarget(
      url,
      "INSERT INTO messages (conversation_id, position, role, content) VALUES ('c', 7, 'user', 'later')",
    );
    rmSync(join(root, 'usage'), { recursive: true });
    grow(root, { 'usage/other/usage.json': { user_id: 'other', tier: 'free' } });
    write('one');
    await runOnce();
    const told = ['extra messages conversations/u/c.json /messages', 'extra usage null'];
    const found = { told: expect.arrayContaining(told), application: 1 };
    expect(await say()).toEqual({ code: 5, ...found });
    expect(await say({ allowExtra: true })).toEqual({ code: 0, ...found });
  });
});

/** A conversation whose messages change. */
function chatIn(root: string, url: string) {
  const chat = (...contents: string[]) => ({
    id: 'c',
    title: 'T',
    created_at: '2024-01-01T00:00:00Z',
    messages: contents.map((content) => ({ role: 'user', content })),
  });
  return {
    write: (...contents: string[]) => grow(root, { 'conversations/u/c.json': chat(...contents) }),
    runOnce: async (options: GivenOptions = {}) => expect((await load(root, url, options)).exitCode).toBe(0),
    say: async (options: GivenOptions = {}) => {
      const settings = runSettings({ root, to: url, workers: 1, ...options });
      const { exit_code: code, differences, totals } = await verify(settings);
      const told = differences.map((each) => [each.kind, each.table, String(each.path), ...each.pointers].join(' '));
      return { code, told, application: totals.application };
    },
  };
}
