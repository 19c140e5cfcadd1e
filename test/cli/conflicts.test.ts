import { describe, expect, test } from 'vitest';
import { conversation, measurements } from '../setup/legacy.ts';
import { bothStores, type Place } from '../setup/places.ts';
import { load, rejectsOf, rowsOf, statusesOf, warningsOf } from '../setup/reports.ts';
import { grow, plant } from '../setup/trees.ts';

const MODES = ['update', 'overwrite', 'keep', 'fail'] as const;
const A = 'conversations/alice/a.json';
const LATER = "updated_at = '2030-01-01 00:00:00.000000'";

const title = async (place: Place) => (await place.query("SELECT title, user_id FROM conversations WHERE id = 'a'"))[0];

describe.each(bothStores())('a row that is there already and differs, on $product', (store) => {
  test.each([
    { mode: 'update', rows: '0/1/0/0', rejects: [], stored: 'New', code: 0 },
    { mode: 'overwrite', rows: '0/1/0/0', rejects: [], stored: 'New', code: 0 },
    { mode: 'keep', rows: '0/0/0/1', rejects: [], stored: 'Old', code: 0 },
    { mode: 'fail', rows: undefined, rejects: [`${A}#1 row-differs`], stored: 'Old', code: 1 },
  ] as const)('--on-conflict $mode: $rows', async ({ mode, rows, rejects, stored, code }) => {
    const root = plant({ [A]: conversation('a', ['Hello'], { title: 'Old' }) });
    const place = store.fresh();
    await load(root, place);
    grow(root, { [A]: conversation('a', ['Hello'], { title: 'New' }) });
    for (const again of mode === 'overwrite' || mode === 'keep' ? [false] : [false, true]) {
      const result = await load(root, place, ['--on-conflict', mode]);
      expect(rejectsOf(result.report)).toEqual(rejects);
      expect([result.code, (await title(place))?.['title']]).toEqual([code, stored]);
      if (!again) expect(rowsOf(result.report)['conversations']).toBe(rows);
      else expect(rowsOf(result.report)['conversations'] ?? '0/0').toMatch(/^0\/0/);
    }
  });

  test('what the application updated since is kept as a whole and named, unless it is to be overwritten', async () => {
    const files = {
      [A]: conversation('a', ['Hello']),
      'settings.json': { theme: 'dark' },
      'usage/alice/usage.json': { tier: 'pro', daily_count: 1 },
    };
    const root = plant(files);
    const place = store.fresh();
    await load(root, place);
    await place.query(`UPDATE conversations SET title = 'Changed', ${LATER}`);
    await place.query(`UPDATE messages SET content = 'Changed'`);
    await place.query(`UPDATE user_settings SET value = 'light', ${LATER}`);
    await place.query(`UPDATE usage SET daily_used = 7, ${LATER}`);
    const stored = await store.rowVersions(place);

    grow(root, { [A]: conversation('a', ['Hello again', 'And again']) });
    const kept = await load(root, place, ['--reload']);
    expect(kept.code).toBe(0);
    expect(rowsOf(kept.report)).toMatchObject({
      conversations: '0/0/0/1',
      messages: expect.stringMatching(/^0\/0\/0/),
      user_settings: '0/0/0/1',
      usage: '0/0/0/1',
    });
    expect(warningsOf(kept.report)).toEqual(
      Object.keys(files)
        .map((path) => `${path} changed-since-load`)
        .sort(),
    );
    expect(kept.report.warnings.find(({ path }) => path === A)?.message).toBe(
      'record 1 was not loaded over its row in conversations, which changed since',
    );
    expect(await store.rowVersions(place)).toEqual(stored);

    const overwritten = await load(root, place, ['--reload', '--on-conflict', 'overwrite']);
    expect(rowsOf(overwritten.report)).toMatchObject({
      conversations: '0/1/0/0',
      messages: '1/1/0/0',
      usage: '0/1/0/0',
    });
    expect(await place.query('SELECT value FROM user_settings')).toEqual([{ value: 'dark' }]);
  });

  test('what the application changed without touching updated_at is replaced by --reload, unless rows are kept', async () => {
    const root = plant({ [A]: conversation('a', ['Hello'], { updated_at: '2025-01-01T10:00:00' }) });
    const place = store.fresh();
    await load(root, place);
    await place.query("UPDATE conversations SET title = 'Changed'");
    for (const [options, stored, rows] of [
      [[], 'Changed', undefined],
      [['--reload', '--on-conflict', 'keep'], 'Changed', '0/0/0/1'],
      [['--reload', '--dry-run'], 'Changed', '0/1/0/0'],
      [['--reload'], 'Notes', '0/1/0/0'],
    ] as const) {
      const { report } = await load(root, place, options);
      expect([(await title(place))?.['title'], options.length > 0 ? rowsOf(report)['conversations'] : rows]).toEqual([
        stored,
        rows,
      ]);
    }
  });

  test('a later updated_at in the source wins over an earlier one in the database', async () => {
    const root = plant({ [A]: conversation('a', [], { updated_at: '2025-02-01T00:00:00' }) });
    const place = store.fresh();
    await load(root, place);
    await place.query(`UPDATE conversations SET title = 'Changed', updated_at = '2025-03-01 00:00:00.000000'`);
    grow(root, { [A]: conversation('a', [], { title: 'Newest', updated_at: '2025-04-01T00:00:00' }) });
    expect(rowsOf((await load(root, place)).report)['conversations']).toBe('0/1/0/0');
    expect((await title(place))?.['title']).toBe('Newest');
  });

  test('no mode gives a row to another owner', async () => {
    const root = plant({ [A]: conversation('a', ['Hello']) });
    const place = store.fresh();
    await load(root, place);
    await place.query("UPDATE conversations SET user_id = 'bob'");
    const stored = await store.rowVersions(place);
    for (const mode of MODES) {
      const { code, report } = await load(root, place, ['--reload', '--on-conflict', mode]);
      expect([code, rejectsOf(report)], mode).toEqual([1, [`${A}#1 owner-differs`]]);
    }
    expect(await store.rowVersions(place)).toEqual(stored);
  });

  test('rows of a conversation that only the database has stay, and are told of', async () => {
    const root = plant({ [A]: conversation('a', ['one', 'two', 'three']) });
    const place = store.fresh();
    await load(root, place);
    await place.query(
      "INSERT INTO messages (conversation_id, position, role, content) VALUES ('a', 3, 'user', 'four')",
    );
    await place.query(
      "INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'user', 'without a position')",
    );
    const equal = await load(root, place, ['--reload']);
    expect([equal.code, warningsOf(equal.report)]).toEqual([0, [`${A} database-has-more`]]);
    expect(rowsOf(equal.report)).toMatchObject({ conversations: '0/0/1/0', messages: '0/0/3/0' });
    grow(root, { [A]: conversation('a', ['one', 'zwei']) });
    const shorter = await load(root, place);
    expect(warningsOf(shorter.report)).toEqual([`${A} database-has-more`]);
    expect(rowsOf(shorter.report)).toMatchObject({ conversations: '0/0/1/0', messages: '0/1/1/0' });
    expect(await place.query('SELECT content FROM messages ORDER BY position IS NULL, position')).toEqual(
      ['one', 'zwei', 'three', 'four', 'without a position'].map((content) => ({ content })),
    );
  });

  test('creating an owner touches none that the application has', async () => {
    const place = store.fresh();
    await load(plant({ 'conversations/bob/b.json': conversation('b', []) }), place);
    await place.query("INSERT INTO users (id, email, name) VALUES ('alice', 'alice@example.com', 'Alice')");
    const { report } = await load(plant({ [A]: conversation('a', []) }), place);
    expect(rowsOf(report)).toMatchObject({ conversations: '1/0/0/0' });
    expect(await place.query("SELECT name FROM users WHERE id = 'alice'")).toEqual([{ name: 'Alice' }]);
  });

  test('a constraint that the application added rejects only the records that break it', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [
        `conversations/alice/${n}.json`,
        conversation(`c${n}`, [], { title: `Title ${n % 18}` }),
      ]),
    );
    const place = store.fresh();
    await load(plant({ [A]: conversation('a', [], { title: 'Other' }) }), place);
    await place.query('CREATE UNIQUE INDEX one_title ON conversations (title)');
    const { code, report } = await load(plant(files), place);
    expect([code, rowsOf(report)['conversations']]).toEqual([1, '18/0/0/0']);
    expect(rejectsOf(report).map((line) => line.split(' ')[1])).toEqual(['database-refused', 'database-refused']);
    expect(JSON.stringify(report)).not.toContain('Title 1');
  });
});

