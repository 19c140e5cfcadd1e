import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { plant } from '../setup/trees.ts';

const URL = 'postgres://u:s3cret/p@ss@h.example/db';

test.each([
  ['run', URL],
  ['run', '.', URL],
  [URL],
  ['scan', URL],
  ['validate', URL],
  ['verify', URL],
  ['retry', URL],
  ['undo', URL],
  ['runs', URL],
  ['report', URL],
  ['export', URL],
  ['doctor', URL],
  ['restore', URL],
  ['snapshot', 'restore', URL],
  ['schema', 'check', URL],
  ['run', '.', `--too=${URL}`],
  ['run', '.', '--config', URL],
  ['run', '.', '--backup', '--backup-dir', URL],
  ['run', '.', '--rejects', URL],
  ['run', '.', '--report', `${URL}.json`],
  ['run', '.', '--only', URL],
  ['run', 'host=h password=s3cret/p@ss'],
])('a URL where none belongs is refused without its password: %s %s %s', async (...args) => {
  const cwd = plant();
  const { code, stdout, stderr } = await runCli([...args, '--debug'], { cwd });
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(/^error: /m);
  expect(stdout + stderr).not.toContain('s3cret');
  expect(readdirSync(cwd)).toEqual([]);
});
