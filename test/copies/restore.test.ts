import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, onTestFinished, test } from 'vitest';
import { restoreFiles } from '../../src/copies/restore.ts';
import { BackupWriter } from '../../src/files/backup.ts';
import { manifestHead, writeManifest } from '../../src/files/manifest.ts';
import type { ManifestFile } from '../../src/files/manifest-entries.ts';
import type { GivenOptions } from '../../src/settings/settings.ts';
import { runCli } from '../setup/cli.ts';
import { damageOneFile } from '../setup/damage.ts';
import { freshSqlite } from '../setup/databases.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { ALL_GOOD, WITH_FAULTS } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { plant, snapshot } from '../setup/trees.ts';

const MANIFEST = 'migrate-json-manifest.json';

/** Files by path with their content, mode and time, to the microsecond. */
function stateOf(root: string): unknown {
  return filesBelow(root).map((path) => {
    const { mode, mtimeNs } = statSync(join(root, path), { bigint: true });
    return [path, (mode & 0o777n).toString(8), mtimeNs / 1000n, readFileSync(join(root, path), 'utf8')];
  });
}

async function run(root: string, options: GivenOptions): Promise<void> {
  const { url, drop } = freshSqlite();
  onTestFinished(drop);
  const { exitCode, error } = await load(root, url, options);
  expect([0, 1], error).toContain(exitCode);
}

/** A root with files of odd modes and times, and a copy of it. */
async function copied(kind: 'backup' | 'archive', options: GivenOptions = {}): Promise<{ root: string; copy: string }> {
  const root = plant(WITH_FAULTS);
  chmodSync(join(root, 'settings.json'), 0o640);
  execFileSync('touch', ['-d', '2023-11-14T22:13:20.123457Z', join(root, 'settings.json')]);
  const copy = join(plant(), 'copy');
  await run(root, { [kind]: true, [`${kind}Dir`]: copy, ...options });
  return { root, copy };
}

test('a backup puts back what was lost, with mode and time, and leaves what is equal as it is', async () => {
  const { root, copy } = await copied('backup');
  const before = stateOf(root);
  rmSync(join(root, 'conversations'), { recursive: true });
  rmSync(join(root, 'settings.json'));
  const first = await restoreFiles({ directory: copy, yes: false });
  expect(first).toMatchObject({ kind: 'backup', complete: true, encrypted: false, into: root, files: 16 });
  expect([first.restored, first.already_there]).toEqual([10, 6]);
  expect(stateOf(root)).toEqual(before);
  expect(await restoreFiles({ directory: copy, yes: false })).toMatchObject({
    restored: 0,
    already_there: 16,
    bytes: 0,
  });
});

test('an archive puts back into the source what was moved, and stays as it is', async () => {
  const root = plant(ALL_GOOD);
  const before = stateOf(root);
  const copy = join(plant(), 'copy');
  await run(root, { archive: true, archiveDir: copy });
  expect(existsSync(join(root, 'settings.json'))).toBe(false);
  const archived = snapshot(copy);
  expect(await restoreFiles({ directory: copy, yes: false })).toMatchObject({ kind: 'archive', complete: true });
  expect([stateOf(root), snapshot(copy)]).toEqual([before, archived]);
});

test('--into restores beside the source, and the command tells how much', async () => {
  const { root, copy } = await copied('backup');
  const into = join(plant(), 'new/place');
  const json = await runCli(['restore', copy, '--into', into, '--json']);
  expect([json.code, JSON.parse(json.stdout)]).toEqual([
    0,
    expect.objectContaining({ files: 16, restored: 16, already_there: 0, into }),
  ]);
  expect(stateOf(into)).toEqual(stateOf(root));
  const again = await runCli(['restore', copy, '--into', into]);
  expect([again.code, again.stdout]).toEqual([0, `restored 0 files (0 bytes) to ${into}; 16 were there already\n`]);
});

test('a different file is never replaced, and then nothing is written at all', async () => {
  const { root, copy } = await copied('backup');
  rmSync(join(root, 'conversations/alice/a.json'));
  writeFileSync(join(root, 'settings.json'), '{"newer":true}');
  const before = snapshot(root);
  const result = await runCli(['restore', copy]);
  expect([result.code, result.stdout]).toEqual([5, '']);
  expect(result.stderr).toMatch(
    /^error: 1 file in .*: settings.json \(is there with another content\)\nhint: .*--into DIR/,
  );
  expect(snapshot(root)).toEqual(before);
});

