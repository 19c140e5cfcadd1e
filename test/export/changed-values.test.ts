import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExportResult, exportDatabase } from '../../src/export/export.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { EVERY_TABLE } from '../setup/every-table.ts';
import { load } from '../setup/load.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What the source wrote otherwise than its column holds it is kept, and exported as it was: as long as the column holds it.

const FILES = {
  'users.json': [
    { id: 'u', email: 'e', is_admin: 'true', username: '', last_login_at: '2025-01-01T00:00:00.1234567Z' },
  ],
  'metrics/m.json': [{ timestamp: '2025-01-01T00:00:00Z', source: 'h', cpu_usage: '5', memory_usage: '6', load_1m: 1 }],
  'settings.json': { CONFIDENCE_THRESHOLD: '0.7', DEBUG_MODE: 'true', BATCH_SIZE: '4' },
  'usage/u/usage.json': { user_id: 'u', tier: 'free', daily_count: '12' },
};

/** Each has what a column gets where nothing is said: a default, what follows from another column or from the response. */
const SAYING_NOTHING = {
  'users.json': [{ id: 'u', email: 'e', role: '', created_at: '2025-01-01T00:00:00Z', updated_at: '' }],
  'analyses.json': [
    { analysis_id: 'a', request: { timestamp: '2025-03-30T02:30:00' }, response: { status: 'ok' }, created_at: '' },
  ],
};

const CHANGES = [
  "UPDATE users SET username = 'new', is_admin = FALSE, last_login_at = '2026-02-02 00:00:00.000000' WHERE id = 'u'",
  'UPDATE metrics SET cpu_usage = 9',
  'UPDATE usage SET daily_used = 99',
];

const VALUES = [
  `SELECT u.username, u.is_admin, u.last_login_at, m.cpu_usage, m.memory_usage, g.daily_used
    FROM users u, metrics m, usage g WHERE u.id = 'u'`,
];

describe.each(PRODUCTS)('an export from %s', (product) => {
  let target: FreshTarget;

  beforeEach(async () => {
    target = await freshTarget(product);
  });

  afterEach(() => target.drop());

  const exportedWith = (): Promise<ExportResult> => {
    const directory = join(plant(), 'export');
    return exportDatabase({
      registry: BUILT_IN,
      from: target.url,
      directory,
      dbSchema: 'public',
      allowPlaintext: false,
    });
  };
  const exported = async (): Promise<string> => (await exportedWith()).directory;
  const read = (directory: string, name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));

  test('has the spellings of the source, and what the application has changed since', async () => {
    await load(plant(FILES), target.url);
    const before = await exported();
    expect(read(before, 'users.json')).toMatchObject([
      { is_admin: 'true', username: '', last_login_at: '2025-01-01T00:00:00.1234567Z' },
    ]);
    await queryTarget(target.url, ...CHANGES);
    const after = await exported();
    expect(read(after, 'users.json')).toMatchObject([
      { is_admin: false, username: 'new', last_login_at: '2026-02-02T00:00:00.000000Z' },
    ]);
    // Only the spellings that no longer count are gone from `extra`.
    const values = await queryTarget(target.url, ...VALUES);
    expect((await load(after, target.url)).exitCode).toBe(0);
    expect(await queryTarget(target.url, ...VALUES)).toEqual(values);
  });

  test('has what said nothing in the source, as long as the column has what it got in its place', async () => {
    await load(plant(SAYING_NOTHING), target.url);
    const [user] = SAYING_NOTHING['users.json'];
    const [analysis] = SAYING_NOTHING['analyses.json'];
    const before = await exported();
    expect([read(before, 'users.json'), read(before, 'analyses.json')]).toMatchObject([
      [{ role: user?.role, updated_at: user?.updated_at }],
      [{ created_at: analysis?.created_at }],
    ]);
    const rows = [
      "SELECT role, updated_at, extra FROM users WHERE id = 'u'",
      'SELECT created_at, extra FROM analyses',
    ] as const;
    const stored = await Promise.all(rows.map((row) => queryTarget(target.url, row)));
    const fresh = await freshTarget(product);
    expect((await load(before, fresh.url)).exitCode).toBe(0);
    expect(await Promise.all(rows.map((row) => queryTarget(fresh.url, row)))).toEqual(stored);
    await fresh.drop();

    await queryTarget(
      target.url,
      "UPDATE users SET role = 'admin', updated_at = '2026-02-02 00:00:00.000000' WHERE id = 'u'",
      "UPDATE analyses SET created_at = '2026-02-02 00:00:00.000000'",
    );
    const after = await exported();
    expect([read(after, 'users.json'), read(after, 'analyses.json')]).toMatchObject([
      [{ role: 'admin', updated_at: '2026-02-02T00:00:00.000000Z' }],
      [{ created_at: '2026-02-02T00:00:00.000000Z' }],
    ]);
  });

  test('names the rows that the application refers to since', async () => {
    await load(plant(EVERY_TABLE), target.url);
    const referred = [
      `SELECT p.predicted_anomaly, m.source, m.timestamp, v.version FROM model_predictions p
        JOIN metrics m ON m.id = p.metrics_id JOIN ml_model_versions v ON v.id = p.model_version_id ORDER BY 1, 2, 3, 4`,
      'SELECT p.risk_score, e.payload FROM predictions p JOIN events e ON e.id = p.event_id ORDER BY p.risk_score, p.record_key',
    ];
    await queryTarget(
      target.url,
      'UPDATE model_predictions SET metrics_id = (SELECT min(id) FROM metrics), model_version_id = (SELECT min(id) FROM ml_model_versions)',
      'UPDATE predictions SET event_id = (SELECT max(id) FROM events) WHERE id = (SELECT min(id) FROM predictions)',
    );
    const fresh = await freshTarget(product);
    expect((await load(await exported(), fresh.url)).exitCode).toBe(0);
    for (const question of referred)
      expect(await queryTarget(fresh.url, question)).toEqual(await queryTarget(target.url, question));
    await fresh.drop();
  });

  test('says which columns of settings it has no room for', async () => {
    await load(plant(FILES), target.url);
    const leftOut = async () => (await exportedWith()).left_out;
    expect(await leftOut()).toEqual([]);
    await queryTarget(target.url, "UPDATE user_settings SET updated_at = '2025-01-01 00:00:00.000000'");
    expect(await leftOut()).toEqual(['user_settings.updated_at']);
    await queryTarget(target.url, `UPDATE user_settings SET updated_at = NULL, extra = '{"seen":1}'`);
    expect(await leftOut()).toEqual(['user_settings.extra']);
  });

  test('says which records of the application a load of it would not know again', async () => {
    await load(plant(EVERY_TABLE), target.url);
    expect((await exportedWith()).not_known_again).toEqual({});
    await queryTarget(
      target.url,
      "INSERT INTO messages (conversation_id, role, content) VALUES ('staged', 'user', 'without a place')",
      "INSERT INTO events (endpoint) VALUES ('/of/the/application')",
      "INSERT INTO user_settings (id, user_id, key, value, value_type) VALUES ('01890000-0000-7000-8000-000000000000', 'user-1', 'row 1', 'a', 'string')",
    );
    const { directory, not_known_again } = await exportedWith();
    expect(not_known_again).toEqual({ conversations: 1, events: 1 });
    const { tables } = await load(directory, target.url);
    expect([tables['messages']?.inserted, tables['events']?.inserted, tables['user_settings']?.inserted]).toEqual([
      1, 1, 0,
    ]);
  });
});
