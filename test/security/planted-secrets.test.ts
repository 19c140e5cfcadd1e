import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { parseReport } from '../setup/reports.ts';
import { expectNowhere } from '../setup/spellings.ts';
import { type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant, type Tree } from '../setup/trees.ts';

const NAMES = ['password', 'secret', 'token', 'api_key', 'authorization', 'jwt'] as const;

let planted = 0;

/** One that is nowhere else, with characters that every encoding writes otherwise. */
function secret(): string {
  return `planted?${String(++planted).padStart(2, '0')}/é:x`;
}

/** The names with a secret each. */
const members = (): Record<string, string> => Object.fromEntries(NAMES.map((name) => [name, secret()]));

const user = (id: string, more: object): object => ({ id, email: `${id}@example.com`, username: id, ...more });

/** 50 secrets in records that load, are repaired, repeated, in conflict, or rejected for the very value that is secret. */
const SOURCES: Tree = {
  'settings.json': { OPENROUTER_API_KEY: secret(), DB_PASSWORD: secret(), JWT_SECRET: secret(), other: secret() },
  'conversations/ann/loads.json': conversation('loads', ['x'], members()),
  'conversations/ann/more.json': conversation('more', ['x'], members()),
  'conversations/ann/repaired.json': JSON.stringify(conversation('repaired', ['x'], { ...members(), rank: 1 })).replace(
    '"rank":1',
    '"rank":NaN',
  ),
  'conversations/ann/same.json': conversation('twice', ['x'], { token: secret() }),
  'conversations/ann/then.json': conversation('twice', ['x'], { token: secret() }),
  'conversations/ann/time.json': conversation('time', ['x'], { created_at: secret() }),
  'conversations/ann/cut.json': `{"password":"${secret()}","title":"${secret()}`,
  'conversations/ann/garbage.json': `{"id":"g","messages":[]} token=${secret()}`,
  'conversations/ann/member.json': `{"id":"m","token":"${secret()}","token":"${secret()}","messages":[]}`,
  'conversations/ann/nul.json': `{"id":"n","title":"${secret()}\\u0000","messages":[]}`,
  'usage/ann/usage.json': { user_id: 'ann', tier: secret(), daily_count: secret() },
  'metrics/a.json': [
    ...measurements(1, { source: 'a', authorization: secret() }),
    { timestamp: secret(), cpu_usage: secret() },
  ],
  'users.json': {
    users: [
      user('ann', { password_hash: secret(), token: secret() }),
      user('bob', { role: secret(), api_key: secret() }),
    ],
  },
  'api_keys.json': [
    { key_name: 'one', key: secret(), permissions: [] },
    { key_name: 'two', key: secret(), expires_at: secret() },
    { key_name: 'three', key_hash: secret(), usage_count: secret() },
  ],
  'events.json': {
    events: [
      { id: 1, user_id: 'ann', api_key: secret(), timestamp: '2025-01-01T00:00:00Z', payload: { token: secret() } },
      { id: 2, user_id: 'ann', api_key: secret(), timestamp: secret(), payload: { jwt: secret() } },
    ],
  },
  'unknown.json': { [secret()]: secret() },
};

const LEDGER = ['ledger.schema_version', 'ledger.runs', 'ledger.shards', 'ledger.files', 'ledger.batches'];

describe.each(PRODUCTS)('secrets in the sources, loaded into %s', (product) => {
  let target: FreshTarget;

  beforeEach(async () => {
    target = await freshTarget(product);
  });

  afterEach(() => target.drop());

  test('are in the tables where they belong and in no output, report, reason or ledger', async () => {
    const root = plant(SOURCES);
    const cwd = plant();
    const runs = ['first', 'again', 'fail', 'keep', 'strict'];
    for (const name of runs) {
      const mode =
        {
          first: [],
          again: ['--reload'],
          fail: ['--reload', '--on-conflict', 'fail'],
          keep: ['--reload', '--on-conflict', 'keep'],
          strict: ['--reload', '--strict'],
        }[name] ?? [];
      if (name === 'again') await changeRows(target.url);
      const args = [
        'run',
        root,
        '--to',
        target.url,
        '--debug',
        '--verbose',
        '--json',
        '--repair',
        'nul-character',
        '--report',
        `${name}.json`,
        '--rejects',
        name,
      ];
      const { stdout, stderr, code } = await runCli([...args, ...mode], { cwd });
      expect([1, 3], stderr).toContain(code);
      if (name === 'first')
        expect(parseReport({ stdout, stderr, code }).totals).toMatchObject({
          records_loaded: 13,
          records_rejected: 11,
        });
      if (name === 'again') expect(stdout).toMatch(/changed-since-load|database-has-more/);
      expectNone({ stdout, stderr });
    }
    expectNone(reasonsAndReports(cwd));
    for (const table of LEDGER)
      expectNone({ [table]: JSON.stringify(await queryTarget(target.url, `SELECT * FROM ${table}`), texts) });
    expect(planted).toBeGreaterThanOrEqual(50);
  });
});

function expectNone(places: Readonly<Record<string, string>>): void {
  for (let number = 1; number <= planted; number++)
    expectNowhere(`planted?${String(number).padStart(2, '0')}/é:x`, places);
  for (const [place, text] of Object.entries(places)) expect(text.includes('planted'), place).toBe(false);
}

/** Rows that somebody changed since: the next run warns of them. */
async function changeRows(url: string): Promise<void> {
  await queryTarget(
    url,
    "UPDATE conversations SET title = 'changed', updated_at = '2099-01-01 00:00:00.000000'",
    "UPDATE api_keys SET description = 'changed', updated_at = '2099-01-01 00:00:00.000000'",
  ).catch(() =>
    queryTarget(url, "UPDATE conversations SET title = 'changed', updated_at = '2099-01-01 00:00:00.000000'"),
  );
}

/** Original bytes of what was rejected are what --rejects is for; reasons and reports quote nothing of them. */
function reasonsAndReports(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.reason.json') || /^\w+\.json$/.test(path),
  );
  expect(files.length).toBeGreaterThan(20);
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

/** Bytes of batches as text. */
function texts(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}
