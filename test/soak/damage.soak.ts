import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { restoreFiles } from '../../src/copies/restore.ts';
import { createSnapshot, restoreSnapshot } from '../../src/copies/snapshot.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { damageOneFile } from '../setup/damage.ts';
import { freshSqlite } from '../setup/databases.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { installedPrograms, type OwnServer, startServer } from '../setup/postgres.ts';
import { digestOf } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

/** Bit flips and cut ends of each kind of copy. */
const TIMES = 200;

/** Damages a copy again and again; `restore` must find each out, and `untouched` tell that it changed nothing. */
async function expectFound(
  copy: string,
  restore: () => Promise<unknown>,
  untouched: () => Promise<void> | void,
): Promise<void> {
  const start = Math.floor(Math.random() * 2 ** 30);
  for (let seed = start; seed < start + TIMES; seed++) {
    const damage = damageOneFile(copy, seed);
    await expect(restore(), damage.description).rejects.toMatchObject({ code: 'copy-damaged', exitCode: 5 });
    damage.undo();
  }
  await untouched();
  await restore();
}

describe(`${TIMES} bit flips and cut ends are found before anything is written, in`, () => {
  async function expectFilesFound(options: GivenOptions, identity?: string): Promise<void> {
    const copy = join(plant(), 'copy');
    const { url, drop } = freshSqlite();
    onTestFinished(drop);
    const directory = 'archive' in options ? 'archiveDir' : 'backupDir';
    await load(plant(ALL_GOOD), url, { ...options, [directory]: copy });
    const into = join(plant(), 'into');
    const untouched = (): void => expect(existsSync(into)).toBe(false);
    await expectFound(copy, () => restoreFiles({ directory: copy, into, identity, yes: false }), untouched);
  }

  test('a backup', () => expectFilesFound({ backup: true }));

  test('an archive', () => expectFilesFound({ archive: true }));

  test('an encrypted backup', async () => {
    const key = await generateIdentity();
    const identity = join(plant(), 'key.txt');
    writeFileSync(identity, key);
    await expectFilesFound({ backup: true, encryptTo: [await identityToRecipient(key)] }, identity);
  });

  async function expectSnapshotFound(url: string, pgBin?: string): Promise<void> {
    await load(plant(ALL_GOOD), url);
    const options = { environment: { PATH: process.env['PATH'] } };
    const settings = {
      registry: BUILT_IN,
      to: url,
      dbSchema: 'public',
      allowPlaintext: true,
      snapshotDir: plant(),
      pgBin,
    };
    const { name, directory } = await createSnapshot(settings, options);
    const root = plant({ 'conversations/ann/more.json': { id: 'more', messages: [] } });
    await load(root, url);
    const before = await digestOf(url);
    const untouched = async (): Promise<void> => expect(await digestOf(url)).toBe(before);
    await expectFound(directory, () => restoreSnapshot({ ...settings, name, yes: true }, options), untouched);
    expect(await digestOf(url)).not.toBe(before);
  }

  test('a snapshot of SQLite', async () => {
    const { url, drop } = freshSqlite();
    onTestFinished(drop);
    await expectSnapshotFound(url);
  });

  describe('a snapshot of PostgreSQL', () => {
    const programs = installedPrograms();
    let server: OwnServer | undefined;
    beforeAll(async () => {
      if (programs !== undefined) server = await startServer([], programs);
    });
    afterAll(() => server?.remove());

    test('in the custom format of pg_dump', async ({ skip }) => {
      if (server === undefined) return skip('pg_dump, psql and a server of their version are not installed');
      await expectSnapshotFound(server.url, programs);
    });
  });
});
