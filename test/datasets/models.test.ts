import { describe, expect, test } from 'vitest';
import { models } from '../../src/datasets/models.ts';
import { cell } from '../../src/schema/table.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { referringRoundTrip, storedRecord } from './referring-round-trip.ts';
import { canonical, mapText, roundTrip } from './round-trip.ts';

const TIME = '2025-08-07T21:29:12.919293Z';
const MODEL = {
  model_name: 'watch',
  model_type: 'rule_based',
  version: '1.0.0',
  description: 'Watches',
  is_active: true,
  training_timestamp: TIME,
  thresholds: { cpu: 12.5 },
  performance: {
    accuracy: 0.875,
    precision: 0.5,
    recall: 1,
    f1_score: 0.625,
    confusion_matrix: { true_positives: 10 },
  },
  training_data_size: 145,
  model_parameters: { depth: 3 },
  model_path: '/m.pkl',
  status: 'deployed',
  is_deployed: true,
  created_by: 'ops',
  id: 3,
};

describe('a version is written as the source has it', () => {
  test.each<[string, unknown, unknown]>([
    ['every member of the reference layout', MODEL, MODEL],
    [
      'other spellings',
      {
        name: 'watch',
        version: '1',
        accuracy: 0.5,
        precision: 0.25,
        recall: 0.5,
        f1: 0.75,
        model_config: {},
        trained_at: TIME,
      },
      {
        model_name: 'watch',
        version: '1',
        performance: { accuracy: 0.5, precision: 0.25, recall: 0.5, f1_score: 0.75 },
        model_parameters: {},
        training_timestamp: TIME,
      },
    ],
    [
      'a version of its own that repeats the time',
      { ...MODEL, version: '20250807T212912' },
      { ...MODEL, version: '20250807T212912' },
    ],
    [
      'names and versions as numbers',
      { model_id: 3, version: 1.5, created_by: 7 },
      { model_name: 3, version: 1.5, created_by: 7 },
    ],
    [
      'two names',
      { model_name: 'a', name: 'b', model_id: 3, version: '1' },
      { model_name: 'a', name: 'b', model_id: 3, version: '1' },
    ],
    [
      'metrics in two places',
      { model_name: 'a', version: '1', performance: { f1_score: 0.5, accuracy: 0.5 }, f1: 0.75, accuracy: 0.25 },
      { model_name: 'a', version: '1', performance: { accuracy: 0.5 }, f1_score: 0.5, f1: 0.75, accuracy: 0.25 },
    ],
    [
      'text where a number or a boolean is meant',
      { model_name: 'a', version: '1', is_deployed: 'False', is_active: '1', performance: { accuracy: '0.5' } },
      { model_name: 'a', version: '1', is_deployed: 'False', is_active: '1', performance: { accuracy: '0.5' } },
    ],
    [
      'a performance without members',
      { model_name: 'a', version: '1', performance: {} },
      { model_name: 'a', version: '1', performance: {} },
    ],
    [
      'null as absent',
      { model_name: 'a', version: '1', model_type: null, performance: { accuracy: null } },
      { model_name: 'a', version: '1' },
    ],
  ])('%s', (_what, source, expected) => {
    expect(referringRoundTrip(models, source)).toBe(canonical(expected));
  });

  test('a derived version is not written, a derived name is', () => {
    const { version: _version, model_name: _name, ...unnamed } = MODEL;
    expect(referringRoundTrip(models, unnamed, { stem: 'watch' })).toBe(canonical({ ...unnamed, model_name: 'watch' }));
    const timeless = { model_name: 'watch', thresholds: { cpu: 1 } };
    expect(referringRoundTrip(models, timeless)).toBe(canonical(timeless));
  });

  test('the name of the record in a map is the name of the model, or is kept', () => {
    expect(referringRoundTrip(models, { version: '1' }, { key: 'watch' })).toBe(
      canonical({ model_name: 'watch', version: '1' }),
    );
    const kept = { model_name: 'watch', version: '1', map_key: 'other' };
    expect(referringRoundTrip(models, { model_name: 'watch', version: '1' }, { key: 'other' })).toBe(canonical(kept));
  });

  test('NaN becomes text, and no digit is lost', () => {
    const source =
      '{"model_name":"a","version":"1","performance":{"accuracy":0.12345678901234567890,"auc":NaN},"seed":12345678901234567890}';
    expect(referringRoundTrip(models, source)).toBe(canonical(source.replace('NaN', '"NaN"')));
  });
});

test('a version that the source does not number is the time of its training, else 12 hex digits of its content', () => {
  const versionOf = (record: object) => storedRecord(models, JSON.stringify(record)).values['version'];
  expect(versionOf({ training_timestamp: '2025-08-07T23:29:12.9+02:00' })).toBe('20250807T212912');
  const hashed = versionOf({ model_name: 'a', thresholds: { cpu: 1, load: 2 }, accuracy: 0.5 });
  expect(hashed).toMatch(/^[0-9a-f]{12}$/);
  expect(versionOf({ model_name: 'b', performance: { accuracy: 5e-1 }, thresholds: { load: 2.0, cpu: 1 } })).toBe(
    hashed,
  );
  expect(versionOf({ model_name: 'a', thresholds: { cpu: 2, load: 2 }, accuracy: 0.5 })).not.toBe(hashed);
});

test('the model goes before its version, with what the file says of it', () => {
  const { group } = mapText(models, JSON.stringify(MODEL));
  const lead = group?.lead;
  if (lead === undefined) throw new TypeError('no model');
  const told = ['model_name', 'model_type', 'description', 'is_active', 'created_by', 'extra'];
  expect(told.map((name) => cell(lead.root, lead.row, name))).toEqual([
    'watch',
    'rule_based',
    'Watches',
    true,
    'ops',
    null,
  ]);
});

test.each<[unknown, unknown]>([
  [
    {
      model_name: 'a',
      model_type: 'b',
      description: 'c',
      is_active: false,
      created_by: 'd',
      created_at: TIME,
      updated_at: TIME,
      id: 1,
    },
    {
      model_name: 'a',
      model_type: 'b',
      description: 'c',
      is_active: false,
      created_by: 'd',
      created_at: TIME,
      updated_at: TIME,
      id: 1,
    },
  ],
  [
    { model_name: 'a', created_by: 3, note: 'n', is_active: 'true' },
    { model_name: 'a', created_by: 3, note: 'n', is_active: 'true' },
  ],
])('a row of ml_models is written as the source has it: %j', (source, expected) => {
  expect(roundTrip(BUILT_IN.get('ml_models'), source)).toBe(canonical(expected));
});
