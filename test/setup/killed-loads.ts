import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { filesBelow, hashesBelow, writeCorpus } from './corpus.ts';
import { memoryDirectory } from './memory-directory.ts';
import { type RunningCli, startCli } from './running-cli.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, type Product, queryTarget } from './targets.ts';

/** Small, so that most kills fall between two of many commits. */
const BATCH = ['--batch-bytes', '30000'];

/** See failpoints.ts. */
export const FAILPOINTS = fileURLToPath(new URL('failpoints.ts', import.meta.url));

/** Directories of one load: where it runs, where its temporary files and its archives go. */
export interface Place {
  readonly cwd: string;
  readonly temporary: string;
}

interface CleanRun {
  readonly digest: string;
  /** Milliseconds of the whole run, and from its first commit on. */
  readonly duration: number;
  readonly loading: number;
}

/** Loads of one corpus that are killed while they run, and what one clean run of it gives. */
export class KilledLoads {
  readonly corpus: string;
  private readonly scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-kill-'));
  private readonly files: number;
  private readonly clean = new Map<Product, CleanRun>();

  private constructor(files: number) {
    this.files = files;
    this.corpus = this.newRoot('corpus');
  }

  /** Writes a corpus of so many files and loads it once into each database. */
  static async begin(files: number): Promise<KilledLoads> {
    const loads = new KilledLoads(files);
    for (const product of PRODUCTS) loads.clean.set(product, await loads.cleanRun(product));
    return loads;
  }

  end(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  cleanOf(product: Product): CleanRun {
    const found = this.clean.get(product);
    if (found === undefined) throw new Error(`the clean run into ${product} is missing`);
    return found;
  }

  newPlace(name: string): Place {
    const place = { cwd: join(this.scratch, name), temporary: join(this.scratch, `${name}-tmp`) };
    mkdirSync(place.cwd);
    mkdirSync(place.temporary);
    return place;
  }

  /** The corpus once more, for a load that takes its files away. */
  newRoot(name: string): string {
    const root = join(this.scratch, `${name}-root`);
    writeCorpus(root, this.files);
    return root;
  }

  start(root: string, target: FreshTarget, { cwd, temporary }: Place, ...more: readonly string[]): RunningCli {
    const args = ['run', root, '--to', target.url, '--json', '--quiet', ...BATCH, ...more];
    return startCli(args, { cwd, env: { TMPDIR: temporary } });
  }

  /**
   * A load that is wrong on purpose: it goes on as if its n-th commit were done, which it is not when the load is killed.
   * Only commits count as calls, each before and after it.
   */
  startWrong(nth: number, root: string, target: FreshTarget, place: Place, ...more: readonly string[]): RunningCli {
    const args = ['run', root, '--to', target.url, '--json', '--quiet', ...BATCH, ...more];
    const env = { FAILPOINT_UNDER: '/nowhere', FAILPOINT_AT: String(2 * nth - 1), FAILPOINT_WITH: 'LIE' };
    return startCli(args, { cwd: place.cwd, env: { TMPDIR: place.temporary, ...env }, node: ['--import', FAILPOINTS] });
  }

  private async cleanRun(product: Product): Promise<CleanRun> {
    const target = await freshTarget(product);
    const place = this.newPlace(`clean-${product}`);
    try {
      const began = performance.now();
      const run = this.start(this.corpus, target, place);
      await firstCommit(run, target);
      const committed = performance.now();
      const result = await run.ended;
      const ended = performance.now();
      expect(result, result.stderr).toMatchObject({ code: 0 });
      return { digest: await digestOf(target.url), duration: ended - began, loading: ended - committed };
    } finally {
      await target.drop();
    }
  }
}

/** Kills the load after a while; true when it was still running. */
export async function killAfter(run: RunningCli, place: Place, delay: number): Promise<boolean> {
  await Promise.race([sleep(delay), run.ended]);
  // For an instant the scratch file has a name: a kill exactly then leaves it, which no program can avoid.
  while (run.child.exitCode === null && readdirSync(place.temporary).some((name) => name.endsWith('.tmp')))
    await sleep(1);
  run.child.kill('SIGKILL');
  return (await run.ended).code === 128 + 9;
}

/** Until this database holds a batch of any run, or the run ends. */
export async function firstCommit(run: RunningCli, { url }: FreshTarget): Promise<void> {
  const hasBatch = () => queryTarget(url, 'SELECT 1 FROM ledger.batches LIMIT 1').catch(() => []);
  while (run.child.exitCode === null && (await hasBatch()).length === 0) await sleep(20);
}

/** What a load may leave: the database and nothing else. */
export function expectNothingLeft(target: FreshTarget, place: Place): void {
  expect(readdirSync(place.cwd), 'working directory').toEqual([]);
  expectNoTemporaryFile(target, place);
}

export function expectNoTemporaryFile(target: FreshTarget, { cwd, temporary }: Place): void {
  expect(readdirSync(temporary), 'temporary directory').toEqual([]);
  expect(filesBelow(cwd).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  if (!target.url.startsWith('sqlite:')) return;
  expect(readdirSync(dirname(target.url.slice('sqlite:'.length))), 'directory of the database').toEqual(['test.db']);
}

/** The hashes of these sources wherever they lie below the directories: each once, if each is in one place. */
export function sourcesBelow(hashes: readonly string[], ...directories: readonly string[]): readonly string[] {
  const known = new Set(hashes);
  return hashesBelow(...directories).filter((hash) => known.has(hash));
}
