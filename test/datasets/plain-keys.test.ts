import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { keyHash } from '../../src/hash/key-hash.ts';
import { jsonReport } from '../../src/reporters/json.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { bothStores } from '../setup/places.ts';
import { plant, type Tree } from '../setup/trees.ts';

/** Every key of a test begins like this. */
const CANARY = 'sk-live-canary';

const time = '2025-01-01T00:00:00Z';

/** API keys as clients send them, wherever an application may have written one; some of the records are bad. */
const WITH_KEYS: Tree = {
  'api_keys/rows.json': [
    { key: `${CANARY}-1`, name: 'one', level: 'admin' },
    { api_key: `${CANARY}-2`, name: 'x'.repeat(200), level: 'admin' },
    { key: `${CANARY}-3`, level: 'emperor' },
    { key: `${CANARY}-4`, hash: 'a'.repeat(64), name: 'both', level: 'read' },
  ],
  'api_keys/levels.json': {
    created_at: time,
    keys: { read: { key: `${CANARY}-5`, user: 'ann', level: 'read' }, write: { key: `${CANARY}-6`, user: 'ann' } },
  },
  'api_key_usage.json': [
    { key: `${CANARY}-1`, endpoint: '/a' },
    { api_key: `${CANARY}-1`, endpoint: '/b', status_code: 'odd' },
    { key: `${CANARY}-nowhere`, endpoint: '/c' },
  ],
  'events.json': [
    { id: 1, api_key: `${CANARY}-1`, timestamp: time, payload: {} },
    { id: 2, api_key: [`${CANARY}-1`], timestamp: time, payload: {} },
  ],
  'predictions.json': [
    { id: 1, api_key: `${CANARY}-1`, timestamp: time, payload: {}, prediction: {} },
    { id: 2, event_id: 1, api_key: `${CANARY}-1`, timestamp: time, prediction: {} },
    { id: 3, api_key: `${CANARY}-1`, timestamp: 'never', prediction: {}, payload: {} },
  ],
  'metrics.json': [
    { timestamp: time, cpu_usage: 1, api_key: `${CANARY}-1`, API_KEY: `${CANARY}-2` },
    {
      timestamp: time,
      source: 'b',
      cpu_usage: 1,
      client: { headers: [{ 'X-Api-Key': `${CANARY}-1` }], 'api-key': `${CANARY}-2` },
    },
  ],
  'completion_requests.json': [{ timestamp: time, success: true, is_streaming: false, api_key: `${CANARY}-1` }],
  'users.json': [{ id: 'ann', email: 'ann@example.org', role: 'admin', apiKey: `${CANARY}-1` }],
};

describe.each(bothStores())('plain API keys on $product', (store) => {
  test('reach no row, no report and no message; an admin key stays one and events join it by its hash', async () => {
    const place = store.fresh();
    const report = await migrate(runSettings({ root: plant(WITH_KEYS), to: place.url, dbSchema: place.dbSchema }));
    const told = [...jsonReport(report)].join('');
    report.close();
    expect(report.head.exit_code).toBe(1);
    expect(told).not.toContain(CANARY);

    if (place.url.startsWith('sqlite:')) expect(readFileSync(place.url.slice(7), 'latin1')).not.toContain(CANARY);
    const directory = join(plant(), 'export');
    await exportDatabase({
      registry: BUILT_IN,
      from: place.url,
      directory,
      dbSchema: place.dbSchema,
      allowPlaintext: false,
    });
    for (const path of filesBelow(directory)) {
      expect(readFileSync(join(directory, path), 'utf8'), path).not.toContain(CANARY);
    }
    const admins = await place.query(
      "SELECT k.key_name FROM events e JOIN api_keys k ON k.key_hash = e.api_key WHERE CAST(k.permissions AS text) LIKE '%admin%'",
    );
    expect(admins).toEqual([{ key_name: 'one' }, { key_name: 'one' }]);
  });

  test('stay in the own JSON of an application, and a warning counts the records', async () => {
    const place = store.fresh();
    const held = (id: number, payload: object): object => ({ id, timestamp: time, payload });
    const root = plant({
      'events.json': [
        held(1, { request: { headers: { 'X-API-Key': `${CANARY}-1` } } }),
        held(2, { api_key: `${CANARY}-2` }),
        held(3, { api_key: 'a'.repeat(64), key: 'F5' }),
      ],
    });
    const report = await migrate(runSettings({ root, to: place.url, dbSchema: place.dbSchema }));
    const warnings = [...report.warnings()];
    report.close();
    expect(warnings).toMatchObject([
      { code: 'plain-key-stored', path: 'events.json', message: expect.stringMatching(/and 1 more of this file/) },
    ]);
    expect(JSON.stringify(warnings)).not.toContain(CANARY);
    const [stored] = await place.query('SELECT CAST(payload AS text) AS payload FROM events ORDER BY id');
    expect(JSON.parse(String(stored?.['payload']))).toEqual({ request: { headers: { 'X-API-Key': `${CANARY}-1` } } });
    const kept = await migrate(runSettings({ root, to: place.url, dbSchema: place.dbSchema, keepPlainKeys: true }));
    expect([...kept.warnings()].map(({ code }) => code)).not.toContain('plain-key-stored');
    kept.close();
  });

  test('inside of a setting are counted in a warning, and hashed with --hash-secrets', async () => {
    const value = { api_key: `${CANARY}-1`, deep: [{ password: `${CANARY}-2`, model: 'm' }] };
    const root = plant({ 'settings.json': { OpenAI: value, theme: 'dark' } });
    const place = store.fresh();
    const target = { root, to: place.url, dbSchema: place.dbSchema };
    const report = await migrate(runSettings(target));
    expect([...report.warnings()]).toMatchObject([{ code: 'plain-key-stored', path: 'settings.json' }]);
    report.close();
    const stored = async () =>
      JSON.parse(String((await place.query("SELECT value FROM user_settings WHERE key = 'OpenAI'"))[0]?.['value']));
    expect(await stored()).toEqual(value);
    const hashed = await migrate(runSettings({ ...target, hashSecrets: true }));
    expect([...hashed.warnings()]).toEqual([]);
    hashed.close();
    expect(await stored()).toEqual({
      api_key: keyHash(`${CANARY}-1`),
      deep: [{ password: keyHash(`${CANARY}-2`), model: 'm' }],
    });
  });

  test('that an older version stored are hashed by the next run', async () => {
    const root = plant({ 'metrics.json': [{ timestamp: time, cpu_usage: 1, api_key: `${CANARY}-1` }] });
    const place = store.fresh();
    const target = { root, to: place.url, dbSchema: place.dbSchema };
    (await migrate(runSettings(target))).close();
    // As a version left it whose mapping was another.
    const extra = JSON.stringify({ api_key: `${CANARY}-1` });
    await place.query(`UPDATE metrics SET extra = '${extra}'`);
    await place.query("UPDATE ledger.files SET fingerprint = '0123456789abcdef'");
    const again = await migrate(runSettings(target));
    expect(again.head.tables).toMatchObject({ metrics: { inserted: 0, updated: 1 } });
    again.close();
    const [row] = await place.query('SELECT CAST(extra AS text) AS extra FROM metrics');
    expect(String(row?.['extra'])).not.toContain(CANARY);
  });
});
