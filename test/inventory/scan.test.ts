import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freshSqlite } from '../setup/databases.ts';
import { type Loaded, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';

let root: string;
let target: ReturnType<typeof freshSqlite>;

beforeEach(() => {
  root = mkdtempSync(join(memoryDirectory(), 'migrate-json-scan-'));
  target = freshSqlite();
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  target.drop();
});

const CONVERSATION = { id: 'c', title: 't', created_at: '2024-01-02T03:04:05', messages: [] };
const USAGE = { tier: 'pro', daily_count: 1, monthly_count: 2, last_daily_reset: '2024-01-02' };
const SETTINGS = { LOG_LEVEL: 'DEBUG' };
const METRIC = { timestamp: '2024-01-02T03:04:05', cpu_usage: 1 };

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

async function scan(files: Readonly<Record<string, unknown>>, options: Parameters<typeof load>[2] = {}) {
  for (const [path, content] of Object.entries(files)) write(path, content);
  const loaded = await load(root, target.url, { dryRun: true, ...options });
  return (path: string): Loaded['files'][number] | undefined => loaded.files.find((file) => file.path === path);
}

describe('a file is taken for', () => {
  test.each<[string, string, unknown]>([
    ['conversations', 'conversations/ann/c.json', CONVERSATION],
    ['conversations', 'conversations/c.json', CONVERSATION],
    ['conversations', 'ann/c.json', CONVERSATION],
    ['conversations', 'ann/conversations/c.json', CONVERSATION],
    ['conversations', 'somewhere/else/export.json', CONVERSATION],
    ['conversations', 'conversations/ann.json', { c: CONVERSATION }],
    ['conversations', 'conversations/ann/c.json', [{ role: 'user', content: 'hi' }]],
    ['conversations', 'conversations/ann/all.ndjson', `${JSON.stringify(CONVERSATION)}\n`],
    ['usage', 'usage/ann/usage.json', USAGE],
    ['usage', 'ann/usage.json', USAGE],
    ['usage', 'usage.json', { ...USAGE, user_id: 'ann' }],
    ['settings', 'settings.json', SETTINGS],
    ['settings', 'ann/settings.json', SETTINGS],
    ['settings', 'settings.json', { medium_risk_threshold: 0.4 }],
    ['metrics', 'metrics/dump.json', [METRIC]],
    ['metrics', 'metrics.ndjson', `${JSON.stringify(METRIC)}\n`],
    ['metrics', 'dump.json', { metrics: [METRIC] }],
    ['metrics', 'dump.json', { data: [METRIC] }],
    ['metrics', 'anything.json', [METRIC]],
  ])('%s: %s', async (dataset, path, content) => {
    const file = (await scan({ [path]: content }))(path);
    expect(file, JSON.stringify(file)).toMatchObject({ dataset, status: 'loaded' });
    expect(file?.reason).not.toBe('');
  });

  test.each<[string, string, unknown]>([
    ['index-file', 'conversations/ann/index.json', [{ id: 'c', title: 't' }]],
    ['counter-file', 'conversations/meta.json', { next: 3 }],
    ['sidecar', 'metrics/dump_metadata.json', { rows: 155, columns: ['timestamp'] }],
    ['unknown-ending', 'conversations/ann/c.json.bak', 'x'],
    ['unknown-ending', 'conversations/ann/c.json~', 'x'],
    ['old-version', 'conversations/good.json.bak', 'x'],
    ['old-version', 'conversations/good.json~', 'x'],
    ['unknown-ending', 'conversations/ann/c.jsonlines', '{}'],
    ['unknown-compression', 'conversations/ann/c.json.bz2', 'BZh9'],
    ['unknown-compression', 'conversations/ann/c.json.br', '\u001b\u0003'],
    ['config-file', 'migrate-json.config.json', { to: 'a.db' }],
    ['not-json', 'README.md', '# hi'],
    ['unknown-shape', 'package.json', { name: 'app', version: '1.0.0' }],
    ['tool-files', 'node_modules/x/conversations/c.json', CONVERSATION],
    ['tool-files', '.git/conversations/c.json', CONVERSATION],
  ])('nothing, reason %s: %s', async (reason, path, content) => {
    const file = (await scan({ [path]: content, 'conversations/good.json': CONVERSATION }))(path);
    expect(file).toMatchObject({ dataset: null, status: 'unrecognised', reason });
  });
});

describe('the owner of what names none', () => {
  const path = 'path';
  const standard = 'default';

  test.each<[string, string, string, Readonly<Record<string, unknown>>]>([
    ['ann', path, 'conversations/ann/c.json', { 'conversations/ann/c.json': CONVERSATION }],
    ['ann', path, 'usage/ann/usage.json', { 'usage/ann/usage.json': USAGE }],
    ['ann', path, 'backup/conversations/ann/c.json', { 'backup/conversations/ann/c.json': CONVERSATION }],
    ['system', standard, 'conversations/c.json', { 'conversations/c.json': CONVERSATION }],
    ['system', standard, 'settings.json', { 'settings.json': SETTINGS }],
    ['ann', path, 'ann/conversations/c.json', { 'ann/conversations/c.json': CONVERSATION }],
    ['ann', path, 'ann/settings.json', { 'ann/settings.json': SETTINGS }],
    ['ann', path, 'ann/usage.json', { 'ann/usage.json': USAGE }],
    ['ann', path, 'ann/c.json', { 'ann/c.json': CONVERSATION }],
    // The root itself is an application's directory: its other directories are no users.
    ['system', standard, 'ann/c.json', { 'ann/c.json': CONVERSATION, 'conversations/d.json': CONVERSATION }],
    ['system', standard, 'ann/c.json', { 'ann/c.json': CONVERSATION, 'usage/x/usage.json': USAGE }],
    ['system', standard, 'ann/c.json', { 'ann/c.json': CONVERSATION, 'settings.json': SETTINGS }],
    ['ann', path, 'ann/settings.json', { 'ann/settings.json': SETTINGS, 'settings.json': SETTINGS }],
    ['ann', path, 'conversations\\ann\\c.json', { 'conversations\\ann\\c.json': CONVERSATION }],
    ['ann', path, 'ann\\settings.json', { 'ann\\settings.json': SETTINGS }],
    ...['data', 'storage', 'backend', 'app', 'src', 'json', 'db', 'config', 'backup', 'old', 'logs', 'tmp'].map(
      (name): [string, string, string, Readonly<Record<string, unknown>>] => [
        'system',
        standard,
        `${name}/c.json`,
        { [`${name}/c.json`]: CONVERSATION },
      ],
    ),
    ['system', standard, 'c.json', { 'c.json': CONVERSATION }],
    ['system', standard, 'deep/ann/c.json', { 'deep/ann/c.json': CONVERSATION }],
  ])('is %s, known by %s: %s', async (owner, from, where, files) => {
    const distinct = Object.fromEntries(
      Object.entries(files).map(([each, content]) => [
        each,
        content === CONVERSATION ? { ...CONVERSATION, id: each.replaceAll('/', '-').slice(0, 36) } : content,
      ]),
    );
    expect((await scan(distinct))(where)).toMatchObject({ owner, owner_from: from, status: 'loaded' });
  });

  test('is the one of --user where no path says it, never where a path or the record does', async () => {
    const find = await scan(
      {
        'conversations/c.json': CONVERSATION,
        'conversations/ann/d.json': { ...CONVERSATION, id: 'd' },
        'conversations/e.json': { ...CONVERSATION, id: 'e', user_id: 'bob' },
        'conversations/ann/f.json': { ...CONVERSATION, id: 'f', userId: 'bob' },
      },
      { user: 'zoe' },
    );
    expect(find('conversations/c.json')).toMatchObject({ owner: 'zoe', owner_from: 'option' });
    expect(find('conversations/ann/d.json')).toMatchObject({ owner: 'ann', owner_from: 'path' });
    expect(find('conversations/e.json')).toMatchObject({ owner: 'bob', owner_from: 'record' });
    expect(find('conversations/ann/f.json')).toMatchObject({ owner: 'bob', owner_from: 'record' });
  });

  test('is nobody by path with --layout flat, and every directory with --layout users', async () => {
    const files = { 'conversations/ann/c.json': CONVERSATION, 'data/d.json': { ...CONVERSATION, id: 'd' } };
    const flat = await scan(files, { layout: 'flat' });
    expect(flat('conversations/ann/c.json')).toMatchObject({ owner: 'system', owner_from: 'default' });
    const users = await scan(files, { layout: 'users' });
    expect(users('data/d.json')).toMatchObject({ owner: 'data', owner_from: 'path' });
  });

  test('of two users with byte-equal settings is each of them', async () => {
    const find = await scan({ 'ann/settings.json': SETTINGS, 'bob/settings.json': SETTINGS });
    expect(find('ann/settings.json')).toMatchObject({ owner: 'ann', status: 'loaded' });
    expect(find('bob/settings.json')).toMatchObject({ owner: 'bob', status: 'loaded' });
  });
});
