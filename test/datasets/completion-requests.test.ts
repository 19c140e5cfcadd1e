import { describe, expect, test } from 'vitest';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonical, mapText, roundTrip, rowOf } from './round-trip.ts';

const completionRequests = BUILT_IN.get('completion_requests');

const REQUEST = {
  timestamp: '2025-06-01T12:00:00.500000Z',
  is_streaming: true,
  success: true,
  message_count: 3,
  timing: { time_to_first_token_ms: 120.5, time_to_last_token_ms: 900, response_time_ms: 910.25 },
  tokens: { total: 75, prompt: 60, completion: 15 },
  model: 'm-large',
  origin: 'cli',
};
const { timing, tokens, ...rest } = REQUEST;
const FLAT = {
  ...rest,
  ...timing,
  total_tokens: tokens.total,
  prompt_tokens: tokens.prompt,
  completion_tokens: tokens.completion,
};

describe('a request is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['in the reference shape', REQUEST, REQUEST],
    ['flat, which becomes the reference shape', FLAT, REQUEST],
    [
      'members of timing without a column',
      { success: true, timing: { queue_ms: 1 } },
      { success: true, timing: { queue_ms: 1 } },
    ],
    [
      'both shapes at once',
      { success: true, prompt_tokens: 1, tokens: { prompt: 2, total: 3 } },
      { success: true, prompt_tokens: 1, tokens: { prompt: 2, total: 3 } },
    ],
    [
      'tokens that are no object',
      { success: true, prompt_tokens: 1, tokens: 'none' },
      { success: true, prompt_tokens: 1, tokens: 'none' },
    ],
    ['empty objects', { success: true, tokens: {}, timing: {} }, { success: true, tokens: {}, timing: {} }],
    ['nulls, which are absent', { success: true, model: null, tokens: { total: null, x: null } }, { success: true }],
    [
      'the id of the old table, flags as numbers',
      { id: 3, success: 1, is_streaming: 0 },
      { id: 3, success: 1, is_streaming: 0 },
    ],
    [
      'a time as text of a number',
      { success: true, timing: { response_time_ms: '12.5' } },
      { success: true, timing: { response_time_ms: '12.5' } },
    ],
  ])('%s', (_what, source, expected) => {
    expect(roundTrip(completionRequests, source)).toBe(canonical(expected));
  });

  test('numbers that no double holds', () => {
    const source =
      '{"success":true,"max_tokens":9007199254740993,"tokens":{"total":9223372036854775807},"temperature":0.12345678901234567890}';
    expect(roundTrip(completionRequests, source)).toBe(canonical(source));
  });
});

test.each([
  ['2025-06-01 12:00:00', '12:00:00.000000', 'the clock of SQLite'],
  ['2025-06-01T12:00:00', '10:00:00.000000', 'a T'],
  ['2025-06-01 12:00:00.0', '10:00:00.000000', 'a fraction'],
  ['2025-06-01 12:00:00-01:00', '13:00:00.000000', 'an offset'],
  ['2025-06-01 12:00:00Z', '12:00:00.000000', 'a Z'],
])('%s is %s in UTC: %s', (timestamp, clock) => {
  const text = JSON.stringify({ success: true, timestamp });
  const row = rowOf(completionRequests, text, { naiveTime: 'Europe/Berlin' });
  expect(row['timestamp']).toBe(`2025-06-01 ${clock}`);
});

test.each([
  [{ prompt_tokens: 'stop' }, '/prompt_tokens'],
  [{ total_tokens: '75' }, '/total_tokens'],
  [{ tokens: { completion: '' } }, '/tokens/completion'],
  [{ finish_reason: 1001 }, '/finish_reason'],
  [{ finish_reason: '1532.5' }, '/finish_reason'],
])('%j is a shifted row', (members, pointer) => {
  const { account } = mapText(completionRequests, JSON.stringify({ success: true, ...members }));
  expect(account.findings).toMatchObject([{ code: 'shifted-row', pointer }]);
});

test.each([
  [50, 25, 75, 1],
  [100, 50, 150, 1],
  [200, 100, 300, 1],
  [300, 150, 450, 1],
  [50, 25, 76, 0],
  [150, 75, 225, 0],
  [50, 25, null, 0],
])('%s, %s and %s tokens: %s warnings', (prompt, completion, total, warnings) => {
  const { account, group } = mapText(
    completionRequests,
    JSON.stringify({ success: true, tokens: { prompt, completion, total } }),
  );
  expect([...account.summary.warnings.keys()]).toEqual(warnings === 1 ? ['suspect-token-triple'] : []);
  expect(group).toBeDefined();
});
