import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/databases/database.ts';
import { digest } from '../../src/databases/digest.ts';
import type { LedgerQuery, LedgerRow } from '../../src/databases/ledger-query.ts';
import { RefusedRow } from '../../src/databases/refused-row.ts';
import { obstaclesToLoad } from '../../src/schema/comparison/plan.ts';
import { ledgerPlace } from '../../src/schema/ledger-place.ts';
import { LEDGER, LEDGER_LIST } from '../../src/schema/ledger-tables.ts';
import type { RowGroup } from '../../src/schema/row-group.ts';
import { TABLE_LIST, TABLES } from '../setup/built-in.ts';
import { filesBelow, hashesBelow } from '../setup/corpus.ts';
import { asAdmin } from '../setup/databases.ts';
import { random } from '../setup/random.ts';
import { type FreshTarget, freshTarget, openTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import {
  compareGroups,
  conversationGroup,
  group,
  loadGroups,
  loadInto,
  messageRow,
  metric,
  storedRows,
} from './groups.ts';

const EARLY = '2024-01-01 00:00:00.000000';
const LATE = '2024-01-01 00:00:00.000001';

/** Texts that COPY, JSON, SQL or a collation could take for something else. */
const NASTY = [
  '',
  ' ',
  '\\',
  '\\\\',
  '\\N',
  '\\.',
  '\\n',
  '\\x00',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\v\f\b\u0007\u001b[31m',
  "'",
  "''; DROP TABLE users; --",
  '"',
  '$1',
  '?',
  'NULL',
  'null',
  '{"a":1}',
  ' leading and trailing ',
  '🙂',
  '👩‍👩‍👧‍👦',
  'e\u0301',
  '\u00e9',
  '\u2028\u2029',
  '\u0085',
  '\u00a0',
  '\ufeffbom',
  '\uffff',
  '\ufffe',
  '\u{10ffff}',
  '\u200f\u202e',
  'İıſß',
];

/** Every row of a table with a mark that changes when the row is written again. */
async function rowVersions(url: string, table: string, key: string): Promise<Record<string, unknown>> {
  const version = url.startsWith('sqlite:')
    ? `(SELECT count(*) FROM touched WHERE touched."table" = '${table}' AND touched.row = t.rowid)`
    : 'xmin::text';
  const rows = await queryTarget(url, `SELECT ${key} AS key, ${version} AS version FROM ${table} t`);
  return Object.fromEntries(rows.map((row) => [String(row['key']), row['version']]));
}

/** SQLite has no xmin: triggers note which rows are written. */
async function watchRows(url: string, ...tables: readonly string[]): Promise<void> {
  if (!url.startsWith('sqlite:')) return;
  await queryTarget(
    url,
    'CREATE TABLE touched ("table" TEXT, row INTEGER)',
    ...tables.map(
      (table) =>
        `CREATE TRIGGER watch_${table} AFTER UPDATE ON ${table} BEGIN INSERT INTO touched VALUES ('${table}', NEW.rowid); END`,
    ),
  );
}

function randomText(next: () => number): string {
  const length = Math.floor(next() * 12);
  const ranges = [
    [0x01, 0x20],
    [0x20, 0x7f],
    [0x5c, 0x5d],
    [0x80, 0x800],
    [0x800, 0xd800],
    [0xe000, 0x10000],
    [0x10000, 0x110000],
  ] as const;
  const character = (): string => {
    const [from, to] = ranges[Math.floor(next() * ranges.length)] ?? [0x20, 0x7f];
    return String.fromCodePoint(from + Math.floor(next() * (to - from)));
  };
  return Array.from({ length }, character).join('');
}

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe.each(PRODUCTS)('%s', (product: Product) => {
  let target: FreshTarget;
  let database: Database;

  beforeAll(async () => {
    target = await freshTarget(product);
  });

  afterAll(() => target.drop());

  // A new PostgreSQL database per test would take most of the time of these tests.
  beforeEach(async () => {
    if (product === 'PostgreSQL') {
      await queryTarget(
        asAdmin(target.url),
        'DROP SCHEMA public CASCADE',
        'DROP SCHEMA IF EXISTS migrate_json CASCADE',
      );
      await queryTarget(target.url, 'CREATE SCHEMA public');
    } else rmSync(target.url.slice('sqlite:'.length), { force: true });
    database = await openTarget(target.url);
    await database.createTables();
  });

  afterEach(() => database.close());

  describe('its tables', () => {
    test('are created once; the second time there is nothing to do', async () => {
      const fresh = await freshTarget(product);
      const first = await openTarget(fresh.url);
      const created = await first.createTables();
      const place = ledgerPlace(product === 'SQLite' ? 'prefixed' : 'own', 'migrate_json');
      expect([...created].sort()).toEqual([...TABLE_LIST, ...LEDGER_LIST].map(place.title).sort());
      expect(await first.createTables()).toEqual([]);
      await first.close();
      const second = await openTarget(fresh.url);
      expect(await second.createTables()).toEqual([]);
      expect(obstaclesToLoad(await second.examine())).toEqual([]);
      const versions = await queryTarget(fresh.url, 'SELECT version FROM ledger.schema_version');
      expect(versions.map(({ version }) => Number(version))).toEqual([1]);
      await second.close();
      await fresh.drop();
    });

    test('are created by one of two programs that found none', async () => {
      const fresh = await freshTarget(product);
      const [first, second] = await Promise.all([openTarget(fresh.url), openTarget(fresh.url)]);
      expect(await first.createTables()).toHaveLength(TABLE_LIST.length + LEDGER_LIST.length);
      expect(await second.createTables()).toEqual([]);
      await loadGroups(second, [conversationGroup('c', {}, ['one'])]);
      expect(await storedRows(first, TABLES.messages)).toHaveLength(1);
      await Promise.all([first.close(), second.close()]);
      await fresh.drop();
    });

    test('take what an application inserts without knowing this program', async () => {
      await queryTarget(
        target.url,
        "INSERT INTO users (id) VALUES ('app')",
        "INSERT INTO conversations (id, user_id) VALUES ('c', 'nobody-we-know')",
        "INSERT INTO messages (conversation_id, role, content) VALUES ('c', 'user', 'hi')",
        "INSERT INTO messages (conversation_id, role, content) VALUES ('c', 'user', 'hi again')",
        "INSERT INTO usage (user_id) VALUES ('u')",
      );
      expect(await storedRows(database, TABLES.conversations)).toMatchObject([
        { title: 'New Conversation', created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/) },
      ]);
      expect(await storedRows(database, TABLES.usage)).toMatchObject([{ tier: 'free', daily_limit: 10 }]);
      expect(await storedRows(database, TABLES.messages)).toHaveLength(2);
    });

    test('that lack a column of which no row is without a value are named', async () => {
      await queryTarget(target.url, 'ALTER TABLE usage RENAME COLUMN user_id TO customer');
      const reopened = await openTarget(target.url);
      expect(obstaclesToLoad(await reopened.examine())).toMatchObject([
        { table: 'usage', column: 'user_id', code: 'cannot-be-filled' },
        { table: 'usage', column: 'customer', code: 'unknown-required' },
      ]);
      await reopened.close();
    });
  });

  describe('compare', () => {
    test('says absent of what is not there and same of what was just loaded', async () => {
      const groups = [
        conversationGroup('c1', {}, ['one', 'two']),
        metric('host'),
        group(TABLES.usage, { user_id: 'u' }),
      ];
      expect(await loadGroups(database, groups)).toMatchObject([
        { root: 'absent' },
        { root: 'absent' },
        { root: 'absent' },
      ]);
      expect(await compareGroups(database, groups)).toEqual([
        {
          root: 'same',
          isPlaceholder: false,
          ownerDiffers: false,
          storedIsNewer: false,
          children: [{ table: 'messages', absent: 0, same: 2, differs: 0, surplus: 0 }],
        },
        { root: 'same', isPlaceholder: false, ownerDiffers: false, storedIsNewer: false, children: [] },
        { root: 'same', isPlaceholder: false, ownerDiffers: false, storedIsNewer: false, children: [] },
      ]);
    });

    test('answers in the order of the question, whatever is mixed', async () => {
      await loadGroups(database, [metric('b'), conversationGroup('c2'), conversationGroup('c4')]);
      const asked = [
        conversationGroup('c1'),
        metric('a'),
        conversationGroup('c2'),
        metric('b'),
        conversationGroup('c3'),
        conversationGroup('c4', { title: 'other' }),
      ];
      const found = await compareGroups(database, asked);
      expect(found.map(({ root }) => root)).toEqual(['absent', 'absent', 'same', 'same', 'absent', 'differs']);
    });

    test('counts children that are absent, same, different and surplus', async () => {
      await loadGroups(database, [conversationGroup('c', {}, ['same', 'old', 'surplus', 'surplus too'])]);
      const shorter: RowGroup = {
        ...conversationGroup('c'),
        children: [
          {
            table: TABLES.messages,
            rows: [
              messageRow('c', { position: 0, content: 'same' }),
              messageRow('c', { position: 1, content: 'new' }),
              messageRow('c', { position: 7, content: 'absent' }),
            ],
          },
        ],
      };
      expect(await compareGroups(database, [shorter])).toMatchObject([
        { root: 'same', children: [{ table: 'messages', absent: 1, same: 1, differs: 1, surplus: 2 }] },
      ]);
    });

    test('counts messages of the application that have no position as surplus', async () => {
      await loadGroups(database, [conversationGroup('c', {}, ['one'])]);
      await queryTarget(
        target.url,
        "INSERT INTO messages (conversation_id, role, content) VALUES ('c', 'user', 'app 1'), ('c', 'user', 'app 2')",
      );
      expect(await compareGroups(database, [conversationGroup('c', {}, ['one'])])).toMatchObject([
        { children: [{ absent: 0, same: 1, differs: 0, surplus: 2 }] },
      ]);
    });

    test('counts the children of a conversation that has none in the source', async () => {
      await loadGroups(database, [conversationGroup('c', {}, ['one'])]);
      expect(await compareGroups(database, [conversationGroup('c')])).toMatchObject([
        { root: 'same', children: [{ table: 'messages', absent: 0, same: 0, differs: 0, surplus: 1 }] },
      ]);
    });

    test('sees another owner', async () => {
      await loadGroups(database, [conversationGroup('c', { user_id: 'ann' })]);
      expect(await compareGroups(database, [conversationGroup('c', { user_id: 'bob' })])).toMatchObject([
        { root: 'same', ownerDiffers: true },
      ]);
    });

    test.each([
      { stored: LATE, record: EARLY, newer: true },
      { stored: EARLY, record: LATE, newer: false },
      { stored: EARLY, record: EARLY, newer: false },
      { stored: EARLY, record: null, newer: true },
      { stored: null, record: EARLY, newer: false },
      { stored: null, record: null, newer: false },
    ])('of a row changed at $stored and a record of $record: stored is newer: $newer', async (each) => {
      await loadGroups(database, [conversationGroup('c', { updated_at: each.stored })]);
      const [found] = await compareGroups(database, [
        conversationGroup('c', { title: 'other', updated_at: each.record }),
      ]);
      expect(found).toMatchObject({ root: 'differs', storedIsNewer: each.newer });
    });

    test('a time that the source does not know is no difference and replaces nothing', async () => {
      await loadGroups(database, [conversationGroup('c', { created_at: EARLY, updated_at: EARLY })]);
      expect(await compareGroups(database, [conversationGroup('c')])).toMatchObject([{ root: 'same' }]);
      await loadGroups(database, [conversationGroup('c', { title: 'other' })]);
      expect(await storedRows(database, TABLES.conversations)).toMatchObject([
        { title: 'other', created_at: EARLY, updated_at: EARLY },
      ]);
    });

    test.each([
      { what: 'members in another order', stored: '{ "b": [1, {"d": 2, "c": null}], "a": "x" }' },
      { what: 'numbers spelled otherwise', stored: '{"a":"x","b":[1.0,{"c":null,"d":2e0}]}' },
      { what: 'escapes in place of characters', stored: '{"\\u0061":"\\u0078","b":[1,{"c":null,"d":2}]}' },
    ])('takes JSON with $what for the same', async ({ stored }) => {
      const record = metric('h', { extra: '{"a":"x","b":[1,{"c":null,"d":2}]}' });
      await loadGroups(database, [record]);
      await queryTarget(target.url, `UPDATE metrics SET extra = '${stored}'`);
      expect(await compareGroups(database, [record])).toMatchObject([{ root: 'same' }]);
      expect(await storedRows(database, TABLES.metrics)).toMatchObject([
        { extra: '{"a":"x","b":[1,{"c":null,"d":2}]}' },
      ]);
    });

    test.each([
      { what: 'a JSON null and no JSON', one: 'null', other: null },
      { what: 'a text and a number', one: '{"a":"1"}', other: '{"a":1}' },
      {
        what: 'numbers that differ in their last digit',
        one: '{"a":9007199254740993}',
        other: '{"a":9007199254740992}',
      },
      { what: 'lists in another order', one: '[1,2]', other: '[2,1]' },
    ])('tells $what apart', async ({ one, other }) => {
      await loadGroups(database, [metric('h', { extra: one })]);
      expect(await compareGroups(database, [metric('h', { extra: other })])).toMatchObject([{ root: 'differs' }]);
    });

    test('works without any group', async () => {
      expect(await compareGroups(database, [])).toEqual([]);
      expect(await loadGroups(database, [])).toEqual([]);
    });
  });

  describe('merge', () => {
    test('writes no row that is unchanged', async () => {
      await watchRows(target.url, 'conversations', 'messages', 'metrics', 'usage');
      const groups = [
        conversationGroup('c1', { created_at: EARLY, extra: '{"a":1}' }, ['one', 'two']),
        conversationGroup('c2', {}, ['one']),
        metric('h', { cpu_usage: 1.951975178410372, is_anomaly: true, extra: '{"x":1}' }),
        group(TABLES.usage, { user_id: 'u', total_queries: 9007199254740993n, last_reset_daily: '2024-02-29' }),
      ];
      await loadGroups(database, groups);
      const before = {
        conversations: await rowVersions(target.url, 'conversations', 'id'),
        messages: await rowVersions(target.url, 'messages', 'id'),
        metrics: await rowVersions(target.url, 'metrics', 'source'),
        usage: await rowVersions(target.url, 'usage', 'user_id'),
      };
      await loadGroups(database, groups);
      expect({
        conversations: await rowVersions(target.url, 'conversations', 'id'),
        messages: await rowVersions(target.url, 'messages', 'id'),
        metrics: await rowVersions(target.url, 'metrics', 'source'),
        usage: await rowVersions(target.url, 'usage', 'user_id'),
      }).toEqual(before);
    });

    test('of a changed conversation writes the rows that differ and no other', async () => {
      await watchRows(target.url, 'conversations', 'messages');
      await loadGroups(database, [
        conversationGroup('changed', {}, ['one', 'two']),
        conversationGroup('title', {}, ['one']),
        conversationGroup('same', {}, ['one']),
      ]);
      const roots = await rowVersions(target.url, 'conversations', 'id');
      const children = await rowVersions(target.url, 'messages', "conversation_id || '/' || position");
      await loadGroups(database, [
        conversationGroup('changed', {}, ['one', 'two, changed', 'three']),
        conversationGroup('title', { title: 'changed' }, ['one']),
        conversationGroup('same', {}, ['one']),
      ]);
      const touched = (before: Record<string, unknown>, after: Record<string, unknown>): string[] =>
        Object.keys(after).filter((key) => before[key] !== after[key]);
      expect(touched(roots, await rowVersions(target.url, 'conversations', 'id'))).toEqual(['title']);
      const after = await rowVersions(target.url, 'messages', "conversation_id || '/' || position");
      expect(touched(children, after).sort()).toEqual(['changed/1', 'changed/2']);
      const contents = (await storedRows(database, TABLES.messages)).map((row) => row['content']);
      expect(contents).toEqual(['one', 'two, changed', 'three', 'one', 'one']);
    });

    test('keeps rows that the source does not have', async () => {
      await loadGroups(database, [conversationGroup('c', {}, ['one', 'two', 'three'])]);
      await loadGroups(database, [conversationGroup('c', { title: 'shorter' }, ['one'])]);
      expect(await storedRows(database, TABLES.messages)).toHaveLength(3);
    });

    test('sets a column to NULL where the record has none any more', async () => {
      await loadGroups(database, [metric('h', { cpu_usage: 1, extra: '{"a":1}' })]);
      await loadGroups(database, [metric('h')]);
      expect(await storedRows(database, TABLES.metrics)).toMatchObject([{ cpu_usage: null, extra: null }]);
    });

    test('that meets a constraint names it without the value, leaves nothing and lets the transaction go on', async () => {
      const secret = 'value-of-the-record';
      const bad = metric(secret, { cpu_usage: 101 });
      await database.transaction(undefined, async (transaction) => {
        const groups = [metric('before'), bad, metric('after')];
        const comparisons = await transaction.compare(groups);
        const merges = groups.map((each, index) => ({ group: each, comparison: comparisons[index] ?? never() }));
        const refused = await transaction.merge(merges).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(refused).toBeInstanceOf(RefusedRow);
        expect(String(refused)).toMatch(/cpu_usage/);
        expect(inspectDeeply(refused)).not.toContain(secret);
        await transaction.merge(merges.filter((merge) => merge.group !== bad));
      });
      const rows = await storedRows(database, TABLES.metrics);
      expect(rows.map((row) => row['source'])).toEqual(['after', 'before']);
    });

    test('of an aggregate with a message that is refused leaves nothing of it', async () => {
      const bad = { ...conversationGroup('c', {}, ['one']), children: [] };
      const withBadChild: RowGroup = {
        ...bad,
        children: [
          {
            table: TABLES.messages,
            rows: [messageRow('c', { position: 0, content: 'one' }), messageRow('c', { position: -1 })],
          },
        ],
      };
      await database.transaction(undefined, async (transaction) => {
        await expect(loadInto(transaction, [withBadChild])).rejects.toBeInstanceOf(RefusedRow);
      });
      expect(await storedRows(database, TABLES.conversations)).toEqual([]);
      expect(await storedRows(database, TABLES.messages)).toEqual([]);
    });

    test('and everything else of a transaction whose work fails is undone', async () => {
      const failure = new Error('the work fails');
      const work = database.transaction(undefined, async (transaction) => {
        await loadInto(transaction, [conversationGroup('c', {}, ['one'])]);
        await transaction.insertLedger(LEDGER.batches, [batchRow('r', 1)]);
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      for (const table of TABLE_LIST) expect(await storedRows(database, table)).toEqual([]);
      expect(await Array.fromAsync(database.ledgerRows({ kind: 'batches' }))).toEqual([]);
      await loadGroups(database, [conversationGroup('c', {}, ['one'])]);
      expect(await storedRows(database, TABLES.messages)).toHaveLength(1);
    });
  });

  test('owners are created where they are missing, and existing ones are not touched', async () => {
    await queryTarget(target.url, "INSERT INTO users (id, name, role) VALUES ('known', 'Known', 'admin')");
    await database.transaction(undefined, async (transaction) => {
      expect(await transaction.createOwners(['new', 'known', 'ünïcode \\ \'"\t'])).toEqual(['new', 'ünïcode \\ \'"\t']);
      expect(await transaction.createOwners(['new', 'known'])).toEqual([]);
      expect(await transaction.createOwners([])).toEqual([]);
    });
    const users = await storedRows(database, TABLES.users);
    expect(users).toMatchObject([
      { id: 'known', name: 'Known', role: 'admin' },
      { id: 'new', name: null, role: 'viewer', is_active: true, created_at: null, updated_at: null },
      { id: 'ünïcode \\ \'"\t' },
    ]);
  });

  describe('a value', () => {
    test('of a real column comes back as the same double', async () => {
      const values = [
        0,
        1,
        0.1,
        1 / 3,
        1.951975178410372,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        1e21,
        123456789.125,
        9007199254740994,
        1e-7,
      ];
      await loadGroups(
        database,
        values.map((load_1m, index) => metric(`h${String(index).padStart(2, '0')}`, { load_1m })),
      );
      expect((await storedRows(database, TABLES.metrics)).map((row) => row['load_1m'])).toEqual(values);
    });

    test('of an integer column comes back exactly, beyond what a double holds', async () => {
      const values = [0, 1, Number.MAX_SAFE_INTEGER, 9007199254740993n, 9223372036854775807n];
      const groups = values.map((total_queries, index) => group(TABLES.usage, { user_id: `u${index}`, total_queries }));
      await loadGroups(database, groups);
      expect((await storedRows(database, TABLES.usage)).map((row) => row['total_queries'])).toEqual(values);
      expect(await compareGroups(database, groups)).toMatchObject(values.map(() => ({ root: 'same' })));
    });

    test.each([
      '1996-01-01 00:00:00.000000',
      '2024-02-29 23:59:59.999999',
      '0001-01-01 00:00:00.000001',
      '9999-12-31 23:59:59.999999',
    ])('of a timestamp column comes back to the microsecond: %s', async (timestamp) => {
      const groups = [group(TABLES.metrics, { source: 'h', timestamp })];
      await loadGroups(database, groups);
      expect(await storedRows(database, TABLES.metrics)).toMatchObject([{ timestamp }]);
      expect(await compareGroups(database, groups)).toMatchObject([{ root: 'same' }]);
    });

    test('of a boolean, a date, a JSON and an absent one comes back as it was', async () => {
      const values = { is_anomaly: false, extra: '{"a":[1,"2",null,true,1e400,0.30000000000000004]}', cpu_usage: null };
      await loadGroups(database, [
        metric('h', values),
        group(TABLES.usage, { user_id: 'u', last_reset_daily: '2024-02-29', daily_used: null }),
      ]);
      const [stored] = await storedRows(database, TABLES.metrics);
      expect({ ...stored, extra: undefined }).toMatchObject({ is_anomaly: false, cpu_usage: null });
      expect(stored?.['extra']).toMatch(/^\{"a":\[1,"2",null,true,1(e\+?400|0{400}),0\.30000000000000004\]\}$/);
      expect(await storedRows(database, TABLES.usage)).toMatchObject([
        { last_reset_daily: '2024-02-29', daily_used: null },
      ]);
    });

    test('of a text column comes back byte for byte: backslashes, tabs, quotes, markers of COPY, any character', async () => {
      const { seed, next } = random();
      const texts = [...NASTY, ...Array.from({ length: 500 }, () => randomText(next))];
      const groups = [
        conversationGroup('texts', {}, texts),
        ...texts.map((title, index) =>
          conversationGroup(`c${index}`, { title, extra: JSON.stringify({ [title]: title }) }),
        ),
      ];
      await loadGroups(database, groups);
      const contents = (await storedRows(database, TABLES.messages)).map((row) => row['content']);
      expect(contents, `seed ${seed}`).toEqual(texts);
      const conversations = new Map((await storedRows(database, TABLES.conversations)).map((row) => [row['id'], row]));
      for (const [index, title] of texts.entries()) {
        const row = conversations.get(`c${index}`);
        expect(row?.['title'], `seed ${seed}`).toBe(title);
        expect(JSON.parse(String(row?.['extra'])), `seed ${seed}`).toEqual({ [title]: title });
      }
      const again = await compareGroups(database, groups);
      expect(
        again.filter(({ root }) => root !== 'same'),
        `seed ${seed}`,
      ).toEqual([]);
    });

    test('of a key is found again: nasty texts as keys', async () => {
      const keys = [...new Set(NASTY)].filter((key) => key !== '');
      const groups = keys.map((user_id) => group(TABLES.usage, { user_id, daily_used: 1 }));
      await loadGroups(database, groups);
      expect(await compareGroups(database, groups)).toMatchObject(keys.map(() => ({ root: 'same' })));
    });

    test('as long as the column allows is counted in characters, not in bytes or UTF-16 units', async () => {
      await loadGroups(database, [conversationGroup('c', { title: '🙂'.repeat(500) })]);
      await expect(loadGroups(database, [conversationGroup('d', { title: '🙂'.repeat(501) })])).rejects.toBeInstanceOf(
        RefusedRow,
      );
      expect(await storedRows(database, TABLES.conversations)).toHaveLength(1);
    });
  });

  test('rows come by natural key, texts bytewise, whatever the collation of the column', async () => {
    if (product === 'PostgreSQL') {
      await queryTarget(target.url, 'ALTER TABLE usage ALTER user_id TYPE varchar(128) COLLATE "und-x-icu"');
    }
    const keys = ['b', 'B', 'a', 'A', 'ä', 'Z', 'z', '_', '10', '9', ' a', 'é', 'e\u0301', '\uffff', '🙂', '-a'];
    await loadGroups(
      database,
      keys.map((user_id) => group(TABLES.usage, { user_id })),
    );
    const stored = (await storedRows(database, TABLES.usage)).map((row) => String(row['user_id']));
    expect(stored).toEqual([...keys].sort(bytewise));
  });

  describe('its ledger', () => {
    test('gives the newest row of each path, by path bytewise', async () => {
      const paths = ['b.json', 'Ä.json', 'a/z.json', 'a.json', 'B.json', '🙂.json', '\uffff.json', 'new\nline.json'];
      for (const run of ['r1', 'r2']) {
        await database.transaction(undefined, (transaction) =>
          transaction.insertLedger(
            LEDGER.files,
            paths.map((path) => fileRow(run, path)),
          ),
        );
      }
      const rows = await ledgerRows(database, { kind: 'latest-files' });
      expect(rows.map((row) => row['path'])).toEqual([...paths].sort(bytewise));
      expect(new Set(rows.map((row) => row['run_id']))).toEqual(new Set(['r2']));
      expect(rows[0]).toMatchObject({ bytes: Number.MAX_SAFE_INTEGER, mtime_ns: '1700000000123456789' });
      const ofRun = await ledgerRows(database, { kind: 'files-of-run', runId: 'r1' });
      expect(ofRun.map((row) => row['path'])).toEqual([...paths].sort(bytewise));
      expect(await ledgerRows(database, { kind: 'files-of-run', runId: "r1' OR 1=1" })).toEqual([]);
    });

    test('gives runs newest first, with what was written at their end', async () => {
      await database.transaction(undefined, (transaction) =>
        transaction.insertLedger(LEDGER.runs, [runRow('r1', EARLY), runRow('r2', LATE)]),
      );
      await database.updateRun('r1', { status: 'complete', exit_code: 0, finished_at: LATE, report: '{"b":1,"a":2}' });
      const rows = await ledgerRows(database, { kind: 'runs' });
      expect(rows).toMatchObject([
        { run_id: 'r2', status: 'running', finished_at: null },
        {
          run_id: 'r1',
          status: 'complete',
          exit_code: 0,
          started_at: EARLY,
          finished_at: LATE,
        },
      ]);
      expect(JSON.parse(String(rows[1]?.['report']))).toEqual({ a: 2, b: 1 });
    });

    test('gives the bytes of batches as they were written', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_value, index) => index);
      await database.transaction(undefined, (transaction) =>
        transaction.insertLedger(LEDGER.batches, [batchRow('r', 2), { ...batchRow('r', 1), claims: bytes }]),
      );
      const rows = await ledgerRows(database, { kind: 'batches' });
      expect(rows.map((row) => row['batch'])).toEqual([1, 2]);
      expect(Buffer.from((rows[0]?.['claims'] ?? []) as Uint8Array)).toEqual(Buffer.from(bytes));
    });

    test('can be read in the middle of a transaction, and sees what it wrote', async () => {
      await database.transaction(undefined, async (transaction) => {
        await transaction.insertLedger(LEDGER.batches, [batchRow('r', 1)]);
        expect(await ledgerRows(database, { kind: 'batches' })).toHaveLength(1);
        await loadInto(transaction, [metric('h')]);
      });
      expect(await storedRows(database, TABLES.metrics)).toHaveLength(1);
    });

    test('that is read only in part does not stand in the way of a transaction', async () => {
      await database.transaction(undefined, (transaction) =>
        transaction.insertLedger(LEDGER.files, [fileRow('r', 'a'), fileRow('r', 'b'), fileRow('r', 'c')]),
      );
      for await (const [row] of database.ledgerRows({ kind: 'latest-files' })) {
        expect(row?.['path']).toBe('a');
        break;
      }
      await loadGroups(database, [metric('h')]);
      expect(await storedRows(database, TABLES.metrics)).toHaveLength(1);
    });

    test('of a database without tables is empty', async () => {
      const fresh = await freshTarget(product);
      const empty = await openTarget(fresh.url);
      expect(await ledgerRows(empty, { kind: 'latest-files' })).toEqual([]);
      expect(await storedRows(empty, TABLES.users)).toEqual([]);
      await empty.close();
      await fresh.drop();
    });
  });

  describe('a dry run', () => {
    const stored = (): RowGroup[] => [conversationGroup('old', {}, ['one', 'two']), metric('old', { cpu_usage: 1 })];

    test('compares with the rows that are there and changes none', async () => {
      await loadGroups(database, stored());
      const before = await digest(database);
      const dry = await openTarget(target.url, { dryRun: true });
      expect(await dry.createTables()).toEqual([]);
      const found = await loadGroups(dry, [
        conversationGroup('old', {}, ['one', 'changed', 'new']),
        metric('old', { cpu_usage: 1 }),
        metric('new'),
        conversationGroup('new', { user_id: 'bob' }),
      ]);
      expect(found).toMatchObject([
        { root: 'same', children: [{ absent: 1, same: 1, differs: 1, surplus: 0 }] },
        { root: 'same' },
        { root: 'absent' },
        { root: 'absent' },
      ]);
      await dry.close();
      expect(await digest(database)).toBe(before);
    });

    test('can load batch after batch', async () => {
      const dry = await openTarget(target.url, { dryRun: true });
      await dry.createTables();
      for (const batch of ['a', 'b', 'c']) {
        expect(await loadGroups(dry, [conversationGroup(batch, {}, ['one']), metric(batch)])).toMatchObject([
          { root: 'absent' },
          { root: 'absent' },
        ]);
      }
      await dry.close();
      expect(await storedRows(database, TABLES.conversations)).toEqual([]);
    });

    test('creates an owner once, and none that is there', async () => {
      await queryTarget(target.url, "INSERT INTO users (id) VALUES ('known')");
      const dry = await openTarget(target.url, { dryRun: true });
      await dry.createTables();
      const create = (...ids: string[]) => dry.transaction(undefined, (transaction) => transaction.createOwners(ids));
      expect(await create('known', 'new')).toEqual(['new']);
      expect(await create('known', 'new')).toEqual([]);
      await dry.close();
    });

    test.each(['on an empty database', 'on a database with tables'])(
      'meets the declared constraints %s',
      async (where) => {
        const fresh = where === 'on an empty database' ? await freshTarget(product) : target;
        const dry = await openTarget(fresh.url, { dryRun: true });
        await dry.createTables();
        const load = (each: RowGroup) => loadGroups(dry, [each]);
        await expect(load(metric('h', { cpu_usage: 101 }))).rejects.toBeInstanceOf(RefusedRow);
        await dry.close();
        if (fresh !== target) await fresh.drop();
      },
    );

    test('draws no number of a sequence and leaves no file', async () => {
      await loadGroups(database, stored());
      const before = await traces(target.url);
      const dry = await openTarget(target.url, { dryRun: true });
      await dry.createTables();
      await loadGroups(dry, [conversationGroup('new', {}, ['one', 'two']), metric('new')]);
      await dry.close();
      expect(await traces(target.url)).toEqual(before);
    });
  });

  test('the digest is that of the other database with the same rows, in whatever order they were loaded', async () => {
    const groups = [
      conversationGroup('c1', { created_at: EARLY, extra: '{"n":1.50}' }, NASTY),
      conversationGroup('c2', { user_id: 'bob' }),
      metric('h1', { load_1m: 5e-324, is_anomaly: true, extra: '{"a":1e400}' }),
      metric('h0', { cpu_usage: 0, is_anomaly: false }),
      group(TABLES.usage, { user_id: 'Z', total_queries: 9223372036854775807n, last_reset_daily: '2024-02-29' }),
      group(TABLES.usage, { user_id: 'a' }),
    ];
    const other = await freshTarget(product === 'SQLite' ? 'PostgreSQL' : 'SQLite');
    const elsewhere = await openTarget(other.url);
    await elsewhere.createTables();
    await loadGroups(database, groups);
    for (const each of [...groups].reverse()) await loadGroups(elsewhere, [each]);
    expect(await digest(elsewhere)).toBe(await digest(database));
    await loadGroups(elsewhere, [metric('one more')]);
    expect(await digest(elsewhere)).not.toBe(await digest(database));
    await elsewhere.close();
    await other.drop();
  });
});

