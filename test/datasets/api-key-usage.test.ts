import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../src/hash/key-hash.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { freshSqlite } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { referringRoundTrip } from './referring-round-trip.ts';
import { canonical } from './round-trip.ts';

const apiKeyUsage = BUILT_IN.get('api_key_usage');

const HASH = sha256('a plain key');
const TIME = '2025-08-08T00:00:00.000000Z';
const USE = { endpoint: '/metrics', method: 'GET', status_code: 200, response_time_ms: 12.5, created_at: TIME };

describe('a use is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['named by the hash', { ...USE, key_hash: HASH }, { ...USE, key_hash: HASH }],
    ['named by the name', { ...USE, key_name: 'monitor', id: 4 }, { ...USE, key_name: 'monitor', id: 4 }],
    [
      'named by all',
      { ...USE, key_hash: HASH, key_name: 'm', api_key_id: 3 },
      { ...USE, key_hash: HASH, key_name: 'm', api_key_id: 3 },
    ],
    ['named by the plain key', { ...USE, api_key: 'a plain key' }, { ...USE, key_hash: HASH }],
    [
      'other spellings',
      { key_name: 'm', timestamp: TIME, ip: '::1', response_time: 1, request_size: 2, response_size: 3, trace: 'x' },
      {
        key_name: 'm',
        created_at: TIME,
        ip_address: '::1',
        response_time_ms: 1,
        request_size_bytes: 2,
        response_size_bytes: 3,
        trace: 'x',
      },
    ],
    ['a number as text', { ...USE, key_name: 'm', status_code: '404' }, { ...USE, key_name: 'm', status_code: '404' }],
  ])('%s', (_what, source, expected) => {
    expect(referringRoundTrip(apiKeyUsage, source)).toBe(canonical(expected));
  });

  test('named by an old id, as the application stored it', () => {
    const source = { ...USE, api_key_id: 7 };
    expect(referringRoundTrip(apiKeyUsage, source, { ids: { api_key_id: HASH } })).toBe(canonical(source));
    const values = { api_key_id: HASH, endpoint: '/a', extra: null };
    expect(canonical(apiKeyUsage.layout.write({ values, children: {} }))).toBe(
      canonical({ key_hash: HASH, endpoint: '/a' }),
    );
  });

  test('the name in a map is kept', () => {
    const written = { ...USE, key_hash: HASH, map_key: 'u1' };
    expect(referringRoundTrip(apiKeyUsage, { ...USE, key_hash: HASH }, { key: 'u1' })).toBe(canonical(written));
  });
});

test('what was rejected for a missing key loads as soon as the key is there', async () => {
  const root = mkdtempSync(join(tmpdir(), 'migrate-json-uses-'));
  const target = freshSqlite();
  onTestFinished(() => {
    rmSync(root, { recursive: true });
    target.drop();
  });
  writeFileSync(
    join(root, 'a_usage.json'),
    JSON.stringify([
      { ...USE, key_name: 'm' },
      { ...USE, key_name: 'n' },
    ]),
  );
  writeFileSync(join(root, 'api_keys_1.json'), JSON.stringify([{ key_hash: HASH, name: 'n', level: 'read' }]));
  const first = await load(root, target.url);
  expect(first.rejects.map(({ code, pointer }) => [code, pointer])).toEqual([['unknown-reference', '/key_name']]);
  expect(first.tables['api_key_usage']).toMatchObject({ inserted: 1 });
  writeFileSync(join(root, 'api_keys_2.json'), JSON.stringify([{ key: 'other', name: 'm', level: 'read' }]));
  const second = await load(root, target.url);
  expect(second).toMatchObject({ exitCode: 0, rejects: [] });
  expect(second.tables['api_key_usage']).toMatchObject({ inserted: 1, unchanged: 1 });
});
