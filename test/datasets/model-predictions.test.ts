import { expect, test } from 'vitest';
import { BUILT_IN } from '../setup/built-in.ts';
import { referringRoundTrip } from './referring-round-trip.ts';
import { canonical } from './round-trip.ts';

const modelPredictions = BUILT_IN.get('model_predictions');

const TIME = '2025-08-08T00:00:00.000000Z';
const NAMED = { model_name: 'watch', version: '1' };
const WHOLE = {
  ...NAMED,
  predicted_anomaly: true,
  confidence_score: 0.75,
  prediction_time_ms: 1.5,
  model_features: { cpu: 1 },
  actual_anomaly: false,
  feedback_provided_at: TIME,
  feedback_provided_by: 'ann',
  feedback_notes: 'no',
  created_at: TIME,
  id: 5,
};

test.each<[string, unknown, unknown]>([
  [
    'every member',
    { ...WHOLE, metric: { timestamp: TIME, source: 'web' } },
    { ...WHOLE, metric: { timestamp: TIME, source: 'web' } },
  ],
  [
    'other spellings',
    { model_id: 3, model_version: 2, is_anomaly: 1, confidence: 0.5, features: [1], predicted_at: TIME },
    {
      model_id: 3,
      model_version: 2,
      predicted_anomaly: 1,
      confidence_score: 0.5,
      model_features: [1],
      created_at: TIME,
    },
  ],
  ['a metric of an unknown source', { ...NAMED, metric_timestamp: TIME }, { ...NAMED, metric_timestamp: TIME }],
  ['a time that is no metric', { ...NAMED, timestamp: 'noon' }, { ...NAMED, timestamp: 'noon' }],
  ['a metric that is a name', { ...NAMED, metric: 'cpu' }, { ...NAMED, metric: 'cpu' }],
  [
    'a metric with other members',
    { ...NAMED, metric: { timestamp: TIME, value: 3 }, metrics_id: null },
    { ...NAMED, metric: { timestamp: TIME, value: 3 } },
  ],
])('a prediction is written as the source has it: %s', (_what, source, expected) => {
  expect(referringRoundTrip(modelPredictions, source)).toBe(canonical(expected));
});

test('the time of a metric is written as an instant, whatever zone it was read in', () => {
  const source = { ...NAMED, timestamp: '2025-08-08 02:00:00', source: 'web' };
  const written = referringRoundTrip(modelPredictions, source, { naiveTime: 'Europe/Berlin' });
  expect(written).toBe(canonical({ ...NAMED, timestamp: TIME, source: 'web' }));
});

test('old ids are written again; what the application linked is written by its natural keys', () => {
  const ids = { model_version_id: 'watch\u001f1', metrics_id: 'web\u001f2025-08-08 00:00:00.000000' };
  const source = { model_version_id: 11, metrics_id: 5, predicted_anomaly: true };
  expect(referringRoundTrip(modelPredictions, source, { ids })).toBe(canonical(source));
  const written = modelPredictions.layout.write({
    values: { ...ids, predicted_anomaly: true, extra: null },
    children: {},
  });
  const natural = { ...NAMED, metric: { source: 'web', timestamp: TIME }, predicted_anomaly: true };
  expect(canonical(written)).toBe(canonical(natural));
});
