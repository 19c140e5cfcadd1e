import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { type Loaded, load } from '../setup/load.ts';
import { APPLICATIONS, type Application, ownTables, rowsOf, schemaOf } from '../setup/own-tables.ts';
import { PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

interface Case {
  readonly files: Tree;
  readonly tables: readonly string[];
  /** Path, record, code and message of each reject. */
  readonly rejects: readonly (readonly [string, number, string, RegExp])[];
  readonly inserted: Readonly<Record<string, number>>;
}

const measured = {
  source: 'web-1',
  memory_usage: 33.25,
  disk_usage: 50,
  load_1m: 0.5,
  load_5m: 0.25,
  disk_io_read: 100,
  disk_io_write: 200,
  network_rx: 1,
  network_tx: 2,
  response_time: 12.345,
};

const CASES: Readonly<Record<Application, Case>> = {
  council: {
    files: {
      'conversations/alice/c.json': {
        id: 'c-1',
        title: 'First',
        created_at: '2025-02-01T10:00:00.000001',
        messages: [
          { role: 'user', content: 'one' },
          { role: 'assistant', content: 'two', stage1: [{ model: 'm', response: 'r' }], metadata: { label: 'x' } },
          { role: 'user', content: 'three' },
        ],
      },
      'usage/bob/usage.json': { user_id: 'bob', tier: 'pro', daily_count: 3 },
    },
    tables: ['conversations', 'messages', 'usage'],
    rejects: [['usage/bob/usage.json', 1, 'does-not-fit', /^usage\.\w+ is .*: must not be NULL$/]],
    inserted: { conversations: 1, messages: 3 },
  },
  incidents: {
    files: {
      'settings.json': { LOG_LEVEL: 'debug', theme: { dark: true } },
      'alice/settings.json': { language: 'en' },
      'analyses.json': [
        {
          analysis_id: 'an-1',
          user_id: 'alice',
          request: { incident_id: 'INC-1' },
          response: { root_cause: 'disk', confidence: 0.9 },
          status: 'completed',
          confidence: 0.9,
          processing_time_ms: 120.5,
          created_at: '2025-02-01T10:00:00Z',
        },
        {
          analysis_id: 'an-2',
          user_id: 'carol',
          request: { incident_id: 'INC-2' },
          response: { root_cause: 'net' },
          status: 'completed',
          confidence: 0.5,
          processing_time_ms: 10,
          created_at: '2025-02-01T11:00:00Z',
        },
      ],
      'audit_logs.json': [{ id: 'log-1', user_id: 'alice', action: 'login', created_at: '2025-02-01T10:00:00Z' }],
    },
    tables: ['users', 'user_settings', 'analyses', 'audit_logs'],
    rejects: [['analyses.json', 2, 'unknown-reference', /its owner has no row in users, and none can be made/]],
    inserted: { user_settings: 3, analyses: 1, audit_logs: 1 },
  },
  operations: {
    files: {
      'metrics.json': [
        { id: 7, timestamp: '2025-02-01T10:00:00Z', ...measured, cpu_usage: 12.5 },
        { timestamp: '2025-02-01T10:01:00Z', source: 'web-2', cpu_usage: 12.5 },
      ],
      'api_keys.json': [
        {
          key_name: 'ci',
          key_hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          permissions: ['read', 'a "b", c'],
          created_at: '2025-02-01T10:00:00Z',
          updated_at: '2025-02-01T10:00:00Z',
        },
      ],
      'api_key_usage.json': [
        {
          id: 1,
          key_name: 'ci',
          endpoint: '/v1/x',
          method: 'GET',
          status_code: 200,
          ip_address: '10.1.2.3',
          created_at: '2025-02-01T10:00:00Z',
        },
      ],
    },
    tables: ['users', 'metrics', 'api_keys', 'api_key_usage'],
    rejects: [['metrics.json', 2, 'does-not-fit', /^metrics\.memory_usage is \S+: must not be NULL$/]],
    inserted: { metrics: 1, api_keys: 1, api_key_usage: 1 },
  },
  completions: {
    files: {
      'completion_requests/a.jsonl': [
        {
          id: 1,
          timestamp: '2025-02-01T10:00:00.123456',
          success: true,
          status_code: 200,
          response_time_ms: 120.5,
          model: 'm',
        },
        {
          id: 2,
          timestamp: '2025-02-01T10:00:01',
          success: false,
          status_code: 500,
          model: 'm',
          error_message: 'boom',
        },
      ]
        .map((each) => JSON.stringify(each))
        .join('\n'),
    },
    tables: ['completion_requests', 'schema_version'],
    rejects: [],
    inserted: { completion_requests: 2 },
  },
  security: {
    files: {
      'events.json': [
        { id: 5, user_id: 1, api_key: 'key-1', timestamp: '2025-02-01T10:00:00Z', payload: { a: 1 }, ip: '10.0.0.1' },
        { id: 6, user_id: 77, api_key: 'key-1', timestamp: '2025-02-01T10:00:00Z', payload: { a: 1 } },
      ],
      'predictions.json': [
        {
          id: 9,
          user_id: 1,
          event_id: 5,
          timestamp: '2025-02-01T10:00:00Z',
          payload: { a: 1 },
          prediction: { prediction: 1, probability: 0.9 },
        },
      ],
    },
    tables: ['users', 'events', 'predictions'],
    rejects: [['events.json', 2, 'unknown-reference', /its owner has no row in users/]],
    inserted: { events: 1, predictions: 1 },
  },
};

/** What the application does after a load, and what it must then see. */
const GOES_ON: Readonly<Record<Application, (url: string, product: Product) => Promise<void>>> = {
  async council(url) {
    await queryTarget(
      url,
      "INSERT INTO messages (conversation_id, role, created_at, content) VALUES ('c-1', 'user', '2025-02-02 00:00:00', 'four')",
      "UPDATE conversations SET title = 'Renamed', updated_at = '2025-02-02 00:00:00' WHERE id = 'c-1'",
    );
    const messages = await queryTarget(
      url,
      "SELECT content FROM messages WHERE conversation_id = 'c-1' ORDER BY created_at",
    );
    expect(messages.map(({ content }) => content)).toEqual(['one', 'two', 'three', 'four']);
  },
  async incidents(url) {
    await queryTarget(
      url,
      "INSERT INTO user_settings (id, user_id, key, value, value_type) VALUES ('s-2', 'alice', 'zoom', '2', 'int')",
      `INSERT INTO analyses (id, analysis_id, request, response, status, confidence, processing_time_ms)
         VALUES ('a-2', 'next', '{}', '{}', 'completed', 1, 1)`,
    );
    expect(await queryTarget(url, "SELECT key FROM user_settings WHERE user_id = 'alice' ORDER BY key")).toEqual([
      { key: 'language' },
      { key: 'theme' },
      { key: 'zoom' },
    ]);
  },
  async operations(url, product) {
    const permissions = product === 'PostgreSQL' ? "'{write}'" : `'["write"]'`;
    await queryTarget(
      url,
      `INSERT INTO api_keys (key_name, key_hash, permissions, created_at, updated_at) VALUES ('next', 'n', ${permissions}, '2025-03-01', '2025-03-01')`,
      `INSERT INTO metrics (timestamp, source, cpu_usage, memory_usage, disk_usage, load_1m, load_5m, disk_io_read, disk_io_write,
         network_rx, network_tx, response_time) VALUES ('2025-03-01T00:00:00', 'app', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)`,
    );
    const [key] = await queryTarget(url, "SELECT permissions FROM api_keys WHERE key_name = 'ci'");
    const stored = key?.['permissions'];
    expect(product === 'PostgreSQL' ? stored : JSON.parse(String(stored))).toEqual(['read', 'a "b", c']);
    expect(
      await queryTarget(url, "SELECT source FROM metrics WHERE timestamp > '2025-01-15T00:00:00' ORDER BY timestamp"),
    ).toEqual([{ source: 'web-1' }, { source: 'app' }]);
  },
  async completions(url) {
    await queryTarget(
      url,
      "INSERT INTO completion_requests (timestamp, success) VALUES ('2025-02-01T10:00:02.000001', true)",
    );
    // Compared as text where times are texts.
    const later = "SELECT count(*) AS n FROM completion_requests WHERE timestamp >= '2025-02-01T10:00:00.5'";
    expect(Number((await queryTarget(url, later))[0]?.['n'])).toBe(2);
    expect(await queryTarget(url, 'SELECT version FROM schema_version')).toEqual([{ version: '1.0.0' }]);
  },
  async security(url) {
    await queryTarget(
      url,
      "INSERT INTO events (user_id, api_key, payload) VALUES (1, 'next', '{}')",
      "INSERT INTO predictions (user_id, event_id, payload) SELECT 1, max(id), '{}' FROM events",
    );
    const found =
      'SELECT count(*) AS n FROM predictions p JOIN events e ON e.id = p.event_id WHERE p.user_id = e.user_id';
    expect(Number((await queryTarget(url, found))[0]?.['n'])).toBe(3);
  },
};

const told = ({ files }: Loaded) =>
  files.flatMap(({ path, rejects }) => rejects.map(({ record, code, message }) => [path, record, code, message]));

test.each(APPLICATIONS.flatMap((application) => PRODUCTS.map((product) => [application, product] as const)))(
  'the tables of %s on %s are loaded as they are, and the application goes on',
  async (application, product) => {
    const { files, tables, rejects, inserted } = CASES[application];
    const url = await ownTables(application, product);
    const [schema, before] = [await schemaOf(url), await rowsOf(url, tables)];
    const root = plant(files);
    const dry = await load(root, url, { dryRun: true });
    expect([await schemaOf(url), await rowsOf(url, tables)]).toEqual([schema, before]);
    const first = await load(root, url);
    expect(told(first)).toEqual(
      rejects.map(([...told]) => told.map((each) => (each instanceof RegExp ? expect.stringMatching(each) : each))),
    );
    expect(first.tables).toMatchObject(
      Object.fromEntries(Object.entries(inserted).map(([table, rows]) => [table, { inserted: rows }])),
    );
    expect([told(dry), dry.exitCode, dry.tables]).toEqual([told(first), first.exitCode, first.tables]);
    const after = await rowsOf(url, tables);
    expect(await schemaOf(url)).toEqual(schema);
    for (const table of tables) {
      expect(after[table]).toEqual(expect.arrayContaining([...(before[table] ?? [])]));
      expect(after[table]).toHaveLength((before[table]?.length ?? 0) + (inserted[table] ?? 0));
    }

    const again = await load(root, url, { reload: true });
    expect(told(again)).toEqual(told(first));
    for (const [table, rows] of Object.entries(inserted))
      expect(again.tables[table]).toMatchObject({ inserted: 0, updated: 0, unchanged: rows });
    expect(await rowsOf(url, tables)).toEqual(after);

    await GOES_ON[application](url, product);
    const verified = await runCli(['verify', root, '--to', url, '--json']);
    const { totals } = JSON.parse(verified.stdout);
    // What the application changed is told, and nothing else.
    expect(totals).toMatchObject({ missing: 0, different: application === 'council' ? 1 : 0 });

    const [{ run_id: run } = {}] = await queryTarget(url, 'SELECT run_id FROM ledger.runs ORDER BY started_at LIMIT 1');
    const undone = await runCli(['undo', String(run), '--to', url, '--yes']);
    expect(undone.code, undone.stderr).toBe(application === 'council' ? 1 : 0);
    expect(await schemaOf(url)).toEqual(schema);
    for (const row of Object.values(before).flat())
      expect(JSON.stringify(await rowsOf(url, tables))).toContain(JSON.stringify(row));
  },
);
