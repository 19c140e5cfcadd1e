import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonicalRecord } from '../setup/canonical-record.ts';
import { runCli } from '../setup/cli.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { conversation, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores, digestOf, type Place } from '../setup/places.ts';
import { plant, type Tree } from '../setup/trees.ts';

const SAMPLES = fileURLToPath(new URL('../../../shared/samples', import.meta.url));

async function load(root: string, { url, dbSchema }: Place, options: object = {}): Promise<number> {
  const report = await migrate(runSettings({ root, to: url, dbSchema, ...options }));
  report.close();
  if (report.error) throw report.error;
  return report.head.exit_code;
}

async function exported({ url, dbSchema }: Place): Promise<{ readonly directory: string; readonly files: Tree }> {
  const directory = join(plant(), 'export');
  await exportDatabase({ registry: BUILT_IN, from: url, directory, dbSchema, allowPlaintext: false });
  const files = filesBelow(directory).map((path) => [path, readFileSync(join(directory, path), 'utf8')]);
  return { directory, files: Object.fromEntries(files) };
}

/** Every record of a file, whatever holds them: alone, in a list, or one per line. */
function recordsIn(text: string): JsonObject[] {
  const document = readFaithfully(text.replaceAll('NaN', '"NaN"'));
  const values: readonly (JsonValue | undefined)[] =
    document === undefined ? text.split('\n').map(readFaithfully) : [document];
  return values.flat().filter((value) => isJsonObject(value));
}

const sorted = (records: readonly JsonObject[]): string[] =>
  records.map((record) => canonicalJson(canonicalRecord(record))).sort();

/** Records in the reference layouts, so that nothing but the form of numbers and times may change. */
const REFERENCE: Tree = {
  'conversations/system/a.json': conversation('a', ['Hello', 'Good morning'], {
    mood: 'odd',
    deep: { list: [1, null] },
  }),
  'conversations/system/b.json': conversation('b', [], { updated_at: '2025-01-01T10:00:00.000000', user_id: 'system' }),
  'conversations/ann/c.json': conversation('c', ['x'], { user_id: 'ann', updated_at: '2025-02-01T10:00:00+02:00' }),
  'conversations/ann/7.json': conversation('7', ['x'], { user_id: 'ann', title: 'Digits' }),
  'conversations/system/d.json': {
    id: 'd',
    created_at: '2025-01-01T10:00:00',
    messages: [
      { role: 'user', content: 'Own times', timestamp: '2025-01-01T10:00:00', id: 'm1' },
      { role: 'assistant', stage1: [{ model: 'm', response: 'r' }], stage2: { skipped: true }, stage3: { model: 'm' } },
      { isBot: true, content: 'no role' },
      { isBot: true, role: 'assistant', content: 'a role all the same' },
    ],
  },
  'usage/ann/usage.json': {
    user_id: 'ann',
    tier: 'pro',
    daily_count: 3,
    daily_limit: 100,
    monthly_count: 20,
    monthly_limit: 3000,
    total_queries: 99,
    last_daily_reset: '2025-01-31',
    last_monthly_reset: '2025-01-01',
    razorpay_subscription_id: 'sub_1',
  },
  'metrics.json':
    '[{"timestamp":"2025-01-01T00:00:00.123456","cpu_usage":1.951975178410372,"disk_io":12,"is_anomaly":1},' +
    '{"timestamp":"2025-01-01T00:00:00Z","source":"unknown","load_1m":"0.5","network_rx":12345678901234567,"is_anomaly":true},' +
    '{"timestamp":"2025-01-01T00:00:01Z","host":"web","source":"web","cpu_usage":0.1000000000000000000001}]',
  'events.json': [
    { id: 1, user_id: 5, api_key: 'a'.repeat(64), timestamp: '2025-01-01T00:00:00Z', payload: { login_attempts: 1 } },
    { id: '2', user_id: '5', timestamp: '2025-01-01T00:00:00Z', payload: {}, ip: '::1', origin: 'client_events' },
  ],
  'predictions.json': [
    {
      id: 1,
      user_id: 5,
      event_id: 1,
      timestamp: '2025-01-01T00:00:00Z',
      prediction: { prediction: 1, probability: 0.5 },
    },
    {
      user_id: 5,
      api_key: 'b'.repeat(64),
      timestamp: '2025-01-01T00:00:00Z',
      payload: {},
      prediction: { prediction: '1' },
    },
    { id: 3, payload: {}, prediction: { probability: 0.5 }, risk_score: 0.5, attack_detected: 'true', endpoint: '/x' },
  ],
};

