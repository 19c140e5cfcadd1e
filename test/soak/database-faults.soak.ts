import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCorpus } from '../setup/corpus.ts';
import { emptyTables } from '../setup/databases.ts';
import { type CleanRun, cleanRun, expectCleanRun } from '../setup/interrupted-load.ts';
import { forecast, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { startPooler } from '../setup/pgbouncer.ts';
import { type OwnServer, startServer } from '../setup/postgres.ts';
import { startProxy } from '../setup/postgres-proxy.ts';
import { random } from '../setup/random.ts';
import { connectTo, digestOf, queryTarget } from '../setup/targets.ts';

const LOST_ANSWERS = 50;
const ROUNDS = 20;

const KILL = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

let server: OwnServer;
let scratch: string;
let root: string;
let clean: CleanRun;

beforeAll(async () => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-soak-'));
  root = join(scratch, 'corpus');
  writeCorpus(root, 200);
  server = await startServer(['fsync=off']);
  clean = await cleanRun(root, server.url);
});

afterAll(async () => {
  await server.remove();
  rmSync(scratch, { recursive: true, force: true });
});

/** Runs of which each is disturbed once, at any moment but its end. */
async function survive(work: () => Promise<unknown>, through?: string): Promise<void> {
  const { seed, next } = random();
  console.log(`seed ${seed}`);
  for (let round = 0; round < ROUNDS; round++) {
    const at = 0.02 + next() * 0.9;
    const how = { at, isHeldBack: next() < 0.5, connections: next() < 0.5 ? 1 : 4 };
    await expectCleanRun(root, server.url, clean, { ...how, work, ...(through && { through }) });
  }
}

test(`${LOST_ANSWERS} lost answers to COMMIT: nothing is loaded twice`, async () => {
  let lost = 0;
  for (let runs = 0; runs < LOST_ANSWERS && lost < LOST_ANSWERS; runs++) {
    const client = await connectTo(server.url);
    await emptyTables(client);
    await client.end();
    let commits = 0;
    const proxy = await startProxy(server.url, ({ sql }) => {
      if (sql !== 'COMMIT' || ++commits % 3 !== 0 || lost === LOST_ANSWERS) return 'forward';
      lost++;
      return 'lose-answer';
    });
    const loaded = await load(root, proxy.url, { batchBytes: 5000, connections: runs % 2 === 0 ? 1 : 4 });
    await proxy.close();
    expect(loaded).toMatchObject({ exitCode: 0, error: undefined });
    expect(forecast(loaded)).toEqual(clean.outcome);
    expect(await digestOf(server.url)).toBe(clean.digest);
  }
  expect(lost).toBe(LOST_ANSWERS);
});

test(`${ROUNDS} times a backend is killed: each run ends like a clean one`, async () => {
  await survive(() => queryTarget(server.url, KILL));
});

test.each(['fast', 'immediate'] as const)(
  `${ROUNDS} times the server restarts (%s shutdown): each run ends like a clean one`,
  async (how) => {
    await survive(() => server.restart(how));
  },
);

test.each([1, 2])(
  `${ROUNDS} times a backend behind PgBouncer with %i server connections is killed: each run ends like a clean one`,
  async (poolSize) => {
    const pooler = await startPooler(server, poolSize);
    await survive(() => queryTarget(server.url, KILL), pooler.url);
    await pooler.stop();
  },
);
