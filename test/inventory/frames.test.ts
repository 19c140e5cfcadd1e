import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { measurements } from '../setup/legacy.ts';
import { freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** One list in three frames, whose borders cut records; the value of a record in the last frame is wrong. */
function inFrames(root: string): void {
  const records = measurements(60, { source: 'web' }).map((record, index) =>
    index === 55 ? { ...record, cpu_usage: 'hot' } : record,
  );
  const text = Buffer.from(JSON.stringify(records));
  const third = Math.ceil(text.length / 3);
  const frames = [0, 1, 2].map((part) => zstdCompressSync(text.subarray(part * third, (part + 1) * third)));
  mkdirSync(join(root, 'metrics'));
  writeFileSync(join(root, 'metrics', 'm.json.zst'), Buffer.concat(frames));
}

describe.each(PRODUCTS)('a file of several zstd frames in %s', (product) => {
  test('is verified from its backup, and its rejected record can be corrected', async () => {
    const target = await freshTarget(product);
    onTestFinished(() => target.drop());
    const root = plant();
    const cwd = plant();
    inFrames(root);
    const args = [
      '--rejects',
      'rejects',
      '--backup',
      '--backup-dir',
      'backup',
      '--archive',
      '--archive-dir',
      'archive',
    ];
    const run = await runCli(['run', root, '--to', target.url, '--json', ...args], { cwd });
    expect([run.code, JSON.parse(run.stdout).totals]).toMatchObject([1, { records_read: 60, records_loaded: 59 }]);
    expect(readdirSync(join(root, 'metrics'))).toEqual(['m.json.zst']);

    const verified = await runCli(['verify', root, '--sources', 'backup', '--to', target.url, '--json'], { cwd });
    expect(JSON.parse(verified.stdout).totals).toMatchObject({ equal: 59, different: 0, missing: 0, extra: 0 });
    await queryTarget(target.url, 'UPDATE metrics SET cpu_usage = 99 WHERE id = (SELECT max(id) FROM metrics)');
    const changed = await runCli(['verify', root, '--sources', 'backup', '--to', target.url, '--json'], { cwd });
    expect([changed.code, JSON.parse(changed.stdout).totals.different]).toEqual([5, 1]);

    const rejected = readdirSync(join(cwd, 'rejects'), { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === '00000056.json',
    );
    const path = join(rejected?.parentPath ?? '', '00000056.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"hot"', '7.25'));
    const retried = await runCli(['retry', 'rejects', '--to', target.url, '--json'], { cwd });
    expect([retried.code, JSON.parse(retried.stdout).tables.metrics.inserted]).toEqual([0, 1]);
    expect(await queryTarget(target.url, 'SELECT cpu_usage FROM metrics WHERE cpu_usage = 7.25')).toEqual([
      { cpu_usage: 7.25 },
    ]);
  });
});
