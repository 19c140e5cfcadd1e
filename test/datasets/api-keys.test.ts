import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/hash/key-hash.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { referringRoundTrip, storedRecord } from './referring-round-trip.ts';
import { canonical, mapText } from './round-trip.ts';

const apiKeys = BUILT_IN.get('api_keys');

const PLAIN = 'sk-a-very-plain-key';
const HASH = sha256(PLAIN);
const TIME = '2025-08-08T23:32:27.317961Z';
const ENTRY = { name: 'monitor', level: 'read', created: TIME, rate_limit: 100 };

describe('a key is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['an entry of the map by hash', ENTRY, ENTRY],
    ['an entry without a limit', { level: 'admin' }, { level: 'admin' }],
    [
      'limits that are the defaults',
      { usage_count: 0, rate_limit: 1000, is_active: true },
      { usage_count: 0, rate_limit: 1000, is_active: true },
    ],
    [
      'the names of the columns',
      {
        key_name: 'a',
        permissions: ['read', 'write'],
        user_id: 'ann',
        rate_limit_per_hour: 5,
        created_at: TIME,
        is_active: false,
      },
      { name: 'a', level: 'write', user_id: 'ann', rate_limit: 5, created: TIME, is_active: false },
    ],
    ['other permissions', { permissions: ['write', 'read'] }, { permissions: ['write', 'read'] }],
    [
      'a level beside permissions',
      { level: 'read', permissions: ['admin'] },
      { level: 'read', permissions: ['admin'] },
    ],
    [
      'a level beside its permissions',
      { level: 'read', permissions: ['read'] },
      { level: 'read', permissions: ['read'] },
    ],
    [
      'a user as a number, other members',
      { user: 7, id: 9, description: 'd', note: 1 },
      { user_id: 7, id: 9, description: 'd', note: 1 },
    ],
    ['null as absent', { name: null, level: null, key: null }, {}],
  ])('%s', (_what, source, expected) => {
    expect(referringRoundTrip(apiKeys, source, { key: HASH })).toBe(canonical(expected));
  });

  test('the name in a map by level', () => {
    const hash = { hash: HASH };
    const written = (record: object, key: string) => referringRoundTrip(apiKeys, { ...hash, ...record }, { key });
    expect(written({ level: 'admin' }, 'admin')).toBe(canonical({ level: 'admin' }));
    expect(written({}, 'write')).toBe(canonical({ level: 'write' }));
    expect(written({ level: 'admin' }, 'robots')).toBe(canonical({ level: 'admin', name: 'robots' }));
    expect(written({ level: 'admin', name: 'r2' }, 'robots')).toBe(
      canonical({ level: 'admin', name: 'r2', map_key: 'robots' }),
    );
    // The level that the record says itself wins.
    expect(written({ level: 'admin' }, 'read')).toBe(canonical({ level: 'admin', name: 'read' }));
  });

  test('a hash of another kind', () => {
    const source = { key_hash: '$2b$12$Abc', name: 'a' };
    expect(referringRoundTrip(apiKeys, source)).toBe(canonical(source));
  });
});

describe('a plain key', () => {
  const known = (record: object, key?: string) =>
    storedRecord(apiKeys, JSON.stringify(record), key === undefined ? {} : { key }).values['key_hash'];

  test('is stored as its SHA-256; what is a SHA-256 already is not hashed again', () => {
    expect(known({ key: PLAIN })).toBe(HASH);
    expect(known({ key: HASH })).toBe(HASH);
    expect(known({ key_hash: HASH.toUpperCase() })).toBe(HASH);
    expect(known({ level: 'read' }, HASH)).toBe(HASH);
  });

  test('gives way to the hash beside it', () => {
    expect(known({ key: 'another', hash: HASH })).toBe(HASH);
    expect(known({ key: 'another' }, HASH)).toBe(HASH);
  });

  test.each([
    { key: PLAIN, level: 'root', api_key: PLAIN },
    { key: PLAIN, rate_limit: PLAIN },
    { key: { value: PLAIN } },
    { key: `${PLAIN}****` },
    { api_key: PLAIN, apiKey: PLAIN, plain_key: PLAIN, name: 'a' },
    { key: PLAIN, hash: HASH, level: 'admin' },
  ])('reaches no row, no finding and no count: %j', (record) => {
    const { account, group } = mapText(apiKeys, JSON.stringify(record));
    expect(JSON.stringify([account.findings, [...account.unmapped], [...account.repairs], group?.row])).not.toContain(
      PLAIN,
    );
  });

  test('is counted as dropped', () => {
    const dropped = (record: object) => mapText(apiKeys, JSON.stringify(record)).account.dropped.get('plain-key');
    expect(dropped({ key: PLAIN })).toBe(1);
    expect(dropped({ key: PLAIN, hash: HASH })).toBe(1);
    expect(dropped({ key: PLAIN, api_key: PLAIN })).toBe(2);
    expect(dropped({ key: HASH })).toBeUndefined();
  });
});

test.each([
  ['read', ['read']],
  ['write', ['read', 'write']],
  ['admin', ['read', 'write', 'admin']],
])('the level %s means %j', (level, permissions) => {
  const { values } = storedRecord(apiKeys, JSON.stringify({ level }), { key: HASH });
  expect(values['permissions']).toBe(JSON.stringify(permissions));
});
