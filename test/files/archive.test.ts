import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { appendFile, open, readFile, rename, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorCode } from '../../src/errors.ts';
import { ArchiveMover, type LoadedFile } from '../../src/files/archive.ts';
import { Journal } from '../../src/files/journal.ts';
import { isOwnDirectory } from '../../src/files/output-directory.ts';
import { readJournal } from '../../src/files/read-manifest.ts';
import {
  collect,
  filesBelow,
  HOSTILE_NAMES,
  modeOf,
  OTHER_FILE_SYSTEM,
  sha256,
  temporaryDirectory,
  wholeManifest,
  writeTree,
} from './temporary-directory.ts';

const head = { runId: 'r1', toolVersion: '0.1.0', root: '/data' };
const MANIFEST = 'migrate-json-manifest.json';
const PARTIAL = 'migrate-json-manifest.partial';

afterEach(() => {
  vi.restoreAllMocks();
});

function loaded(root: string, path: string, text: string): LoadedFile {
  return { path, absolutePath: join(root, path), sha256: sha256(text), bytes: Buffer.byteLength(text) };
}

/** Lets something happen in the moment between the hash of a file and its move. */
function betweenHashAndMove(act: () => Promise<unknown>): void {
  const append = Journal.prototype.append;
  vi.spyOn(Journal.prototype, 'append').mockImplementationOnce(async function (this: Journal, entry: object) {
    const line = await append.call(this, entry);
    await act();
    return line;
  });
}

// One archive on the file system of the source, one on another: there is no rename across.
describe.each([
  ['the same file system', undefined],
  ['another file system', OTHER_FILE_SYSTEM],
])('an archive on %s', (_, parent) => {
  async function setUp(files: Readonly<Record<string, string>>) {
    const root = await temporaryDirectory();
    const elsewhere = await temporaryDirectory(parent);
    if (parent !== undefined)
      expect((await stat(elsewhere)).dev, `${parent} is a device of its own`).not.toBe((await stat(root)).dev);
    await writeTree(root, files);
    const out = join(elsewhere, 'archive');
    return { root, out, mover: await ArchiveMover.begin(out, head) };
  }

  test('loaded files move, whatever their names', async () => {
    const names = [...HOSTILE_NAMES, ...HOSTILE_NAMES.map((name) => `${name}.d`.slice(-100).concat(`/${name}`))];
    const { root, out, mover } = await setUp(Object.fromEntries(names.map((name) => [name, name])));
    await utimes(join(root, '-rf'), 1000.25, 1000.25);
    for (const name of names)
      expect(await mover.move(loaded(root, name, name))).toEqual({ moved: true, to: join(out, name) });
    expect(await mover.finish()).toEqual([]);
    expect(await filesBelow(root)).toEqual([]);
    expect(await filesBelow(out)).toEqual([MANIFEST, ...names].sort());
    const manifest = await wholeManifest(out);
    if ('refused' in manifest) return expect.fail(manifest.message);
    expect(manifest.files.map((file) => file.path)).toEqual(names);
    expect(manifest.files.find((file) => file.path === '-rf')).toMatchObject({
      mtime: '1970-01-01T00:16:40.250000000Z',
    });
    expect((await stat(join(out, '-rf'))).mtimeMs).toBe(1000250);
    expect(await modeOf(out)).toBe('700');
  });

  test('a file that was written after it was loaded stays', async () => {
    const { root, out, mover } = await setUp({ grown: 'text', edited: 'text', linked: 'text' });
    await appendFile(join(root, 'grown'), 'more');
    await writeFile(join(root, 'edited'), 'TEXT');
    await rename(join(root, 'linked'), join(root, 'target'));
    await symlink('target', join(root, 'linked'));
    for (const name of ['grown', 'edited', 'linked']) {
      expect(await mover.move(loaded(root, name, 'text'))).toEqual({ moved: false, reason: 'source-changed' });
    }
    expect(await mover.move(loaded(root, 'gone', ''))).toEqual({ moved: false, reason: 'vanished' });
    await mover.finish();
    expect(await filesBelow(root)).toEqual(['edited', 'grown', 'linked', 'target']);
    expect(await filesBelow(out)).toEqual([MANIFEST]);
    expect(await wholeManifest(out)).toMatchObject({ files: [] });
  });

  test('a file that is appended to between hash and move stays, with what was appended', async () => {
    const { root, out, mover } = await setUp({ log: 'text', other: 'text' });
    betweenHashAndMove(() => appendFile(join(root, 'log'), 'more'));
    expect(await mover.move(loaded(root, 'log', 'text'))).toEqual({ moved: false, reason: 'source-changed' });
    expect(await readFile(join(root, 'log'), 'utf8')).toBe('textmore');
    await mover.move(loaded(root, 'other', 'text'));
    await mover.finish();
    expect(await filesBelow(out)).toEqual([MANIFEST, 'other']);
    expect(await wholeManifest(out)).toMatchObject({ files: [{ path: 'other' }] });
  });

  test('a file that is replaced between hash and move stays', async () => {
    const { root, out, mover } = await setUp({ log: 'text', new: 'TEXT' });
    betweenHashAndMove(() => rename(join(root, 'new'), join(root, 'log')));
    expect(await mover.move(loaded(root, 'log', 'text'))).toEqual({ moved: false, reason: 'source-changed' });
    await mover.finish();
    expect(await readFile(join(root, 'log'), 'utf8')).toBe('TEXT');
    expect(await filesBelow(out)).toEqual([MANIFEST]);
  });

  test('a file that is removed between hash and move is reported as vanished', async () => {
    const { root, out, mover } = await setUp({ log: 'text' });
    betweenHashAndMove(() => unlink(join(root, 'log')));
    expect(await mover.move(loaded(root, 'log', 'text'))).toEqual({ moved: false, reason: 'vanished' });
    await mover.finish();
    expect(await filesBelow(out)).toEqual([MANIFEST]);
  });

  test('nothing in the archive is ever overwritten', async () => {
    const { root, out, mover } = await setUp({ 'a.json': 'text' });
    await writeFile(join(out, 'a.json'), 'in the way');
    await expect(mover.move(loaded(root, 'a.json', 'text'))).rejects.toMatchObject({ code: 'output-exists' });
    expect(await readFile(join(root, 'a.json'), 'utf8')).toBe('text');
    expect(await readFile(join(out, 'a.json'), 'utf8')).toBe('in the way');
    await mover.abandon();
    await expect(ArchiveMover.begin(out, head)).rejects.toMatchObject({ code: 'output-exists' });
  });

  test('moves may overlap', async () => {
    const names = Array.from({ length: 200 }, (_each, index) => `d${index % 7}/${index}.json`);
    const { root, out, mover } = await setUp(Object.fromEntries(names.map((name) => [name, name])));
    const results = await Promise.all(names.map((name) => mover.move(loaded(root, name, name))));
    expect(results.every((result) => result.moved)).toBe(true);
    await mover.finish();
    expect(await filesBelow(out)).toEqual([MANIFEST, ...names].sort());
  });

  test('a killed run leaves a journal that knows every moved file', async () => {
    const { root, out, mover } = await setUp({ a: 'text', b: 'text' });
    await mover.move(loaded(root, 'a', 'text'));
    expect(await filesBelow(out)).toEqual(['a', PARTIAL]);
    expect(await filesBelow(root)).toEqual(['b']);
    expect(await isOwnDirectory(out)).toBe(true);
    expect(await collect(readJournal(out))).toMatchObject([{ path: 'a', sha256: sha256('text'), bytes: 4 }]);
    await mover.abandon();
  });
});

