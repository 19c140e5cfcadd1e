import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wholeManifest } from '../files/temporary-directory.ts';
import { runCli } from '../setup/cli.ts';
import { filesBelow } from '../setup/fixtures.ts';
import { asKilled } from '../setup/killed-run.ts';
import { ALL_GOOD, conversation, measurements, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores, digestOf } from '../setup/places.ts';
import { load, rejectsOf, rowsOf, statusesOf, warningsOf } from '../setup/reports.ts';
import { grow, plant, snapshot } from '../setup/trees.ts';

const MANIFEST = 'migrate-json-manifest.json';

/** The manifest of a backup or archive; every file that it lists has the bytes it says, and no file is missing from it. */
async function verifiedManifest(directory: string): Promise<{ readonly kind: string; readonly paths: string[] }> {
  const manifest = await wholeManifest(directory);
  if ('refused' in manifest) throw new Error(manifest.message);
  for (const { path, bytes, sha256 } of manifest.files) {
    const content = readFileSync(join(directory, path));
    expect([content.length, createHash('sha256').update(content).digest('hex')], path).toEqual([bytes, sha256]);
  }
  const paths = manifest.files.map(({ path }) => path).sort();
  expect(filesBelow(directory).filter((path) => path !== MANIFEST)).toEqual(paths);
  return { kind: manifest.kind, paths };
}

function journalOf(run_id: string, root: string): string {
  const head = {
    manifest_version: 1,
    kind: 'backup',
    run_id,
    tool_version: '0',
    created_at: '2025-01-01T00:00:00Z',
    root,
  };
  return `${JSON.stringify(head)}\n`;
}

function modesBelow(directory: string): { readonly directories: string[]; readonly files: string[] } {
  const modes = { directories: new Set<string>(), files: new Set<string>() };
  for (const entry of [
    { parentPath: directory, name: '.', isDirectory: () => true },
    ...readdirSync(directory, { recursive: true, withFileTypes: true }),
  ]) {
    const kind = entry.isDirectory() ? 'directories' : 'files';
    modes[kind].add((statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8));
  }
  return { directories: [...modes.directories], files: [...modes.files] };
}

