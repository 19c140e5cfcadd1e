import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BIN, cleanEnvironment, runCli } from '../setup/cli.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { load } from '../setup/reports.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { grow } from '../setup/trees.ts';

/** A directory with a database, two runs in it, and this program under its name in `bin`. */
const cwd = mkdtempSync(join(tmpdir(), 'migrate-json-completion-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const env = { ...cleanEnvironment(cwd), PATH: `${cwd}/bin:${process.env['PATH']}` };

beforeAll(async () => {
  grow(join(cwd, 'data'), ALL_GOOD);
  const place = { args: ['--to', join(cwd, 'app.db')] };
  for (const id of ['first', 'second']) await load(join(cwd, 'data'), place, ['--run-id', id]);
  mkdirSync(join(cwd, 'bin'));
  writeFileSync(join(cwd, 'bin', 'migrate-json'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(join(cwd, 'bin', 'migrate-json'), 0o755);
  const scripts = ['bash', 'zsh', 'fish'].map(async (shell) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(join(cwd, `completion.${shell}`), stdout);
  });
  await Promise.all(scripts);
});

/** A line up to the key Tab, and what completes its last word. */
const CASES: [typed: string, completions: readonly string[]][] = [
  ['sc', ['scan', 'schema']],
  ['schema up', ['upgrade']],
  ['run data --dry', ['--dry-run']],
  ['schema upgrade --con', ['--config']],
  ['run --only conv', ['conversations']],
  ['validate --layout f', ['flat']],
  ['runs --to app.db ', ['first', 'second']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['scan da', ['data']],
];

const BASH = `
source completion.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_migrate_json
printf '%s\\n' "\${COMPREPLY[@]}"
`;

test.each(CASES)('bash completes "migrate-json %s"', (typed, completions) => {
  const words = ['-c', BASH, 'bash', 'migrate-json', ...typed.split(' ')];
  const { stdout, stderr } = spawnSync('bash', words, { cwd, env, encoding: 'utf8' });
  expect([stdout.split('\n').filter(Boolean).sort(), stderr]).toEqual([completions, '']);
});

test('without a database there is nothing to complete, and nothing is said', async () => {
  expect(await runCli(['__complete', 'runs', '--to', 'nowhere.db'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('bash finds the target although it breaks words at colons and equal signs', () => {
  const typed = ['migrate-json', 'runs', '--to', '=', 'sqlite', ':', 'app.db', ''];
  const { stdout } = spawnSync('bash', ['-c', BASH, 'bash', ...typed], { cwd, env, encoding: 'utf8' });
  expect(stdout.split('\n').filter(Boolean)).toEqual(['second', 'first']);
});

test('in a list that has commas the last name is completed', () => {
  const typed = ['migrate-json', 'run', '--only', 'usage,conv'];
  const { stdout } = spawnSync('bash', ['-c', BASH, 'bash', ...typed], { cwd, env, encoding: 'utf8' });
  expect(stdout).toBe('usage,conversations\n');
});

describe.skipIf(spawnSync('fish', ['--version']).error !== undefined)('fish, where it is installed', () => {
  test.each(CASES)('completes "migrate-json %s"', (typed, completions) => {
    const script = `source completion.fish; complete -C 'migrate-json ${typed}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], { cwd, env, encoding: 'utf8' });
    const words = stdout.split('\n').flatMap((line) => line.split('\t')[0]?.replace(/\/$/, '') || []);
    expect([words.sort(), stderr]).toEqual([completions, '']);
  });
});

const HAS_ZSH = spawnSync('zsh', ['--version']).error === undefined;

test.skipIf(!HAS_ZSH || !HAS_TERMINAL)('zsh, where it is installed, completes on a terminal', async () => {
  const setUp = "PS1='ready> '; autoload -U compinit; compinit -D; source ./completion.zsh";
  const session = new TerminalSession('zsh -f', cwd, env);
  onTestFinished(() => session.close());
  session.press(setUp, 'Enter');
  await session.until(/^ready>/m);
  for (const [typed, completed] of [
    ['run --only conv', 'run --only conversations'],
    ['schema upg', 'schema upgrade'],
    ['runs --to app.db f', 'runs --to app.db first'],
  ] as const) {
    session.press(`migrate-json ${typed}`, 'Tab');
    expect(await session.until(new RegExp(`^ready> migrate-json ${completed}`, 'm'))).toContain(completed);
    session.press('C-c');
    // What is typed before the new prompt is there is lost.
    await session.until(/^ready>$/m);
  }
});
