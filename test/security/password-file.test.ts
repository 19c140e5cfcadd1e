import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshPostgres } from '../setup/databases.ts';
import { plant } from '../setup/trees.ts';

test('the password comes from ~/.pgpass without a word of the driver, unless others may read that file', async () => {
  const database = await freshPostgres();
  onTestFinished(() => database.drop());
  const url = new URL(database.url);
  const line = `127.0.0.1:${url.port}:*:${url.username}:${decodeURIComponent(url.password)}`;
  const HOME = plant({ '.pgpass': `# passwords\nother:*:*:*:wrong\n${line}\n` });
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  url.password = '';
  const run = () => runCli(['run', '--to', url.href], { cwd, env: { HOME } });
  chmodSync(join(HOME, '.pgpass'), 0o600);
  const { code, stderr } = await run();
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/deprecat/i);
  chmodSync(join(HOME, '.pgpass'), 0o644);
  expect((await run()).code).toBe(5);
});
