import { describe, expect, onTestFinished, test } from 'vitest';
import { type CliResult, runCli } from '../setup/cli.ts';
import { ALL_GOOD, conversation, WITH_FAULTS } from '../setup/legacy.ts';
import { freshTarget, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const USAGE = 2;

/** The words of a command as a POSIX shell takes them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, bare]) => inQuotes ?? bare ?? '');
}

function suggestedBy({ stdout }: CliResult): string[] {
  return stdout.split('\n').flatMap((line) => /^ {4}migrate-json (.*)/.exec(line)?.[1] ?? []);
}

describe.each(PRODUCTS)('every command that is suggested works as it stands, on %s', (product) => {
  test.each([
    ['a dry run', ['run', 'data', '--dry-run'], 2],
    ['a dry run that wrote rejects', ['run', 'data', '--dry-run', '--rejects', 'bad'], 2],
    ['a dry run that wrote rejects and a report', ['run', 'data', '-n', '--rejects=bad', '--report', 'r.html'], 1],
    ['a dry run without rejects', ['run', 'good', '--dry-run', '--rejects', 'bad'], 1],
    ['a validation', ['validate', 'data', '--rejects', 'bad'], 2],
    ['a load', ['run', 'data'], 1],
    ['a load with a backup', ['run', 'data', '--backup', '--backup-dir', 'copies', '--report', 'r.json'], 1],
    ['a load with an archive', ['run', 'data', '--archive', '--archive-dir', 'moved'], 1],
    ['a load with rejects', ['run', 'data', '--rejects', 'bad', '--run-id', 'night'], 1],
    ['a load of everything', ['run', 'good', '--naive-time', 'Europe/Warsaw'], 1],
    ['what stopped in the middle', ['run', 'data', '--max-errors', '2', '--batch-bytes', '1'], 1],
    ['a load of what nobody knows', ['run', 'strange', '--rejects', 'bad'], 2],
    ['a load of files that were not read', ['run', 'unread'], 1],
  ])('after %s', async (_what, args, commands) => {
    const { url, drop } = await freshTarget(product);
    onTestFinished(drop);
    const [good, strange] = [ALL_GOOD, { 'a.json': { what: 'is this' } }];
    const cwd = plant({
      ...inDirectory('data', WITH_FAULTS),
      ...inDirectory('good', good),
      ...inDirectory('strange', strange),
      ...inDirectory('unread', { ...strange, 'conversations/a.json': conversation('a', []) }),
      // As an earlier run left it.
      'rejects/of-an-earlier-run.json': {},
    });
    const env = { DATABASE_URL: url };
    const first = await runCli(args, { cwd, env });
    expect(first.code, first.stderr).not.toBe(USAGE);
    const suggested = suggestedBy(first);
    expect(suggested, first.stdout).toHaveLength(commands);
    // Of several commands each is one way to go on: the last one is followed further.
    let further: readonly string[] = [];
    for (const command of suggested) further = await expectWorks(command);
    for (const command of further) await expectWorks(command);

    async function expectWorks(command: string): Promise<readonly string[]> {
      const next = await runCli(wordsOf(command), { cwd, env });
      // 3: the limit of --max-errors is still that.
      expect([0, 1, 3], `${command}: ${next.stdout}${next.stderr}`).toContain(next.code);
      return suggestedBy(next);
    }
  });
});

test('what is suggested after a validation of the working directory does not make a database in it', async () => {
  const cwd = plant(ALL_GOOD);
  const [command = ''] = suggestedBy(await runCli(['validate', '.'], { cwd }));
  expect(command).toMatch(/^run \. --to .*migrate-json\.db --dry-run$/);
  expect(await runCli(wordsOf(command), { cwd })).toMatchObject({ code: 0 });
});

function inDirectory(name: string, tree: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tree).map(([path, content]) => [`${name}/${path}`, content]));
}
