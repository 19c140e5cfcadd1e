import { expect } from 'vitest';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { shardAsKilled } from '../setup/killed-run.ts';
import { load } from '../setup/load.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { random } from '../setup/random.ts';
import { rivalFiles, spreadFiles } from '../setup/spread-files.ts';
import { grow, plant } from '../setup/trees.ts';

const [postgres, sqlite] = bothStores();
const SHARDS = 3;

/**
 * Runs shards again and again, in a random order: some are interrupted, some killed after they were done with their files
 * or while they settled the others'. Whatever came before, the run says in the end what one process alone would say.
 */
export async function checkSequence(seed: number): Promise<void> {
  const { next } = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const root = plant(spreadFiles(1));
  const [place, alone] = [postgres.fresh(), sqlite.fresh()];
  const { url, dbSchema } = place;
  for (const { url: to, dbSchema: schema } of [place, alone]) await load(root, to, { dbSchema: schema });
  grow(root, rivalFiles(3));
  const whole = await load(root, alone.url);

  const runShard = async (shard: number, interruptAt: number): Promise<number> => {
    const interruption = new AbortController();
    let files = 0;
    const settings = runSettings({ root, to: url, dbSchema, runId: 'r', shard: `${shard}/${SHARDS}` });
    const report = await migrate(settings, {
      signal: interruption.signal,
      listener: ({ kind }) => {
        if (kind === 'file' && ++files === interruptAt) interruption.abort();
      },
    });
    return report.head.exit_code;
  };
  const kill = (shard: number): Promise<unknown> =>
    place.query(
      `${shardAsKilled(shard)};
       UPDATE ledger.runs SET status = 'running', exit_code = NULL, finished_at = NULL, report = NULL WHERE run_id = 'r'`,
    );

  const steps: string[] = [];
  for (let step = 0; step < 2 + below(5); step++) {
    const [shard, isKilled, interruptAt] = [1 + below(SHARDS), next() < 0.3, next() < 0.3 ? 1 + below(12) : 0];
    steps.push(`${shard}${isKilled ? ' killed' : ''}${interruptAt > 0 ? ` interrupted at ${interruptAt}` : ''}`);
    await runShard(shard, interruptAt);
    if (isKilled) await kill(shard);
  }
  const order = Array.from({ length: SHARDS }, (_, index) => 1 + index).sort(() => next() - 0.5);
  for (const shard of order) await runShard(shard, 0);

  const story = `seed ${seed}: ${steps.join(', ')}; then ${order.join(', ')}`;
  const [run] = await place.query("SELECT status, exit_code::int, report FROM ledger.runs WHERE run_id = 'r'");
  const { warnings: _warnings, ...totals } = whole.head.totals;
  expect(run, story).toMatchObject({ exit_code: whole.exitCode, status: whole.head.status, report: { totals } });
  const shards = await place.query('SELECT shard::int, status FROM ledger.shards ORDER BY shard');
  expect(
    shards.filter(({ status }) => status === 'running'),
    story,
  ).toEqual([]);
  expect(await digestOf(place), story).toBe(await digestOf(alone));
}
