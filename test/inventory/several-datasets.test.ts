import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { type Loaded, load } from '../setup/load.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const message = { role: 'user', content: 'x' };
const conversation = (id: string) => ({ id, title: 't', created_at: '2025-01-01T00:00:00', messages: [message] });
const DATABASE = {
  settings: { theme: 'dark', api_url: 'http://x' },
  usage: { ann: { tier: 'pro', daily_used: 5, total_queries: 9 } },
  conversations: [conversation('c1'), conversation('c2')],
};

/** read = loaded + rejected for the file, for each of its datasets, and as sums over them. */
function expectSums({ files, head }: Loaded): void {
  for (const { path, records, datasets = {} } of files) {
    const all = [records, ...Object.values(datasets)];
    for (const { read, loaded, rejected } of all) expect(read, path).toBe(loaded + rejected);
    if (Object.keys(datasets).length === 0) continue;
    for (const name of ['read', 'loaded', 'rejected'] as const)
      expect(
        Object.values(datasets).reduce((sum, of) => sum + of[name], 0),
        `${path} ${name}`,
      ).toBe(records[name]);
  }
  const read = Object.values(head.datasets).reduce((sum, of) => sum + of.read, 0);
  expect(read).toBe(head.totals.records_read);
}

describe.each(PRODUCTS)('a file that feeds several datasets, on %s', (product) => {
  let directory: string;
  let root: string;
  let target: FreshTarget;

  beforeEach(async () => {
    directory = plant();
    root = join(directory, 'data');
    target = await freshTarget(product);
    onTestFinished(() => target.drop());
  });

  const write = (path: string, content: unknown): void => grow(root, { [path]: content });

  const countIn = async (table: string): Promise<number> =>
    Number((await queryTarget(target.url, `SELECT count(*) AS n FROM ${table}`))[0]?.['n']);

  test('loads again when the mapping of any of them is another one', async () => {
    write('db.json', DATABASE);
    const usage: { mappingVersion: number | string } = BUILT_IN.get('usage');
    const { mappingVersion } = usage;
    await load(root, target.url);
    try {
      usage.mappingVersion = 99;
      expect((await load(root, target.url)).files).toMatchObject([{ status: 'loaded' }]);
      expect((await load(root, target.url)).files).toMatchObject([{ status: 'unchanged' }]);
    } finally {
      usage.mappingVersion = mappingVersion;
    }
  });

  test('keeps its numbers by dataset in the ledger: a rerun and past reports in every format have them', async () => {
    write('db.json', DATABASE);
    const { files, head } = await load(root, target.url, { runId: 'first' });
    const again = await load(root, target.url);
    expect(again.files[0]?.datasets).toEqual(files[0]?.datasets);
    expect(again.head.datasets).toEqual(head.datasets);
    const to = ['--to', target.url, '--allow-plaintext'];
    const runs = await runCli(['runs', 'first', ...to, '--json']);
    expect(JSON.parse(runs.stdout)).toMatchObject([{ datasets: files[0]?.datasets }]);
    expect((await runCli(['runs', 'first', ...to])).stdout).toMatch(/\n +usage +1 +1 +0/);
    const words = {
      json: '"usage":{"read":1,"loaded":1,"rejected":0}',
      csv: 'conversations 2/2; settings 2/2; usage 1/1',
    };
    const names = {
      html: 'conversations, settings, usage',
      md: '| usage | 1 | 1 | 1 | 0 |',
      xml: 'conversations, settings, usage"',
    };
    for (const [format, shown] of Object.entries({ ...words, ...names })) {
      const { stdout, stderr } = await runCli(['report', 'first', ...to, '--format', format]);
      expect(format === 'json' ? JSON.stringify(JSON.parse(stdout)) : stdout, stderr).toContain(shown);
    }
  });

  test('what --only leaves out is explained, stays where it is and loads later', async () => {
    write('db.json', DATABASE);
    const tables = [{ usage: { inserted: 1 } }, { usage: { inserted: 0, updated: 0, unchanged: 1 } }];
    for (const [index, expected] of tables.entries()) {
      const archiveDir = join(directory, `archive ${index}`);
      const loaded = await load(root, target.url, { only: ['usage'], archive: true, archiveDir });
      expect(loaded.head).toMatchObject({ status: 'complete', exit_code: 0, notes: { inPart: 1 } });
      expect(loaded.files).toMatchObject([{ skipped_by: 'only', archived_to: null, records: { read: 1, loaded: 1 } }]);
      expect(loaded.tables).toMatchObject(expected);
      expectSums(loaded);
    }
    expect(readdirSync(root)).toEqual(['db.json']);
    expect((await load(root, target.url)).files).toMatchObject([{ status: 'loaded', records: { read: 5 } }]);
    // Who asks for one of them does not take back that all are loaded.
    expect((await load(root, target.url, { only: ['usage'] })).files).toMatchObject([{ status: 'unchanged' }]);
    expect((await load(root, target.url, { only: ['metrics'], allowEmpty: true })).exitCode).toBe(0);
    expect(
      (await load(root, target.url, { archive: true, archiveDir: join(directory, 'archive') })).files,
    ).toMatchObject([{ status: 'unchanged', archived_to: expect.any(String) }]);
    expect(existsSync(join(root, 'db.json'))).toBe(false);
  });

  test('a rejected record of the part that --only asks for is exit 1', async () => {
    write('db.json', { ...DATABASE, usage: { ann: { tier: 'gold' } } });
    const loaded = await load(root, target.url, { only: ['usage', 'settings'] });
    expect(loaded).toMatchObject({ exitCode: 1, head: { notes: { inPart: 0 } } });
    expectSums(loaded);
  });

  const TEXT = JSON.stringify(DATABASE);
  test.each([
    ['cut off', TEXT.slice(0, -20)],
    ['rubbish at the end', `${TEXT}]`],
    ['a collection of no dataset', JSON.stringify({ ...DATABASE, gadgets: { a: { colour: 'red' } } })],
    ['a bad record in each', TEXT.replaceAll('"pro"', '"gold"').replace('"title":"t"', '"title":7')],
    ['a duplicate', TEXT.replace('"id":"c2","title":"t"', '"id":"c1","title":"u"')],
    ['a member twice', TEXT.replace('{"settings"', '{"usage":{"ben":{"tier":"pro"}},"settings"')],
  ])('read = loaded + rejected for it and each of them: %s', async (_what, text) => {
    write('db.json', text);
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.files[0]?.records.rejected).toBeGreaterThan(0);
    expectSums(loaded);
    const again = await load(root, target.url);
    expectSums(again);
    expect(again.head.datasets).toEqual(loaded.head.datasets);
    expect(again.rejects).toEqual(loaded.rejects);
    for (const rows of Object.values(again.tables)) expect(rows).toMatchObject({ inserted: 0, updated: 0 });
  });

  test.each([
    ['a record of the last one', TEXT.replace('"id":"c2","title":"t"', '"id":"c2","title":7')],
    ['a record that another one contradicts', TEXT.replace('"id":"c2","title":"t"', '"id":"c1","title":"u"')],
    ['a collection of no dataset', JSON.stringify({ ...DATABASE, gadgets: { a: { colour: 'red' } } })],
    ['a cut end', TEXT.slice(0, -1)],
    [
      'what refers to one that loads before it',
      JSON.stringify({
        users: { ann: { email: 'ann@example.org', username: 'ann', role: 'viewer' } },
        conversations: [
          { ...conversation('c1'), user_id: 'ann' },
          { ...conversation('c1'), title: 'u' },
        ],
      }),
    ],
  ])('--strict loads nothing of it where it has a reject: %s', async (_what, text) => {
    write('db.json', text);
    const loaded = await load(root, target.url, { strict: true });
    expect(loaded.exitCode).toBe(3);
    expect(loaded.files).toMatchObject([{ status: 'failed', records: { loaded: 0 } }]);
    expectSums(loaded);
    for (const table of ['conversations', 'users']) expect(await countIn(table), table).toBe(0);
  });

  test('users load before what names them as owners, also out of several files in one transaction', async () => {
    const user = { email: 'ben@example.org', username: 'ben', role: 'viewer' };
    write('a.json', {
      users: { ann: { email: 'ann@example.org', username: 'ann', role: 'viewer' } },
      conversations: [{ ...conversation('c1'), user_id: 'ben' }],
      settings: { user_id: 'ben', theme: 'dark' },
    });
    write('b.json', { users: { ben: user }, conversations: [{ ...conversation('c2'), user_id: 'ann' }] });
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ rejects: [], exitCode: 0 });
    expect(await queryTarget(target.url, 'SELECT id, email FROM users ORDER BY id')).toMatchObject([
      { id: 'ann', email: 'ann@example.org' },
      { id: 'ben', email: 'ben@example.org' },
      ...[{ id: 'system' }],
    ]);
  });

  test('undo takes back the rows of every dataset of the file', async () => {
    write('db.json', DATABASE);
    const { head, tables } = await load(root, target.url);
    const settings = { ...runSettings({ root, to: target.url }), run: head.run_id, restoreFiles: false };
    const undone = await undo(settings);
    const inserted = Object.values(tables).reduce((sum, rows) => sum + rows.inserted, 0);
    expect(undone.totals).toEqual({ deleted: inserted, restored: 0, kept: 0 });
    expect(Object.keys(undone.tables)).toEqual(expect.arrayContaining(['usage', 'conversations', 'messages']));
  });

  test('verify --ledger names the table of what is gone', async () => {
    write('db.json', DATABASE);
    await load(root, target.url);
    await queryTarget(target.url, "DELETE FROM usage WHERE user_id = 'ann'");
    const { tables } = await verify(runSettings({ root, to: target.url, ledger: true }));
    expect(tables).toMatchObject({ usage: { missing: 1 } });
    expect(tables['conversations']).toMatchObject({ missing: 0, equal: 2 });
  });

  test('shards of a run load it once, and end with what one process says and stores', async () => {
    write('db.json', DATABASE);
    write('more/db.json', { ...DATABASE, usage: { ben: { tier: 'free' } }, conversations: [conversation('c3')] });
    write('old/db.json', { usage: { ann: { tier: 'free' } }, conversations: [{ ...conversation('c1'), title: 'u' }] });
    for (let n = 0; n < 6; n++) write(`conversations/u${n}/d.json`, conversation(`d${n}`));
    write('conversations/u1/e.json', { ...conversation('c2'), title: 'another' });
    const other = await freshTarget(product);
    try {
      const whole = await load(root, other.url);
      expectSums(whole);
      if (product === 'SQLite') return;
      for (const shard of ['2/3', '1/3', '3/3']) await load(root, target.url, { runId: 'r', shard });
      const { stdout } = await runCli(['report', 'r', '--to', target.url, '--allow-plaintext', '--format', 'json']);
      const { totals, datasets } = JSON.parse(stdout);
      const { warnings: _warnings, ...numbers } = whole.head.totals;
      expect(totals).toMatchObject(numbers);
      expect(datasets).toEqual(whole.head.datasets);
      expect(await digestOf(target.url)).toBe(await digestOf(other.url));
    } finally {
      await other.drop();
    }
  });
});
