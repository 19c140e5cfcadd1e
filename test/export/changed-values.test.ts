import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { BUILT_IN } from '../setup/built-in.ts';
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

  const exported = async (): Promise<string> => {
    const directory = join(plant(), 'export');
    await exportDatabase({
      registry: BUILT_IN,
      from: target.url,
      directory,
      dbSchema: 'public',
      allowPlaintext: false,
    });
    return directory;
  };
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
});
