import { expect, test } from 'vitest';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonical, roundTrip, rowOf } from './round-trip.ts';

const auditLogs = BUILT_IN.get('audit_logs');

const ENTRY = {
  id: 5,
  user_id: 'ann',
  action: 'login',
  resource: 'session',
  details: { ok: [true, null] },
  ip_address: '::1',
  user_agent: 'curl/8',
  created_at: '2025-01-02T03:04:05.000000Z',
};

test.each<[string, unknown, unknown]>([
  ['every member of the reference layout', ENTRY, ENTRY],
  ['an id as text', { ...ENTRY, id: '5' }, { ...ENTRY, id: '5' }],
  ['a user as a number', { user_id: 7, action: 'a' }, { user_id: 7, action: 'a' }],
  [
    'other spellings',
    { action: 'a', userId: 'u', ip: '1', userAgent: 'x', timestamp: '2025-01-02T03:04:05' },
    { action: 'a', user_id: 'u', ip_address: '1', user_agent: 'x', created_at: '2025-01-02T03:04:05.000000Z' },
  ],
  ['two times', { ...ENTRY, timestamp: 'soon' }, { ...ENTRY, timestamp: 'soon' }],
  [
    'details as text, members without a column',
    { action: 'a', details: 'd', level: 'info' },
    { action: 'a', details: 'd', level: 'info' },
  ],
  ['an action alone', { action: 'a', details: null }, { action: 'a' }],
])('an entry is written as the source has it: %s', (_what, source, expected) => {
  expect(roundTrip(auditLogs, source)).toBe(canonical(expected));
});

test('the key follows from the own id, else from the content', () => {
  const key = (entry: object) => rowOf(auditLogs, JSON.stringify(entry))['id'];
  expect(key(ENTRY)).toBe(key({ id: 5, action: 'logout' }));
  expect(key({ action: 'a' })).not.toBe(key({ action: 'b' }));
  expect(key({ action: 'a', created_at: '2025-01-01T00:00:00Z' })).toBe(
    key({ created_at: '2025-01-01 01:00:00+01:00', action: 'a' }),
  );
});
