import { expect, test } from 'vitest';
import { BUILT_IN } from '../setup/built-in.ts';
import { canonical, roundTrip } from './round-trip.ts';

const TIME = '2025-08-08T00:00:00.000000Z';
const WHOLE = {
  timestamp: TIME,
  source: 'web',
  anomaly_detected: true,
  severity: 'high',
  confidence_score: 0.75,
  model_name: 'watch',
  model_version: '1',
  alert_sent: true,
  acknowledged: false,
  acknowledged_by: 'ann',
  acknowledged_at: TIME,
  resolution_notes: 'disk',
  created_at: TIME,
  id: 5,
};

test.each<[string, unknown, unknown]>([
  ['every member', WHOLE, WHOLE],
  [
    'other spellings',
    { is_anomaly: true, confidence: 0.5, version: '2', createdAt: TIME },
    { anomaly_detected: true, confidence_score: 0.5, model_version: '2', created_at: TIME },
  ],
  [
    'numbers for names',
    { anomaly_detected: 1, version: 1.5, acknowledged_by: 7 },
    { anomaly_detected: 1, model_version: 1.5, acknowledged_by: 7 },
  ],
  [
    'text for numbers',
    { ...WHOLE, confidence_score: '0.5', alert_sent: 'False' },
    { ...WHOLE, confidence_score: '0.5', alert_sent: 'False' },
  ],
  [
    'other members',
    { anomaly_detected: true, host: { name: 'web' } },
    { anomaly_detected: true, host: { name: 'web' } },
  ],
  ['null as absent', { anomaly_detected: true, severity: null, host: null }, { anomaly_detected: true }],
])('an anomaly is written as the source has it: %s', (_what, source, expected) => {
  expect(roundTrip(BUILT_IN.get('anomaly_predictions'), source)).toBe(canonical(expected));
});
