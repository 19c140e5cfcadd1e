import { describe, expect, onTestFinished, test } from 'vitest';
import type { VerifyResult } from '../src/verification/verify-result.ts';
import { runCli } from './setup/cli.ts';
import { EVERY_TABLE, EVERY_TABLE_BEFORE } from './setup/every-table.ts';
import { random } from './setup/random.ts';
import { planRows, planValues } from './setup/tampering.ts';
import { freshTarget, PRODUCTS, queryTarget } from './setup/targets.ts';
import { plant } from './setup/trees.ts';
import { expectFound, expectUntouched, loadedTarget, SIDES } from './setup/verified.ts';

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
  [
    "INSERT INTO messages (conversation_id, position, role) VALUES ('empty', 0, 'user')",
    'conversations/user-2/empty.json 1 /messages',
  ],
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
  test('finds changed values, lost rows and rows that nobody expects, with the files and without them', async () => {
    const source = random();
    const loaded = await loadedTarget(product, EVERY_TABLE_BEFORE, EVERY_TABLE);
    const values = await planValues(loaded.url, 12, source);
    const rows = (await planRows(loaded.url, source)).slice(0, 6);
    for (const side of SIDES) {
      for (const tampering of [...values, ...rows]) await expectFound(loaded, side, tampering);
      await expectUntouched(loaded, side);
    }
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
    expect([code, JSON.parse(stdout).totals]).toEqual([0, { equal: 4, different: 0, missing: 0, extra: 0 }]);
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
});