test('what a killed restore left half done, the next one finishes', async () => {
  const { root, copy } = await copied('backup');
  const into = join(plant(), 'into');
  const all = { directory: copy, into, yes: false };
  await restoreFiles(all);

  // As after a kill: one file is missing, of another one only the temporary name is there, of a third one both are.
  const temporaryOf = (path: string): string =>
    join(
      into,
      path,
      '..',
      `.migrate-json-${createHash('sha256').update(join(into, path)).digest('hex').slice(0, 16)}.tmp`,
    );
  rmSync(join(into, 'notes.txt'));
  renameSync(join(into, 'settings.json'), temporaryOf('settings.json'));
  appendFileSync(temporaryOf('settings.json'), 'torn');
  cpSync(join(into, 'metrics/dump.json'), temporaryOf('metrics/dump.json'));
  expect(await restoreFiles(all)).toMatchObject({ restored: 2, already_there: 14 });
  expect(filesBelow(into)).toEqual(filesBelow(root));
  expect(stateOf(into)).toEqual(stateOf(root));
});

test('of a killed run that is restored which its journal vouches for', async () => {
  const root = plant({ a: '1', b: '2', c: '3' });
  const copy = join(plant(), 'copy');
  const writer = await BackupWriter.begin(copy, { runId: 'r1', toolVersion: '1', root });
  for (const name of ['a', 'b']) await writer.add(name, join(root, name));
  await writer.abandon();
  writeFileSync(join(copy, 'c'), 'torn');
  appendFileSync(join(copy, 'migrate-json-manifest.partial'), '{"path":"c","by');
  const into = join(plant(), 'into');
  const result = await restoreFiles({ directory: copy, into, yes: false });
  expect(result).toMatchObject({ complete: false, restored: 2, unvouched: 1, not_moved: 0 });
  expect(filesBelow(into)).toEqual(['a', 'b']);
  const told = await runCli(['restore', copy, '--into', into]);
  expect(told.stdout).toMatch(/killed: only what its journal vouches for .*\n1 file in the directory may be torn/);
});

describe('a copy that was made to do harm is refused before anything is written:', () => {
  const sha256 = createHash('sha256').update('x').digest('hex');
  const file = (path: string): ManifestFile => {
    return { path, bytes: 1, sha256, mode: '0644', mtime: '2025-01-01T00:00:00.000000000Z' };
  };

  async function evil(paths: readonly string[], root = '/nowhere'): Promise<{ copy: string; into: string }> {
    const home = plant();
    const copy = join(home, 'copy');
    for (const path of paths.filter((each) => !/\.\.|^\/|^$|\0/.test(each))) {
      mkdirSync(join(copy, path, '..'), { recursive: true });
      if (!existsSync(join(copy, path))) writeFileSync(join(copy, path), 'x');
    }
    mkdirSync(copy, { recursive: true });
    await writeManifest(copy, manifestHead('backup', { runId: 'r1', toolVersion: '1', root }), paths.map(file));
    return { copy, into: join(home, 'into') };
  }

  async function refused(copy: string, into: string): Promise<void> {
    await expect(restoreFiles({ directory: copy, into, yes: false })).rejects.toMatchObject({
      code: 'copy-unsafe',
      exitCode: 5,
    });
    expect(existsSync(into)).toBe(false);
  }

  test.each([
    ['a parent', ['../a']],
    ['an absolute path', ['/etc/passwd']],
    ['a detour', ['a/../../b']],
    ['no path', ['']],
    ['an empty part', ['a//b']],
    ['a dot', ['./a']],
    ['a NUL', ['a\0b']],
    ['the manifest itself', [MANIFEST]],
    ['a path twice', ['a', 'a']],
    ['twins by case', ['Notes.json', 'notes.JSON']],
    ['twins by accent', ['caf\u00e9', 'cafe\u0301']],
    ['a path below a file', ['a', 'A/b']],
  ])('%s', async (_what, paths) => {
    const { copy, into } = await evil(paths);
    await refused(copy, into);
  });

  test('a root that is no absolute path', async () => {
    const { copy, into } = await evil(['a'], 'some/where');
    await refused(copy, into);
  });

  test('links, pipes and what lies in linked directories', async () => {
    const { copy, into } = await evil(['a', 'd/b']);
    renameSync(join(copy, 'a'), join(copy, '../a'));
    symlinkSync('../a', join(copy, 'a'));
    await refused(copy, into);
    rmSync(join(copy, 'a'));
    execFileSync('mkfifo', [join(copy, 'a')]);
    await refused(copy, into);
    rmSync(join(copy, 'a'));
    renameSync(join(copy, '../a'), join(copy, 'a'));
    renameSync(join(copy, 'd'), join(copy, '../d'));
    symlinkSync('../d', join(copy, 'd'));
    await refused(copy, into);
  });

  test('a link on the way in the target', async () => {
    const { copy, into } = await evil(['a', 'd/b']);
    const elsewhere = plant();
    mkdirSync(into);
    symlinkSync(elsewhere, join(into, 'd'));
    await expect(restoreFiles({ directory: copy, into, yes: false })).rejects.toMatchObject({ code: 'copy-unsafe' });
    expect([readdirSync(elsewhere), readdirSync(into)]).toEqual([[], ['d']]);
  });

  test('twins are restored where the file system tells them apart and --yes is given', async () => {
    const { copy, into } = await evil(['Notes.json', 'notes.json']);
    const result = await runCli(['restore', copy, '--into', into, '--yes']);
    expect([result.code, filesBelow(into)]).toEqual([0, ['Notes.json', 'notes.json']]);
  });
});

