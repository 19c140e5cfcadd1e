import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { type RunningCli, startCli } from '../setup/running-cli.ts';
import { rivalFiles, spreadFiles } from '../setup/spread-files.ts';
import { digestOf, freshTarget, queryTarget } from '../setup/targets.ts';
import { grow, type Tree } from '../setup/trees.ts';

/** As much of the manifest as is checked and run here. */
interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly completionMode: string;
    readonly completions: number;
    readonly parallelism: number;
    readonly backoffLimitPerIndex: number;
    readonly maxFailedIndexes: number;
    readonly backoffLimit?: number;
    readonly podFailurePolicy: {
      readonly rules: readonly {
        readonly action: string;
        readonly onExitCodes?: { readonly containerName: string; readonly operator: string; readonly values: number[] };
        readonly onPodConditions?: readonly { readonly type: string }[];
      }[];
    };
    readonly template: {
      readonly spec: {
        readonly restartPolicy: string;
        readonly containers: readonly Container[];
        readonly volumes: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
      };
    };
  };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly valueFrom: object }[];
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

const MANIFEST = fileURLToPath(new URL('../../deploy/kubernetes/job.yaml', import.meta.url));
const job: Job = parse(readFileSync(MANIFEST, 'utf8'));
const [container] = job.spec.template.spec.containers;
const command = container?.command ?? [];

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(memoryDirectory(), 'migrate-json-shards-'));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What one process makes of these files: the digest of the database, and the status of each file. */
async function sourcesOf(name: string, tree: Tree): Promise<{ root: string; digest: string; statuses: unknown }> {
  const root = join(scratch, name);
  grow(root, tree);
  const target = await freshTarget('SQLite');
  const { files } = await load(root, target.url);
  const digest = await digestOf(target.url);
  await target.drop();
  return { root, digest, statuses: Object.fromEntries(files.map(({ path, status }) => [path, status])) };
}

/** By the ledger. */
async function statusesIn({ url }: FreshPostgres): Promise<unknown> {
  const newest = 'SELECT DISTINCT ON (path) path, status FROM ledger.files ORDER BY path, id DESC';
  return Object.fromEntries((await queryTarget(url, newest)).map(({ path, status }) => [path, status]));
}

/** The command of the manifest's container in the pod of an index. */
function startPod(index: number, root: string, { url }: FreshPostgres, ...more: readonly string[]): RunningCli {
  const places = new Map([
    ['/sources', root],
    ['/tmp', scratch],
  ]);
  const [, ...args] = command.map((word) => places.get(word) ?? word);
  const cwd = join(scratch, `pod-${index}`);
  mkdirSync(cwd, { recursive: true });
  return startCli([...args, ...more], { cwd, env: { DATABASE_URL: url, JOB_COMPLETION_INDEX: String(index) } });
}

const runsOf = async ({ url }: FreshPostgres, ...args: readonly string[]) =>
  (await startCli(['runs', ...args, '--to', url], { cwd: scratch }).ended).stdout;

/** What the API server demands of such a Job: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ */
test('the manifest is a Job that Kubernetes accepts', () => {
  expect(job).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: expect.stringMatching(/^[a-z][-a-z]*$/) },
  });
  const { spec } = job;
  expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 4, parallelism: 4 });
  expect(spec.backoffLimitPerIndex).toBeGreaterThanOrEqual(1);
  expect(spec.maxFailedIndexes).toBeLessThanOrEqual(spec.completions);
  // FailIndex needs backoffLimitPerIndex, a failure policy needs Never, and a rule has one kind of condition.
  expect(spec.template.spec.restartPolicy).toBe('Never');
  for (const { onExitCodes, onPodConditions } of spec.podFailurePolicy.rules)
    expect([onExitCodes, onPodConditions].filter((each) => each !== undefined)).toHaveLength(1);
  expect(spec.podFailurePolicy.rules[0]).toEqual({
    action: 'FailIndex',
    onExitCodes: { containerName: container?.name, operator: 'In', values: [3, 5] },
  });
  const volumes = new Set(spec.template.spec.volumes.map(({ name }) => name));
  for (const { name, mountPath } of container?.volumeMounts ?? []) {
    expect(volumes).toContain(name);
    expect(mountPath).toMatch(/^\//);
  }
  expect(container?.volumeMounts).toContainEqual({ name: 'sources', mountPath: '/sources', readOnly: true });
  expect(container?.env.every(({ valueFrom }) => 'secretKeyRef' in valueFrom)).toBe(true);
  expect(container?.securityContext.readOnlyRootFilesystem).toBe(true);
  expect(command).toEqual(expect.arrayContaining(['--shard', `auto/${spec.completions}`, '--run-id', '--temp-dir']));
});

test('four processes with its command share a run, and end where one process alone does', async () => {
  const { root, digest, statuses } = await sourcesOf('spread', spreadFiles(60));
  const target = await freshPostgres();
  const pods = [0, 1, 2, 3].map((index) => startPod(index, root, target));
  for (const { code, stderr } of await Promise.all(pods.map((pod) => pod.ended))) expect(code, stderr).toBe(0);
  expect(await digestOf(target.url)).toBe(digest);
  expect(await statusesIn(target)).toEqual(statuses);
  const [run] = await queryTarget(target.url, 'SELECT status, exit_code::int, report FROM ledger.runs');
  expect(run).toMatchObject({
    status: 'complete',
    exit_code: 0,
    report: { shard: null, totals: { files: 601, files_loaded: 601, records_rejected: 0 } },
  });
  const listed = await runsOf(target);
  expect(listed).toMatch(/^legacy-2025 +complete +0/m);
  for (const shard of ['1/4', '2/4', '3/4', '4/4'])
    expect(listed).toMatch(new RegExp(`^  shard ${shard} +complete +0`, 'm'));
  expect(await runsOf(target, 'legacy-2025')).toMatch(
    /^shard +status +exit +files +read +loaded +rejected\n1\/4 +complete +0 +\d+/,
  );
  await target.drop();
});

test('a shard that was killed is run again alone, and what conflicts is settled as one process would', async () => {
  const { root, digest, statuses } = await sourcesOf('rivals', rivalFiles(40));
  const target = await freshPostgres();
  const small = ['--batch-bytes', '2000'];
  const pods = [0, 1, 2, 3].map((index) => startPod(index, root, target, ...small));
  const hasCommitted = async () => {
    const sql = `SELECT 1 FROM ledger.batches WHERE batch BETWEEN ${2 * 2 ** 32} AND ${3 * 2 ** 32} LIMIT 1`;
    return (await queryTarget(target.url, sql).catch(() => [])).length > 0;
  };
  while (pods[2]?.child.exitCode === null && !(await hasCommitted())) await sleep(5);
  pods[2]?.child.kill('SIGKILL');
  const ended = await Promise.all(pods.map((pod) => pod.ended));
  expect(ended.map(({ code }) => code)).toEqual([1, 1, 128 + 9, 1]);
  expect(await runsOf(target)).toMatch(/^legacy-2025 +running/m);
  const again = await startPod(2, root, target, ...small).ended;
  expect(again.code, again.stderr).toBe(1);
  expect(await digestOf(target.url)).toBe(digest);
  expect(await statusesIn(target)).toEqual(statuses);
  expect(await runsOf(target)).toMatch(/^legacy-2025 +partial +1/m);
  await target.drop();
});
