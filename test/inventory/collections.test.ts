import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { retry } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const message = { role: 'user', content: 'x' };
const conversation = (id: string) => ({ id, title: 't', created_at: '2025-01-01T00:00:00', messages: [message] });

const DATABASE = {
  settings: { theme: 'dark', api_url: 'http://x' },
  usage: { ann: { tier: 'pro', daily_used: 5, total_queries: 9 } },
  users: { ann: { email: 'ann@example.org', username: 'ann', role: 'viewer' } },
  models: [{ model_name: 'm', model_type: 'mock', training_timestamp: '2025-01-01T00:00:00', version: '1' }],
  conversations: [conversation('c1'), conversation('c2')],
};

describe.each(PRODUCTS)('a file that is a whole database, on %s', (product) => {
  let root: string;
  let target: FreshTarget;

  beforeEach(async () => {
    root = plant();
    target = await freshTarget(product);
    onTestFinished(() => target.drop());
  });

  const write = (path: string, content: unknown): void => grow(root, { [path]: content });

  const idsOf = async (sql: string): Promise<unknown[]> =>
    (await queryTarget(target.url, sql)).map((row) => Object.values(row)[0]);

  test('a database of conversations beside a list of all messages is no conversation', async () => {
    const messages = [{ conversation_id: 'c1', ...message }];
    const { users } = DATABASE;
    write('db.json', { users, conversations: [{ ...conversation('c1'), messages: [] }], messages });
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ exitCode: 1, head: { totals: { records_read: 3, records_loaded: 2 } } });
    expect(loaded.rejects).toMatchObject([{ code: 'second-collection', pointer: '/messages' }]);
    expect(await idsOf('SELECT id FROM conversations')).toEqual(['c1']);
    expect(await idsOf('SELECT id FROM users ORDER BY id')).toEqual(['ann', 'system']);
  });

  test.each([
    ['orders', [[{ id: 1 }, { id: 2 }], [{ id: 3 }]]],
    ['orders', [[], [{ id: 3 }]]],
    ['grid', { a: [[{ id: 1 }]] }],
    ['metrics', [[{ timestamp: '2025-01-01T00:00:00', cpu_usage: 5 }]]],
    [
      'points',
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('a list of lists beside the records is data: %s %j', async (name, value) => {
    write('users.json', { users: [{ id: 'u1', email: 'e@x.org', username: 'n' }], [name]: value });
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ exitCode: 1, head: { totals: { records_loaded: 1 } } });
    expect(loaded.rejects).toMatchObject([{ code: 'second-collection', pointer: `/${name}` }]);
  });

  test.each([false, true])(
    'every collection loads, verify finds them equal, a rerun changes nothing (strict: %s)',
    async (strict) => {
      write('db.json', DATABASE);
      const loaded = await load(root, target.url, { strict });
      expect(loaded.rejects).toEqual([]);
      expect(loaded.exitCode).toBe(0);
      expect(loaded.files).toMatchObject([
        { dataset: 'conversations', status: 'loaded', records: { read: 7, loaded: 7 } },
      ]);
      expect(loaded.files[0]?.datasets).toEqual({
        conversations: { read: 2, loaded: 2, rejected: 0 },
        models: { read: 1, loaded: 1, rejected: 0 },
        settings: { read: 2, loaded: 2, rejected: 0 },
        usage: { read: 1, loaded: 1, rejected: 0 },
        users: { read: 1, loaded: 1, rejected: 0 },
      });
      expect(await idsOf('SELECT daily_used FROM usage')).toHaveLength(1);
      expect(await idsOf("SELECT email FROM users WHERE id = 'ann'")).toEqual(['ann@example.org']);
      const { totals, differences } = await verify(runSettings({ root, to: target.url }));
      expect([totals.different, totals.missing, totals.extra, differences]).toEqual([0, 0, 0, []]);
      expect(await load(root, target.url, { strict })).toMatchObject({ exitCode: 0, files: [{ status: 'unchanged' }] });
      const again = await load(root, target.url, { strict, reload: true });
      for (const rows of Object.values(again.tables)) expect(rows).toMatchObject({ inserted: 0, updated: 0 });
    },
  );

  test('what refers to records of the same file finds them, whichever come first', async () => {
    write('export.json', {
      predictions: [
        { id: 7, event_id: 3, prediction: { prediction: 1 }, attack_detected: true, timestamp: '2025-01-01T00:00:00' },
      ],
      events: [{ id: 3, payload: { login_attempts: 1 }, timestamp: '2025-01-01T00:00:00', endpoint: '/a' }],
    });
    const loaded = await load(root, target.url);
    expect(loaded.rejects).toEqual([]);
    expect(await idsOf('SELECT id FROM events')).toHaveLength(1);
    expect(await idsOf('SELECT id FROM predictions')).toHaveLength(1);
  });

  test('records that no dataset takes are a reject, and the file is not done', async () => {
    const gadgets = { a: { colour: 'red' } };
    write('db.json', { meta: { count: 3 }, gadgets, conversations: [conversation('c1')], tags: ['x'] });
    const loaded = await load(root, target.url);
    expect(loaded.rejects).toMatchObject([{ code: 'second-collection', record: null, pointer: '/gadgets' }]);
    expect(loaded.files).toMatchObject([{ status: 'partial', dropped: { envelope: 2 } }]);
    expect(loaded.warnings).toMatchObject([{ code: 'beside-records', path: 'db.json' }]);
    expect(loaded.exitCode).toBe(1);
  });

  test('an index beside the records does not displace them', async () => {
    write('db.json', {
      index: [{ id: 'c1', title: 't', created_at: '2025-01-01' }],
      conversations: [conversation('c1')],
    });
    write('conversations/all.json', [{ id: 'c1', title: 't', created_at: '2025-01-01' }]);
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ rejects: [], exitCode: 0 });
    expect(loaded.files).toMatchObject([
      { path: 'conversations/all.json', reason: 'index-file' },
      { status: 'loaded' },
    ]);
    expect(await idsOf('SELECT content FROM messages')).toEqual(['x']);
  });

  test.each(['before', 'after'])('an owner and a host %s the records belong to each of them', async (where) => {
    const around = (name: string, value: string, records: object) =>
      where === 'before' ? { [name]: value, ...records } : { ...records, [name]: value };
    write(
      'chats.json',
      around('user_id', 'ann', { conversations: [conversation('c1'), { ...conversation('c2'), user_id: 'ben' }] }),
    );
    write('prefs.json', around('userId', 'cem', { settings: { theme: 'dark', panel: { user: 1 } } }));
    write('dump.json', around('host', 'web-1', { metrics: [{ timestamp: '2025-01-01T00:00:00', cpu_usage: 1 }] }));
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ rejects: [], exitCode: 0 });
    expect(await idsOf('SELECT user_id FROM conversations ORDER BY id')).toEqual(['ann', 'ben']);
    expect(await idsOf('SELECT source FROM metrics')).toEqual(['web-1']);
    expect(await idsOf("SELECT value FROM user_settings WHERE user_id = 'cem' ORDER BY key")).toEqual([
      '{"user":1}',
      'dark',
    ]);
    for (const { dropped, path } of loaded.files) expect(dropped, path).toEqual({});
    expect(loaded.warnings).toEqual([]);
    expect(loaded.files[2]).toMatchObject({ path: 'prefs.json', owner: 'cem', owner_from: 'record' });
  });

  test('a rejected record that is corrected keeps its dataset and its owner', async () => {
    write('db.json', {
      user_id: 'ann',
      conversations: [{ ...conversation('c1'), title: 5 }],
      settings: { CONFIDENCE_THRESHOLD: 7 },
      usage: { ben: { tier: 'gold' } },
    });
    const rejects = join(root, '..', `rejects-${Date.now()}-${product}`);
    const loaded = await load(root, target.url, { rejects });
    expect(loaded.rejects.map(({ code }) => code)).toEqual(['wrong-type', 'out-of-range', 'not-one-of']);
    for (const name of readdirSync(join(rejects, 'db.json')).filter((each) => /^\d+\.json$/.test(each))) {
      const path = join(rejects, 'db.json', name);
      const text = readFileSync(path, 'utf8').replace('"title":5', '"title":"t"').replace('gold', 'pro');
      writeFileSync(path, text.replace(/^7$/, '0.5'));
    }
    const report = await retry(runSettings({ root: rejects, to: target.url }));
    expect(report.head.exit_code).toBe(0);
    report.close();
    rmSync(rejects, { recursive: true });
    expect(await idsOf('SELECT user_id FROM conversations')).toEqual(['ann']);
    expect(await idsOf('SELECT user_id FROM user_settings')).toEqual(['ann']);
    expect(await queryTarget(target.url, 'SELECT user_id, tier FROM usage')).toEqual([{ user_id: 'ben', tier: 'pro' }]);
  });

  test('--only takes its part, and the rest is loaded later', async () => {
    write('db.json', DATABASE);
    const part = await load(root, target.url, { only: ['usage'] });
    expect(part.files).toMatchObject([{ status: 'partial', skipped_by: 'only', records: { read: 1, loaded: 1 } }]);
    const whole = await load(root, target.url);
    expect(whole.files).toMatchObject([{ status: 'loaded', records: { read: 7, loaded: 7 } }]);
    expect(await idsOf('SELECT id FROM conversations')).toHaveLength(2);
  });

  test('an empty list is nothing to load', async () => {
    for (const [path, content] of [
      ['users.json', []],
      ['metrics/m.json', { metrics: [] }],
      ['conversations/c.json', []],
    ] as const)
      write(path, content);
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    for (const { status, reason } of loaded.files) expect([status, reason]).toEqual(['unrecognised', 'empty-list']);
    expect(await load(root, target.url, { allowEmpty: true })).toMatchObject({ exitCode: 0 });
  });
});
