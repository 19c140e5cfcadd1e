import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { writeCorpus } from '../setup/corpus.ts';
import { type CleanRun, cleanRun, expectCleanRun } from '../setup/interrupted-load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { type OwnServer, startServer } from '../setup/postgres.ts';

let server: OwnServer;
let scratch: string;
let root: string;
let clean: CleanRun;

beforeAll(async () => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-restart-'));
  root = join(scratch, 'corpus');
  writeCorpus(root, 100);
  server = await startServer(['fsync=off']);
  clean = await cleanRun(root, server.url);
});

afterAll(async () => {
  await server.remove();
  rmSync(scratch, { recursive: true, force: true });
});

test.each(['fast', 'immediate'] as const)(
  'a server that restarts (%s shutdown) in the middle of a run costs nothing: no row twice, none missing',
  async (how) => {
    await expectCleanRun(root, server.url, clean, { at: 0.5, isHeldBack: false, work: () => server.restart(how) });
  },
);
