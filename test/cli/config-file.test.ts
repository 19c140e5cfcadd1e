import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliResult, runCli } from '../setup/cli.ts';
import { plant, type Tree } from '../setup/trees.ts';

const DATA: Tree = { 'data/settings.json': { theme: 'dark' } };
const NAME = 'migrate-json.config.json';

const validate = (cwd: string, ...more: string[]): Promise<CliResult> => runCli(['validate', ...more], { cwd });

describe('a config file that was found, not named', () => {
  test.each([
    ['validate', /^config: migrate-json\.config\.json$/m],
    ['scan', /^config: migrate-json\.config\.json$/m],
    ['run', /^target: sqlite:migrate-json\.db .*\nconfig: migrate-json\.config\.json$/m],
  ])('is said by %s, but not to those who want it quiet or have named it', async (command, said) => {
    const cwd = plant({ ...DATA, [NAME]: { naiveTime: 'UTC' } });
    expect((await runCli([command], { cwd })).stderr).toMatch(said);
    expect((await runCli([command, '--quiet'], { cwd })).stderr).toBe('');
    expect((await runCli([command, '--config', NAME], { cwd })).stderr).not.toContain('config:');
  });

  test('is refused if everybody may write to it; named, it is read', async () => {
    const cwd = plant({ ...DATA, [NAME]: {} });
    chmodSync(join(cwd, NAME), 0o666);
    const { code, stderr } = await validate(cwd);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/written by everybody\nhint:.*--config/)]);
    expect((await validate(cwd, '--config', NAME)).code).toBe(0);
  });

  test.runIf(process.geteuid?.() === 0)('is refused if it, or a link to it, belongs to another user', async () => {
    const cwd = plant({ ...DATA, [NAME]: {} });
    chownSync(join(cwd, NAME), 65_534, 65_534);
    expect(await validate(cwd)).toMatchObject({ code: 2, stderr: expect.stringMatching(/belongs to another user/) });
    expect((await validate(cwd, '--config', NAME)).code).toBe(0);
    const other = plant(DATA);
    symlinkSync(join(cwd, NAME), join(other, NAME));
    expect(await validate(other)).toMatchObject({ code: 2, stderr: expect.stringMatching(/belongs to another user/) });
  });

  test('does not hang if it is a pipe', async () => {
    const cwd = plant(DATA);
    execFileSync('mkfifo', [join(cwd, NAME)]);
    expect(await validate(cwd)).toMatchObject({ code: 2, stderr: expect.stringMatching(/not a regular file/) });
  });

  test('is one: two in a directory are an error that names both', async () => {
    const cwd = plant({ ...DATA, [NAME]: {}, 'migrate-json.config.yaml': 'strict: true\n' });
    const { code, stderr } = await validate(cwd);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/2 config files: .*\.json, .*\.yaml\nhint:.*--config/)]);
    expect((await validate(cwd, '--config', NAME)).code).toBe(0);
  });
});

test.each([
  ['json', '{"constructor": 1}', /constructor in .* is not an option/],
  ['json', '{"__proto__": {"strict": true}}', /__proto__ in .* is not an option/],
  ['yaml', 'constructor: 1\n', /constructor in .* is not an option/],
  ['yaml', '__proto__:\n  strict: true\n', /__proto__ in .* is not an option/],
  ['json', '{"strict": true, "strict": false}', /config\.json:1:18 {2}strict: the key is there twice/],
  ['yaml', 'strict: true\nstrict: false\n', /config\.yaml:2:1 {2}strict: the key is there twice/],
])('a config file of %s with %s is refused', async (ending, content, message) => {
  const cwd = plant({ ...DATA, [`migrate-json.config.${ending}`]: content });
  expect(await validate(cwd)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