describe.each(bothStores())('on $product', (store) => {
  test('a kill after the last file was archived: the same command is complete, and says so', async () => {
    const cwd = plant({
      'data/metrics/a.json': measurements(2),
      'data/metrics/b.json': measurements(2, { source: 'b' }),
    });
    const place = store.fresh();
    const root = join(cwd, 'data');
    const again = (args: readonly string[] = ['--archive']) => load(root, place, args, { cwd });
    const complete = (code: number) => ({ code, report: { status: code === 0 ? 'complete' : 'failed' } });
    const first = (await again()).report.run_id;
    // What came to its end has nothing to complete.
    expect(await again()).toMatchObject(complete(1));
    await place.query(`DELETE FROM ledger.runs WHERE run_id <> '${first}'`);
    await place.query(asKilled(first));
    expect(await again([])).toMatchObject(complete(1));
    await place.query(`DELETE FROM ledger.runs WHERE run_id <> '${first}'`);
    const second = await again();
    expect(second).toMatchObject(complete(0));
    expect(warningsOf(second.report)).toContain('null archived-before');
    expect(await again()).toMatchObject(complete(1));

    await place.query(`DELETE FROM ledger.runs WHERE run_id NOT IN ('${first}', '${second.report.run_id}')`);
    await place.query(asKilled(first));
    await place.query(asKilled(second.report.run_id));
    // Between the last move and its entry in the ledger: only the journal tells.
    await place.query("UPDATE ledger.files SET archived_to = NULL WHERE path = 'metrics/b.json'");
    const archive = join(cwd, 'migrate-json-archive', first);
    const manifest = readFileSync(join(archive, MANIFEST), 'utf8');
    rmSync(join(archive, MANIFEST));
    const third = await again();
    expect(third).toMatchObject(complete(1));
    await place.query(`DELETE FROM ledger.runs WHERE run_id = '${third.report.run_id}'`);
    const { manifest_version, kind, run_id, tool_version, created_at, root: of, files } = JSON.parse(manifest);
    const lines = [{ manifest_version, kind, run_id, tool_version, created_at, root: of }, ...files];
    writeFileSync(
      join(archive, 'migrate-json-manifest.partial'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    expect(await again()).toMatchObject(complete(0));
    expect(await place.query('SELECT path FROM ledger.files WHERE archived_to IS NULL')).toEqual([]);
  });

  test('--backup copies every source file, also those that no dataset knows, under ./migrate-json-backups/<run>', async () => {
    const root = plant(WITH_FAULTS);
    const cwd = plant();
    const before = snapshot(root);
    const { code, report } = await load(root, store.fresh(), ['--backup'], { cwd });
    expect(code).toBe(1);
    expect(report.backup).toBe(join(cwd, 'migrate-json-backups', report.run_id));
    const { kind, paths } = await verifiedManifest(report.backup ?? '');
    expect([kind, paths]).toEqual(['backup', filesBelow(root)]);
    expect(snapshot(root), 'the sources are as they were').toEqual(before);
  });

  test('a backup has older versions too; one without its file is named, and the run is not complete', async () => {
    const cwd = plant();
    const versions = { 'metrics/m.json.bak': 'old', 'metrics/m.json~': 'older' };
    const root = plant({ 'metrics/m.json': measurements(2), ...versions });
    const whole = await load(root, store.fresh(), ['--backup', '--strict'], { cwd });
    expect(whole).toMatchObject({ code: 0, report: { status: 'complete' } });
    expect((await verifiedManifest(whole.report.backup ?? '')).paths).toEqual([
      'metrics/m.json',
      ...Object.keys(versions),
    ]);
    grow(root, { 'metrics/n.json.old': measurements(1) });
    const { code, stdout } = await runCli(['run', root, ...store.fresh().args], { cwd });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/Not read\n {2}metrics\/n\.json\.old: JSON by its name/)]);
  });

  test('the same command again goes on, whatever the attempt before had written', async () => {
    const root = plant(WITH_FAULTS);
    const cwd = plant();
    const place = store.fresh();
    const named = ['--run-id', 'night', '--backup', '--archive', '--rejects', 'rejects'];
    const first = await load(root, place, named, { cwd });
    const rejected = filesBelow(join(cwd, 'rejects'));
    const digest = await digestOf(place);
    // As a kill leaves it: the backup is there, the rejects are half written, the run is at work.
    rmSync(join(cwd, 'migrate-json-backups', 'night', MANIFEST));
    writeFileSync(
      join(cwd, 'migrate-json-backups', 'night', 'migrate-json-manifest.partial'),
      journalOf('night', root),
    );
    rmSync(join(cwd, 'rejects', rejected.find((path) => path.endsWith('.reason.json')) ?? ''));
    await place.query(asKilled());
    const second = await load(root, place, named, { cwd });
    expect([first.code, second.code]).toEqual([1, 1]);
    expect(filesBelow(join(cwd, 'rejects'))).toEqual(rejected);
    expect(rejectsOf(second.report)).toEqual(rejectsOf(first.report));
    expect(second.report.backup).toBe(join(cwd, 'migrate-json-backups', 'night-2'));
    expect((await verifiedManifest(second.report.backup ?? '')).paths).toEqual(filesBelow(root));
    expect(await digestOf(place)).toBe(digest);
    const other = await runCli(['run', root, '--to', 'x.db', '--run-id', 'other', '--rejects', 'rejects'], { cwd });
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('exists and is not an empty directory')]);
  });

  test('the same command again does not write over rejects that somebody has corrected', async () => {
    const root = plant({ 'metrics/m.json': [...measurements(2), { ...measurements(1)[0], cpu_usage: 'hot' }] });
    const cwd = plant();
    const place = store.fresh();
    const args = ['run', root, ...place.args, '--run-id', 'night', '--rejects', 'rejects'];
    expect((await runCli(args, { cwd })).code).toBe(1);
    await place.query(asKilled());
    expect((await runCli(args, { cwd })).code, 'nothing was corrected').toBe(1);
    await place.query(asKilled());
    const path = join(cwd, 'rejects', 'metrics', 'm.json', '00000003.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"hot"', '7'));
    const corrected = readFileSync(path, 'utf8');
    const again = await runCli(args, { cwd });
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/00000003\.json was changed.*\n.*retry/)]);
    expect(readFileSync(path, 'utf8')).toBe(corrected);
  });

  test('the backup is complete before the load begins, so that a load that fails leaves one', async () => {
    const root = plant(ALL_GOOD);
    const place = store.fresh();
    await load(plant(), place, ['--allow-empty']);
    const [bytes, time] = store.product === 'SQLite' ? ['blob', 'text'] : ['bytea', 'timestamptz'];
    await place.query('DROP TABLE ledger.batches');
    await place.query(
      `CREATE TABLE ledger.batches (run_id text, batch integer, records integer, claims ${bytes}, undo ${bytes}, committed_at ${time} CHECK (committed_at IS NULL))`,
    );
    const cwd = plant();
    const { code, report } = await load(root, place, ['--backup-dir', 'copy', '--backup'], { cwd });
    expect(code).not.toBe(0);
    expect(report.totals.records_loaded).toBe(0);
    expect((await verifiedManifest(join(cwd, 'copy'))).paths).toEqual(filesBelow(root));
  });

  test('--archive moves the files that are fully loaded, after the commit, and no others', async () => {
    const root = plant(WITH_FAULTS);
    const cwd = plant();
    const place = store.fresh();
    const { report } = await load(root, place, ['--archive', '--archive-dir', 'done'], { cwd });
    const loaded = report.files.filter(({ status }) => status === 'loaded');
    expect(loaded.length).toBeGreaterThan(5);
    expect((await verifiedManifest(join(cwd, 'done'))).paths).toEqual(loaded.map(({ path }) => path).sort());
    expect(filesBelow(root)).toEqual(
      report.files
        .filter(({ status }) => status !== 'loaded')
        .map(({ path }) => path)
        .sort(),
    );
    expect(statusesOf(report)).toMatchObject({
      'metrics/mixed.json': 'partial 3/5',
      'conversations/alice/e.json': 'failed 0/1',
    });
    for (const { path, status, archived_to } of report.files) {
      expect(archived_to, path).toBe(status === 'loaded' ? join(cwd, 'done', path) : null);
    }

    const stored = await digestOf(place);
    const again = await load(root, place, ['--archive', '--archive-dir', 'done-2'], { cwd });
    expect([again.code, Object.values(rowsOf(again.report)).every((rows) => rows.startsWith('0/0/'))]).toEqual([
      1,
      true,
    ]);
    expect(await digestOf(place), 'a rerun after the archive changes no row').toBe(stored);
  });

  test('--archive also moves files that an earlier run loaded, if they still are what was loaded', async () => {
    const root = plant({
      'conversations/a.json': conversation('a', []),
      'conversations/b.json': conversation('b', []),
    });
    const cwd = plant();
    const place = store.fresh();
    await load(root, place);
    const { code, report } = await load(root, place, ['--archive'], { cwd });
    expect([code, report.archive]).toEqual([0, join(cwd, 'migrate-json-archive', report.run_id)]);
    expect(filesBelow(root)).toEqual([]);
    expect((await load(root, place, ['--allow-empty'])).code).toBe(0);
  });

  test('a file that comes back from the archive is a file that was loaded', async () => {
    const tree = { 'conversations/a.json': conversation('a', ['one']) };
    const root = plant(tree);
    const place = store.fresh();
    await load(root, place, ['--archive'], { cwd: plant() });
    grow(root, tree);
    const { code, report } = await load(root, place);
    expect([code, statusesOf(report), rowsOf(report)['messages']]).toEqual([
      0,
      { 'conversations/a.json': 'unchanged 1/1' },
      '0/0/1/0',
    ]);
  });

  test.each(['backup', 'archive', 'rejects'] as const)(
    'a directory for --%s that holds something is refused before anything is written',
    async (kind) => {
      const root = plant(WITH_FAULTS);
      const cwd = plant({ 'taken/file.txt': 'x' });
      const place = store.fresh();
      const before = [await place.footprint(), snapshot(root), snapshot(cwd)];
      const options = kind === 'rejects' ? ['--rejects', 'taken'] : [`--${kind}`, `--${kind}-dir`, 'taken'];
      const result = await runCli(['run', root, ...place.args, ...options], { cwd });
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(result.stderr).toMatch(/error: .*taken.*\nhint: .+\n$/);
      expect([await place.footprint(), snapshot(root), snapshot(cwd)]).toEqual(before);
    },
  );

  test('outputs inside the root are never input, in this run or in the next', async () => {
    const root = plant(WITH_FAULTS);
    const place = store.fresh();
    const inside = (name: string) => join(root, name);
    const outputs = [
      '--backup',
      '--backup-dir',
      inside('saved'),
      '--rejects',
      inside('rejected'),
      '--report',
      inside('report.json'),
    ];
    const first = await load(root, place, outputs);
    expect(first.report.totals.files).toBe(filesBelow(plant(WITH_FAULTS)).length);
    const second = await load(root, place);
    expect(rejectsOf(second.report)).toEqual(rejectsOf(first.report));
    const own = second.report.files.filter(({ path }) => /^(saved|rejected)\//.test(path));
    expect(own.length).toBeGreaterThan(10);
    expect(new Set(own.map(({ status, reason }) => `${status} ${reason}`))).toEqual(
      new Set(['unrecognised own-output']),
    );
  });
});

