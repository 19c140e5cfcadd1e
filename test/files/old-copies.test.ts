import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BackupWriter } from '../../src/files/backup.ts';
import { removeOldCopies } from '../../src/files/old-copies.ts';
import { temporaryDirectory, writeTree } from './temporary-directory.ts';

test('old copies go, and nothing that is not certainly one', async () => {
  const [root, parent] = [await temporaryDirectory(), await temporaryDirectory()];
  await writeTree(root, { a: '1', 'b/c': '2' });
  const back = async (runId: string, options: { of?: string; files?: string[]; killed?: true } = {}) => {
    const { of = root, files = ['a', 'b/c'], killed } = options;
    const writer = await BackupWriter.begin(join(parent, runId), { runId, toolVersion: '1', root: of });
    for (const path of files) await writer.add(path, join(root, path));
    await (killed ? writer.abandon() : writer.finish());
    // The order is that of the moments that the manifests name.
    await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await back('old-1');
  await back('unknown-to-the-ledger');
  await back('of-another-root', { of: '/elsewhere' });
  await back('killed', { killed: true });
  await back('with-more-in-it');
  await back('old-2');
  writeFileSync(join(parent, 'with-more-in-it/b/mine'), 'keep');
  cpSync(join(parent, 'old-1'), join(parent, 'copied-by-hand'), { recursive: true });
  mkdirSync(join(parent, 'something-else'));
  await back('kept');
  await back('empty', { files: [] });
  await back('newest');
  const known = readdirSync(parent).filter((name) => name !== 'unknown-to-the-ledger');
  const removed = await removeOldCopies(join(parent, 'newest'), 2, new Set(known));
  expect(removed.map((path) => path.slice(parent.length + 1))).toEqual(['old-2', 'old-1']);
  expect(readdirSync(parent).sort()).toEqual(
    [
      ...['copied-by-hand', 'empty', 'kept', 'killed', 'newest', 'of-another-root', 'something-else'],
      ...['unknown-to-the-ledger', 'with-more-in-it'],
    ].sort(),
  );
  expect(await removeOldCopies(join(parent, 'empty'), 1, new Set(known)), 'an empty one pushes out none').toEqual([]);
});
