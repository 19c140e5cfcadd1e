import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digest } from '../../src/databases/digest.ts';
import { openDatabase } from '../../src/databases/open.ts';
import { EXIT } from '../../src/errors.ts';
import { cleanUpSchema, rollbackSchema } from '../../src/rollback.ts';
import { planUpgrade } from '../../src/schema/adoption/plan.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { schemaStatus } from '../../src/upgrade.ts';
import { BUILT_IN, TABLES } from '../setup/built-in.ts';
import { load } from '../setup/load.ts';
import { bothStores, digestOf, type Place } from '../setup/places.ts';
import { plant } from '../setup/trees.ts';
import { type OldDatabase, oldDatabase } from './old-database.ts';

const stores = bothStores();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The driver reads a time without a zone in the zone of this process. */
function naive(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().replace('Z', '');
}

async function digestOfPredictions({ url, dbSchema }: Place): Promise<string> {
  const database = await openDatabase(parseTarget(url, { allowPlaintext: true }), {
    declared: BUILT_IN.tables,
    dbSchema,
    dryRun: false,
  });
  try {
    return await digest(database, [TABLES.events, TABLES.predictions]);
  } finally {
    await database.close();
  }
}

describe.each(stores)('$product', (store) => {
  const isSqlite = store.product === 'SQLite';
  const time = (name: string): string =>
    isSqlite ? name : `to_char(${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
  const rollback = (old: OldDatabase, yes = false) => old.change((changes) => rollbackSchema(changes, { yes }));
  const cleanUp = (old: OldDatabase, yes = false) => old.change((changes) => cleanUpSchema(changes, { yes }));

  test('every prediction gets an event of its own, with its own time and the hash of its key', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    await old.upgrade({ convert: true });
    const sql = `SELECT p.id, p.user_id, ${time('p.timestamp')} AS time, ${time('e.timestamp')} AS event_time, e.api_key,
      e.user_id AS event_user, e.ip, p.risk_score, CAST(p.attack_detected AS integer) AS attack
      FROM predictions p JOIN events e ON e.id = p.event_id ORDER BY p.id`;
    const rows = (await old.place.query(sql)).map((row) => Object.values({ ...row, id: Number(row['id']) }));
    const eight = '2024-03-01 08:00:00.000000';
    const half = '2024-03-01 08:00:00.500000';
    const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    expect(rows).toEqual([
      [1, '1', eight, eight, sha256('key-of-ann-1'), '1', '10.0.0.1', 0.91, 1],
      [2, '1', eight, eight, sha256('key-of-ann-1'), '1', '10.0.0.1', 0.25, 0],
      [3, '2', half, half, hash, '2', null, 0.125, 1],
      [7, null, null, null, null, null, '10.0.0.2', null, null],
    ]);
    const [counted] = await old.place.query('SELECT count(*) AS events, count(DISTINCT id) AS ids FROM events');
    expect(Object.values(counted ?? {}).map(Number)).toEqual([4, 4]);
    await expect(old.place.query('SELECT api_key FROM predictions')).rejects.toThrow(/api_key/);
  });

  test('the rows are those that a load of their export gives, so that a later load changes nothing', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    const exported = (await old.place.query('SELECT * FROM predictions ORDER BY id')).map((row) => {
      const parsed = (name: string): unknown => (typeof row[name] === 'string' ? JSON.parse(row[name]) : row[name]);
      const time = row['timestamp'] instanceof Date ? naive(row['timestamp']) : row['timestamp'];
      return { ...row, timestamp: time, payload: parsed('payload'), prediction: parsed('prediction') };
    });
    const root = plant({ 'predictions.json': JSON.stringify(exported) });
    await old.upgrade({ convert: true });
    const fresh = store.fresh();
    expect((await load(root, fresh.url, { dbSchema: fresh.dbSchema })).exitCode).toBe(EXIT.complete);
    expect(await digestOfPredictions(old.place)).toBe(await digestOfPredictions(fresh));
    const later = await load(root, old.place.url, { dbSchema: old.place.dbSchema });
    expect(later.tables['predictions']).toMatchObject({ inserted: 0, updated: 0, unchanged: 4 });
    expect(await digestOfPredictions(old.place)).toBe(await digestOfPredictions(fresh));
  });

  test('keys stay plain where that is asked for', async () => {
    const old = await oldDatabase(store, 'predictions-by-hand');
    await old.upgrade({ keepPlainKeys: true });
    const keys = await old.place.query('SELECT api_key FROM events ORDER BY id');
    expect(keys.map((row) => row['api_key'])).toEqual(['hand-key-1', 'hand-key-2', 'hand-key-1']);
  });

  test('users that events refer to come into being, and nothing is invented about them', async () => {
    const old = await oldDatabase(store, 'predictions-by-hand');
    await old.upgrade();
    expect(await old.place.query('SELECT id, created_at, updated_at, email FROM users ORDER BY id')).toEqual(
      ['ann', 'bob'].map((id) => ({ id, created_at: null, updated_at: null, email: null })),
    );
  });

  test('messages are numbered by time, then id', async () => {
    const old = await oldDatabase(store, 'council');
    await old.upgrade({ convert: true });
    const rows = await old.place.query('SELECT id, position FROM messages ORDER BY conversation_id, position');
    expect(rows.map((row) => [Number(row['id']), Number(row['position'])])).toEqual([
      [6, 0],
      [1, 1],
      [3, 2],
      [4, 3],
      [5, 4],
      [2, 0],
    ]);
  });

  test('without --convert a type that must change is named, and nothing is changed', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    const before = await old.dump();
    const { obstacles, adopted, created } = await old.upgrade();
    const named = obstacles.map(({ table, column, remedy }) => `${table}.${column} ${remedy}`);
    expect(named).toEqual(expect.arrayContaining(['users.id convert', 'predictions.user_id convert']));
    expect(named.includes('predictions.timestamp convert')).toBe(!isSqlite);
    expect([adopted, created]).toEqual([[], []]);
    expect(await old.dump()).toEqual(before);
  });

  test('what cannot be adopted is named difference by difference, without a value, and nothing is changed', async () => {
    const old = await oldDatabase(store, 'not-adoptable');
    const before = await old.dump();
    const { obstacles } = await old.upgrade({ convert: true });
    expect(obstacles.map(({ table, column, code }) => `${table}.${column} ${code}`).toSorted()).toEqual([
      'completion_requests.id impossible-type',
      'ml_models.model_name cannot-be-filled',
      'usage.daily_used lossy-rows',
      'usage.null duplicate-keys',
    ]);
    expect(obstacles.find(({ code }) => code === 'duplicate-keys')?.message).toMatch(/^2 rows .*\(user_id\)/);
    expect(JSON.stringify(obstacles)).not.toContain('secret-value');
    expect(await old.dump()).toEqual(before);
  });

  test('a dry run says what would be done and changes nothing', async () => {
    const old = await oldDatabase(store, 'council');
    const before = [await old.dump(), await old.place.footprint()];
    const planned = await old.upgrade({ convert: true, dryRun: true });
    expect([await old.dump(), await old.place.footprint()]).toEqual(before);
    const done = await old.upgrade({ convert: true });
    expect([planned.adopted, planned.created]).toEqual([done.adopted, done.created]);
  });

  test('a run loads into adopted tables, and the old application goes on inserting', async () => {
    const old = await oldDatabase(store, 'council');
    await old.upgrade({ convert: true });
    const root = plant({
      'conversations/ann/c.json': JSON.stringify({
        id: '6f1c0b9e-0000-4000-8000-000000000009',
        created_at: '2024-02-01T00:00:00',
        title: 'New',
        messages: [{ role: 'user', content: 'Hi' }],
      }),
      'usage/cleo/usage.json': JSON.stringify({ user_id: 'cleo', tier: 'pro', daily_count: 1 }),
    });
    const options = { dbSchema: old.place.dbSchema };
    expect((await load(root, old.place.url, options)).exitCode).toBe(EXIT.complete);
    const digest = await digestOf(old.place);
    expect((await load(root, old.place.url, { ...options, reload: true })).exitCode).toBe(EXIT.complete);
    expect(await digestOf(old.place)).toBe(digest);
    await old.run(`INSERT INTO messages (conversation_id, role, content, created_at)
      VALUES ('6f1c0b9e-0000-4000-8000-000000000002', 'user', 'more', '2024-03-01 00:00:00')`);
    await old.run("INSERT INTO usage (user_id, tier) VALUES ('dora', 'free')");
    const [counted] = await old.place.query('SELECT count(*) AS n, max(id) AS last FROM messages');
    expect([Number(counted?.['n']), Number(counted?.['last'])]).toEqual([8, 8]);
    const upgraded = await old.upgrade({ convert: true });
    expect(upgraded.adopted).toEqual([]);
  });

  test('a failure in the middle of a step leaves everything as it was', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    await old.run('CREATE TABLE predictions__before_v1 (mine integer)');
    const before = await old.dump();
    await expect(old.upgrade({ convert: true })).rejects.toMatchObject({ code: 'copy-exists', exitCode: EXIT.refused });
    expect(await old.dump()).toEqual(before);
  });

  test('what the database refuses at the end of a step takes everything of it back', async () => {
    const old = await oldDatabase(store, 'predictions-by-hand');
    await old.run(
      isSqlite
        ? 'CREATE VIEW keys AS SELECT api_key FROM predictions'
        : 'ALTER TABLE predictions ADD COLUMN key_length integer GENERATED ALWAYS AS (length(api_key)) STORED',
    );
    const before = await old.dump();
    await expect(old.upgrade()).rejects.toMatchObject({ code: 'step-failed', exitCode: EXIT.refused });
    expect(await old.dump()).toEqual(before);
  });

  test('after a kill between two steps the next upgrade goes on, and the way back is whole', async () => {
    const old = await oldDatabase(store, 'council');
    const before = await old.dump();
    await old.change(async (changes) => {
      const [first] = planUpgrade(await changes.examine(), { convert: true }).steps;
      expect(first?.name).toBe('adopt conversations, messages');
      if (first) await changes.take(first);
    });
    const { tables } = await old.change((changes) => schemaStatus(changes));
    expect(Object.fromEntries(tables.map(({ table, state }) => [table, state]))).toMatchObject({
      messages: 'as declared',
      usage: isSqlite ? 'old' : 'differs',
      events: 'missing',
    });
    expect((await old.upgrade({ convert: true })).adopted).toEqual(['usage']);
    expect(await old.obstacles()).toEqual([]);
    await rollback(old);
    expect(await old.dump()).toEqual(before);
  });

  test('a rollback that would lose later rows counts them and asks for --yes', async () => {
    const old = await oldDatabase(store, 'council');
    const before = await old.dump();
    await old.upgrade({ convert: true });
    await old.run("INSERT INTO users (id) VALUES ('late')");
    await old.run("INSERT INTO usage (user_id) VALUES ('late'), ('later')");
    await old.run("UPDATE conversations SET title = 'changed'");
    const upgraded = await old.dump();
    await expect(rollback(old)).rejects.toMatchObject({
      code: 'rows-would-vanish',
      message: expect.stringMatching(/conversations.*usage has 2 more \(4 instead of 2\).*users has 1 more/),
    });
    expect(await old.dump()).toEqual(upgraded);
    const { lost } = await rollback(old, true);
    expect(lost.map(({ table }) => table)).toEqual(['conversations', 'usage', 'users']);
    expect(await old.dump()).toEqual(before);
  });

  test('a copy that does not hold what was copied restores nothing', async () => {
    const old = await oldDatabase(store, 'metrics');
    await old.upgrade({ convert: true });
    await old.run('UPDATE metrics__before_v1 SET cpu_usage = 13 WHERE id = 1');
    const upgraded = await old.dump();
    await expect(rollback(old, true)).rejects.toMatchObject({ code: 'copy-broken' });
    await expect(cleanUp(old)).rejects.toMatchObject({ code: 'copies-needed' });
    expect(await old.dump()).toEqual(upgraded);
    expect(await cleanUp(old, true)).toEqual({ dropped: ['metrics__before_v1'] });
  });

  test('cleanup drops the copies, and with them the way back', async () => {
    const old = await oldDatabase(store, 'incidents');
    await old.upgrade({ convert: true });
    const status = await old.change((changes) => schemaStatus(changes));
    expect(status.copies.map(({ table, rows }) => [table, rows]).toSorted()).toEqual([
      ['audit_logs', 2],
      ['user_settings', 2],
      ['users', 2],
    ]);
    expect((await cleanUp(old)).dropped).toHaveLength(3);
    expect(await cleanUp(old)).toEqual({ dropped: [] });
    await expect(rollback(old)).rejects.toMatchObject({ code: 'nothing-to-roll-back' });
    expect(await old.obstacles()).toEqual([]);
  });

  test('events that are there already stay, their keys are hashed, and predictions get further ones', async () => {
    const old = await oldDatabase(store, 'predictions-by-hand');
    const id = isSqlite ? 'INTEGER PRIMARY KEY' : "integer PRIMARY KEY DEFAULT nextval('numbers')";
    if (!isSqlite) await old.run('CREATE SEQUENCE numbers');
    const [json, at] = isSqlite ? ['TEXT', 'TEXT'] : ['jsonb', 'timestamptz'];
    await old.run(`CREATE TABLE events (id ${id}, user_id text, api_key text, "timestamp" ${at}, payload ${json}, ip text,
      endpoint text)`);
    await old.run("INSERT INTO events (id, user_id, api_key) VALUES (41, 'eve', 'key-of-eve')");
    const before = await old.dump();
    expect((await old.upgrade()).adopted).toEqual(['events', 'predictions']);
    const events = await old.place.query('SELECT id, user_id, api_key FROM events ORDER BY id');
    expect(events.map((row) => [row['user_id'], row['api_key']])).toEqual([
      ['eve', sha256('key-of-eve')],
      ['ann', sha256('hand-key-1')],
      ['bob', sha256('hand-key-2')],
      ['ann', sha256('hand-key-1')],
    ]);
    expect(Number(events[0]?.['id'])).toBe(41);
    await old.run("INSERT INTO events (user_id) VALUES ('fred')");
    await rollback(old, true);
    expect(await old.dump()).toEqual(before);
  });

  test('predictions that an earlier attempt left without an event get one, the others keep theirs', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    const id = isSqlite ? 'INTEGER PRIMARY KEY' : 'serial PRIMARY KEY';
    await old.run(`CREATE TABLE events (id ${id}, user_id integer REFERENCES users (id), api_key text)`);
    await old.run('ALTER TABLE predictions ADD COLUMN event_id integer REFERENCES events (id)');
    await old.run('INSERT INTO events (user_id) VALUES (1)');
    await old.run('UPDATE predictions SET event_id = 1 WHERE id < 3');
    const before = await old.dump();
    await old.upgrade({ convert: true });
    expect(await old.obstacles()).toEqual([]);
    const rows = await old.place.query('SELECT id, event_id FROM predictions ORDER BY id');
    expect(rows.map((row) => [Number(row['id']), Number(row['event_id'])])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [7, 3],
    ]);
    expect((await old.upgrade({ convert: true })).adopted).toEqual([]);
    await rollback(old);
    expect(await old.dump()).toEqual(before);
  });

  test('a table of versions that another program made is not touched', async () => {
    const old = await oldDatabase(store, 'council');
    await old.run('CREATE TABLE schema_version (version integer PRIMARY KEY, applied_at text)');
    const before = await old.dump();
    const { obstacles } = await old.upgrade({ convert: true });
    expect(obstacles).toEqual([]);
    expect(await old.place.query('SELECT * FROM schema_version')).toEqual([]);
    await rollback(old);
    expect(await old.dump()).toEqual(before);
  });

  test('a table of the application that needs a column as it is stands in the way', async () => {
    const old = await oldDatabase(store, 'predictions-without-event');
    await old.run('CREATE TABLE sessions (id integer, user_id integer REFERENCES users (id))');
    const { obstacles } = await old.upgrade({ convert: true });
    expect(obstacles.map(({ code, column, message }) => [code, column, message])).toEqual([
      ['is-needed', 'id', 'table sessions needs the column as it is'],
    ]);
  });
});

test('local times become the same instants on both databases, a repeated one the earlier', async () => {
  const rows: unknown[][] = [];
  for (const store of stores) {
    const old = await oldDatabase(store, 'council');
    await old.run("UPDATE conversations SET created_at = '2024-10-27 02:30:00.000000' WHERE title = 'Tea'");
    await old.upgrade({ convert: true, naiveTime: 'Europe/Berlin' });
    const isSqlite = store.product === 'SQLite';
    const column = isSqlite ? 'created_at' : "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')";
    rows.push(
      (await old.place.query(`SELECT ${column} AS time FROM conversations ORDER BY id`)).map((row) => row['time']),
    );
    const again = await old.upgrade({ convert: true, naiveTime: 'Europe/Berlin' });
    expect(again.adopted).toEqual([]);
  }
  expect(rows[0]).toEqual(['2024-10-27 00:30:00.000000', '2024-01-02 08:00:00.000000']);
  expect(rows[1]).toEqual(rows[0]);
});
