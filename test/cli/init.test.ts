import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { plant, type Tree } from '../setup/trees.ts';

const CONFIG = 'migrate-json.config.yaml';

const DATA: Tree = {
  'data/users.json': [
    { id: 1, name: 'Secret Name', email: 'ann@example.com' },
    { id: 2, name: 'Other', email: 'bob@example.com' },
  ],
  'data/posts.json': { p10: { title: 'Hello', user_id: 1 }, p11: { title: 'World', user_id: 2 } },
};

test('init writes a config file by which run loads everything', async () => {
  const cwd = plant(DATA);
  const { code, stdout } = await runCli(['init'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^users +2 +3 +0 +users.json$/m);
  expect(stdout).toContain(`The proposal: ${join(cwd, CONFIG)}`);
  expect(stdout).toContain('migrate-json run ./data --dry-run');
  const text = readFileSync(join(cwd, CONFIG), 'utf8');
  for (const value of ['Secret', 'Hello', 'example.com']) expect(text).not.toContain(value);
  const run = await runCli(['run', '--to', 'app.db'], { cwd });
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('4 records in the database, 0 rejected')]);
  expect((await runCli(['verify', '--to', 'app.db'], { cwd })).code).toBe(0);
});

test('init never writes over a config file: it prints the proposal', async () => {
  const cwd = plant({ ...DATA, [CONFIG]: 'workers: 1\n' });
  const { code, stdout, stderr } = await runCli(['init'], { cwd });
  expect([code, stdout, stderr]).toEqual([
    0,
    expect.stringMatching(/^# Proposed.*^datasets:/ms),
    expect.stringContaining(`${CONFIG} is there already`),
  ]);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toBe('workers: 1\n');
  const json = plant({ ...DATA, 'migrate-json.config.json': {} });
  expect((await runCli(['init'], { cwd: json })).stdout).toMatch(/^datasets:/m);
  expect(existsSync(join(json, CONFIG))).toBe(false);
});

test('init --print writes nothing, and prints the same again', async () => {
  const cwd = plant(DATA);
  const first = await runCli(['init', '--print'], { cwd });
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(existsSync(join(cwd, CONFIG))).toBe(false);
  expect((await runCli(['init', '--print'], { cwd })).stdout).toBe(first.stdout);
  await runCli(['init', '--config', 'other.yaml'], { cwd });
  expect(readFileSync(join(cwd, 'other.yaml'), 'utf8')).toBe(first.stdout);
});

test('init writes down how it read the files: run does the same', async () => {
  const cwd = plant({ ...DATA, 'data/tmp/other.json': [{ id: 'x' }] });
  writeFileSync(
    join(cwd, 'data/old.json'),
    Buffer.from('[{"id":1,"name":"M\u00fcller"},{"id":2,"name":"Gr\u00fcn"}]', 'latin1'),
  );
  const { code } = await runCli(['init', '--encoding', 'windows-1252', '--ignore', 'tmp', '--ignore', '*.txt'], {
    cwd,
  });
  expect(code).toBe(0);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toMatch(
    /^encoding: windows-1252\nignore: \[tmp, "\*\.txt"\]\ndatasets:$/m,
  );
  const run = await runCli(['run', '--to', 'app.db'], { cwd });
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('6 records in the database, 0 rejected')]);
});

test('init names files that it cannot read, and ends with 1', async () => {
  const cwd = plant({ ...DATA, 'data/bad.json': '{"a":', 'data/old.json5': '{}' });
  const { code, stdout } = await runCli(['init'], { cwd });
  expect([code, stdout]).toEqual([1, expect.stringMatching(/Not declared\n {2}bad\.json: .*\n {2}old\.json5: /)]);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toMatch(/# {3}bad\.json: /);
});

test('init --json prints one document', async () => {
  const cwd = plant(DATA);
  const printed = JSON.parse((await runCli(['init', '--json', '--print'], { cwd })).stdout);
  expect(printed).toEqual({
    proposal: expect.stringMatching(/^datasets:/m),
    files: 2,
    datasets: [
      { name: 'posts', records: 2, columns: 3, children: 0, files: 1 },
      { name: 'users', records: 2, columns: 3, children: 0, files: 1 },
    ],
    not_declared: [],
  });
  const { config } = JSON.parse((await runCli(['init', '--json'], { cwd })).stdout);
  expect(readFileSync(config, 'utf8')).toBe(printed.proposal);
});

test('init writes YAML only, and nothing where everybody may write, or of nothing', async () => {
  const cwd = plant(DATA);
  const json = await runCli(['init', '--config', 'x.json'], { cwd });
  expect([json.code, json.stderr]).toEqual([2, expect.stringContaining('ends in .yaml')]);
  chmodSync(cwd, 0o777);
  const open = await runCli(['init'], { cwd });
  expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('everybody may write into')]);
  const empty = await runCli(['init', '.'], { cwd: plant({ 'notes.txt': 'x' }) });
  expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('no JSON file')]);
  const missing = await runCli(['init', './nowhere'], { cwd: plant() });
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('does not exist')]);
});
