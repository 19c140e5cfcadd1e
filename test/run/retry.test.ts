import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { migrate, retry } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { runCli } from '../setup/cli.ts';
import { filesBelow } from '../setup/corpus.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant, type Tree } from '../setup/trees.ts';

interface Told {
  readonly exitCode: number;
  readonly error: string | undefined;
  readonly totals: Report['head']['totals'];
  /** Each reject as `path#record code`. */
  readonly rejects: readonly string[];
  /** Each as `path code: message`. */
  readonly warnings: readonly string[];
}

async function told(run: Promise<Report>): Promise<Told> {
  const report = await run;
  const rejects = [...report.files()].flatMap((file) =>
    [...file.rejects].map(({ record, code }) => `${file.path}#${record} ${code}`),
  );
  const { exit_code: exitCode, totals } = report.head;
  const warnings = [...report.warnings()].map(({ code, path, message }) => `${path} ${code}: ${message}`);
  const result = { exitCode, totals, rejects: rejects.sort(), warnings, error: report.error?.message };
  report.close();
  return result;
}

const at = (timestamp: string): string => `{"timestamp": "${timestamp}", "cpu_usage": 1}`;

const EVENT = { user_id: 'ann', timestamp: '2025-01-01T00:00:00Z', payload: { n: 1 } };

/**
 * Rejects of every kind: the file, what of it is wrong, what replaces that to correct it, and below which name of the
 * rejects directory it lies. What a record is depends on its file: owner, source, name, member, origin.
 */
const FAULTS: readonly (readonly [path: string, content: string, wrong: string, right: string, name: string])[] = [
  [
    'conversations/ann/a.json',
    JSON.stringify(conversation('a', ['x'], { title: 7 })),
    '"title":7',
    '"title":"Notes"',
    '00000001.json',
  ],
  [
    'conversations/bob.json',
    JSON.stringify({ m: conversation('m', ['x']), n: conversation('n', ['y'], { created_at: 'then' }) }),
    '"then"',
    '"2025-01-01T00:00:00"',
    '00000002.json',
  ],
  ['conversations/ann/cut.json', '{"id": "cut", "messages": [', '[', '[]}', 'file.json'],
  [
    'metrics/host-1.json',
    `[${at('2025-01-01T00:00:00Z')}, ${at('yesterday')}]`,
    'yesterday',
    '2025-01-01T00:01:00',
    '00000002.json',
  ],
  [
    'metrics/lines.jsonl',
    `${at('2025-01-02T00:00:00Z')}\n${at('never')}\n`,
    'never',
    '2025-01-02T00:01:00Z',
    '00000002.json',
  ],
  [
    'settings.json',
    '{"LOG_LEVEL": "debug", "OPENROUTER_API_KEY": "********"}',
    '"********"',
    '"sk-real"',
    '00000002.json',
  ],
  ['usage/ann/usage.json', '{"tier": "gold", "daily_count": 3}', 'gold', 'pro', '00000001.json'],
  [
    'security/client_events.json',
    JSON.stringify([EVENT, { ...EVENT, timestamp: 'soon' }]),
    'soon',
    '2025-01-01T00:00:01Z',
    '00000002.json',
  ],
];

function sources(isRight: boolean): Tree {
  return Object.fromEntries(
    FAULTS.map(([path, content, wrong, right]) => [path, isRight ? content.replace(wrong, right) : content]),
  );
}

/** Three files of one user with one id, each with another message. */
const THREE_OF_ONE_KEY = {
  'conversations/ann/one.json': conversation('same', ['first']),
  'conversations/ann/three.json': conversation('same', ['third']),
  'conversations/ann/two.json': conversation('same', ['second']),
};

