import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digest } from '../../src/databases/digest.ts';
import { openDatabase } from '../../src/databases/open.ts';
import { EXIT } from '../../src/errors.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { schemaStatus } from '../../src/upgrade/check.ts';
import { cleanUpSchema, rollbackSchema } from '../../src/upgrade/rollback.ts';
import { BUILT_IN, TABLES } from '../setup/built-in.ts';
import { load } from '../setup/load.ts';
import { bothStores, type Place } from '../setup/places.ts';
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

  // A link to a number of the application is a number where the database asks for it.
  const userId = (id: number): number | string => (isSqlite ? String(id) : id);

  test('every prediction gets an event of its own, with its own time and the hash of its key', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    await old.upgrade();
    const own = isSqlite ? 'p.timestamp' : "to_char(p.timestamp, 'YYYY-MM-DD HH24:MI:SS.US')";
    const sql = `SELECT p.id, p.user_id, ${own} AS time, ${time('e.timestamp')} AS event_time, e.api_key,
      e.user_id AS event_user, e.ip, p.risk_score, CAST(p.attack_detected AS integer) AS attack
      FROM predictions p JOIN events e ON e.id = p.event_id ORDER BY p.id`;
    const rows = (await old.place.query(sql)).map((row) => Object.values({ ...row, id: Number(row['id']) }));
    const eight = '2024-03-01 08:00:00.000000';
    const half = '2024-03-01 08:00:00.500000';
    const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    expect(rows).toEqual([
      [1, 1, eight, eight, sha256('key-of-ann-1'), userId(1), '10.0.0.1', 0.91, 1],
      [2, 1, eight, eight, sha256('key-of-ann-1'), userId(1), '10.0.0.1', 0.25, 0],
      [3, 2, half, half, hash, userId(2), null, 0.125, 1],
      [7, null, null, null, null, null, '10.0.0.2', null, null],
    ]);
    const [counted] = await old.place.query('SELECT count(*) AS events, count(DISTINCT id) AS ids FROM events');
    expect(Object.values(counted ?? {}).map(Number)).toEqual([4, 4]);
    await expect(old.place.query('SELECT api_key FROM predictions')).rejects.toThrow(/api_key/);
    // The application goes on.
    await old.run("INSERT INTO events (user_id, payload) VALUES (1, '{}')");
    await old.run("INSERT INTO predictions (user_id, event_id, prediction) SELECT 1, max(id), '{}' FROM events");
  });

  test('a run, a dry run and schema check say that the events are missing, and change nothing', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const before = await old.dump();
    const root = plant({ 'predictions.json': [{ id: 1, user_id: 1, prediction: { prediction: 1 } }] });
    for (const dryRun of [true, false]) {
      const refused = await load(root, old.place.url, { dbSchema: old.place.dbSchema, dryRun });
      expect([refused.exitCode, refused.error]).toEqual([
        EXIT.refused,
        expect.stringMatching(/: predictions\.event_id is missing: predictions have no events$/),
      ]);
    }
    expect(await old.obstacles()).toEqual(
      expect.arrayContaining([
        'predictions.event_id: missing-event (upgrade)',
        'predictions.api_key: moved-column (advised)',
      ]),
    );
    expect(await old.dump()).toEqual(before);
  });

  test('no other table of the application changes, and no column that was there', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const before = await old.dump();
    expect((await old.upgrade()).changes.map(({ table }) => table)).toEqual(['predictions']);
    expect(await old.obstacles()).toEqual([]);
    const again = await old.upgrade();
    expect([again.changes, again.created, again.copies]).toEqual([[], [], []]);
    if (!isSqlite)
      expect(
        await old.place.query(
          "SELECT table_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND column_name IN ('user_id', 'timestamp') AND table_name IN ('predictions', 'events') ORDER BY 1, 2",
        ),
      ).toEqual([
        { table_name: 'events', data_type: 'integer' },
        { table_name: 'events', data_type: 'timestamp with time zone' },
        { table_name: 'predictions', data_type: 'integer' },
        { table_name: 'predictions', data_type: 'timestamp without time zone' },
      ]);
    await rollback(old);
    expect(await old.dump()).toEqual(before);
  });

  test('times without a zone are on the clock that --database-zone names', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    await old.upgrade({ databaseZone: 'Europe/Berlin' });
    const [event] = await old.place.query(`SELECT ${time('timestamp')} AS at FROM events ORDER BY id`);
    expect(event?.['at']).toBe('2024-03-01 07:00:00.000000');
  });

  test('the rows are those that a load of their export gives, so that a later load changes nothing', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const exported = (await old.place.query('SELECT * FROM predictions ORDER BY id')).map((row) => {
      const parsed = (name: string): unknown => (typeof row[name] === 'string' ? JSON.parse(row[name]) : row[name]);
      const time = row['timestamp'] instanceof Date ? naive(row['timestamp']) : row['timestamp'];
      return { ...row, timestamp: time, payload: parsed('payload'), prediction: parsed('prediction') };
    });
    const root = plant({ 'predictions.json': JSON.stringify(exported) });
    await old.upgrade();
    const fresh = store.fresh();
    expect((await load(root, fresh.url, { dbSchema: fresh.dbSchema })).exitCode).toBe(EXIT.complete);
    expect(await digestOfPredictions(old.place)).toBe(await digestOfPredictions(fresh));
    const later = await load(root, old.place.url, { dbSchema: old.place.dbSchema });
    expect(later.tables['predictions']).toMatchObject({ inserted: 0, updated: 0, unchanged: 4 });
    expect(await digestOfPredictions(old.place)).toBe(await digestOfPredictions(fresh));
  });

  test('keys stay plain where that is asked for', async () => {
    const old = await oldDatabase(store, 'by-hand');
    await old.upgrade({ keepPlainKeys: true });
    const keys = await old.place.query('SELECT api_key FROM events ORDER BY id');
    expect(keys.map((row) => row['api_key'])).toEqual(['hand-key-1', 'hand-key-2', 'hand-key-1']);
  });

  test('users that events refer to come into being, and nothing is invented about them', async () => {
    const old = await oldDatabase(store, 'by-hand');
    await old.upgrade();
    expect(await old.place.query('SELECT id, created_at, updated_at, email FROM users ORDER BY id')).toEqual(
      ['ann', 'bob'].map((id) => ({ id, created_at: null, updated_at: null, email: null })),
    );
  });

  test('a dry run says what would be done and changes nothing', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const before = [await old.dump(), await old.place.footprint()];
    const planned = await old.upgrade({ dryRun: true });
    expect([await old.dump(), await old.place.footprint()]).toEqual(before);
    const done = await old.upgrade();
    expect([planned.changes, planned.created]).toEqual([done.changes, done.created]);
  });

  test('a failure in the middle of a step leaves everything as it was', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    await old.run('CREATE TABLE predictions__before_v1 (mine integer)');
    const before = await old.dump();
    await expect(old.upgrade()).rejects.toMatchObject({ code: 'copy-exists', exitCode: EXIT.refused });
    expect(await old.dump()).toEqual(before);
  });

  test('what the database refuses at the end of a step takes everything of it back', async () => {
    const old = await oldDatabase(store, 'by-hand');
    await old.run(
      isSqlite
        ? 'CREATE VIEW keys AS SELECT api_key FROM predictions'
        : 'ALTER TABLE predictions ADD COLUMN key_length integer GENERATED ALWAYS AS (length(api_key)) STORED',
    );
    const before = await old.dump();
    await expect(old.upgrade()).rejects.toMatchObject({ code: 'step-failed', exitCode: EXIT.refused });
    expect(await old.dump()).toEqual(before);
  });

  test('a rollback that would lose later rows counts them and asks for --yes', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const before = await old.dump();
    await old.upgrade();
    await old.run("INSERT INTO events (ip) VALUES ('10.0.0.9')");
    await old.run("UPDATE predictions SET ip = 'changed' WHERE id = 1");
    const upgraded = await old.dump();
    await expect(rollback(old)).rejects.toMatchObject({
      code: 'rows-would-vanish',
      message: expect.stringMatching(/some of the 4 of predictions .*events has 1 more \(5 instead of 4\)/),
    });
    expect(await old.dump()).toEqual(upgraded);
    const { lost } = await rollback(old, true);
    expect(lost.map(({ table }) => table)).toEqual(['predictions', 'events']);
    expect(await old.dump()).toEqual(before);
  });

  test('a copy that does not hold what was copied restores nothing', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    await old.upgrade();
    await old.run("UPDATE predictions__before_v1 SET ip = '10.9.9.9' WHERE id = 1");
    const upgraded = await old.dump();
    await expect(rollback(old, true)).rejects.toMatchObject({ code: 'copy-broken' });
    await expect(cleanUp(old)).rejects.toMatchObject({ code: 'copies-needed' });
    expect(await old.dump()).toEqual(upgraded);
    expect(await cleanUp(old, true)).toEqual({ dropped: ['predictions__before_v1'] });
  });

  test('cleanup drops the copies, and with them the way back', async () => {
    const old = await oldDatabase(store, 'by-hand');
    await old.upgrade();
    const status = await old.change((changes) => schemaStatus(changes));
    expect(status.copies.map(({ table, rows }) => [table, rows])).toEqual([['predictions', 3]]);
    expect(status.tables.every(({ state }) => state === 'ready')).toBe(true);
    expect((await cleanUp(old)).dropped).toEqual(['predictions__before_v1']);
    expect(await cleanUp(old)).toEqual({ dropped: [] });
    await expect(rollback(old)).rejects.toMatchObject({ code: 'nothing-to-roll-back' });
    expect(await old.obstacles()).toEqual([]);
  });

  test('events that are there already stay as they are, and predictions get further ones', async () => {
    const old = await oldDatabase(store, 'by-hand');
    const id = isSqlite ? 'INTEGER PRIMARY KEY' : 'serial PRIMARY KEY';
    const [json, at] = isSqlite ? ['TEXT', 'TEXT'] : ['jsonb', 'timestamptz'];
    await old.run(`CREATE TABLE events (id ${id}, user_id text, api_key text, "timestamp" ${at}, payload ${json}, ip text,
      endpoint text)`);
    await old.run("INSERT INTO events (user_id, api_key) VALUES ('eve', 'key-of-eve')");
    const before = await old.dump();
    expect((await old.upgrade()).changes.map(({ table }) => table)).toEqual(['events', 'predictions']);
    const events = await old.place.query('SELECT id, user_id, api_key FROM events ORDER BY id');
    expect(events.map((row) => [row['user_id'], row['api_key']])).toEqual([
      ['eve', 'key-of-eve'],
      ['ann', sha256('hand-key-1')],
      ['bob', sha256('hand-key-2')],
      ['ann', sha256('hand-key-1')],
    ]);
    await old.run("INSERT INTO events (user_id) VALUES ('fred')");
    await rollback(old, true);
    expect(await old.dump()).toEqual(before);
  });

  test('a table of versions that another program made is not touched', async () => {
    const old = await oldDatabase(store, 'by-hand');
    await old.run('CREATE TABLE schema_version (version integer PRIMARY KEY, applied_at text)');
    const before = await old.dump();
    const { obstacles } = await old.upgrade();
    expect(obstacles).toEqual([]);
    expect(await old.place.query('SELECT * FROM schema_version')).toEqual([]);
    await rollback(old);
    expect(await old.dump()).toEqual(before);
  });
});