test('a file that is appended to after it was copied to another file system stays, and its copy goes', async () => {
  const [root, elsewhere] = [await temporaryDirectory(), await temporaryDirectory(OTHER_FILE_SYSTEM)];
  const out = join(elsewhere, 'archive');
  await writeTree(root, { log: 'text' });
  const mover = await ArchiveMover.begin(out, head);
  const append = () => {
    if (existsSync(join(out, 'log'))) appendFileSync(join(root, 'log'), 'more');
    else setImmediate(append);
  };
  setImmediate(append);
  expect(await mover.move(loaded(root, 'log', 'text'))).toEqual({ moved: false, reason: 'source-changed' });
  await mover.finish();
  expect(await readFile(join(root, 'log'), 'utf8')).toBe('textmore');
  expect(await filesBelow(out)).toEqual([MANIFEST]);
});

test('the journal names a file before it is moved', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'archive')];
  await writeTree(root, { a: 'text' });
  const mover = await ArchiveMover.begin(out, head);
  betweenHashAndMove(async () => {
    expect(await filesBelow(root)).toEqual(['a']);
    expect(await collect(readJournal(out))).toMatchObject([{ path: 'a' }]);
  });
  expect(await mover.move(loaded(root, 'a', 'text'))).toMatchObject({ moved: true });
  await mover.abandon();
  expect.assertions(3);
});

test('what a writer with an open handle appends after the move is told at the end', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'archive')];
  await writeTree(root, { log: 'text', quiet: 'text' });
  const writer = await open(join(root, 'log'), 'a');
  const mover = await ArchiveMover.begin(out, head);
  for (const name of ['log', 'quiet']) await mover.move(loaded(root, name, 'text'));
  await writer.write('more');
  await writer.close();
  expect(await mover.finish()).toEqual(['log']);
  expect(await readFile(join(out, 'log'), 'utf8')).toBe('textmore');
});

test('where the source has a newer file of the name, the moved one is kept and listed as what it is', async () => {
  const [root, out] = [await temporaryDirectory(), join(await temporaryDirectory(), 'archive')];
  await writeTree(root, { log: 'text' });
  const mover = await ArchiveMover.begin(out, head);
  betweenHashAndMove(async () => {
    await appendFile(join(root, 'log'), 'more');
    // The rename runs on another thread: this one spins until the name is free and takes it before the check can run.
    setImmediate(() => createWhenFree(join(root, 'log'), 'next'));
  });
  expect(await mover.move(loaded(root, 'log', 'text'))).toEqual({ moved: false, reason: 'source-changed' });
  await mover.finish();
  expect(await readFile(join(root, 'log'), 'utf8')).toBe('next');
  expect(await readFile(join(out, 'log'), 'utf8')).toBe('textmore');
  expect(await wholeManifest(out)).toMatchObject({ files: [{ path: 'log', sha256: sha256('textmore'), bytes: 8 }] });
});

function createWhenFree(path: string, text: string): void {
  for (;;) {
    try {
      writeFileSync(path, text, { flag: 'wx' });
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}
