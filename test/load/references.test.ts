import { describe, expect, test } from 'vitest';
import { forecast, load } from '../setup/load.ts';
import { bothStores } from '../setup/places.ts';
import { grow, plant } from '../setup/trees.ts';

const key = (name: string, digit: string) => ({ key_name: name, key_hash: digit.repeat(64) });
const EVENT = { id: 7, timestamp: '2025-01-01T00:00:00Z', payload: {} };
const prediction = (id: number, members: object = {}) => ({ id, user_id: 5, payload: {}, prediction: {}, ...members });

/** What an application may forbid for its predictions. */
const FORBID = {
  PostgreSQL: "ALTER TABLE predictions ADD CHECK (endpoint <> '/bad')",
  SQLite:
    "CREATE TRIGGER forbid BEFORE INSERT ON predictions WHEN NEW.endpoint = '/bad' BEGIN SELECT RAISE(ABORT, 'no'); END",
};

describe.each(bothStores())('references on $product', (store) => {
  test('a dry run sees rows that it would insert, and those that it would change, as the run will', async () => {
    const { url, dbSchema } = store.fresh();
    const root = plant({ 'api_keys.json': [key('one', 'a'), key('two', 'b')] });
    await load(root, url, { dbSchema });
    grow(root, {
      // A second key of one name, and one that gives its name up: with --on-conflict update it is another key's now.
      'api_keys.json': [key('one', 'a'), key('three', 'b'), key('one', 'c'), key('two', 'd')],
      'api_key_usage.json': ['one', 'two', 'three', 'four'].map((name) => ({ key_name: name, endpoint: `/${name}` })),
    });
    const expected = await load(root, url, { dbSchema, dryRun: true });
    const real = await load(root, url, { dbSchema });
    expect(forecast(real)).toEqual(forecast(expected));
    expect(real.rejects.map(({ code, record }) => [code, record])).toEqual([
      ['ambiguous-reference', 1],
      ['unknown-reference', 4],
    ]);
  });

  test('what was missing is found when its file is added later, and only that is loaded then', async () => {
    const { url, dbSchema } = store.fresh();
    const root = plant({ 'a/predictions.json': [prediction(1, { event_id: 7 }), prediction(2)] });
    const first = await load(root, url, { dbSchema });
    expect([first.exitCode, first.rejects.map(({ code }) => code)]).toEqual([1, ['unknown-reference']]);
    grow(root, { 'z/events.json': [EVENT] });
    const second = await load(root, url, { dbSchema });
    expect([second.exitCode, second.tables['predictions']]).toEqual([
      0,
      { inserted: 1, updated: 0, unchanged: 1, kept: 0, deleted: 0 },
    ]);
  });

  test('a prediction that the database refuses leaves no event of its own behind', async () => {
    const place = store.fresh();
    const { url, dbSchema } = place;
    const root = plant({ 'predictions.json': [prediction(1, { endpoint: '/ok' })] });
    await load(root, url, { dbSchema });
    await place.query(FORBID[store.product]);
    grow(root, {
      'predictions.json': [1, 2, 3, 4].map((id) => prediction(id, { endpoint: id === 3 ? '/bad' : '/ok' })),
    });
    const loaded = await load(root, url, { dbSchema });
    expect(loaded.rejects.map(({ code, record }) => [code, record])).toEqual([['database-refused', 3]]);
    expect(loaded.tables).toMatchObject({
      events: { inserted: 2, updated: 0, unchanged: 1, kept: 0, deleted: 0 },
      predictions: { inserted: 2, updated: 0, unchanged: 1, kept: 0, deleted: 0 },
    });
    const count = async (table: string) => Number((await place.query(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
    expect([await count('events'), await count('predictions')]).toEqual([3, 3]);
  });

  test('the first file that names a model describes it; a later one changes its own version only', async () => {
    const place = store.fresh();
    const { url, dbSchema } = place;
    const version = (number: string, description: string) => ({
      model_name: 'm',
      version: number,
      model_type: 'any',
      description,
      thresholds: { cpu: 1 },
    });
    const root = plant({ 'models/a.json': version('1', 'first'), 'models/b.json': version('2', 'second') });
    await load(root, url, { dbSchema });
    const describe = async () => (await place.query('SELECT description FROM ml_models'))[0]?.['description'];
    expect(await describe()).toBe('first');
    grow(root, { 'models/b.json': version('2', 'changed') });
    await load(root, url, { dbSchema });
    expect(await describe()).toBe('first');
    grow(root, { 'models/a.json': version('1', 'changed') });
    const last = await load(root, url, { dbSchema });
    expect(await describe()).toBe('changed');
    expect(last.tables).toMatchObject({ ml_models: { inserted: 0, updated: 1 }, ml_model_versions: { updated: 1 } });
  });
});
