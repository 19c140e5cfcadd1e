import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anomalyPredictions } from '../../src/datasets/anomaly-predictions.ts';
import { apiKeyUsage } from '../../src/datasets/api-key-usage.ts';
import { apiKeys } from '../../src/datasets/api-keys.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { mlModels } from '../../src/datasets/ml-models.ts';
import { modelPredictions } from '../../src/datasets/model-predictions.ts';
import { models } from '../../src/datasets/models.ts';
import { referringRoundTrip } from './referring-round-trip.ts';
import { mapText } from './round-trip.ts';

const value = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0.5,
    1.5,
    true,
    false,
    null,
    'a',
    '0.5',
    '1',
    'True',
    '2025-08-07T21:29:12',
    '2025-08-07 21:29:12+02:00',
    'read',
    'admin',
    'high',
    'ready',
    {},
    [],
    ['read'],
    ['read', 'write'],
    { timestamp: '2025-08-07T21:29:12' },
    { timestamp: '2025-08-07T21:29:12', source: 's' },
    { accuracy: 0.25, precision: 0.5, f1: 1, x: null, auc: 2 },
    { f1_score: 0.25, recall_score: '1', precision_score: 1, recall: 0.5 },
    'b'.repeat(64),
    'B'.repeat(64),
    12345678901,
    'unknown',
    '20250807T212912',
    '',
    1000,
  ),
);
const NAMES: [Dataset, string[], (string | undefined)[]][] = [
  [
    models,
    [...models.destinations.keys()]
      .map((p) => p.split('/')[1] as string)
      .concat(['performance', 'performance', 'id', 'x', 'map_key', 'extra', '__proto__']),
    [undefined, 'k'],
  ],
  [
    mlModels,
    [...mlModels.destinations.keys()].map((p) => p.slice(1)).concat(['id', 'x', 'map_key', 'name']),
    [undefined, 'k'],
  ],
  [
    apiKeys,
    [...apiKeys.destinations.keys()]
      .map((p) => p.slice(1))
      .concat(['id', 'x', 'map_key', 'description', 'level', 'key']),
    [undefined, 'c'.repeat(64), 'admin', 'label'],
  ],
  [
    apiKeyUsage,
    [...apiKeyUsage.destinations.keys()]
      .map((p) => p.slice(1))
      .concat(['id', 'x', 'map_key', 'key_name', 'key_name', 'key_hash']),
    [undefined, 'k'],
  ],
  [
    modelPredictions,
    [...modelPredictions.destinations.keys()]
      .map((p) => p.slice(1))
      .concat(['id', 'x', 'map_key', 'model_name', 'version', 'metric', 'metric_timestamp', 'timestamp', 'source']),
    [undefined, 'k'],
  ],
  [
    anomalyPredictions,
    [...anomalyPredictions.destinations.keys()].map((p) => p.slice(1)).concat(['id', 'x', 'map_key']),
    [undefined, 'k'],
  ],
];
test.each(NAMES.map((n) => [n[0].name, ...n] as const))('%s', (_n, dataset, names, keys) => {
  let loaded = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 7 }),
      fc.constantFrom(...keys),
      (members, key) => {
        const text = JSON.stringify(Object.fromEntries(members.map(([n, v]) => [n, v])));
        const c = key === undefined ? {} : { key };
        const { account, group } = mapText(dataset, text, c);
        if (account.rejected) {
          expect(group).toBeUndefined();
          return;
        }
        loaded++;
        referringRoundTrip(dataset, text, {
          ...c,
          ids: { api_key_id: 'h', model_version_id: 'm\u001fv', metrics_id: 's\u001f2025-08-07 21:29:12.000000' },
        });
      },
    ),
    { numRuns: 6000 },
  );
  console.log(dataset.name, loaded);
});
