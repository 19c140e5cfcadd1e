import { describe, expect, test } from 'vitest';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonical, mapText, roundTrip, rowOf } from './round-trip.ts';

const users = BUILT_IN.get('users');

const DEFAULTS = { role: 'viewer', is_active: true, is_admin: false };

const ANN = {
  id: 'ann',
  email: 'ann@example.org',
  username: 'ann',
  password_hash: '$2b$12$abc',
  name: 'Ann',
  role: 'admin',
  is_active: false,
  is_admin: true,
  last_login_at: '2025-03-01T08:00:00.000001Z',
  created_at: '2024-01-02T03:04:05.000000Z',
  updated_at: '2024-01-02T03:04:05.000000Z',
};

describe('a user is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['every member of the reference layout', ANN, ANN],
    ['an id that is a number', { ...ANN, id: 7 }, { ...ANN, id: 7 }],
    ['an id of digits in text', { ...ANN, id: '7' }, { ...ANN, id: '7' }],
    ['defaults, which are always written', { id: 'a', email: 'e' }, { id: 'a', email: 'e', ...DEFAULTS }],
    [
      'flags as numbers and text',
      { id: 'a', is_active: 1, is_admin: 'True' },
      { id: 'a', ...DEFAULTS, is_active: 1, is_admin: 'True' },
    ],
    [
      'other spellings',
      { userId: 'a', passwordHash: 'h', isAdmin: true },
      { id: 'a', password_hash: 'h', ...DEFAULTS, is_admin: true },
    ],
    ['two spellings at once', { id: 'a', user_id: 'b' }, { id: 'a', user_id: 'b', ...DEFAULTS }],
    ['members without a column', { id: 'a', team: { x: [1, null] } }, { id: 'a', team: { x: [1, null] }, ...DEFAULTS }],
    ['nulls, which are absent', { id: 'a', name: null, other: null }, { id: 'a', ...DEFAULTS }],
    [
      'times in UTC',
      { id: 'a', created_at: '2025-01-01 02:00:00+02:00' },
      { id: 'a', created_at: '2025-01-01T00:00:00.000000Z', ...DEFAULTS },
    ],
  ])('%s', (_what, source, expected) => {
    expect(roundTrip(users, source)).toBe(canonical(expected));
  });

  test('an id beyond what a double holds', () => {
    const source = '{"id":9007199254740993,"role":"viewer","is_active":true,"is_admin":false,"__proto__":{"a":1}}';
    expect(roundTrip(users, source)).toBe(canonical(source));
  });

  test('the name in a map becomes the id, or stays where the record has another one', () => {
    expect(roundTrip(users, { email: 'e' }, { key: '7' })).toBe(canonical({ id: '7', email: 'e', ...DEFAULTS }));
    expect(roundTrip(users, { id: 1 }, { key: 'ann' })).toBe(canonical({ id: 1, map_key: 'ann', ...DEFAULTS }));
    const both = { id: 'ann', map_key: 'old', ...DEFAULTS };
    expect(roundTrip(users, { map_key: 'old' }, { key: 'ann' })).toBe(canonical(both));
    expect(roundTrip(users, { id: 1 }, { key: '1' })).toBe(canonical({ id: 1, ...DEFAULTS }));
  });
});

test('a user of whom only the id is known is no placeholder: it is written, those are not', () => {
  const bare = rowOf(users, '{"id":"bob"}');
  expect(users.layout.path({ values: bare, children: {} })).toEqual(['users']);
  expect(users.layout.path({ values: { ...bare, extra: null }, children: {} })).toBeUndefined();
  expect(users.layout.path({ values: { ...bare, extra: null, role: 'admin' }, children: {} })).toEqual(['users']);
});

test('no finding quotes a password hash', () => {
  const secret = '$2b$12$neverToBeSeen';
  for (const members of [{ password_hash: [secret] }, { email: { [secret]: secret } }, { role: secret }]) {
    const { account } = mapText(users, JSON.stringify({ id: 'a', password_hash: secret, ...members }));
    expect(account.findings).toHaveLength(1);
    expect(JSON.stringify(account.findings)).not.toContain(secret);
  }
});
