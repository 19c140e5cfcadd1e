import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { EVERY_TABLE } from '../setup/every-table.ts';
import { ALL_GOOD, conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores, type Place } from '../setup/places.ts';
import { forecastOf, load, parseReport, rowsOf } from '../setup/reports.ts';
import { grow, plant, snapshot } from '../setup/trees.ts';

/** Runs with and without --dry-run; the first must forecast the second and leave nothing behind. */
async function forecast(root: string, place: Place, options: readonly string[]): Promise<void> {
  const cwd = plant();
  const before = [await place.footprint(), snapshot(root), snapshot(cwd)];
  const dry = await load(root, place, [...options, '--dry-run'], { cwd });
  expect([await place.footprint(), snapshot(root), snapshot(cwd)], 'a dry run leaves nothing behind').toEqual(before);
  expect(dry.report.dry_run).toBe(true);
  const real = await load(root, place, options, { cwd });
  expect(forecastOf(dry.report), `forecast of ${options.join(' ')}`).toEqual(forecastOf(real.report));
}

const USERS = {
  'users.json': [{ id: 'alice', email: 'alice@example.com', username: 'alice', role: 'viewer' }],
  'conversations/alice/a.json': conversation('a', []),
  'conversations/bob/b.json': conversation('b', []),
  'usage/bob/usage.json': { user_id: 'bob', tier: 'pro' },
};

describe.each(bothStores())('a dry run on $product', (store) => {
  test.each([
    ['with rejects', WITH_FAULTS, []],
    ['with rejects, strictly', WITH_FAULTS, ['--strict']],
    ['of every dataset', EVERY_TABLE, []],
    ['with records of users', USERS, []],
    ['with records of some of the users', { ...USERS, ...ALL_GOOD }, []],
  ])('validate forecasts the rows of a run into an empty database, owners too: %s', async (_what, tree, options) => {
    const root = plant(tree);
    const place = store.fresh();
    const valid = parseReport(await runCli(['validate', root, '--json', ...options]));
    const { report } = await load(root, place, options);
    expect(rowsOf(valid)).toEqual(rowsOf(report));
    expect(valid.totals.records_loaded).toBe(report.totals.records_loaded);
  });

  test.each([[[]], [['--strict']], [['--max-errors', '2', '--reload']]])(
    'forecasts every count of the first run and of the next, and leaves nothing behind: %j',
    async (options) => {
      const root = plant(WITH_FAULTS);
      const place = store.fresh();
      await forecast(root, place, options);
      grow(root, {
        'conversations/alice/a.json': conversation('a', ['Hello', 'Good evening', 'Thanks']),
        'conversations/carol/new.json': conversation('new', ['first']),
        'settings.json': { LOG_LEVEL: 'info', added: [1, 2] },
        'metrics/more.json': [...measurements(4), { timestamp: '2025-01-01', cpu_usage: -1 }],
      });
      await forecast(root, place, options);
    },
  );

  test.each(['update', 'fail'])(
    'forecasts what --on-conflict %s does with rows that the application changed',
    async (mode) => {
      const root = plant(ALL_GOOD);
      const place = store.fresh();
      await load(root, place);
      await place.query(
        `UPDATE conversations SET title = 'Changed', updated_at = '2030-01-01 00:00:00.000000' WHERE id = 'a'`,
      );
      await place.query(`UPDATE conversations SET user_id = 'somebody' WHERE id = 'b'`);
      await place.query(`UPDATE usage SET daily_used = 9 WHERE user_id = 'alice'`);
      await place.query(`UPDATE user_settings SET value = 'x' WHERE key = 'LOG_LEVEL'`);
      await forecast(root, place, ['--reload', '--on-conflict', mode]);
    },
  );

  test('forecasts a run with --backup and --archive, but makes neither', async () => {
    const root = plant(WITH_FAULTS);
    await forecast(root, store.fresh(), ['--backup', '--archive', '--run-id', 'rehearsed']);
  });

  test('meets the unique indexes that the application added', async () => {
    const root = plant({ 'conversations/alice/a.json': conversation('a', []) });
    const place = store.fresh();
    await load(root, place);
    await place.query('CREATE UNIQUE INDEX one_title ON conversations (user_id, title)');
    grow(root, {
      'conversations/alice/b.json': conversation('b', []),
      'conversations/alice/c.json': conversation('c', [], { title: 'Other' }),
      'conversations/alice/d.json': conversation('d', [], { title: 'Other' }),
    });
    const dry = await load(root, place, ['--dry-run']);
    const real = await load(root, place);
    expect(rowsOf(real.report)['conversations']).toBe('1/0/1/0');
    expect(forecastOf(dry.report)).toEqual(forecastOf(real.report));
  });

  test('writes what the command line names, and nothing else', async () => {
    const root = plant(WITH_FAULTS);
    const cwd = plant();
    const result = await load(root, store.fresh(), ['--dry-run', '--report', 'out.json', '--rejects', 'rejects'], {
      cwd,
    });
    expect(JSON.stringify(snapshot(cwd))).toContain(join(cwd, 'rejects/metrics'));
    expect(result.report.exit_code).toBe(1);
  });
});

test('a dry run without a target creates no default database', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  const before = snapshot(cwd);
  const result = await runCli(['--dry-run', '--json'], { cwd });
  expect([result.code, parseReport(result).target]).toEqual([0, 'sqlite:migrate-json.db']);
  expect(snapshot(cwd)).toEqual(before);
});
