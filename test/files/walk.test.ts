import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Entry, walk } from '../../src/files/walk.ts';
import { filesBelow, HOSTILE_NAMES, temporaryDirectory, writeTree } from './temporary-directory.ts';

const paths = (entries: Iterable<Entry>): string[] => Array.from(entries, ({ path }) => path);
const notInput = (entries: Iterable<Entry>): string[] =>
  Array.from(entries)
    .filter(({ noInput }) => noInput !== undefined)
    .map(({ path }) => path);

test('every file is listed once, by path bytewise, whatever its name', async () => {
  const root = await temporaryDirectory();
  const names = [...HOSTILE_NAMES, 'a/b', 'a-b', 'a.b', 'a/b.c/d', 'a0', '\uffff', '😀/x', '.hidden/.file', 'ä'];
  await writeTree(root, Object.fromEntries(names.map((name) => [`${name}/file`.replace('a/b/', 'a/B/'), ''])));
  await writeTree(root, { 'a.json': '', 'a/z': '', z: '' });
  mkdirSync(join(root, 'empty'));
  const listed = [...walk(root)];
  const bytes = (path: string): Buffer => Buffer.from(path);
  expect(paths(listed)).toEqual((await filesBelow(root)).sort((a, b) => Buffer.compare(bytes(a), bytes(b))));
  for (const { path, absolutePath, kind } of listed) {
    expect([absolutePath, kind]).toEqual([join(root, path), 'file']);
  }
});

test('links and pipes are listed for what they are, and not followed', async () => {
  const root = await temporaryDirectory();
  await writeTree(root, { 'directory/file': '' });
  symlinkSync('directory', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'broken'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  expect(Array.from(walk(root), ({ path, kind }) => [path, kind])).toEqual([
    ['broken', 'symlink'],
    ['directory/file', 'file'],
    ['link', 'symlink'],
    ['pipe', 'special'],
  ]);
});

test('a directory that cannot be read is an entry of its own', async () => {
  const root = await temporaryDirectory();
  await writeTree(root, { 'a/file': '', 'locked/file': '', z: '' });
  await chmod(root, 0o755);
  await chmod(join(root, 'locked'), 0);
  onTestFinished(() => chmod(join(root, 'locked'), 0o755));
  // No right is denied to root, who is therefore somebody else for the while.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.('nobody');
  const listed = Array.from(walk(root), ({ path, kind }) => [path, kind]);
  if (isRoot) process.seteuid?.(0);
  expect(listed).toEqual([
    ['a/file', 'file'],
    ['locked/', 'unreadable-directory'],
    ['z', 'file'],
  ]);
});

test('what this run writes, what a marker stands beside, and what tools keep is no input', async () => {
  const root = await temporaryDirectory();
  const own = [
    '.git/config',
    'a/node_modules/x/data.json',
    'backup/a.json',
    'backup/deep/b.json',
    'backup/migrate-json-manifest.json',
    'killed/migrate-json-manifest.partial',
    'out/c.json',
    'rejects/migrate-json-rejects.json',
    'report.json',
  ];
  const others = ['a/data.json', 'a/migrate-json-manifest.copy', 'git/config', 'outer/c.json'];
  await writeTree(root, Object.fromEntries([...own, ...others].map((path) => [path, ''])));
  expect(notInput(walk(root, { outputs: [join(root, 'out'), join(root, 'report.json')] }))).toEqual(own);
  expect(notInput(walk(join(root, 'out'), { outputs: [root] }))).toEqual(['c.json']);
});

// macOS refuses such names.
test.runIf(process.platform === 'linux')('names that look the same are told apart', async () => {
  const root = await temporaryDirectory();
  for (const byte of [0xe8, 0xe9]) writeFileSync(Buffer.from([...Buffer.from(`${root}/caf`), byte]), '');
  await writeTree(root, { 'caf\ufffd': '', 'caf\ufffd#2': '' });
  expect(paths(walk(root))).toEqual(['caf\ufffd', 'caf\ufffd#2', 'caf\ufffd#3', 'caf\ufffd#4']);
});

test('a directory of more names than memory should hold is listed in the same order', async () => {
  const root = await temporaryDirectory();
  const count = 21_000;
  const names = Array.from(
    { length: count },
    (_, index) => `n${(index * 7919) % count}-${index % 3 === 0 ? 'ä' : '\u{1f600}'}`,
  );
  for (const name of names) writeFileSync(join(root, name), '');
  mkdirSync(join(root, 'n5'));
  writeFileSync(join(root, 'n5/file'), '');
  const bytes = (path: string): Buffer => Buffer.from(path);
  const sorted = [...names, 'n5/file'].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  expect(paths(walk(root))).toEqual(sorted);
  const [first] = walk(root);
  expect(first?.path).toBe(sorted[0]);
});
