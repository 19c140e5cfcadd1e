import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BackupWriter } from '../../src/files/backup.ts';
import { temporaryBeside } from '../../src/files/safe-write.ts';
import { removeStaleTemporaryFiles } from '../../src/files/stale-temporary-files.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { temporaryDirectory, writeTree } from './temporary-directory.ts';

const CALLED_SO = '.migrate-json-0123456789abcdef.tmp';

test('the temporary files of killed runs go, and nothing else', async () => {
  const [root, parent] = [await temporaryDirectory(), await temporaryDirectory()];
  await writeTree(root, { 'a/b': '1', [`a/${CALLED_SO}`]: 'a source' });
  const back = async (runId: string, of = root, isKilled = true) => {
    const writer = await BackupWriter.begin(join(parent, runId), { runId, toolVersion: '1', root: of });
    for (const path of ['a/b', `a/${CALLED_SO}`]) await writer.add(path, join(root, path));
    await (isKilled ? writer.abandon() : writer.finish());
    for (const path of ['x', 'a/x']) writeFileSync(temporaryBeside(join(parent, runId, path)), 'unfinished');
  };
  await back('killed');
  await back('done', root, false);
  await back('of-another-root', '/elsewhere');
  await back('unknown-to-the-ledger');
  await back('own');
  const known = new Set(readdirSync(parent).filter((name) => name !== 'unknown-to-the-ledger'));
  await removeStaleTemporaryFiles(join(parent, 'own'), root, known);
  const temporary = (name: string) => filesBelow(join(parent, name)).filter((path) => path.endsWith('.tmp'));
  expect(temporary('killed')).toEqual([`a/${CALLED_SO}`]);
  for (const name of ['done', 'of-another-root', 'unknown-to-the-ledger', 'own'])
    expect(temporary(name)).toHaveLength(3);
  expect(filesBelow(join(parent, 'killed'))).toContain('a/b');
});
