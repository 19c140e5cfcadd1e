import { chmod, mkdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { BackupWriter } from '../../src/files/backup.ts';
import { backupWarnings } from '../../src/files/backup-warnings.ts';
import { isOwnDirectory } from '../../src/files/output-directory.ts';
import { readJournal } from '../../src/files/read-manifest.ts';
import {
  collect,
  filesBelow,
  HOSTILE_NAMES,
  IN_MEMORY,
  modeOf,
  sha256,
  temporaryDirectory,
  wholeManifest,
  writeTree,
} from './temporary-directory.ts';

const head = { runId: 'r1', toolVersion: '0.1.0', root: '/data' };
const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

test('a backup holds every file with its time, and a manifest that says what they were', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'new/backup')];
  const names = [...HOSTILE_NAMES, ...HOSTILE_NAMES.map((name) => `directory\n/${name}/${name}`)].map(
    (name) => `in/${name}`,
  );
  await writeTree(root, Object.fromEntries(names.map((name, index) => [name, `text ${index}`])));
  await chmod(join(root, 'in/-rf'), 0o4640);
  await utimes(join(root, 'in/-rf'), 1000.25, 1000.25);
  process.umask(0o077 + 0o200);
  const backup = await BackupWriter.begin(out, head);
  for (const [index, name] of names.entries()) {
    expect(await backup.add(name, join(root, name))).toEqual({
      sha256: sha256(`text ${index}`),
      bytes: `text ${index}`.length,
    });
  }
  await backup.finish();
  const manifest = await wholeManifest(out);
  if ('refused' in manifest) return expect.fail(manifest.message);
  expect(manifest).toMatchObject({ kind: 'backup', run_id: 'r1', root: '/data' });
  expect(manifest.files.map((file) => file.path)).toEqual(names);
  expect(manifest.files.find((file) => file.path === 'in/-rf')).toMatchObject({
    mode: '4640',
    mtime: '1970-01-01T00:16:40.250000000Z',
  });
  expect(await filesBelow(out)).toEqual(['migrate-json-manifest.json', ...names].sort());
  expect((await stat(join(out, 'in/-rf'))).mtimeMs).toBe(1000250);
  const modes = await Promise.all(
    [out, join(out, 'in'), join(out, 'in/-rf'), join(out, 'migrate-json-manifest.json')].map(modeOf),
  );
  expect(modes).toEqual(['700', '700', '600', '600']);
});

test('a backup of a killed run has a journal, no manifest, and is known as own output', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'backup')];
  await writeTree(root, { a: '1', b: '2' });
  const backup = await BackupWriter.begin(out, head);
  await backup.add('a', join(root, 'a'));
  expect(await wholeManifest(out)).toMatchObject({ refused: 'missing' });
  expect(await isOwnDirectory(out)).toBe(true);
  expect((await collect(readJournal(out))).map((file) => file.path)).toEqual(['a']);
  expect(await modeOf(join(out, 'migrate-json-manifest.partial'))).toBe('600');
  await backup.abandon();
});

test('a directory that holds anything is refused, an empty one is taken', async () => {
  const dir = await temporaryDirectory();
  await (await BackupWriter.begin(dir, head)).finish();
  await expect(BackupWriter.begin(dir, head)).rejects.toMatchObject({ code: 'output-exists' });
  await expect(BackupWriter.begin(join(dir, 'migrate-json-manifest.json'), head)).rejects.toMatchObject({
    code: 'output-exists',
  });
  await expect(BackupWriter.begin(join(dir, 'migrate-json-manifest.json/x'), head)).rejects.toMatchObject({
    code: 'output-exists',
  });
});

test('nothing in a backup is overwritten and nothing is written outside', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'backup')];
  await writeTree(root, { a: '1', b: '2' });
  const backup = await BackupWriter.begin(out, head);
  await backup.add('a', join(root, 'a'));
  await expect(backup.add('a', join(root, 'b'))).rejects.toMatchObject({ code: 'output-exists' });
  await expect(backup.add('a/b', join(root, 'b'))).rejects.toMatchObject({ code: 'output-exists' });
  await expect(backup.add('migrate-json-manifest.json', join(root, 'b'))).rejects.toMatchObject({
    code: 'output-exists',
  });
  for (const path of ['../b', '/b', 'x/../../b', '']) {
    await expect(backup.add(path, join(root, 'b'))).rejects.toMatchObject({ code: 'bug' });
  }
  await backup.finish();
  expect([await filesBelow(out), await readFile(join(out, 'a'), 'utf8')]).toEqual([
    ['a', 'migrate-json-manifest.json'],
    '1',
  ]);
});

test('what cannot be read is a refusal and leaves nothing', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'backup')];
  await symlink('/etc/passwd', join(root, 'link'));
  await mkdir(join(root, 'dir'));
  const backup = await BackupWriter.begin(out, head);
  expect(await backup.add('link', join(root, 'link'))).toMatchObject({ refused: 'symlink' });
  expect(await backup.add('dir', join(root, 'dir'))).toMatchObject({ refused: 'not-a-regular-file' });
  expect(await backup.add('gone', join(root, 'gone'))).toMatchObject({ refused: 'vanished' });
  await backup.finish();
  expect(await filesBelow(out)).toEqual(['migrate-json-manifest.json']);
});

test('a file that is written while it is copied ends the backup and leaves no half copy', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'backup')];
  await writeFile(join(root, 'big'), Buffer.alloc(64 * 1024 * 1024));
  const backup = await BackupWriter.begin(out, head);
  const adding = backup.add('big', join(root, 'big')).catch((error: unknown) => error);
  let done = false;
  void adding.then(() => {
    done = true;
  });
  while (!done) await writeFile(join(root, 'big'), 'x', { flag: 'a' });
  expect(await adding).toMatchObject({ code: 'source-changed', message: `${root}/big changed while it was copied.` });
  expect(await filesBelow(out)).toEqual(['migrate-json-manifest.partial']);
  await backup.abandon();
});

test('a backup on the same or on a passing disk is warned of', async () => {
  const root = await temporaryDirectory('/var/tmp');
  expect(await backupWarnings(root, join(root, 'not/there/yet'))).toMatchObject([{ code: 'backup-same-disk' }]);
  const shm = await temporaryDirectory(IN_MEMORY);
  expect(await backupWarnings(root, join(shm, 'x'))).toMatchObject([{ code: 'backup-ephemeral' }]);
  await rm(shm, { recursive: true });
});
