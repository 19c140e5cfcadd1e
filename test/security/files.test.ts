import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshPostgres } from '../setup/databases.ts';
import { ALL_GOOD, WITH_FAULTS } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { startCli } from '../setup/running-cli.ts';
import { plant } from '../setup/trees.ts';

test.each(['000', '077'])('everything that is written is private, whatever the umask (%s)', async (umask) => {
  const root = plant(WITH_FAULTS);
  const cwd = plant();
  const through = ['bash', '-c', `umask ${umask}; exec "$0" "$@"`];
  const outputs = ['--backup', '--archive', '--rejects', 'out/rejects', '--report', 'out/reports/r.json'];
  const run = startCli(['run', root, '--to', 'new/x.db', ...outputs], { cwd, through });
  expect((await run.ended).code).toBe(1);
  const exported = startCli(['export', 'exported', '--from', 'new/x.db'], { cwd, through });
  expect((await exported.ended).code).toBe(0);
  const entries = readdirSync(cwd, { recursive: true, withFileTypes: true });
  const open = entries
    // What is moved to the archive stays as it was, in directories that nobody else may enter.
    .filter((entry) => entry.isDirectory() || !entry.parentPath.includes('migrate-json-archive'))
    .map((entry) => ({ entry, mode: statSync(join(entry.parentPath, entry.name)).mode & 0o777 }))
    .filter(({ entry, mode }) => mode !== (entry.isDirectory() ? 0o700 : 0o600))
    .map(({ entry, mode }) => `${entry.parentPath}/${entry.name} ${mode.toString(8)}`);
  expect(open).toEqual([]);
  expect(entries.length).toBeGreaterThan(50);
});

test('names that a terminal would obey are escaped by every command that prints them', async () => {
  const evil = '\u001b]0;title\u0007\u202e';
  const root = plant({ ...ALL_GOOD, [`conversations/${evil}/${evil}.json`]: '{' });
  symlinkSync('/etc/passwd', join(root, evil));
  for (const command of [
    ['scan', root],
    ['validate', root, '--verbose'],
    ['doctor', root],
    ['run', root, '--verbose', '--run-id', 'r'],
    ['runs', 'r'],
  ]) {
    const target = ['doctor', 'run', 'runs'].includes(command[0] ?? '') ? ['--to', `${root}.db`] : [];
    const { stdout, stderr } = await runCli([...command, ...target]);
    for (const control of evil) {
      if (control < ' ' || control > '~') expect((stdout + stderr).includes(control), command[0]).toBe(false);
    }
    expect(stdout + stderr).not.toContain('root:x:0');
  }
});

describe('--db-schema', () => {
  test('takes any name that PostgreSQL takes', async () => {
    const target = await freshPostgres();
    const root = plant(ALL_GOOD);
    const names = [
      `it's "quoted"; DROP SCHEMA public; --`,
      'schöne Grüße 🙂',
      'x'.repeat(63),
      'Select',
      '$1',
      '%s',
      '.',
    ];
    for (const dbSchema of names) {
      const options = { dbSchema };
      expect(await load(root, target.url, { ...options, dryRun: true }), dbSchema).toMatchObject({ exitCode: 0 });
      expect(await load(root, target.url, options), dbSchema).toMatchObject({ exitCode: 0, error: undefined });
      const again = await load(root, target.url, { ...options, reload: true });
      expect(again, dbSchema).toMatchObject({ exitCode: 0, tables: { conversations: { inserted: 0 } } });
    }
    await expect(load(root, target.url, { dbSchema: 'pg_mine' })).resolves.toMatchObject({ exitCode: 5 });
    await target.drop();
  });

  test.each(['', 'é'.repeat(32)])('%j is a usage error', async (name) => {
    expect(await runCli(['run', '.', '--db-schema', name, '--to', 'postgres://me@localhost/x'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--db-schema/),
    });
  });
});
