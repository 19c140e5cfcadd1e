import { describe, expect, test } from 'vitest';
import { analyses } from '../../src/datasets/analyses/analyses.ts';
import { canonical, roundTrip, rowOf } from './round-trip.ts';

const RESPONSE = {
  status: 'answer',
  confidence: 0.875,
  root_cause: 'a full disk',
  evidence: null,
  timeline: [],
  processing_time_ms: 1234.5,
};
const REQUEST = { query: 'Why?', timestamp: '2025-08-08T10:00:00.25' };
const ID = 'analysis_1754650000123';
const WHOLE = { analysis_id: ID, user_id: 'ann', request: REQUEST, response: RESPONSE };

describe('an analysis is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['without the columns that follow from it', WHOLE, WHOLE],
    [
      'an own time',
      { ...WHOLE, created_at: '2025-08-08T10:00:01' },
      { ...WHOLE, created_at: '2025-08-08T10:00:01.000000Z' },
    ],
    [
      'an own time that repeats the request',
      { ...WHOLE, created_at: '2025-08-08T10:00:00.250Z' },
      { ...WHOLE, created_at: '2025-08-08T10:00:00.250000Z' },
    ],
    [
      'an own time that repeats the id',
      { analysis_id: ID, response: {}, created_at: '2025-08-08T10:46:40.123Z' },
      { analysis_id: ID, response: {}, created_at: '2025-08-08T10:46:40.123000Z' },
    ],
    ['a status that repeats the response', { ...WHOLE, status: 'answer' }, { ...WHOLE, status: 'answer' }],
    ['a confidence that contradicts it', { ...WHOLE, confidence: 0.5 }, { ...WHOLE, confidence: 0.5 }],
    ['a confidence as text', { ...WHOLE, confidence: '0.5' }, { ...WHOLE, confidence: '0.5' }],
    [
      'ids as numbers',
      { analysis_id: 5, user_id: 7, id: 9, response: {} },
      { analysis_id: 5, user_id: 7, id: 9, response: {} },
    ],
    ['members without a column', { ...WHOLE, cost: { usd: 0.01 } }, { ...WHOLE, cost: { usd: 0.01 } }],
    ['a response alone', { ...RESPONSE, analysisId: 'a' }, { analysis_id: 'a', response: RESPONSE }],
    ['a response of another kind', { request: 'Why?', response: [1] }, { request: 'Why?', response: [1] }],
    ['no response', { analysis_id: ID, request: REQUEST, response: null }, { analysis_id: ID, request: REQUEST }],
  ])('%s', (_what, source, expected) => {
    expect(roundTrip(analyses, source)).toBe(canonical(expected));
  });

  test('numbers that no double holds', () => {
    const source =
      '{"response":{"confidence":0.12345678901234567890,"cost":1e400},"confidence":0.98765432109876543210}';
    expect(roundTrip(analyses, source)).toBe(canonical(source));
  });

  test('the name in a map or of the file becomes the id', () => {
    expect(roundTrip(analyses, { response: {} }, { key: 'a' })).toBe(canonical({ analysis_id: 'a', response: {} }));
    const other = { analysis_id: 'b', map_key: 'a', response: {} };
    expect(roundTrip(analyses, { analysis_id: 'b', response: {} }, { key: 'a' })).toBe(canonical(other));
    expect(roundTrip(analyses, { response: {} }, { stem: ID })).toBe(canonical({ analysis_id: ID, response: {} }));
  });
});

test.each([
  ['Europe/Berlin', '2025-08-08 08:00:00.250000'],
  ['Asia/Kathmandu', '2025-08-08 04:15:00.250000'],
  ['+14:00', '2025-08-07 20:00:00.250000'],
  ['-12:00', '2025-08-08 22:00:00.250000'],
])('a time that was derived in the zone %s is not written as the own one', (naiveTime, created_at) => {
  const values = rowOf(analyses, JSON.stringify(WHOLE), { naiveTime });
  expect(values['created_at']).toBe(created_at);
  expect(analyses.layout.write({ values, children: {} })).not.toHaveProperty('created_at');
  const own = rowOf(analyses, JSON.stringify({ ...WHOLE, created_at }), { naiveTime: 'UTC' });
  expect(analyses.layout.write({ values: own, children: {} })).toHaveProperty('created_at');
});

test('a row that the application inserted keeps the time of its insert', () => {
  const values = { ...rowOf(analyses, JSON.stringify(WHOLE)), created_at: '2025-08-08 10:00:00.251000' };
  expect(analyses.layout.write({ values, children: {} })).toHaveProperty('created_at', '2025-08-08T10:00:00.251000Z');
});
