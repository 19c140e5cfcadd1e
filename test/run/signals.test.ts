import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { filesBelow, writeCorpus } from '../setup/corpus.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { type RunningCli, startCli } from '../setup/running-cli.ts';
import { digestOf, type FreshTarget, freshTarget, openQueries, PRODUCTS, type Product } from '../setup/targets.ts';

const FILES = 800;

let scratch: string;
let files: string;
let dump: string;
let cleanFiles: string;
let cleanDump: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-signals-'));
  files = join(scratch, 'files');
  writeCorpus(files, FILES);
  dump = join(scratch, 'dump');
  mkdirSync(join(dump, 'metrics'), { recursive: true });
  const records = Array.from({ length: 16_000 }, (_value, index) => ({
    timestamp: new Date(Date.UTC(2020, 0, 1) + index * 1000).toISOString(),
    source: 'host',
    cpu_usage: index % 100,
    load_1m: 0.25,
  }));
  writeFileSync(join(dump, 'metrics', 'dump.json'), JSON.stringify(records));
  cleanFiles = await cleanDigest(files);
  cleanDump = await cleanDigest(dump);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function cleanDigest(root: string): Promise<string> {
  const target = await freshTarget('SQLite');
  await runCli(['run', root, '--to', target.url]);
  const digest = await digestOf(target.url);
  await target.drop();
  return digest;
}

interface Interrupted {
  readonly run: RunningCli;
  readonly report: string;
}

/** None as long as the tables are missing, or while the program holds the lock. */
async function committedBatches({ query }: Awaited<ReturnType<typeof openQueries>>): Promise<number> {
  return query('SELECT CAST(count(*) AS text) AS n FROM ledger.batches').then(
    ([row]) => Number(row?.['n']),
    () => 0,
  );
}

let count = 0;

/** Starts a load and waits until it is writing rows. */
async function startLoading(root: string, target: FreshTarget): Promise<Interrupted> {
  const report = join(scratch, `report-${++count}.json`);
  const args = ['run', root, '--to', target.url, '--report', report, '--batch-bytes', '8000'];
  const run = startCli(args, { cwd: scratch });
  const queries = await openQueries(target.url);
  while (run.child.exitCode === null && (await committedBatches(queries)) < 3) await sleep(10);
  await queries.close();
  return { run, report };
}

const SIGNALS: Readonly<Record<Product, readonly ['SIGINT' | 'SIGTERM', number, 'files' | 'dump'][]>> = {
  SQLite: [
    ['SIGTERM', 143, 'files'],
    ['SIGINT', 130, 'dump'],
  ],
  PostgreSQL: [
    ['SIGINT', 130, 'files'],
    ['SIGTERM', 143, 'dump'],
  ],
};

describe.each(PRODUCTS)('a load into %s that gets', (product) => {
  test.each(SIGNALS[product])(
    '%s ends within 5 seconds with exit code %i, whole batches and a report; the next run completes it (%s)',
    async (signal, code, what) => {
      const root = what === 'files' ? files : dump;
      const target = await freshTarget(product);
      const { run, report } = await startLoading(root, target);
      const began = performance.now();
      run.child.kill(signal);
      const result = await run.ended;
      expect(performance.now() - began).toBeLessThan(5000);
      expect(result.code, result.stderr).toBe(code);
      const stopped = JSON.parse(readFileSync(report, 'utf8'));
      expect(stopped).toMatchObject({ status: 'interrupted', exit_code: code });
      expect(stopped.totals.files_failed, 'nothing is wrong with files that were not reached').toBe(0);
      if (what === 'files') {
        const { files_loaded: loaded, files_not_reached: missed } = stopped.totals;
        expect(missed).toBeGreaterThan(0);
        expect(loaded + missed).toBe(stopped.totals.files);
        expect(result.stdout).toMatch(/^INTERRUPTED/);
        expect(result.stdout).toContain(`${missed} not reached`);
      }

      const rest = await runCli(['run', root, '--to', target.url, '--json']);
      expect(rest.code, rest.stderr).toBe(0);
      expect(await digestOf(target.url)).toBe(what === 'files' ? cleanFiles : cleanDump);
      await target.drop();
    },
  );

  test('a second signal ends at once, and the next run completes it', async () => {
    const target = await freshTarget(product);
    const { run } = await startLoading(files, target);
    run.child.kill('SIGINT');
    run.child.kill('SIGTERM');
    await sleep(20);
    const began = performance.now();
    run.child.kill('SIGINT');
    const result = await run.ended;
    expect(performance.now() - began).toBeLessThan(1000);
    expect([130, 143], result.stderr).toContain(result.code);
    const rest = await runCli(['run', files, '--to', target.url]);
    expect(rest.code, rest.stderr).toBe(0);
    await target.drop();
  });
});

test('a signal while files are still copied for --backup ends the run with its report, not after the last file', async () => {
  const target = await freshTarget('SQLite');
  const report = join(scratch, 'early.json');
  const backupDir = join(scratch, 'backup');
  const args = ['run', files, '--to', target.url, '--report', report, '--backup', '--backup-dir', backupDir];
  const run = startCli(args, { cwd: scratch });
  while (!existsSync(backupDir) && run.child.exitCode === null) await sleep(5);
  run.child.kill('SIGINT');
  const result = await run.ended;
  expect(result.code, result.stderr).toBe(130);
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ status: 'interrupted', exit_code: 130 });
  expect(filesBelow(backupDir).length).toBeLessThan(FILES);
  await target.drop();
});
