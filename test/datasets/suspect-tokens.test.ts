import { expect, test } from 'vitest';
import { validate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { freshSqlite } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { plant } from '../setup/trees.ts';

const SUSPECT = { prompt: 100, completion: 50, total: 150 };
const request = (id: number, members: object = {}): object => ({ id, success: true, tokens: SUSPECT, ...members });

const ROOT = {
  'completion_requests/a.json': [
    request(1, { tokens: { total: 7 } }),
    request(2),
    request(3, { success: 'x' }),
    request(4),
  ],
  'completion_requests/b.json': [request(5)],
  'completion_requests/c.json': [request(6, { success: null })],
};

const WARNINGS = [
  { path: 'completion_requests/a.json', message: expect.stringMatching(/^record 2: .* \(and 1 more of this file\)$/) },
  { path: 'completion_requests/b.json', message: expect.stringMatching(/^record 1: .*latency$/) },
].map((warning) => ({ code: 'suspect-token-triple', ...warning }));

test.each([1, 64 * 1024 * 1024])(
  'records that load with a doubt are one warning per file, also in batches of %i bytes',
  async (batchBytes) => {
    const root = plant(ROOT);
    const sqlite = freshSqlite();
    try {
      const forecast = await load(root, sqlite.url, { batchBytes, dryRun: true });
      const loaded = await load(root, sqlite.url, { batchBytes });
      expect(loaded.warnings).toEqual(WARNINGS);
      expect(forecast.warnings).toEqual(WARNINGS);
      expect(loaded.head.totals.warnings).toBe(2);
      expect(JSON.stringify(loaded.warnings)).not.toContain('150');
    } finally {
      sqlite.drop();
    }
  },
);

test('validate tells of them as well', async () => {
  const report = await validate(runSettings({ root: plant(ROOT) }));
  expect([...report.warnings()]).toEqual(WARNINGS);
  report.close();
});