/** What a run leaves beside its rows: numbers drawn from sequences, files. */
async function traces(url: string): Promise<unknown> {
  if (url.startsWith('sqlite:')) {
    const directory = dirname(url.slice('sqlite:'.length));
    return [filesBelow(directory), hashesBelow(directory)];
  }
  return queryTarget(url, 'SELECT sequencename, last_value FROM pg_sequences ORDER BY 1');
}

async function ledgerRows(database: Database, query: LedgerQuery): Promise<readonly LedgerRow[]> {
  return (await Array.fromAsync(database.ledgerRows(query))).flat();
}

function fileRow(run: string, path: string) {
  return {
    run_id: run,
    path,
    status: 'loaded',
    bytes: Number.MAX_SAFE_INTEGER,
    mtime_ns: '1700000000123456789',
    report: JSON.stringify({ path }),
  };
}

function batchRow(run: string, batch: number) {
  return { run_id: run, batch, records: 0, claims: new Uint8Array(), committed_at: EARLY };
}

function runRow(run: string, started: string) {
  return { run_id: run, tool_version: '0', command: 'run', root: '/', status: 'running', started_at: started };
}

/** Everything that an error holds, as a careless logger would print it. */
function inspectDeeply(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [...own, error.cause === undefined ? '' : inspectDeeply(error.cause)].join('\n');
}

function never(): never {
  throw new TypeError('a comparison is missing');
}