describe.each(PRODUCTS)('retry into %s', (product) => {
  let target: FreshTarget;
  let scratch: string;

  beforeEach(async () => {
    target = await freshTarget(product);
    scratch = plant();
  });

  afterEach(() => target.drop());

  const run = (root: string, options: GivenOptions = {}) =>
    told(migrate(runSettings({ root, to: target.url, source: 'stem', ...options })));
  const again = (root: string, options: GivenOptions = {}) =>
    told(retry(runSettings({ root, to: target.url, source: 'stem', ...options })));

  test('of what was corrected gives the same tables as a run of the corrected files, and the account adds up', async () => {
    const rejects = join(scratch, 'rejects');
    const first = await run(plant(sources(false)), { rejects });
    expect(first.totals).toMatchObject({ records_loaded: 5, records_rejected: FAULTS.length });
    for (const [path, , wrong, right, name] of FAULTS) {
      const file = join(rejects, path, name);
      writeFileSync(file, readFileSync(file, 'utf8').replace(wrong, right));
    }
    const second = await again(rejects);
    expect(second).toMatchObject({ exitCode: 0, error: undefined, rejects: [] });
    expect(first.totals.records_loaded + second.totals.records_loaded).toBe(5 + FAULTS.length);
    const reference = await freshTarget('SQLite');
    const whole = plant(sources(true));
    expect(await told(migrate(runSettings({ root: whole, to: reference.url, source: 'stem' })))).toMatchObject({
      exitCode: 0,
    });
    expect(await digestOf(target.url)).toBe(await digestOf(reference.url));
    await reference.drop();

    const third = await again(rejects);
    expect(third.totals).toMatchObject({ files_unchanged: FAULTS.length, records_rejected: 0 });
    expect(await again(rejects, { reload: true })).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await run(whole, { reload: true })).toMatchObject({ exitCode: 0, rejects: [] });
  });

  test('of what was not corrected rejects the same again, under the number in its file, also from the rejects of a retry', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => join(scratch, name));
    const first = await run(plant(sources(false)), { rejects: one });
    const before = await digestOf(target.url);
    const second = await again(String(one), { rejects: two });
    const third = await again(String(two), { rejects: three });
    for (const result of [second, third]) {
      expect(result).toMatchObject({ exitCode: 1, error: undefined });
      const codes = (all: readonly string[]) => all.map((each) => each.replace(/^.*#/, '')).sort();
      expect(codes(result.rejects)).toEqual(codes(first.rejects));
    }
    expect(await digestOf(target.url)).toBe(before);
    const usage = filesBelow(String(three)).find((path) => path.includes('usage') && !path.endsWith('.reason.json'));
    writeFileSync(String(usage), '{"tier": "pro", "daily_count": 3}');
    expect((await again(String(three), { include: ['usage/**'] })).totals).toMatchObject({ records_loaded: 1 });
  });

  test('finds the conflict with a file that holds the key, until the record is another one', async () => {
    const rejects = join(scratch, 'rejects');
    const root = plant({
      'conversations/ann/one.json': conversation('same', ['first']),
      'conversations/ann/two.json': conversation('same', ['second']),
    });
    const first = await run(root, { rejects });
    expect(first.rejects).toEqual(['conversations/ann/two.json#1 conflicting-duplicate']);
    for (const onConflict of ['update', 'keep', 'fail'] as const) {
      const { exitCode, rejects: found } = await again(rejects, { onConflict });
      expect([exitCode, found]).toEqual([1, ['conversations/ann/two.json/00000001.json#1 conflicting-duplicate']]);
    }
    grow(rejects, { 'conversations/ann/two.json/00000001.json': conversation('other', ['second']) });
    expect(await again(rejects)).toMatchObject({ exitCode: 0, rejects: [] });
  });

  test('--on-conflict overwrite makes a corrected conflict count, and runs over the sources leave it so', async () => {
    const rejects = join(scratch, 'rejects');
    const root = plant(THREE_OF_ONE_KEY);
    await run(root, { rejects });
    const before = await digestOf(target.url);
    rmSync(join(rejects, 'conversations/ann/three.json'), { recursive: true });
    const overwrite = { onConflict: 'overwrite' } as const;
    expect(await again(rejects, { ...overwrite, dryRun: true })).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await again(rejects, { ...overwrite, runId: 'decided' })).toMatchObject({ exitCode: 0, rejects: [] });
    const content = async () => (await queryTarget(target.url, 'SELECT content FROM messages')).map(Object.values);
    expect(await content()).toEqual([['second']]);
    const [first, second] = ['conversations/ann/one.json', 'conversations/ann/two.json'];
    const conflict = `record 1 of ${first}, which has the same key and other content`;
    const decided = `${second} conflict-decided: record 1 counts, as a retry decided, not ${conflict}`;
    const others = [`${first}#1 conflicting-duplicate`, 'conversations/ann/three.json#1 conflicting-duplicate'];
    expect(await run(root, { reload: true, dryRun: true })).toMatchObject({ rejects: others, warnings: [decided] });
    expect(await run(root)).toMatchObject({ rejects: others.slice(1), warnings: [decided] });
    expect(await run(root)).toMatchObject({ rejects: others.slice(1), warnings: [] });
    expect(await run(root, { reload: true }), 'the file with the record that counts no more').toMatchObject({
      rejects: others,
      warnings: [decided],
    });
    expect(await content()).toEqual([['second']]);
    expect(await runCli(['verify', root, '--to', target.url])).toMatchObject({ code: 0 });
    expect(await runCli(['undo', 'decided', '--to', target.url, '--yes'])).toMatchObject({ code: 0 });
    expect(await digestOf(target.url)).toBe(before);
  });

  test('what it decided between two records of one file counts as well', async () => {
    const rejects = join(scratch, 'rejects');
    const [path, timestamp] = ['metrics/a.json', '2025-01-01T00:00:00Z'];
    const records = [1, 2, 3].map((cpu_usage) => ({ source: 'h', timestamp, cpu_usage }));
    const root = plant({ [path]: records });
    await run(root, { rejects });
    rmSync(join(rejects, path, '00000003.json'));
    rmSync(join(rejects, path, '00000003.reason.json'));
    expect(await again(rejects, { onConflict: 'overwrite' })).toMatchObject({ exitCode: 0, rejects: [] });
    const stored = async () => (await queryTarget(target.url, 'SELECT cpu_usage FROM metrics')).map(Object.values);
    expect(await stored()).toEqual([[2]]);
    const others = [`${path}#1 conflicting-duplicate`, `${path}#3 conflicting-duplicate`];
    for (const options of [
      { dryRun: true },
      {},
      {},
      { reload: true },
      { onConflict: 'overwrite', reload: true },
    ] as const)
      expect(await run(root, options), JSON.stringify(options)).toMatchObject({ exitCode: 1, rejects: others });
    expect(await stored()).toEqual([[2]]);
    // The record is gone: the first one counts again.
    grow(root, { [path]: records.slice(0, 1) });
    expect(await run(root)).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await stored()).toEqual([[1]]);
  });

  test('what it decided counts no more when the file of the record holds another one', async () => {
    const rejects = join(scratch, 'rejects');
    const root = plant(THREE_OF_ONE_KEY);
    await run(root, { rejects });
    rmSync(join(rejects, 'conversations/ann/three.json'), { recursive: true });
    await again(rejects, { onConflict: 'overwrite' });
    rmSync(join(root, 'conversations/ann/three.json'));
    grow(root, { 'conversations/ann/two.json': conversation('other', ['second']) });
    expect(await run(root, { reload: true })).toMatchObject({ exitCode: 0, rejects: [], warnings: [] });
    const stored = await queryTarget(target.url, 'SELECT conversation_id, content FROM messages ORDER BY content');
    expect(stored.map(Object.values)).toEqual([
      ['same', 'first'],
      ['other', 'second'],
    ]);
  });

  test('of two conflicting rejects --on-conflict overwrite takes the first', async () => {
    const rejects = join(scratch, 'rejects');
    const root = plant(THREE_OF_ONE_KEY);
    await run(root, { rejects });
    expect((await again(rejects, { onConflict: 'overwrite' })).rejects).toEqual([
      'conversations/ann/two.json/00000001.json#1 conflicting-duplicate',
    ]);
    expect((await queryTarget(target.url, 'SELECT content FROM messages')).map(Object.values)).toEqual([['third']]);
  });

  test('takes a compressed file and one of another encoding for what they are; a record is UTF-8', async () => {
    const rejects = join(scratch, 'rejects');
    const latin = (text: string) => Buffer.from(text, 'latin1');
    const root = plant({ 'metrics/a.json': measurements(1) });
    writeFileSync(join(root, 'metrics/latin.json'), latin('[{"timestamp": "gestern", "source": "Müller"}]'));
    writeFileSync(join(root, 'metrics/cut.json.gz'), gzipSync(at('2025-01-01T00:00:00Z')).subarray(0, 20));
    expect(await run(root, { rejects, encoding: 'windows-1252' })).toMatchObject({ exitCode: 1 });
    const record = join(rejects, 'metrics/latin.json/00000001.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace('gestern', '2025-01-03T00:00:00Z'));
    writeFileSync(join(rejects, 'metrics/cut.json.gz/file.json.gz'), gzipSync(`[${at('2025-01-01T00:00:00Z')}]`));
    const second = await again(rejects, { encoding: 'windows-1252' });
    expect(second).toMatchObject({ exitCode: 0, rejects: [], totals: { records_loaded: 2 } });
    const sources = await queryTarget(target.url, 'SELECT source FROM metrics ORDER BY source');
    expect(sources.map(({ source }) => source)).toEqual(['Müller', 'a', 'cut']);
  });

  test('knows the path of a file that no dataset could be found for, through one rejects directory after the other', async () => {
    const [one, two] = [join(scratch, 'one'), join(scratch, 'two')];
    expect(await run(plant({ 'dumps/host-9.json': '[' }), { rejects: one })).toMatchObject({ exitCode: 1 });
    expect(await again(one, { rejects: two })).toMatchObject({ exitCode: 1 });
    const [file = ''] = filesBelow(two).filter((path) => path.endsWith('/file.json'));
    writeFileSync(file, JSON.stringify(measurements(1)));
    expect(await again(two)).toMatchObject({ exitCode: 0, totals: { records_loaded: 1 } });
    expect(await queryTarget(target.url, 'SELECT source FROM metrics')).toEqual([{ source: 'host-9' }]);
  });

  test('a dry run forecasts it and writes nothing', async () => {
    const rejects = join(scratch, 'rejects');
    await run(plant({ 'usage/ann/usage.json': '{"tier": "gold"}' }), { rejects });
    grow(rejects, { 'usage/ann/usage.json/00000001.json': { tier: 'pro' } });
    const forecast = await again(rejects, { dryRun: true });
    expect(forecast.totals).toMatchObject({ records_loaded: 1 });
    expect((await again(rejects)).totals).toEqual(forecast.totals);
  });
});

test('a directory that --rejects has not written is a usage error; a file without its reason is told', async () => {
  const root = plant({ 'usage/ann/usage.json': '{"tier": "gold"}', 'good/settings.json': { theme: 'dark' } });
  expect(await runCli(['retry', root, '--to', `${root}.db`])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/not written by --rejects/),
  });
  const rejects = `${root}-rejects`;
  expect((await runCli(['run', root, '--to', `${root}.db`, '--rejects', rejects])).code).toBe(1);
  rmSync(join(rejects, 'usage/ann/usage.json/00000001.reason.json'));
  const result = await runCli(['retry', rejects, '--to', `${root}.db`, '--json']);
  const report = JSON.parse(result.stdout);
  expect([result.code, report.command, report.files[0].status, report.files[0].reason]).toEqual([
    1,
    'retry',
    'unrecognised',
    'no-reason',
  ]);
  rmSync(`${root}.db`);
  rmSync(rejects, { recursive: true });
});