describe.each(bothStores())('duplicates on $product', (store) => {
  const B = 'conversations/alice/b.json';
  const TREE = {
    [A]: conversation('a', ['Hello'], { title: 'First' }),
    [B]: conversation('a', ['Hello'], { title: 'First' }),
    'conversations/alice/c.json': conversation('a', ['Hello'], { title: 'Other' }),
    'metrics/m.json': [...measurements(2), ...measurements(1), ...measurements(1, { cpu_usage: 50 })],
    'metrics/n.json': measurements(2, { cpu_usage: 60 }),
  };

  test('equal records are loaded once, of different ones the first wins: always the same one, and both are named', async () => {
    const root = plant(TREE);
    const place = store.fresh();
    for (const options of [
      [],
      [],
      ['--reload', '--batch-bytes', '1', '--workers', '8'],
      ['--on-conflict', 'overwrite', '--reload'],
    ]) {
      const { code, report } = await load(root, place, options);
      const label = options.join(' ');
      expect([code, rejectsOf(report)], label).toEqual([
        1,
        [
          'conversations/alice/c.json#1 conflicting-duplicate',
          'metrics/m.json#4 conflicting-duplicate',
          'metrics/n.json#1 conflicting-duplicate',
          'metrics/n.json#2 conflicting-duplicate',
        ],
      ]);
      const [conflict] = report.files.flatMap(({ rejects }) => rejects);
      expect(conflict?.message, label).toContain(A);
      expect(await place.query('SELECT title FROM conversations'), label).toEqual([{ title: 'First' }]);
      expect(await place.query('SELECT cpu_usage FROM metrics ORDER BY timestamp'), label).toEqual([
        { cpu_usage: 0 },
        { cpu_usage: 1 },
      ]);
      if (!options.includes('--reload')) continue;
      expect(warningsOf(report), label).toEqual([`${B} duplicate-record`, 'metrics/m.json duplicate-record']);
      expect(report.warnings[0]?.message, label).toContain(A);
    }
  });

  test('the one that is in the database already stays, also when the other has the earlier path', async () => {
    const root = plant({ [B]: conversation('a', [], { title: 'Loaded first' }) });
    const place = store.fresh();
    await load(root, place);
    grow(root, { [A]: conversation('a', [], { title: 'Arrived later' }) });
    for (const options of [['--reload'], ['--reload', '--batch-bytes', '1'], ['--on-conflict', 'overwrite']]) {
      const { report } = await load(root, place, options);
      expect(rejectsOf(report), options.join(' ')).toEqual([`${A}#1 conflicting-duplicate`]);
      expect((await title(place))?.['title'], options.join(' ')).toBe('Loaded first');
    }
  });

  test('a record is another one where only a time that the database keeps tells them apart, also on every rerun', async () => {
    const { created_at: _time, ...timeless } = { created_at: '', ...conversation('a', ['Hello']) };
    const root = plant({ [A]: conversation('a', ['Hello']), [B]: timeless });
    const place = store.fresh();
    for (const options of [[], [], ['--reload'], ['--dry-run']]) {
      const { report } = await load(root, place, options);
      expect(rejectsOf(report), options.join()).toEqual([`${B}#1 conflicting-duplicate`]);
      expect(warningsOf(report), options.join()).toEqual([]);
    }
  });

  test('a copy repeats the record also where the application has changed its row since', async () => {
    const root = plant({ [A]: conversation('a', ['Hello']) });
    const place = store.fresh();
    await load(root, place);
    await place.query("UPDATE conversations SET title = 'Changed'");
    grow(root, { [B]: conversation('a', ['Hello']) });
    const { code, report } = await load(root, place);
    expect([code, rejectsOf(report), warningsOf(report)]).toEqual([0, [], [`${B} duplicate-record`]]);
    expect((await title(place))?.['title']).toBe('Changed');
  });

  test.each([[[]], [['--batch-bytes', '1']]])(
    'a refused record neither counts its copy as loaded nor stands in the way of another one with its key %j',
    async (options) => {
      const place = store.fresh();
      await load(plant({ 'conversations/x.json': conversation('x', []) }), place);
      await place.query('CREATE UNIQUE INDEX one_title ON conversations (title)');
      const root = plant({
        [A]: conversation('a', []),
        [B]: conversation('a', []),
        'conversations/bob/c.json': conversation('c', []),
        'conversations/bob/d.json': conversation('c', [], { title: 'Free' }),
      });
      const { report } = await load(root, place, options);
      expect(statusesOf(report)).toEqual({
        [A]: 'failed 0/1',
        [B]: 'failed 0/1',
        'conversations/bob/c.json': 'failed 0/1',
        'conversations/bob/d.json': 'loaded 1/1',
      });
    },
  );

  test('when the winner is gone the other one may load', async () => {
    const root = plant({
      [A]: conversation('a', [], { title: 'First' }),
      [B]: conversation('a', [], { title: 'Second' }),
    });
    const place = store.fresh();
    expect((await load(root, place)).code).toBe(1);
    grow(root, { [A]: conversation('other', []) });
    const { code, report } = await load(root, place);
    expect([code, statusesOf(report)]).toEqual([0, { [A]: 'loaded 1/1', [B]: 'loaded 1/1' }]);
    expect((await title(place))?.['title']).toBe('Second');
  });

  test('byte-equal settings of two users both stay', async () => {
    const root = plant({ 'alice/settings.json': { theme: 'dark' }, 'bob/settings.json': { theme: 'dark' } });
    const place = store.fresh();
    for (const expected of ['2/0/0/0', '0/0/2/0']) {
      const { code, report } = await load(root, place);
      expect([code, rowsOf(report)['user_settings'], report.warnings]).toEqual([0, expected, []]);
    }
    expect(await place.query('SELECT user_id, value FROM user_settings ORDER BY user_id')).toEqual([
      { user_id: 'alice', value: 'dark' },
      { user_id: 'bob', value: 'dark' },
    ]);
  });
});