test('backups, archives, rejects, reports and the database are for their owner only, whatever the umask', async () => {
  const cwd = plant({
    ...Object.fromEntries(Object.entries(WITH_FAULTS).map(([path, content]) => [`data/${path}`, content])),
  });
  const umask = process.umask(0);
  try {
    const options = [
      '--backup',
      '--backup-dir',
      'out/backup',
      '--archive',
      '--archive-dir',
      'out/archive',
      '--rejects',
      'out/rejects',
    ];
    const result = await runCli(['run', '--to', 'out/new/x.db', ...options, '--report', 'out/report.json'], { cwd });
    expect(result.code).toBe(1);
  } finally {
    process.umask(umask);
  }
  for (const directory of ['backup', 'rejects', 'new']) {
    expect(modesBelow(join(cwd, 'out', directory)), directory).toEqual({ directories: ['700'], files: ['600'] });
  }
  // Moved files keep the mode that they had.
  expect(modesBelow(join(cwd, 'out/archive')).directories).toEqual(['700']);
  for (const file of ['report.json', `archive/${MANIFEST}`])
    expect(statSync(join(cwd, 'out', file)).mode & 0o777, file).toBe(0o600);
});

test('--archive refuses the default target, before anything is written', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  const before = snapshot(cwd);
  const result = await runCli(['--archive'], { cwd });
  expect([result.code, result.stdout]).toEqual([2, '']);
  expect(result.stderr).toMatch(/^error: --archive .*\nhint: .+\n$/);
  expect(snapshot(cwd)).toEqual(before);
});

