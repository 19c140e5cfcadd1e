import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, hashesBelow, writeCorpus } from '../setup/corpus.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { random } from '../setup/random.ts';
import { startCli } from '../setup/running-cli.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';

const FILES = 2000;

/** Times that the same load is killed before it may end. */
const KILLS = process.env['MIGRATE_JSON_TEST_LARGE'] === '1' ? [1, 1, 2, 1, 1, 3, 1, 1, 2, 1] : [1, 3, 1];

/** Small, so that most kills fall between two of many commits. */
const BATCH = ['--batch-bytes', '30000'];

let scratch: string;
let corpus: string;
const clean = new Map<Product, { readonly digest: string; readonly duration: number }>();

/** Directories of one load: where it runs, where its temporary files and its archives go. */
interface Place {
  readonly cwd: string;
  readonly temporary: string;
}

beforeAll(async () => {
  process.env['TMPDIR'] = memoryDirectory();
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-kill-'));
  corpus = join(scratch, 'corpus');
  writeCorpus(corpus, FILES);
  for (const product of PRODUCTS) clean.set(product, await cleanRun(product));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function newPlace(name: string): Place {
  const place = { cwd: join(scratch, name), temporary: join(scratch, `${name}-tmp`) };
  mkdirSync(place.cwd);
  mkdirSync(place.temporary);
  return place;
}

async function cleanRun(product: Product): Promise<{ digest: string; duration: number }> {
  const target = await freshTarget(product);
  const place = newPlace(`clean-${product}`);
  try {
    const began = performance.now();
    const result = await start(corpus, target, place).ended;
    const duration = performance.now() - began;
    expect(result, result.stderr).toMatchObject({ code: 0 });
    return { digest: await digestOf(target.url), duration };
  } finally {
    await target.drop();
  }
}

function cleanOf(product: Product): { readonly digest: string; readonly duration: number } {
  const found = clean.get(product);
  if (found === undefined) throw new Error(`the clean run into ${product} is missing`);
  return found;
}

function start(root: string, target: FreshTarget, { cwd, temporary }: Place, ...more: readonly string[]) {
  const args = ['run', root, '--to', target.url, '--json', '--quiet', ...BATCH, ...more];
  return startCli(args, { cwd, env: { TMPDIR: temporary } });
}

/** Starts the load and kills it after a while; true when it was still running. */
async function startAndKill(run: ReturnType<typeof start>, place: Place, delay: number): Promise<boolean> {
  await Promise.race([sleep(delay), run.ended]);
  // For an instant the scratch file has a name: a kill exactly then leaves it, which no program can avoid.
  while (run.child.exitCode === null && readdirSync(place.temporary).some((name) => name.endsWith('.tmp')))
    await sleep(1);
  run.child.kill('SIGKILL');
  return (await run.ended).code === 128 + 9;
}

/** Until this database holds a batch of any run, or the run ends. */
async function firstCommit(run: ReturnType<typeof start>, { url }: FreshTarget): Promise<void> {
  const hasBatch = () => queryTarget(url, 'SELECT 1 FROM migration_batches LIMIT 1').catch(() => []);
  while (run.child.exitCode === null && (await hasBatch()).length === 0) await sleep(20);
}

/** What a load may leave: the database and nothing else. */
function expectNothingLeft(target: FreshTarget, place: Place): void {
  expect(readdirSync(place.temporary), 'temporary directory').toEqual([]);
  expect(readdirSync(place.cwd), 'working directory').toEqual([]);
  if (!target.url.startsWith('sqlite:')) return;
  expect(readdirSync(dirname(target.url.slice('sqlite:'.length))), 'directory of the database').toEqual(['test.db']);
}

function changedRows(stdout: string): number {
  const report: { tables: Record<string, { inserted: number; updated: number }> } = JSON.parse(stdout);
  return Object.values(report.tables).reduce((sum, rows) => sum + rows.inserted + rows.updated, 0);
}

describe.each(PRODUCTS)('a load of 2,000 files into %s', { concurrent: true, timeout: 150_000 }, (product) => {
  test('that is killed at any moment ends like one clean run when the same command is given again', async () => {
    const { digest, duration } = cleanOf(product);
    const { seed, next } = random();
    const sources = filesBelow(corpus);
    let killed = 0;
    let halfway = 0;
    for (const [round, kills] of KILLS.entries()) {
      const what = `seed ${seed}, round ${round}`;
      const target = await freshTarget(product);
      const place = newPlace(`${product}-${round}`);
      for (let kill = 0; kill < kills; kill++) {
        const run = start(corpus, target, place);
        // Every other kill falls into the load itself, the rest anywhere from the start of the program.
        const loads = (round + kill) % 2 === 0;
        if (loads) await firstCommit(run, target);
        if (await startAndKill(run, place, (loads ? 0.3 : 0.9) * next() * duration)) killed++;
      }
      const last = await start(corpus, target, place).ended;
      expect(last, `${what}: ${last.stderr}`).toMatchObject({ code: 0, stderr: '' });
      expect(await digestOf(target.url), what).toBe(digest);
      expectNothingLeft(target, place);
      const runs = await queryTarget(target.url, 'SELECT DISTINCT run_id FROM migration_files');
      if (runs.length > 1) halfway++;
      if (round === 2) {
        const again = await start(corpus, target, place).ended;
        expect(again, `${what}, run once more: ${again.stderr}`).toMatchObject({ code: 0 });
        expect(changedRows(again.stdout), `${what}, run once more`).toBe(0);
      }
      await target.drop();
    }
    expect(filesBelow(corpus)).toEqual(sources);
    expect(killed, 'kills that met a running program').toBeGreaterThanOrEqual(KILLS.length);
    expect(halfway, 'loads that were killed between two commits').toBeGreaterThanOrEqual(Math.floor(KILLS.length / 2));
  });

  test('with --archive that is killed at any moment leaves each source exactly once, in the source or in an archive', async () => {
    const { seed, next } = random();
    const place = newPlace(`${product}-archive`);
    const root = join(scratch, `${product}-root`);
    writeCorpus(root, FILES);
    const hashes = hashesBelow(root);
    const target = await freshTarget(product);
    const run = () => start(root, target, place, '--archive', '--allow-empty');
    const found = () => {
      const known = new Set(hashes);
      return hashesBelow(root, place.cwd).filter((hash) => known.has(hash));
    };
    for (let kill = 0; kill < 2; kill++) {
      await startAndKill(run(), place, 400 + 1200 * next());
      expect(found(), `seed ${seed}, after kill ${kill}`).toEqual(hashes);
    }
    const last = await run().ended;
    expect(last, `seed ${seed}: ${last.stderr}`).toMatchObject({ code: 0 });
    expect(found(), `seed ${seed}`).toEqual(hashes);
    expect(filesBelow(root), `seed ${seed}`).toEqual([]);
    expect(readdirSync(place.temporary)).toEqual([]);
    expect(filesBelow(place.cwd).filter((path) => path.endsWith('.tmp'))).toEqual([]);
    expect(await digestOf(target.url), `seed ${seed}`).toBe(cleanOf(product).digest);
    await target.drop();
  });
});