describe.each(bothStores())('export from $product', (store) => {
  test('every member of every record comes back, and nothing else', async () => {
    const root = plant(REFERENCE);
    const place = store.fresh();
    expect(await load(root, place)).toBe(0);
    const { files } = await exported(place);
    for (const [path, content] of Object.entries(REFERENCE)) {
      const source = typeof content === 'string' ? content : JSON.stringify(content);
      expect(sorted(recordsIn(String(files[path]))), path).toEqual(sorted(recordsIn(source)));
    }
    expect(Object.keys(files)).toEqual(Object.keys(REFERENCE).sort());
  });

  test('settings come back as they were spelled, those of a user in a directory of their own', async () => {
    const text =
      '{"A":1.0,"B":"text","CONFIDENCE_THRESHOLD":"0.70","DEBUG_MODE":"True","E":12345678901234567890,"F":{"deep":[1]},"G":null,"H":false}';
    const root = plant({ 'settings.json': text, 'settings/ann/settings.json': '{"A":2}' });
    const place = store.fresh();
    await load(root, place);
    const { files } = await exported(place);
    expect(String(files['settings.json']).replaceAll('\n', '')).toBe(text);
    expect(files['settings/ann/settings.json']).toBe('{\n"A":2\n}\n');
  });

  test('an export loads into the same tables, and is exported again byte for byte', async () => {
    const place = store.fresh();
    await load(plant({ ...REFERENCE, ...WITH_FAULTS }), place);
    const first = await exported(place);
    const again = store.fresh();
    expect(await load(first.directory, again)).toBe(0);
    expect((await exported(again)).files).toEqual(first.files);
    expect(await digestOf(again)).toBe(await digestOf(place));
  });

  test('a database in which a run found nothing to load exports nothing', async () => {
    const place = store.fresh();
    await load(plant({ 'notes.txt': 'no data' }), place, { allowEmpty: true });
    expect(Object.keys((await exported(place)).files)).toEqual([]);
  });

  test('what an application goes on writing without knowing us is exported too, and loads again', async () => {
    const place = store.fresh();
    await load(plant(REFERENCE), place);
    expect(await runCli(['schema', 'upgrade', '--no-snapshot', ...place.args])).toMatchObject({ code: 0 });
    for (const sql of [
      "INSERT INTO conversations (id, user_id, title) VALUES ('new', 'nobody-knows-me', 'From the application')",
      "INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'user', 'later')",
      "INSERT INTO messages (conversation_id, role, content) VALUES ('a', 'assistant', 'later still')",
      "INSERT INTO users (id, email) VALUES ('9', 'nine@example.org')",
      `INSERT INTO events (user_id, api_key, timestamp, payload) VALUES ('9', 'plain', '2025-03-01 00:00:00.000000${store.product === 'PostgreSQL' ? '+00' : ''}', '{}')`,
      "INSERT INTO predictions (user_id, event_id, prediction) SELECT '9', max(id), '{\"prediction\":1}' FROM events",
      "INSERT INTO metrics (source, timestamp) VALUES ('app', CURRENT_TIMESTAMP)",
      "INSERT INTO usage (user_id) VALUES ('nobody-knows-me')",
      'INSERT INTO completion_requests (success) VALUES (CAST(1 AS ' +
        (store.product === 'PostgreSQL' ? 'boolean' : 'integer') +
        '))',
    ])
      await place.query(sql);
    const first = await exported(place);
    const [a] = recordsIn(String(first.files['conversations/system/a.json']));
    const messages = a?.['messages'];
    expect(Array.isArray(messages) && messages.map((message) => isJsonObject(message) && message['content'])).toEqual([
      'Hello',
      'Good morning',
      'later',
      'later still',
    ]);
    expect(first.files['conversations/nobody-knows-me/new.json']).toContain('From the application');
    const again = store.fresh();
    expect(await load(first.directory, again)).toBe(0);
    const links = "SELECT count(*) AS n FROM predictions p JOIN events e ON e.id = p.event_id WHERE e.user_id = '9'";
    expect(Number((await again.query(links))[0]?.['n'])).toBe(1);
    expect(Number((await again.query('SELECT count(*) AS n FROM events'))[0]?.['n'])).toBe(
      Number((await place.query('SELECT count(*) AS n FROM events'))[0]?.['n']),
    );
  });

  test('a directory with something in it is refused, and a failed export leaves nothing behind', async () => {
    const place = store.fresh();
    await load(plant(REFERENCE), place);
    const root = plant({ 'kept/mine.txt': 'mine' });
    const { url, dbSchema } = place;
    const settings = { registry: BUILT_IN, from: url, dbSchema, allowPlaintext: false };
    await expect(exportDatabase({ ...settings, directory: join(root, 'kept') })).rejects.toThrow('is not empty');
    const interrupted = AbortSignal.abort();
    const directory = join(root, 'new');
    await expect(exportDatabase({ ...settings, directory }, { signal: interrupted })).rejects.toThrow('interrupted');
    expect(filesBelow(root)).toEqual(['kept/mine.txt']);
    expect(readdirSync(root)).toEqual(['kept']);
  });

  test.runIf(existsSync(SAMPLES))('real files come back member for member', async () => {
    const place = store.fresh();
    await load(SAMPLES, place, { layout: 'flat', exclude: ['council-older-version/**'] });
    const { files } = await exported(place);
    const back = new Set(Object.values(files).flatMap((text) => sorted(recordsIn(String(text)))));
    const conversations = ['council/conversations', 'council-siblings/data/conversations', 'metrics'].flatMap(
      (folder) =>
        readdirSync(join(SAMPLES, folder))
          .filter((name) => name !== 'index.json' && !name.endsWith('_metadata.json'))
          .map((name) => join(folder, name)),
    );
    for (const path of conversations) {
      for (const record of sorted(recordsIn(readFileSync(join(SAMPLES, path), 'utf8')))) {
        expect(back.has(record), `${path}: ${record.slice(0, 200)}`).toBe(true);
      }
    }
  });
});