test('the default target is never made inside the root', async () => {
  const cwd = plant({ 'settings.json': { theme: 'dark' } });
  const result = await runCli(['run', '.'], { cwd });
  expect(result.code).toBe(2);
  expect(existsSync(join(cwd, 'migrate-json.db'))).toBe(false);
});

test('a SQLite target inside the root is not input, and the dry run counts the same files', async () => {
  const cwd = plant({ 'metrics/m.json': measurements(2) });
  mkdirSync(join(cwd, 'db'));
  const counts: unknown[] = [];
  for (const options of [['--dry-run'], [], []]) {
    const result = await runCli(['run', '.', '--to', 'db/here.db', '--json', ...options], { cwd });
    const { code, stdout } = result;
    counts.push([code, JSON.parse(stdout).totals.files, JSON.parse(stdout).totals.records_loaded]);
  }
  expect(counts[2]).toEqual(counts[1]);
  expect(counts[0]).toEqual(counts[1]);
});

describe('--keep', () => {
  test('removes older backups and archives after a run that ended well, and says so', async () => {
    const [root, cwd] = [plant(ALL_GOOD), plant()];
    const run = (id: string, ...options: string[]) =>
      load(root, { args: ['--to', 'x.db'] }, ['--backup', '--archive', '--run-id', id, ...options], { cwd });
    expect((await run('r1')).code).toBe(0);
    grow(root, ALL_GOOD);
    const { code, report } = await run('r2', '--keep', '1');
    const removed = warningsOf(report).filter((warning) => warning.includes('removed-old-copy'));
    expect([code, removed.length]).toEqual([0, 2]);
    for (const kind of ['backups', 'archive']) expect(readdirSync(join(cwd, `migrate-json-${kind}`))).toEqual(['r2']);
    grow(root, WITH_FAULTS);
    expect((await run('r3', '--keep', '1')).code).toBe(1);
    expect(readdirSync(join(cwd, 'migrate-json-backups'))).toEqual(['r2', 'r3']);
  });

  test('is refused beside a directory that was chosen', async () => {
    const [root, cwd] = [plant(ALL_GOOD), plant()];
    const refused = await runCli(['run', root, '--to', 'x.db', '--backup', '--backup-dir', 'b', '--keep', '1'], {
      cwd,
    });
    expect([refused.code, readdirSync(cwd)]).toEqual([2, []]);
  });
});
