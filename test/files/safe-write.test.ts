import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { showPath } from '../../src/files/disk-error.ts';
import { makeDirectory, placeNew, writeFileSafely, writeNewFile } from '../../src/files/safe-write.ts';
import { HOSTILE_NAMES, modeOf, temporaryDirectory } from './temporary-directory.ts';

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

test.each([0o000, 0o022, 0o777])('a written file is 0600 and a directory 0700 under umask %o', async (mask) => {
  const dir = await temporaryDirectory();
  process.umask(mask);
  await makeDirectory(join(dir, 'a/b'));
  await writeFileSafely(join(dir, 'a/b/file'), 'text');
  expect(await Promise.all(['a', 'a/b', 'a/b/file'].map((name) => modeOf(join(dir, name))))).toEqual([
    '700',
    '700',
    '600',
  ]);
});

test('an existing directory keeps its mode', async () => {
  const dir = await temporaryDirectory();
  await chmod(dir, 0o755);
  expect(await makeDirectory(dir)).toEqual([]);
  expect(await makeDirectory(join(dir, 'x/y'))).toEqual([join(dir, 'x'), join(dir, 'x/y')]);
  expect(await modeOf(dir)).toBe('755');
});

test('an existing 0644 file is replaced by a 0600 one', async () => {
  const path = join(await temporaryDirectory(), 'report.json');
  await writeFile(path, 'old', { mode: 0o644 });
  await writeFileSafely(path, 'new');
  expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['new', '600']);
});

test('text, bytes and streams of both are written in order', async () => {
  const path = join(await temporaryDirectory(), 'file');
  await writeFileSafely(path, Buffer.from([0, 255]));
  expect(await readFile(path)).toEqual(Buffer.from([0, 255]));
  const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`);
  await writeFileSafely(path, lines);
  expect(await readFile(path, 'utf8')).toBe(lines.join(''));
  await writeFileSafely(
    path,
    (async function* () {
      yield 'ä';
      yield Buffer.from('b');
    })(),
  );
  expect(await readFile(path, 'utf8')).toBe('äb');
  await writeFileSafely(path, []);
  expect(await readFile(path, 'utf8')).toBe('');
});

test('content that fails half-way leaves the old file and no other', async () => {
  const dir = await temporaryDirectory();
  await writeFile(join(dir, 'report'), 'old');
  const failure = new Error('the producer failed');
  const failing = (function* () {
    yield 'x'.repeat(1_000_000);
    throw failure;
  })();
  await expect(writeFileSafely(join(dir, 'report'), failing)).rejects.toBe(failure);
  expect([await readdir(dir), await readFile(join(dir, 'report'), 'utf8')]).toEqual([['report'], 'old']);
});

test.each(HOSTILE_NAMES)('the name %j can be written', async (name) => {
  const dir = await temporaryDirectory();
  await writeFileSafely(join(dir, name), 'text');
  expect(await readdir(dir)).toEqual([name]);
});

test('a failure names operation and path in one line', async () => {
  const dir = await temporaryDirectory();
  await mkdir(join(dir, 'taken'));
  await expect(writeFileSafely(join(dir, 'taken'), '')).rejects.toMatchObject({
    code: 'disk-failed',
    message: `Cannot replace ${dir}/taken: it is a directory (EISDIR).`,
  });
  expect(await readdir(dir)).toEqual(['taken']);
  await writeFile(join(dir, 'file'), '');
  await expect(makeDirectory(join(dir, 'file/x'))).rejects.toMatchObject({ code: 'disk-failed' });
  await expect(writeFileSafely(join(dir, 'no\nsuch/x'), '')).rejects.toThrow('no\\u{a}such');
  expect(showPath('a\u001b[31m\n\u202e\u0085b')).toBe('a\\u{1b}[31m\\u{a}\\u{202e}\\u{85}b');
});

test('a full disk is named, and the old file stays', async () => {
  // /dev/full answers every write with ENOSPC; a file system that is full needs a mount of its own.
  await expect(writeFileSafely('/dev/full', 'text')).rejects.toMatchObject({
    code: 'disk-full',
    message: 'Cannot write /dev/full: the disk is full (ENOSPC).',
  });
  expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
});

test('a device is written to, not replaced, and a symlink stays one', async () => {
  await writeFileSafely('/dev/null', 'text');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  const dir = await temporaryDirectory();
  await writeFile(join(dir, 'real'), 'old');
  await symlink('real', join(dir, 'link'));
  await writeFileSafely(join(dir, 'link'), 'new');
  expect([await readFile(join(dir, 'real'), 'utf8'), (await lstat(join(dir, 'link'))).isSymbolicLink()]).toEqual([
    'new',
    true,
  ]);
});

test('placing a file never replaces another', async () => {
  const dir = await temporaryDirectory();
  await writeNewFile(join(dir, 'new'), 'new');
  await writeFile(join(dir, 'old'), 'old');
  await expect(placeNew(join(dir, 'new'), join(dir, 'old'))).rejects.toMatchObject({ code: 'output-exists' });
  await placeNew(join(dir, 'new'), join(dir, 'free'));
  expect([await readFile(join(dir, 'old'), 'utf8'), await readdir(dir)]).toEqual(['old', ['free', 'old']]);
});

test('a full file system keeps the old report', async ({ skip }) => {
  const dir = await temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    skip('mounting needs root');
  }
  try {
    await writeFileSafely(join(dir, 'report'), 'old');
    const data = Array.from({ length: 10 }, () => Buffer.alloc(100_000));
    await expect(writeFileSafely(join(dir, 'report'), data)).rejects.toMatchObject({ code: 'disk-full' });
    expect([await readdir(dir), await readFile(join(dir, 'report'), 'utf8')]).toEqual([['report'], 'old']);
  } finally {
    execFileSync('umount', [dir]);
  }
});
