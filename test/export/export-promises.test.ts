import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { processIdentity } from '../../src/files/process-identity.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { conversation } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { digestOf, type FreshTarget, freshTarget, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** The identity of a process that has ended. */
async function goneProcess(): Promise<string> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return processIdentity().replace(` ${process.pid} `, ` ${child.pid} `);
}

describe.each(PRODUCTS)('export from %s', (product) => {
  let target: FreshTarget;
  beforeEach(async () => {
    target = await freshTarget(product);
  });
  afterEach(() => target.drop());

  const write = (directory: string, dbSchema = 'public') =>
    exportDatabase({ registry: BUILT_IN, from: target.url, directory, dbSchema, allowPlaintext: true });

  test('users and ids may be called like the files of tools: what was written is read again', async () => {
    const users = ['node_modules', '.git', '.stversions', 'a/b', '..', 'backup', '__MACOSX', 'lost+found'];
    const ids = ['.hidden', '~$x', '#x#', 'x~', 'a.json.bak', 'plain'];
    const chats = users.flatMap((user_id, at) =>
      ids.map((id) => ({ ...conversation(`${id}${at}`, ['one']), user_id })),
    );
    const tree = {
      ...Object.fromEntries(
        chats.map((chat, at) => [`conversations/c${at}.json`, { ...chat, id: `${ids[at % 6]}${at}` }]),
      ),
      'usage.json': users.map((user_id) => ({ user_id, tier: 'pro', daily_count: 1 })),
    };
    expect((await load(plant(tree), target.url)).exitCode).toBe(0);
    for (const [at, user] of users.entries())
      await load(plant({ 'settings.json': { [`key${at}`]: at } }), target.url, { user });
    const directory = join(plant(), 'files');
    await write(directory);
    const other = await freshTarget(product);
    try {
      expect(await load(directory, other.url)).toMatchObject({ exitCode: 0, rejects: [] });
      expect(await digestOf(other.url)).toBe(await digestOf(target.url));
    } finally {
      await other.drop();
    }
  });

  test('names the columns that no dataset knows, as far as they hold something', async () => {
    await load(plant({ 'conversations/ann/a.json': conversation('a', ['one']) }), target.url);
    const columns = [
      'ALTER TABLE conversations ADD COLUMN pinned integer',
      'ALTER TABLE messages ADD COLUMN empty integer',
    ];
    await queryTarget(target.url, ...columns, 'UPDATE conversations SET pinned = 1');
    expect(await write(join(plant(), 'files'))).toMatchObject({ files: 1, left_out: ['conversations.pinned'] });
    const { code, stderr } = await runCli(['export', 'files', '--from', target.url, '--allow-plaintext'], {
      cwd: plant(),
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('have no room for it: conversations.pinned')]);
  });

  test('removes what an export left that was killed, and nothing of one that is at work', async () => {
    await load(plant({ 'conversations/ann/a.json': conversation('a', ['one']) }), target.url);
    const parent = plant();
    for (const [name, writer] of [
      ['.migrate-json-0000000000000001.tmp', await goneProcess()],
      ['.migrate-json-0000000000000002.tmp', processIdentity()],
    ] as const) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, '.migrate-json-export'), writer);
    }
    await write(join(parent, 'files'));
    expect(readdirSync(parent).sort()).toEqual(['.migrate-json-0000000000000002.tmp', 'files']);
    expect(filesBelow(join(parent, 'files')).filter((path) => path.includes('.migrate-json'))).toEqual([]);
  });

  test('says that a place holds none of its tables, and writes nothing', async () => {
    const directory = join(plant(), 'files');
    if (product === 'SQLite') await queryTarget(target.url, 'CREATE TABLE other (id integer)');
    else await queryTarget(target.url, 'CREATE SCHEMA elsewhere');
    const message = expect.stringContaining('none of the tables that can be exported');
    await expect(write(directory, 'elsewhere')).rejects.toMatchObject({ code: 'schema-drift', message });
    expect(existsSync(directory)).toBe(false);
  });
});
