import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sameStamp, stampOf } from '../../src/files/file-stamp.ts';
import { hashSmall } from '../../src/files/small-source.ts';
import { hashFile, hashSource, openSource } from '../../src/files/source-file.ts';
import { HOSTILE_NAMES, sha256, temporaryDirectory } from './temporary-directory.ts';

test('what is not a regular file is refused without blocking', async () => {
  const dir = await temporaryDirectory();
  await writeFile(join(dir, 'file'), 'text');
  await symlink('file', join(dir, 'link'));
  await symlink('loop', join(dir, 'loop'));
  await mkdir(join(dir, 'directory'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  const server = createServer().listen(join(dir, 'socket'));
  onTestFinished(() => void server.close());
  const names = ['link', 'loop', 'directory', 'fifo', 'socket', 'absent', 'file/below'];
  const refusals = await Promise.all(names.map((name) => openSource(join(dir, name))));
  expect(refusals.map((refusal) => ('refused' in refusal ? refusal.refused : 'opened'))).toEqual([
    'symlink',
    'symlink',
    'not-a-regular-file',
    'not-a-regular-file',
    'not-a-regular-file',
    'vanished',
    'vanished',
  ]);
  expect(await openSource('/dev/null')).toMatchObject({ refused: 'not-a-regular-file' });
  expect(await hashFile(join(dir, 'fifo'))).toMatchObject({ refused: 'not-a-regular-file' });
});

test('a small file is hashed in one go only where it is the one of the stamp, and has not changed', async () => {
  const path = join(await temporaryDirectory(), 'file');
  const stampNow = async () => stampOf(await stat(path, { bigint: true }));
  for (const text of ['', 'text', 'x'.repeat(70_000), 'short again']) {
    await writeFile(path, text);
    expect(hashSmall(path, await stampNow())).toBe(sha256(text));
  }
  const before = await stampNow();
  await appendFile(path, '.');
  expect(hashSmall(path, before)).toBeUndefined();
  await rename(path, `${path}.old`);
  expect(hashSmall(path, before)).toBeUndefined();
  await symlink('file.old', path);
  expect(hashSmall(path, await stampNow())).toBeUndefined();
});

test.each(HOSTILE_NAMES)('a file named %j is hashed', async (name) => {
  const path = join(await temporaryDirectory(), name);
  await writeFile(path, 'text');
  expect(await hashFile(path)).toEqual({
    sha256: sha256('text'),
    bytes: 4,
    stamp: stampOf(await stat(path, { bigint: true })),
  });
});

test('empty files and files longer than a block are hashed whole', async () => {
  const dir = await temporaryDirectory();
  for (const text of ['', 'x'.repeat(1024 * 1024), 'y'.repeat(3_000_001)]) {
    await writeFile(join(dir, 'file'), text);
    expect(await hashFile(join(dir, 'file'))).toMatchObject({ sha256: sha256(text), bytes: text.length });
  }
});

test('a file that grows while it is open is no hash', async () => {
  const path = join(await temporaryDirectory(), 'file');
  await writeFile(path, 'text');
  const source = await openSource(path);
  if ('refused' in source) return expect.fail(source.message);
  await appendFile(path, 'more');
  expect(await hashSource(source)).toMatchObject({ refused: 'source-changed' });
  await source.close();
});

test('a stamp tells a replaced file of the same size and time from the old one', async () => {
  const dir = await temporaryDirectory();
  const stampNow = async () => stampOf(await stat(join(dir, 'file'), { bigint: true }));
  await writeFile(join(dir, 'file'), 'text');
  await utimes(join(dir, 'file'), 1000, 1000);
  const before = await stampNow();
  expect(sameStamp(before, await stampNow())).toBe(true);
  await writeFile(join(dir, 'other'), 'TEXT');
  await utimes(join(dir, 'other'), 1000, 1000);
  await rename(join(dir, 'other'), join(dir, 'file'));
  expect(sameStamp(before, await stampNow())).toBe(false);
  expect(before).toMatchObject({ bytes: 4, mtimeNs: '1000000000000' });
});
