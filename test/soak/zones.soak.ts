import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { generateRecords } from '../setup/generated-records.ts';
import { random } from '../setup/random.ts';
import { digestOf, freshTarget, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** Far east, far west with half an hour, and one whose clocks change. */
const ZONES = ['Pacific/Kiritimati', 'America/St_Johns', 'Europe/Berlin'];

test('nine pairs of TZ and session time zone, and SQLite, give one digest', async () => {
  const source = random();
  const root = plant({
    ...generateRecords(source, 2_000),
    'metrics/clocks.json': ['2025-03-30T02:30:00', '2025-10-26T02:30:00.123456', '2025-07-01 00:00:00+02:00'].map(
      (timestamp) => ({ timestamp, source: 'clocks', cpu_usage: 1 }),
    ),
  });
  const digests: Record<string, string> = {};
  for (const TZ of ZONES) {
    for (const session of ZONES) digests[`${TZ}, ${session}`] = await loadedDigest('PostgreSQL', root, TZ, session);
    digests[TZ] = await loadedDigest('SQLite', root, TZ);
  }
  expect(Object.keys(digests)).toHaveLength(12);
  expect(new Set(Object.values(digests)).size, `seed ${source.seed}: ${JSON.stringify(digests)}`).toBe(1);
});

async function loadedDigest(
  product: 'PostgreSQL' | 'SQLite',
  root: string,
  TZ: string,
  session?: string,
): Promise<string> {
  const { url, drop } = await freshTarget(product);
  onTestFinished(() => drop());
  if (session !== undefined) {
    const name = new URL(url).pathname.slice(1);
    for (const setting of [`TimeZone = '${session}'`, `DateStyle = 'SQL, DMY'`, `IntervalStyle = 'sql_standard'`])
      await queryTarget(url, `ALTER DATABASE ${name} SET ${setting}`);
  }
  const result = await runCli(['run', root, '--to', url, '--quiet'], { env: { TZ, LANG: 'tr_TR.UTF-8' } });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return digestOf(url);
}
