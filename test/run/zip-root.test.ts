import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { restoreFiles } from '../../src/copies/restore.ts';
import { runCli } from '../setup/cli.ts';
import { ALL_GOOD, conversation, WITH_FAULTS } from '../setup/legacy.ts';
import { forecast, load } from '../setup/load.ts';
import { digestOf, freshUrl, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { zipFile, zipOf } from '../setup/zip.ts';

// A zip file as the root of a run: it is read as the directory that somebody would unpack it to.

test.each(PRODUCTS)(
  'loads as the same files in a directory, and is skipped where they are loaded, into %s',
  async (product) => {
    const [zip, root] = [zipFile(WITH_FAULTS), plant(WITH_FAULTS)];
    const [one, other] = [await freshUrl(product), await freshUrl(product)];
    const ofZip = await load(zip, one);
    const ofDirectory = await load(root, other);
    expect(forecast(ofZip)).toEqual(forecast(ofDirectory));
    expect(ofZip.rejects).toEqual(ofDirectory.rejects);
    expect(await digestOf(one)).toEqual(await digestOf(other));
    expect(ofZip.files.map(({ sha256 }) => sha256)).toEqual(ofDirectory.files.map(({ sha256 }) => sha256));
    const again = await load(root, one);
    expect(again.head.totals.files_unchanged).toBe(ofZip.head.totals.files_loaded);
    const { head } = await load(zip, other);
    expect(head.totals.files_unchanged).toBe(ofDirectory.head.totals.files_loaded);
  },
);

test.each(PRODUCTS)('a dry run forecasts the run, and a second run changes nothing, in %s', async (product) => {
  const url = await freshUrl(product);
  const zip = zipFile(WITH_FAULTS);
  const forecasted = await load(zip, url, { dryRun: true });
  expect(forecast(await load(zip, url))).toEqual(forecast(forecasted));
  const again = await load(zip, url);
  expect(Object.values(again.tables).map(({ inserted, updated }) => inserted + updated)).not.toContain(1);
});

test.each(PRODUCTS)('is not opened again while it is the same file, but with --rehash, in %s', async (product) => {
  const url = await freshUrl(product);
  const zip = zipFile({ 'conversations/ann/a.json': conversation('a', ['Hello']) });
  await load(zip, url);
  expect((await load(zip, url, { rehash: true })).head.totals.files_unchanged).toBe(1);
  const bytes = readFileSync(zip);
  utimesSync(zip, 1, 1);
  expect((await load(zip, url)).head.totals.files_unchanged).toBe(1);
  writeFileSync(zip, zipOf({ 'conversations/ann/a.json': conversation('a', ['Hallo']) }));
  expect(readFileSync(zip)).toHaveLength(bytes.length);
  expect((await load(zip, url)).tables['messages']?.updated).toBe(1);
});

test.each(PRODUCTS)(
  'is backed up and archived itself, and comes back by undo and by restore, of %s',
  async (product) => {
    const url = await freshUrl(product);
    const zip = zipFile(ALL_GOOD);
    const bytes = readFileSync(zip);
    const [backupDir, archiveDir] = [join(plant(), 'backup'), join(plant(), 'archive')];
    const { exitCode, files, head } = await load(zip, url, { backup: true, archive: true, backupDir, archiveDir });
    expect([exitCode, existsSync(zip)]).toEqual([0, false]);
    for (const directory of [backupDir, archiveDir]) expect(readFileSync(join(directory, 'export.zip'))).toEqual(bytes);
    const moved = files.filter(({ status }) => status === 'loaded');
    expect(moved.map(({ path, archived_to }) => [path, archived_to])).toEqual(
      moved.map(({ path }) => [path, join(archiveDir, 'export.zip', path)]),
    );
    expect((await runCli(['verify', '--sources', join(archiveDir, 'export.zip'), '--to', url])).code).toBe(0);
    expect((await runCli(['verify', '--sources', archiveDir, '--to', url])).code).toBe(0);
    const { code, stderr } = await runCli(['undo', head.run_id, '--to', url, '--restore-files', '--yes']);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect(readFileSync(zip)).toEqual(bytes);
    const into = plant();
    await restoreFiles({ directory: backupDir, into, yes: false });
    expect(readFileSync(join(into, 'export.zip'))).toEqual(bytes);
  },
);

test('stays where an entry is not loaded, or was left out', async () => {
  const url = await freshUrl('SQLite');
  const zip = zipFile(WITH_FAULTS);
  const faulty = await load(zip, url, { archive: true, archiveDir: join(plant(), 'archive') });
  expect([faulty.exitCode, existsSync(zip)]).toEqual([1, true]);
  expect(faulty.warnings.map(({ code }) => code)).toContain('zip-not-archived');
  const good = zipFile(ALL_GOOD);
  const part = await load(good, url, { archive: true, archiveDir: join(plant(), 'archive'), exclude: ['usage/**'] });
  expect([part.exitCode, existsSync(good)]).toEqual([0, true]);
  expect(part.files.every(({ archived_to }) => archived_to === null)).toBe(true);
});

test('is selected from with the patterns of a directory', async () => {
  const { files } = await load(zipFile(ALL_GOOD), await freshUrl('SQLite'), {
    include: ['conversations/**', 'settings.json'],
    exclude: ['conversations/bob/*'],
    ignore: ['conversations/alice/b.json'],
  });
  const loaded = files.filter(({ status }) => status === 'loaded').map(({ path }) => path);
  expect(loaded).toEqual(['conversations/alice/a.json', 'settings.json']);
});

test('every command reads one', async () => {
  const zip = zipFile({
    'pets.json': [
      { id: 1, name: 'Rex' },
      { id: 2, name: 'Tom' },
    ],
  });
  const cwd = dirname(zip);
  const outputs: Record<string, number> = {};
  for (const args of [
    ['init', 'export.zip'],
    ['init', 'export.zip', '--check'],
    ['scan', 'export.zip', '--fields'],
    ['scan', 'export.zip', '--explain', 'pets.json'],
    ['validate', 'export.zip'],
    ['doctor', 'export.zip', '--to', 'a.db'],
    ['run', '--to', 'a.db'],
    ['verify', '--to', 'a.db'],
  ]) {
    const { code, stderr } = await runCli(args, { cwd });
    outputs[args.join(' ')] = code;
    expect(stderr).not.toMatch(/bug|Error:/);
  }
  expect(Object.values(outputs), JSON.stringify(outputs)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8')).toContain('root: ./export.zip');
});

test.each(PRODUCTS)('what it rejects is written out, corrected and loaded, into %s', async (product) => {
  const url = await freshUrl(product);
  const bad = { id: 'x', title: 'T', created_at: 'never', messages: [] };
  const zip = zipFile({ 'conversations/ann/x.json': bad, 'conversations/ann/cut.json': '{"id":' });
  const rejects = join(plant(), 'rejects');
  expect((await load(zip, url, { rejects })).exitCode).toBe(1);
  expect(readFileSync(join(rejects, 'conversations/ann/cut.json/file.json'), 'utf8')).toBe('{"id":');
  const [record = ''] = readdirSync(join(rejects, 'conversations/ann/x.json')).filter((name) =>
    /^\d+\.json$/.test(name),
  );
  writeFileSync(
    join(rejects, 'conversations/ann/x.json', record),
    JSON.stringify({ ...bad, created_at: '2025-01-01T10:00:00Z' }),
  );
  writeFileSync(join(rejects, 'conversations/ann/cut.json/file.json'), JSON.stringify(conversation('cut', ['Hello'])));
  const { code, stdout } = await runCli(['retry', rejects, '--to', url]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('2 records in the database')]);
});
