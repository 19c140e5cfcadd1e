import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FORMATS } from '../../src/settings/options.ts';
import { type CliResult, runCli } from '../setup/cli.ts';
import { ALL_GOOD, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores, type Place } from '../setup/places.ts';
import { type JsonReport, load, parseReport } from '../setup/reports.ts';
import { plant } from '../setup/trees.ts';

const stores = bothStores();

/** `migrate-json report first …` in JSON. */
async function reportOf(place: Place, ...args: readonly string[]): Promise<JsonReport> {
  return parseReport(await runCli(['report', 'first', ...place.args, '--format', 'json', ...args]));
}

describe.each(stores)('reports of a run into $product', (store) => {
  test('are written in every format that is asked for, and rendered again from the ledger', async () => {
    const root = plant(WITH_FAULTS);
    const cwd = plant({});
    const place = store.fresh();
    const paths = FORMATS.map((format) => `out/report.${format}`);
    const args = ['--run-id', 'first', '--report', paths.join(',')];
    const { report } = await load(root, place, args, { cwd });
    const texts = Object.fromEntries(
      FORMATS.map((format) => [format, readFileSync(join(cwd, `out/report.${format}`), 'utf8')]),
    );
    expect(JSON.parse(texts['json'] ?? '')).toEqual(report);
    expect(texts['html']).toContain('<h1>Partial</h1>');
    expect(texts['csv']?.split('\r\n')).toHaveLength(report.totals.files + 2);
    expect(texts['xml']?.match(/<testcase /g)).toHaveLength(report.totals.files);
    expect(texts['md']).toMatch(/^## migrate-json run: partial\n/);
    for (const { code } of report.reject_codes)
      for (const format of FORMATS) expect(texts[format], `${code} in ${format}`).toContain(code);

    const past = await reportOf(place);
    const { files, warnings, totals, ...head } = past;
    expect(report).toMatchObject({ ...head, totals: { ...totals, warnings: report.totals.warnings } });
    expect(warnings.map(({ code }) => code)).toEqual(['from-ledger']);
    expect(totals.warnings).toBe(1);
    expect(files).toEqual(report.files);
    const ofTable = await runCli(['report', 'first', ...place.args]);
    expect(ofTable).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^PARTIAL {2}\d+ records in the database/),
    });
  });

  test('report RUN --output takes the format from the ending, and --format wins', async () => {
    const place = store.fresh();
    const cwd = plant({});
    await load(plant(ALL_GOOD), place, ['--run-id', 'first']);
    const run = (...args: readonly string[]) => runCli(['report', 'first', ...place.args, ...args], { cwd });
    expect(await run('--output', 'new/page.html')).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(cwd, 'new/page.html'), 'utf8')).toContain('<h1>Complete</h1>');
    await run('--output', 'page.html', '--format', 'csv');
    expect(readFileSync(join(cwd, 'page.html'), 'utf8')).toMatch(/^path,dataset,/);
    expect(await run('--output', 'page.pdf')).toMatchObject({ code: 2, stderr: expect.stringContaining('--format') });
  });

  test('report RUN --report writes files as a run does, and --format may only say the same', async () => {
    const place = store.fresh();
    const cwd = plant({ 'migrate-json.config.json': { report: 'of-runs.json' } });
    await load(plant(ALL_GOOD), place, ['--run-id', 'first']);
    const run = (...args: readonly string[]) => runCli(['report', 'first', ...place.args, ...args], { cwd });
    const both = await run('--report', 'page.html', '--report', 'new/all.json');
    expect(both).toMatchObject({ code: 0, stdout: expect.stringMatching(/^COMPLETE /) });
    expect(readFileSync(join(cwd, 'page.html'), 'utf8')).toContain('<h1>Complete</h1>');
    expect(JSON.parse(readFileSync(join(cwd, 'new/all.json'), 'utf8'))).toMatchObject({ run_id: 'first' });
    expect(await run('--report', 'same.csv', '--format', 'csv')).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(cwd, 'same.csv'), 'utf8')).toMatch(/^path,dataset,/);
    expect(await run('--report', 'page.html', '--format', 'csv')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/the ending of page\.html(.|\n)*--output page\.html/),
    });
    expect(await run('--report', 'page.pdf')).toMatchObject({ code: 2, stderr: expect.stringContaining('.html') });
    expect(existsSync(join(cwd, 'of-runs.json')), 'what the config file names is for runs').toBe(false);
  });

  test('a report of a past run names where its files were archived to', async () => {
    const place = store.fresh();
    const cwd = plant({});
    await load(plant(ALL_GOOD), place, ['--run-id', 'first', '--archive'], { cwd });
    const { files } = await reportOf(place);
    expect(files.find(({ path }) => path === 'settings.json')?.archived_to).toMatch(/archive.*settings\.json$/);
  });

  test('a run that is not there, or has no end, has no report', async () => {
    const place = store.fresh();
    await load(plant(ALL_GOOD), place, ['--run-id', 'first']);
    const unknown: CliResult = await runCli(['report', 'other', ...place.args]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no run other') });
    await place.query("UPDATE ledger.runs SET report = NULL, status = 'running'");
    const running: CliResult = await runCli(['report', 'first', ...place.args]);
    expect(running).toMatchObject({ code: 2, stderr: expect.stringContaining('it is running') });
  });
});

