import { describe, expect, test } from 'vitest';
import { validate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { loaded } from '../setup/load.ts';
import { bothStores } from '../setup/places.ts';
import { load, rejectsOf } from '../setup/reports.ts';
import { grow, plant } from '../setup/trees.ts';

const BAD = { timestamp: '2025-02-01T00:00:00Z', cpu_usage: 101 };
const [FIRST, SECOND] = measurements(2);
const OTHER = { ...FIRST, cpu_usage: 50 };

describe.each(bothStores())('with --strict, a record of a file with a reject on $product', (store) => {
  test.each([
    ['in one batch', []],
    ['in a batch for each file', ['--batch-bytes', '1']],
  ])('keeps its own code if it has one, %s', async (_how, options) => {
    const root = plant({
      'metrics/a.json': [SECOND],
      'metrics/b.json': [FIRST, OTHER, FIRST, BAD, { ...SECOND, cpu_usage: 60 }, SECOND],
      'metrics/c.json': [OTHER],
    });
    const expected = [
      'metrics/b.json#1 strict-file',
      'metrics/b.json#2 conflicting-duplicate',
      'metrics/b.json#3 strict-file',
      'metrics/b.json#4 out-of-range',
      'metrics/b.json#5 conflicting-duplicate',
      'metrics/b.json#6 strict-file',
    ];
    const place = store.fresh();
    for (const more of [['--dry-run'], []]) {
      const { code, report } = await load(root, place, ['--strict', ...options, ...more]);
      expect([code, rejectsOf(report)], more.join(' ')).toEqual([3, expected]);
      expect(report.warnings).toEqual([]);
    }
    expect(await place.query('SELECT cpu_usage FROM metrics ORDER BY timestamp')).toEqual([
      { cpu_usage: 50 },
      { cpu_usage: 1 },
    ]);
    const { rejects } = loaded(await validate(runSettings({ root, strict: true })));
    expect(rejects.map(({ path, record, code }) => `${path}#${record} ${code}`).sort()).toEqual(expected);
  });

  test.each([
    ['another record is not valid', [{ id: 'e', title: 7 }], ['wrong-type']],
    ['no other is wrong', [], []],
  ])('keeps the code of what is found while it loads, where %s', async (_what, more, codes) => {
    const root = plant({ 'c.json': [conversation('a', ['one']), conversation('b', ['two'])] });
    const place = store.fresh();
    await load(root, place);
    await place.query("UPDATE conversations SET user_id = 'bob' WHERE id = 'b'");
    const own = conversation('d', [], { title: 'Other' });
    grow(root, { 'c.json': [conversation('a', []), conversation('b', []), conversation('d', []), own, ...more] });
    const expected = ['strict-file', 'owner-differs', 'strict-file', 'conflicting-duplicate', ...codes];
    for (const options of [['--dry-run'], []]) {
      const { report } = await load(root, place, ['--strict', ...options]);
      expect(rejectsOf(report)).toEqual(expected.map((code, index) => `c.json#${index + 1} ${code}`));
    }
    expect(await place.query("SELECT id FROM conversations WHERE id = 'd'")).toEqual([]);
  });

  test('is not said to refer to nothing because what it refers to is in the same file', async () => {
    const event = { id: 7, timestamp: '2025-01-01T00:00:00Z', payload: {} };
    const prediction = { timestamp: '2025-01-01T00:00:01Z', risk_score: 0.5 };
    const root = plant({
      'db.json': {
        events: [event],
        predictions: [{ ...prediction, event_id: 7 }, { ...prediction, risk_score: 0.25 }, { risk_score: 'high' }],
      },
    });
    const place = store.fresh();
    for (const more of [['--dry-run'], []]) {
      const { report } = await load(root, place, ['--strict', ...more]);
      expect(rejectsOf(report)).toEqual([
        'db.json#1 strict-file',
        'db.json#2 strict-file',
        'db.json#3 strict-file',
        'db.json#4 wrong-type',
      ]);
    }
    expect(await place.query('SELECT * FROM events')).toEqual([]);
  });
});
