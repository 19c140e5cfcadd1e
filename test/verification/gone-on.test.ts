import { expect, test } from 'vitest';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { measurements } from '../setup/legacy.ts';
import { load, loaded } from '../setup/load.ts';
import { freshUrl, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const RECORDS = 30_000;

test.each(PRODUCTS)(
  'verify --ledger counts each record once, also where the run was stopped and went on, on %s',
  async (product) => {
    const root = plant({
      'metrics/a.json': measurements(RECORDS),
      'metrics/b.json': measurements(10, { source: 'b' }),
    });
    const say = async (url: string, options = {}): Promise<unknown> => {
      const { exit_code, totals, records } = await verify(runSettings({ root, ledger: true, to: url, ...options }));
      return { exit_code, equal: totals.equal, ...records };
    };
    const clean = await freshUrl(product);
    await load(root, clean);
    expect(await say(clean)).toEqual({ exit_code: 0, equal: RECORDS + 10, read: RECORDS + 10, rejected: 0 });

    const url = await freshUrl(product);
    const options = { root, to: url, runId: 'night', batchBytes: 20_000 };
    const controller = new AbortController();
    const stopped = loaded(
      await migrate(runSettings(options), {
        signal: controller.signal,
        listener: (event) => {
          if (event.kind === 'progress' && event.records > 0) controller.abort('SIGINT');
        },
      }),
    );
    expect(stopped.exitCode).toBe(130);
    expect(stopped.head.totals.records_loaded).toBeGreaterThan(0);
    expect((await load(root, url, { runId: 'night', batchBytes: 20_000 })).exitCode).toBe(0);
    expect(await say(url)).toEqual(await say(clean));
  },
);

test.each(PRODUCTS)('verify --ledger counts what was loaded with --no-undo as not compared, on %s', async (product) => {
  const url = await freshUrl(product);
  const root = plant({ 'metrics/a.json': measurements(20) });
  await load(root, url, { undo: false });
  const { records } = await verify(runSettings({ root, ledger: true, to: url, allowEmpty: true }));
  expect(records).toEqual({ read: 20, rejected: 20 });
});
