import { expect } from 'vitest';
import { emptyTables } from './databases.ts';
import { forecast, load } from './load.ts';
import { type Fate, startProxy } from './postgres-proxy.ts';
import { connectTo, digestOf, queryTarget } from './targets.ts';

/** Batches of a few files, so that there is always one at work when something happens. */
const SMALL_BATCHES = { batchBytes: 5000 };

export interface CleanRun {
  readonly digest: string;
  readonly outcome: unknown;
  /** Messages that the program sent. */
  readonly messages: number;
}

/** What a run that nobody disturbs comes to. */
export async function cleanRun(root: string, url: string): Promise<CleanRun> {
  const proxy = await startProxy(url, () => 'forward');
  const loaded = await load(root, proxy.url, SMALL_BATCHES);
  await proxy.close();
  expect(loaded).toMatchObject({ exitCode: 0, error: undefined });
  return { digest: await digestOf(url), outcome: forecast(loaded), messages: proxy.messages.length };
}

export interface Disturbance {
  /** When: 0 at the first message, 1 at the last one of a clean run. */
  readonly at: number;
  readonly work: () => Promise<unknown>;
  /** The message arrives only after the work, or while it is done. */
  readonly isHeldBack: boolean;
  /** See --connections. */
  readonly connections?: number;
  /** By way of a pooler. */
  readonly through?: string;
}

/** Loads into empty tables while something is done to the server, and expects what a clean run comes to. */
export async function expectCleanRun(root: string, url: string, clean: CleanRun, given: Disturbance): Promise<void> {
  const client = await connectTo(url);
  await emptyTables(client);
  await client.end();
  const moment = Math.ceil(clean.messages * given.at);
  let working: Promise<unknown> | undefined;
  const proxy = await startProxy(given.through ?? url, async ({ number }): Promise<Fate> => {
    if (number !== moment) return 'forward';
    working = given.work();
    if (given.isHeldBack) await working;
    return 'forward';
  });
  const { connections } = given;
  const loaded = await load(root, proxy.url, { ...SMALL_BATCHES, ...(connections && { connections }) });
  await proxy.close();
  expect(working, 'nothing happened to the run').toBeDefined();
  await working;
  expect(loaded).toMatchObject({ exitCode: 0, error: undefined });
  expect(forecast(loaded)).toEqual(clean.outcome);
  expect(await digestOf(url)).toBe(clean.digest);
  const twice = 'SELECT path FROM ledger.files GROUP BY path HAVING count(*) > 1';
  expect(await queryTarget(url, twice), 'files that were noted twice').toEqual([]);
}
