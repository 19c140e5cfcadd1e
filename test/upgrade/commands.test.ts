import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshSqlite } from '../setup/databases.ts';
import { bothStores } from '../setup/places.ts';
import { plant } from '../setup/trees.ts';
import { oldDatabase } from './old-database.ts';

const stores = bothStores();
/** The URLs of the tests hold a password. */
const PASSWORD_WARNING = /^warning: everyone .*\n/;
const KEYS = ['key-of-ann-1', 'hand-key-1', 'hand-key-2'];

describe.each(stores)('$product', (store) => {
  test('status, check, upgrade, rollback and cleanup tell what they did, in exit codes, text and JSON, and no key', async () => {
    const old = await oldDatabase(store, 'of-the-application');
    const outputs: string[] = [];
    const run = async (...words: string[]) => {
      const isUpgrade = words[0] === 'upgrade' && store.product === 'PostgreSQL';
      // Client programs as new as the server of the tests are rare: see test/copies/snapshot.test.ts.
      const result = await runCli(['schema', ...words, ...(isUpgrade ? ['--no-snapshot'] : []), ...old.place.args]);
      outputs.push(result.stdout, result.stderr);
      return { ...result, stderr: result.stderr.replace(PASSWORD_WARNING, '') };
    };
    const refused = await run('check');
    expect([refused.code, refused.stdout]).toEqual([
      5,
      expect.stringMatching(/predictions\.event_id .*schema upgrade/),
    ]);
    const asked = await run('upgrade');
    expect([asked.code, asked.stdout, asked.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(
        /^error: this changes tables on which an application may rely: predictions \(.*\nhint: .*--yes/,
      ),
    ]);
    const upgraded = await run('upgrade', '--yes');
    expect([upgraded.code, upgraded.stderr]).toEqual([0, '']);
    expect(upgraded.stdout).toMatch(
      /changed predictions\n {2}predictions: drops api_key; adds [\s\S]*predictions__before_v1 +4[\s\S]*plain API keys/,
    );
    const check = await run('check', '--json');
    expect([check.code, JSON.parse(check.stdout)]).toEqual([
      0,
      expect.objectContaining({ ok: true, schema_version: 1 }),
    ]);
    const status = await run('status', '--json');
    expect(JSON.parse(status.stdout).copies).toContainEqual({
      copy: 'predictions__before_v1',
      table: 'predictions',
      rows: 4,
    });
    expect((await run('status')).stdout).toMatch(
      /schema version: 1 [\s\S]*events +ready[\s\S]*predictions__before_v1 +4/,
    );
    expect(await run('upgrade')).toMatchObject({ code: 0, stdout: 'every table is there already\n' });
    const unconfirmed = await run('rollback');
    expect([unconfirmed.code, unconfirmed.stdout]).toEqual([2, '']);
    expect(unconfirmed.stderr).toMatch(/^error: \d+ tables become what they were .*predictions.*\nhint: .*--yes/);
    const back = await run('rollback', '--yes');
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect((await run('rollback')).code).toBe(5);
    expect((await run('upgrade', '--dry-run')).stdout).toMatch(/would have changed predictions/);
    expect((await run('upgrade', '--yes')).code).toBe(0);
    expect((await run('cleanup')).stdout).toMatch(/dropped .*predictions__before_v1/);
    for (const key of KEYS) expect(outputs.join('')).not.toContain(key);
  });
});

test('an upgrade copies the database before it changes a table, and not without need', async () => {
  const store = stores[1];
  const old = await oldDatabase(store, 'by-hand');
  const before = await old.dump();
  const cwd = plant();
  const upgrade = (...words: string[]) => runCli(['schema', 'upgrade', '--json', ...words, ...old.place.args], { cwd });
  expect(JSON.parse((await upgrade('--dry-run')).stdout).snapshot).toBeNull();
  const { snapshot } = JSON.parse((await upgrade('--yes')).stdout);
  expect(readdirSync(join(cwd, 'migrate-json-snapshots'))).toEqual([basename(snapshot)]);
  expect(JSON.parse((await upgrade()).stdout).snapshot).toBeNull();
  const back = ['snapshot', 'restore', basename(snapshot), '--yes', ...old.place.args];
  expect((await runCli(back, { cwd })).code).toBe(0);
  expect(await old.dump()).toEqual(before);
});

test('neither a dry run nor a rollback creates a database', async () => {
  const { url, path, drop } = freshSqlite();
  const planned = await runCli(['schema', 'upgrade', '--dry-run', '--to', url]);
  expect([planned.code, planned.stdout]).toEqual([0, expect.stringMatching(/would have created users, /)]);
  expect((await runCli(['schema', 'rollback', '--to', url])).code).toBe(4);
  expect((await runCli(['schema', 'status', '--to', url])).code).toBe(4);
  expect(existsSync(path)).toBe(false);
  drop();
});