test('missing and surplus files, and a directory that is no copy, are refused', async () => {
  const { copy } = await copied('backup');
  const into = join(plant(), 'into');
  const restore = (directory: string) => restoreFiles({ directory, into, yes: false });
  writeFileSync(join(copy, 'metrics/more.json'), '[]');
  await expect(restore(copy)).rejects.toMatchObject({
    code: 'copy-damaged',
    message: expect.stringMatching(/more.json \(the manifest does not name it\)/),
  });
  rmSync(join(copy, 'metrics'), { recursive: true });
  await expect(restore(copy)).rejects.toMatchObject({
    code: 'copy-damaged',
    message: expect.stringMatching(/^3 files of .* \(is missing\)/),
  });
  await expect(restore(plant({ a: '1' }))).rejects.toMatchObject({ code: 'no-copy', exitCode: 2 });
  await expect(restore(join(copy, 'nowhere'))).rejects.toMatchObject({ code: 'no-copy' });
  await expect(restoreFiles({ directory: copy, into: join(copy, 'x'), yes: false })).rejects.toMatchObject({
    code: 'usage',
  });
  expect(existsSync(into)).toBe(false);
});

test.each(['backup', 'archive'] as const)(
  'a flipped bit or a cut end of a %s is found before anything is written',
  async (kind) => {
    const { copy } = await copied(kind);
    const into = join(plant(), 'into');
    for (let seed = 1; seed <= 10; seed++) {
      const damage = damageOneFile(copy, seed);
      await expect(restoreFiles({ directory: copy, into, yes: false }), damage.description).rejects.toMatchObject({
        code: 'copy-damaged',
      });
      expect(existsSync(into), damage.description).toBe(false);
      damage.undo();
    }
    expect((await restoreFiles({ directory: copy, into, yes: false })).restored).toBeGreaterThan(5);
  },
);

describe('an encrypted backup', () => {
  async function keys(): Promise<{ readonly recipient: string; readonly identity: string }> {
    const key = await generateIdentity();
    const identity = join(plant(), 'key.txt');
    writeFileSync(identity, `# created: today\n${key}\n`);
    return { recipient: await identityToRecipient(key), identity };
  }

  test('holds nothing readable, is verified without the key, and comes back with one of the keys', async () => {
    const [one, other, wrong] = [await keys(), await keys(), await keys()];
    const { root, copy } = await copied('backup', { encryptTo: [one.recipient, other.recipient] });
    expect(filesBelow(copy).every((path) => path === MANIFEST || path.endsWith('.age'))).toBe(true);
    for (const path of filesBelow(copy).filter((each) => each !== MANIFEST))
      expect(readFileSync(join(copy, path), 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    const into = join(plant(), 'into');
    const restore = (identity?: string) => restoreFiles({ directory: copy, into, identity, yes: false });
    await expect(restore()).rejects.toMatchObject({ code: 'identity-needed', exitCode: 2 });
    await expect(restore(wrong.identity)).rejects.toMatchObject({ code: 'wrong-identity', exitCode: 5 });
    const damage = damageOneFile(copy, 4);
    await expect(restore(one.identity), damage.description).rejects.toMatchObject({ code: 'copy-damaged' });
    damage.undo();
    expect(existsSync(into)).toBe(false);
    expect(await restore(other.identity)).toMatchObject({ restored: 16, encrypted: true });
    expect(stateOf(into)).toEqual(stateOf(root));
    expect(await restore(one.identity)).toMatchObject({ restored: 0, already_there: 16 });
  });

  test('is refused for what is no public key, without a word of it, and together with --archive', async () => {
    const root = plant(ALL_GOOD);
    const { recipient, identity } = await keys();
    const secret = readFileSync(identity, 'utf8').split('\n')[1] ?? '';
    const cwd = plant();
    for (const options of [
      ['--backup', '--encrypt-to', secret],
      ['--backup', '--encrypt-to', `${recipient}x`],
      ['--encrypt-to', recipient],
      ['--backup', '--archive', '--encrypt-to', recipient],
    ]) {
      const result = await runCli(['run', root, '--to', 'x.db', ...options], { cwd });
      expect([result.code, result.stdout, readdirSync(cwd)], String(options)).toEqual([2, '', []]);
      expect(result.stderr).toContain('--encrypt-to must');
      expect(result.stderr).not.toContain(secret.slice(20));
    }
    const notAKey = await runCli(['restore', cwd, '--identity', join(root, 'settings.json')]);
    expect([notAKey.code, notAKey.stderr]).toEqual([5, expect.stringContaining('holds no age private key')]);
  });
});
