import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow, hashesBelow } from './corpus.ts';
import { conversation, measurements } from './legacy.ts';
import { startCli } from './running-cli.ts';
import { digestOf, type FreshTarget, freshTarget, type Product } from './targets.ts';
import { grow, type Tree } from './trees.ts';

const PRELOAD = fileURLToPath(new URL('failpoints.ts', import.meta.url));

/** Four files, one of them with a bad record, so that backup, archive, report and rejects have all something to do. */
const SOURCES: Tree = {
  'settings.json': { LOG_LEVEL: 'debug', theme: { dark: true } },
  'conversations/alice/a.json': conversation('a', ['Hello', 'Good morning']),
  'usage/bob/usage.json': { user_id: 'bob', tier: 'pro', daily_count: 3 },
  'metrics/dump.json': [...measurements(3), ...measurements(2, { timestamp: 'never' })],
};

/** What fails, by its number in the order of the calls; see failpoints.ts. */
export interface Failpoint {
  readonly at: number;
  readonly how: string;
}

/** What a run and the same run after it left. Each array names what is wrong. */
export interface Aftermath {
  /** The call that failed: how many there are before it may differ from run to run. */
  readonly call: string | undefined;
  readonly code: number;
  readonly stderr: string;
  readonly wrong: readonly string[];
}

/** Exit codes of a run that says that it failed, or was killed. */
const FAILURES = [2, 4, 5, 6, 128 + 9];

/** What the sources end as, and how a run without a failure ends. */
const CLEAN = { code: 1, rejected: 2, left: 1 };

export class FailingRuns {
  readonly product: Product;
  /** Each call of a clean run: what is called, and on what. */
  readonly calls: readonly string[];
  private readonly digest: string;
  private readonly hashes: readonly string[];

  private constructor(product: Product, calls: readonly string[], digest: string, hashes: readonly string[]) {
    this.product = product;
    this.calls = calls;
    this.digest = digest;
    this.hashes = hashes;
  }

  /** Does a clean run first, with which all others are compared. */
  static async begin(product: Product): Promise<FailingRuns> {
    const scene = await Scene.open(product);
    try {
      const hashes = hashesBelow(scene.root);
      const { code, stderr } = await scene.run({ FAILPOINT_LOG: scene.log });
      if (code !== CLEAN.code) throw new Error(`the clean run ended with ${code}: ${stderr}`);
      const calls = readFileSync(scene.log, 'utf8').trimEnd().split('\n');
      return new FailingRuns(product, calls, await digestOf(scene.target.url), hashes);
    } finally {
      await scene.close();
    }
  }

  /** The number of the call that this describes, counted from the first or, below zero, from the last. */
  numberOf(described: RegExp, which = 0): number {
    const numbers = this.calls.flatMap((call, index) => (described.test(call) ? [index + 1] : []));
    const number = numbers.at(which);
    if (number === undefined) throw new Error(`no call is like ${described}`);
    return number;
  }

  /** Runs with this failure, then again without it, and tells everything that is not as promised. */
  async failing({ at, how }: Failpoint): Promise<Aftermath> {
    const scene = await Scene.open(this.product);
    try {
      const { code, stderr } = await scene.run({
        FAILPOINT_LOG: scene.log,
        FAILPOINT_AT: String(at),
        FAILPOINT_WITH: how,
      });
      const call = /^FAILS (.*)$/m.exec(readFileSync(scene.log, 'utf8'))?.[1];
      const wrong = [...this.known(code, stderr), ...this.lost(scene), ...leftovers(scene, how, call)];
      if (code === CLEAN.code && scene.rejected() === CLEAN.rejected)
        wrong.push(...(await this.incomplete(scene, 'the run')));
      // A directory of rejects is never written twice.
      const again = await scene.run({}, 'again');
      if (again.code !== CLEAN.code) wrong.push(`the next run ended with ${again.code}: ${again.stderr}`);
      wrong.push(...(await this.incomplete(scene, 'the next run')));
      return { call, code, stderr, wrong };
    } finally {
      await scene.close();
    }
  }

  private known(code: number, stderr: string): string[] {
    const isKnown = code === CLEAN.code || FAILURES.includes(code);
    return isKnown ? [] : [`exit code ${code}: ${stderr}`];
  }

  private lost(scene: Scene): string[] {
    const found = new Set(hashesBelow(scene.root, scene.archives));
    return this.hashes.filter((hash) => !found.has(hash)).map((hash) => `a source is lost: ${hash.slice(0, 12)}`);
  }

  /** What a run left undone that says that it finished. */
  private async incomplete(scene: Scene, run: string): Promise<string[]> {
    const wrong: string[] = [];
    const digest = await digestOf(scene.target.url).catch((error: unknown) => String(error));
    if (digest !== this.digest) wrong.push(`after ${run} the tables are not those of a clean run: ${digest}`);
    const left = hashesBelow(scene.root);
    if (left.length !== CLEAN.left) wrong.push(`after ${run} ${left.length} files are in the source`);
    const found = hashesBelow(scene.root, scene.archives).filter((hash) => this.hashes.includes(hash));
    const backedUp = new Set(hashesBelow(scene.backups));
    if (!this.hashes.every((hash) => backedUp.has(hash))) wrong.push(`after ${run} the backup lacks files`);
    if (String(found) !== String(this.hashes)) wrong.push(`after ${run} the sources are not each in one place`);
    return wrong;
  }
}

/** Nobody can tidy up after a kill, nor where the disk does not let go of a file. */
function leftovers(scene: Scene, how: string, call: string | undefined): string[] {
  if (how === 'SIGKILL' || call?.startsWith('rm ')) return [];
  const left = filesBelow(scene.cwd).filter((path) => path.endsWith('.tmp'));
  return left.map((path) => `a temporary file is left: ${path}`);
}

/** The sources of one run, where it runs, and its database. */
class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), 'migrate-json-failing-'));
  readonly root = join(this.directory, 'root');
  readonly cwd = join(this.directory, 'cwd');
  readonly log = join(this.directory, 'log');
  readonly target: FreshTarget;

  private constructor(target: FreshTarget) {
    this.target = target;
  }

  static async open(product: Product): Promise<Scene> {
    const scene = new Scene(await freshTarget(product));
    mkdirSync(scene.cwd);
    grow(scene.root, SOURCES);
    return scene;
  }

  get archives(): string {
    return this.made('migrate-json-archive');
  }

  get backups(): string {
    return this.made('migrate-json-backups');
  }

  private made(name: string): string {
    const path = join(this.cwd, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Records and files that the run reports as not loaded. */
  rejected(): number {
    const report: { totals: { records_rejected: number } } = JSON.parse(
      readFileSync(join(this.cwd, 'report.json'), 'utf8'),
    );
    return report.totals.records_rejected;
  }

  run(env: Readonly<Record<string, string>>, rejects = 'rejects') {
    const outputs = ['--backup', '--archive', '--report', 'report.json', '--rejects', rejects];
    return startCli(['run', this.root, '--to', this.target.url, '--quiet', ...outputs], {
      cwd: this.cwd,
      env: { FAILPOINT_UNDER: this.directory, ...env },
      node: ['--import', PRELOAD],
    }).ended;
  }

  async close(): Promise<void> {
    await this.target.drop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