test('a second run reports only what it changed, and how much it left alone', async () => {
  const place = stores[1].fresh();
  const root = plant(ALL_GOOD);
  await load(root, place);
  await load(root, place, ['--run-id', 'first']);
  const { totals, warnings, files } = await reportOf(place);
  expect(files.length).toBeLessThan(totals.files);
  expect(warnings[0]?.message).toContain(`keeps ${files.length} of ${totals.files} files`);
});

test('the metrics of a run can be read by the node exporter, and tell of a failure too', async () => {
  const cwd = plant({});
  const options = ['--to', 'x.db', '--metrics-file', 'collector/load.prom', '--quiet'];
  const good = await runCli(['run', plant(ALL_GOOD), ...options], { cwd });
  const path = join(cwd, 'collector/load.prom');
  expect(good.code).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readFileSync(path, 'utf8')).toMatch(/^migrate_json_exit_code 0$/m);
  const bad = await runCli(['run', plant(WITH_FAULTS), ...options], { cwd });
  const metrics = readFileSync(path, 'utf8');
  expect(metrics).toContain(`\nmigrate_json_exit_code ${bad.code}\n`);
  expect(metrics).toMatch(/^migrate_json_rejects_total\{code="truncated-json"\} 1$/m);
  expect(metrics).toMatch(/\n# EOF\n$/);
});

describe('on GitHub', () => {
  const env = { GITHUB_ACTIONS: 'true' };

  test('rejects are annotations of the files in the repository, and stdout is still one document', async () => {
    const cwd = plant({ 'legacy/conversations/bob/cut.json': WITH_FAULTS['conversations/bob/cut.json'] ?? '' });
    const { stderr, report } = await load('legacy', stores[1].fresh(), [], {
      cwd,
      env: { ...env, GITHUB_WORKSPACE: cwd },
    });
    expect(stderr).toMatch(/^::error file=legacy\/conversations\/bob\/cut\.json,line=1,col=\d+,title=truncated-json/m);
    expect(stderr).toMatch(/^::notice title=migrate-json run%3A Failed::/m);
    expect(report.exit_code).toBe(1);
  });

  test('validate, run and run again in one job show each annotation once', async () => {
    const cwd = plant({ 'data/conversations/bob/cut.json': WITH_FAULTS['conversations/bob/cut.json'] ?? '' });
    const inJob = { cwd, env: { ...env, GITHUB_WORKSPACE: cwd, RUNNER_TEMP: cwd } };
    const shown: string[] = [];
    for (const args of [
      ['validate', 'data'],
      ['run', 'data'],
      ['run', 'data', '--quiet'],
    ]) {
      const { stderr } = await runCli(args, inJob);
      shown.push(...stderr.split('\n').filter((line) => /^::(?:error|warning) /.test(line)));
    }
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain('title=truncated-json');
    const other = await runCli(['validate', 'data'], {
      cwd,
      env: { ...env, GITHUB_WORKSPACE: cwd, RUNNER_TEMP: plant({}) },
    });
    expect(other.stderr).toContain(shown[0]);
  });

  test('with --quiet only errors are told', async () => {
    const { stderr } = await runCli(['run', plant(ALL_GOOD), '--to', 'x.db', '--quiet'], { env });
    expect(stderr).toBe('');
  });

  test('elsewhere there are none', async () => {
    const { stderr } = await runCli(['run', plant(WITH_FAULTS), '--to', 'x.db']);
    expect(stderr).not.toContain('::');
  });
});
