import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { counted } from '../../src/system/quantities.ts';
import { type CliResult, runCli } from '../setup/cli.ts';
import { queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

describe('what verify finds is told with its meaning and the way on', () => {
  const CONFIG = {
    'own.yaml': 'datasets:\n  a:\n    files: a.json\n    key: id\n    columns: { id: integer, n: text }\n',
  };

  test('rows that were changed or deleted, and rows that no source has', async () => {
    const cwd = plant({ ...CONFIG, 'd/a.json': [1, 2, 3].map((id) => ({ id, n: 'as it was' })) });
    const cli = (line: string): Promise<CliResult> => runCli(line.split(' '), { cwd });
    await cli('run ./d --to vet.db --config own.yaml');
    grow(cwd, { 'd/a.json': [1, 2].map((id) => ({ id, n: 'as it was' })) });
    await queryTarget(`sqlite:${cwd}/vet.db`, "UPDATE a SET n = 'other' WHERE id = 1");

    const different = await cli('verify ./d --to vet.db --config own.yaml');
    expect(different.code).toBe(5);
    expect(different.stdout).toContain('1 of 3 rows is as it should be');
    expect(different.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Next different, missing: rows were changed or deleted since they were loaded, or the sources were.',
    );
    const [rehearsal = '', accepted = ''] = suggestedBy(different);
    expect(rehearsal).toMatch(/^run \S+ --reload --on-conflict overwrite --dry-run --to vet\.db --config own\.yaml$/);
    expect(accepted).toBe('verify ./d --to vet.db --config own.yaml --allow-extra');

    expect((await cli(rehearsal)).stdout).toMatch(/^a +0 +1 +1 +0$/m);
    expect(await cli(rehearsal.replace(' --dry-run', ''))).toMatchObject({ code: 0 });
    expect(await cli(accepted)).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Next') });
  });
});

describe('a mistake is named before anything else is asked', () => {
  test('a run that is not there cannot be undone, and nobody is asked whether to', async () => {
    const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
    await runCli(['run', '--to', 'a.db'], { cwd });
    const { code, stderr } = await runCli(['undo', 'nobody', '--to', 'a.db'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('error: there is no run nobody in this database')]);
  });

  test('a directory of rejects that is not there is called one', async () => {
    const { code, stderr } = await runCli(['retry', './nowhere', '--to', 'a.db']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/nowhere does not exist\nhint: .*that --rejects wrote/)]);
  });

  test.each([
    ['export out --to a.db', '--from'],
    ['run --from a.db', '--to'],
    ['--from a.db', '--to'],
    ['restore copy --to out', '--into'],
    ['schema check --schema app', '--db-schema'],
    ['run --output r.html', '--report'],
  ])('%s: an option that is called otherwise there is named', async (line, option) => {
    const { code, stderr } = await runCli(line.split(' '));
    expect([code, stderr]).toEqual([2, expect.stringContaining(`hint:  Did you mean ${option}?`)]);
  });
});

describe.each([
  ['a number', '2'],
  ['a share', '1%'],
])('a run that --max-errors stopped by %s', (_what, limit) => {
  const GOOD = Array.from({ length: 1500 }, (_, id) => ({ id }));
  const BAD = Array.from({ length: 30 }, (_, id) => ({ id: `no ${id}` }));
  const CONFIG = {
    'migrate-json.config.yaml': 'datasets:\n  a:\n    files: "*.json"\n    key: id\n    columns: { id: integer }\n',
  };

  test('says so first, in every report and under Next, and its command goes through all files', async () => {
    const cwd = plant({
      ...CONFIG,
      'd/1.json': GOOD,
      'd/2.json': BAD,
      'd/3.json': [{ id: 5000 }],
      'd/4.json': [{ id: 5001 }],
    });
    const run = ['run', 'd', '--to', 'a.db', '--max-errors', limit, '--batch-bytes', '1', '--rejects', 'bad'];
    const { code, stdout } = await runCli([...run, '--report', 'r.json', '--report', 'r.md', '--report', 'r.html'], {
      cwd,
    });
    const said = /stopped by --max-errors: 2 files were not reached/;
    expect([code, stdout.replaceAll(/\s+/g, ' ')]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^PARTIAL ${said.source}`)),
    ]);
    expect(JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8'))).toMatchObject({ stopped_by: 'max-errors' });
    for (const name of ['r.md', 'r.html']) expect(readFileSync(join(cwd, name), 'utf8')).toMatch(said);

    const [all = '', retry = ''] = suggestedBy({ code, stdout, stderr: '' });
    expect(stdout).toContain('2 files were not reached');
    expect(all).toMatch(/^run d --to a\.db --batch-bytes 1 .*--rejects bad-2 --max-errors 100%$/);
    expect(retry).toBe('retry bad --to a.db');
    const further = await runCli(all.split(' '), { cwd });
    expect([further.code, further.stdout]).toEqual([1, expect.not.stringContaining('not reached')]);
  });
});

test('one of a thing is one', () => {
  expect([0, 1, 2, 1000].map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows', '1,000 rows']);
});

function suggestedBy({ stdout }: CliResult): string[] {
  return stdout.split('\n').flatMap((line) => /^ {4}migrate-json (.*)/.exec(line)?.[1] ?? []);
}
