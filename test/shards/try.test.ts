import { expect, test } from 'vitest';
import { freshPostgres } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { digestOf, freshTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { spreadFiles } from '../setup/spread-files.ts';

test('x', async () => {
  const root = plant(spreadFiles(8));
  const { url } = await freshTarget('SQLite');
  const a = await load(root, url);
  console.log(a.exitCode, a.rejects.slice(0, 5), a.head.datasets, a.warnings.slice(0, 3));
  const pg = await freshPostgres();
  for (const k of [3, 1, 4, 2]) {
    const r = await load(root, pg.url, { shard: `${k}/4`, runId: 'r' });
    console.log(k, r.exitCode, r.error, r.head.totals, r.warnings);
  }
  expect(await digestOf(pg.url)).toBe(await digestOf(url));
});
