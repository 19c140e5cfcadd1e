import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { plant } from '../setup/trees.ts';

const metric = { timestamp: '2025-01-01T00:00:00', source: 's', cpu_usage: 1 };

test.each([
  ['nothing', {}, 1],
  ['a file', { ignore: ['odd.json'] }, 1],
  ['a directory and a pattern', { ignore: ['junk/', 'odd*'] }, 0],
])('what ignore: in the config file names is explained: %s', async (_what, config, code) => {
  const root = plant({ 'metrics.json': [metric], 'odd.json': { what: 'is this' }, 'junk/deep/x.json': { a: 1 } });
  const cwd = plant({ 'migrate-json.config.json': config });
  const { stdout, stderr, ...ended } = await runCli(['run', root, '--to', 'sqlite:x.db', '--json'], { cwd });
  expect(ended.code, stderr).toBe(code);
  const { status, files } = JSON.parse(stdout);
  expect(status).toBe(code === 0 ? 'complete' : 'partial');
  const ignored = files.filter(({ skipped_by: by }: { skipped_by: string | null }) => by === 'ignore');
  expect(ignored.length).toBe(code === 0 ? 2 : Object.keys(config).length);
});

test('ignore: that is no list of patterns is wrong usage', async () => {
  const root = plant({ 'metrics.json': [metric] });
  const cwd = plant({});
  writeFileSync(join(cwd, 'migrate-json.config.json'), '{"ignore": [7]}');
  expect((await runCli(['run', root, '--to', 'sqlite:x.db'], { cwd })).code).toBe(2);
});
