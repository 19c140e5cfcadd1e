import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginJournal, finishManifest, manifestFile, manifestHead, writeManifest } from '../../src/files/manifest.ts';
import type { ManifestFile } from '../../src/files/manifest-entries.ts';
import { isOwnDirectory } from '../../src/files/output-directory.ts';
import { readJournal } from '../../src/files/read-manifest.ts';
import { collect, HOSTILE_NAMES, temporaryDirectory, wholeManifest } from './temporary-directory.ts';

const head = manifestHead('backup', { runId: 'r1', toolVersion: '0.1.0', root: '/data' });
const entry = (path: string): ManifestFile => ({
  path,
  bytes: 1,
  sha256: 'ab'.repeat(32),
  mode: '0644',
  mtime: '2025-01-01T00:00:00.000000001Z',
});

test('a manifest reads back equal, one file a line', async () => {
  const dir = await temporaryDirectory();
  const files = [...HOSTILE_NAMES, 'lone \ud800'].map(entry);
  await writeManifest(dir, head, files);
  expect(await wholeManifest(dir)).toMatchObject({ ...head, files });
  const lines = (await readFile(join(dir, 'migrate-json-manifest.json'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(files.length + 3);
});

test('neither content nor white space may differ', async () => {
  const dir = await temporaryDirectory();
  const path = join(dir, 'migrate-json-manifest.json');
  await writeManifest(dir, head, [entry('a'), entry('b')]);
  const text = await readFile(path, 'utf8');
  const damaged = [
    JSON.stringify(JSON.parse(text), null, 2),
    text.trimEnd(),
    `${text}x\n`,
    text.replace('"a"', '"c"'),
    text.replace('"0644"', '"4755"'),
    text.replace('"/data"', '"/etc"'),
    text.replace('"kind"', '"extra":1,"kind"'),
    text.replace(/\{"path":"b".*\n/, ''),
    text.slice(0, -20),
    text.replace(/,\n"checksum.*/, '}'),
    'null',
    '[]',
    '',
  ];
  for (const each of damaged) {
    await writeFile(path, each);
    expect(await wholeManifest(dir)).toMatchObject({ refused: expect.stringMatching(/damaged|unknown-version/) });
  }
});

test('a missing manifest is a value', async () => {
  expect(await wholeManifest(await temporaryDirectory())).toMatchObject({ refused: 'missing' });
});

test('finished, killed and rejects directories are recognised, others are not', async () => {
  const dir = await temporaryDirectory();
  for (const name of ['migrate-json-manifest.json', 'migrate-json-manifest.partial', 'migrate-json-rejects.json']) {
    await mkdir(join(dir, name, 'nothing'), { recursive: true });
    expect(await isOwnDirectory(join(dir, name))).toBe(false);
    await writeFile(join(dir, name, name), '');
    expect(await isOwnDirectory(join(dir, name))).toBe(true);
  }
  expect(await isOwnDirectory(dir)).toBe(false);
  expect(await isOwnDirectory(join(dir, 'absent'))).toBe(false);
});

test('a journal becomes the manifest, without what was returned', async () => {
  const dir = await temporaryDirectory();
  const journal = await beginJournal(dir, { ...head, kind: 'archive' });
  const lines = await Promise.all(HOSTILE_NAMES.map((name) => journal.append(entry(name))));
  await journal.append({ returned: lines[1] });
  await journal.append(entry('kept'));
  expect(await readdir(dir)).toEqual(['migrate-json-manifest.partial']);
  await finishManifest(dir, { ...head, kind: 'archive' }, journal);
  const names = [...HOSTILE_NAMES.filter((_, index) => index !== 1), 'kept'];
  expect(await wholeManifest(dir)).toMatchObject({ kind: 'archive', files: names.map(entry) });
  expect(await readdir(dir)).toEqual(['migrate-json-manifest.json']);
});

test('a torn last line of a journal is left out', async () => {
  const dir = await temporaryDirectory();
  const journal = await beginJournal(dir, head);
  await journal.append(entry('whole'));
  await journal.close();
  await appendFile(join(dir, 'migrate-json-manifest.partial'), '{"path":"to');
  expect(await collect(readJournal(dir))).toEqual([entry('whole')]);
});

test.each([
  ['0', '1970-01-01T00:00:00.000000000Z'],
  ['1754624622092100001', '2025-08-08T03:43:42.092100001Z'],
  ['-1', '1969-12-31T23:59:59.999999999Z'],
  ['9223372036854775807000000000', '+275760-09-13T00:00:00.000000000Z'],
])('an mtime of %s ns is %s', (mtimeNs, mtime) => {
  const stat = { bytes: 0, mtimeNs, ctimeNs: '0', inode: '0' };
  expect(manifestFile('a', { bytes: 0, sha256: '' }, { mode: 0o4644, stat })).toMatchObject({ mtime, mode: '4644' });
});
