import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/report/events.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { measurements } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

const ROWS = 5000;

test.each(PRODUCTS)('an undo says how far it is, and stops when it is asked to, on %s', async (product) => {
  const url = await freshUrl(product);
  const root = plant({ 'metrics/a.json': measurements(ROWS) });
  await load(root, url);
  grow(root, {
    'metrics/a.json': measurements(ROWS, { cpu_usage: 7.25 }),
    'metrics/b.json': measurements(10, { source: 'b' }),
  });
  const { head } = await load(root, url);
  const settings = { ...runSettings({ root, to: url }), run: head.run_id };

  const controller = new AbortController();
  const stopped = undo(settings, {
    signal: controller.signal,
    listener: (event) => {
      if (event.kind === 'progress' && event.records > ROWS / 2) controller.abort('SIGINT');
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  expect(await queryTarget(url, "SELECT 1 FROM metrics WHERE source = 'b'")).toHaveLength(10);

  const events: RunEvent[] = [];
  const { totals } = await undo(settings, { listener: (event) => events.push(event) });
  expect(totals).toEqual({ deleted: 10, restored: ROWS, kept: 0 });
  expect(events.filter(({ kind }) => kind === 'undoing')).toEqual([{ kind: 'undoing', rows: ROWS + 10 }]);
  const done = events.flatMap((event) => (event.kind === 'progress' ? [event.records] : []));
  expect(done.length).toBeGreaterThan(5);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(done.at(-1)).toBe(ROWS + 10);
});
