import { describe, expect, test } from 'vitest';
import { jsonReport } from '../../src/reporters/json.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { bothStores } from '../setup/places.ts';
import { plant, type Tree } from '../setup/trees.ts';

const CANARY = 'canary-of-a-record';
const time = '2025-01-01T00:00:00Z';

/** Records that refer to rows which are nowhere, in every way that a record can name one. */
const NOWHERE: Tree = {
  'api_key_usage.json': [
    { key_name: CANARY, endpoint: '/a', method: 'GET' },
    { api_key_id: CANARY, endpoint: '/b', method: 'GET' },
    { api_key: CANARY, endpoint: '/c', method: 'GET' },
  ],
  'model_predictions.json': [
    { model_name: CANARY, version: `${CANARY}-1`, predicted_anomaly: true },
    { model_version_id: CANARY, predicted_anomaly: true },
  ],
  'predictions.json': [
    { id: 1, event_id: CANARY, timestamp: time, prediction: {} },
    { id: 2, event_key: CANARY, timestamp: time, prediction: {} },
    { id: 3, event_id: 7, event_origin: CANARY, timestamp: time, prediction: {} },
  ],
};

describe.each(bothStores())('on $product', (store) => {
  test('a reject of an unknown reference says what is missing and quotes no value of the record', async () => {
    const { url: to, dbSchema } = store.fresh();
    const report = await migrate(runSettings({ root: plant(NOWHERE), to, dbSchema }));
    const codes = [...report.files()].flatMap(({ rejects }) => [...rejects].map(({ code }) => code));
    const told = [...jsonReport(report)].join('');
    report.close();
    expect(codes).toEqual(Array.from({ length: 8 }, () => 'unknown-reference'));
    expect(told).not.toContain(CANARY);
  });
});
