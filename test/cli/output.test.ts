import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { ledgerPlace } from '../../src/schema/ledger-place.ts';
import { kebab, OPTION_KEYS, OPTIONS, type OptionSpec } from '../../src/settings/options.ts';
import { TABLE_LIST } from '../setup/built-in.ts';
import { cleanEnvironment, runCli } from '../setup/cli.ts';
import { ALL_GOOD, conversation, WITH_FAULTS } from '../setup/legacy.ts';
import { bothStores } from '../setup/places.ts';
import { load, parseReport } from '../setup/reports.ts';
import { runInNewProcess } from '../setup/running-cli.ts';
import { queryTarget } from '../setup/targets.ts';
import { plant, snapshot, type Tree } from '../setup/trees.ts';

/** Nothing on stderr but that tests give the password of their PostgreSQL in the arguments. */
const SILENT: unknown = expect.stringMatching(/^(warning: .* password in --to.*\n)?$/);

const DATA = TABLE_LIST.map(({ name }) => name).sort();
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for.
const COLOUR = /\u001b\[/;

/** The tree under `data/`, beside other files. */
function workplace(tree: Tree, others: Tree = {}): string {
  return plant({
    ...Object.fromEntries(Object.entries(tree).map(([path, content]) => [`data/${path}`, content])),
    ...others,
  });
}

const stores = bothStores();

describe.each(stores)('the report of a run on $product', (store) => {
  test('--json is one document on stdout, equal to --report, and holds every field of the contract', async () => {
    const cwd = workplace(WITH_FAULTS);
    const place = store.fresh();
    const { stdout, stderr, report, code } = await load(
      'data',
      place,
      ['--report', 'a.json', '--report', 'b.json,new/deep/c.json'],
      { cwd },
    );
    for (const name of ['a.json', 'b.json', 'new/deep/c.json'])
      expect(readFileSync(join(cwd, name), 'utf8'), name).toBe(stdout);
    expect(stderr).not.toContain('{');

    expect(Object.keys(report).sort()).toEqual(
      (
        'account archive backup command datasets dry_run duration_ms exit_code files finished_at options reject_codes report_version ' +
        'root run_id schema_version shard started_at status tables target throughput tool_version totals warnings'
      ).split(' '),
    );
    const version: { version: string } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(report).toMatchObject({
      report_version: 1,
      tool_version: version.version,
      run_id: expect.stringMatching(/^\d{8}T\d{6}-[0-9a-f]{6}$/),
      shard: null,
      command: 'run',
      status: 'partial',
      exit_code: code,
      dry_run: false,
      root: join(cwd, 'data'),
      target: expect.stringMatching(/^(postgres:\/\/\w+@127|sqlite:)/),
      schema_version: expect.any(Number),
      backup: null,
      archive: null,
      options: { onConflict: 'update', workers: 2, report: ['a.json', 'b.json', 'new/deep/c.json'] },
    });
    expect(report.options).not.toHaveProperty('to');
    expect(Date.parse(report.finished_at) - Date.parse(report.started_at)).toBe(report.duration_ms);

    expect(Object.keys(report.totals).sort()).toEqual(
      (
        'bytes files files_failed files_loaded files_not_reached files_partial files_unchanged ' +
        'files_unrecognised records_loaded records_read ' +
        'records_rejected repairs warnings'
      ).split(' '),
    );
    for (const file of report.files) {
      expect(Object.keys(file).sort()).toEqual(
        (
          'archived_to bytes dataset dropped owner owner_from path reason records rejects repairs rows sha256 skipped_by status ' +
          'unmapped'
        ).split(' '),
      );
      for (const reject of file.rejects) {
        expect(Object.keys(reject).sort()).toEqual('byte code column hint line message pointer record'.split(' '));
      }
      expect(file.records.read, `read = loaded + rejected in ${file.path}`).toBe(
        file.records.loaded + file.records.rejected,
      );
    }
    for (const warning of report.warnings) expect(Object.keys(warning).sort()).toEqual(['code', 'message', 'path']);
    expect(report.files.map(({ path }) => path)).toEqual(Object.keys(WITH_FAULTS).sort());
  });

  test('totals, datasets and tables are the sums over the files, in the first run and in the next', async () => {
    const root = plant(WITH_FAULTS);
    const place = store.fresh();
    for (const options of [[], [], ['--reload']]) {
      const { report } = await load(root, place, options);
      const { files, totals } = report;
      const sum = (numberOf: (file: (typeof files)[number]) => number) =>
        files.reduce((total, file) => total + numberOf(file), 0);
      const having = (status: string) => sum((file) => (file.status === status ? 1 : 0));
      expect(totals).toEqual({
        files: files.length,
        files_loaded: having('loaded'),
        files_unchanged: having('unchanged'),
        files_partial: having('partial'),
        files_failed: having('failed'),
        files_not_reached: having('not-reached'),
        files_unrecognised: having('unrecognised'),
        bytes: sum(({ bytes }) => bytes ?? 0),
        records_read: sum(({ records }) => records.read),
        records_loaded: sum(({ records }) => records.loaded),
        records_rejected: sum(({ records }) => records.rejected),
        repairs: sum(({ repairs }) => Object.values(repairs).reduce((total, times) => total + times, 0)),
        warnings: report.warnings.length,
      });
      for (const [name, counts] of Object.entries(report.datasets)) {
        const mine = files.filter(({ dataset }) => dataset === name);
        expect(counts, name).toEqual({
          files: mine.length,
          read: mine.reduce((total, { records }) => total + records.read, 0),
          loaded: mine.reduce((total, { records }) => total + records.loaded, 0),
          rejected: mine.reduce((total, { records }) => total + records.rejected, 0),
        });
      }
      for (const kind of ['inserted', 'updated', 'unchanged', 'kept'] as const) {
        const inTables = Object.values(report.tables).reduce((total, rows) => total + rows[kind], 0);
        expect(inTables, kind).toBe(sum(({ rows }) => rows[kind]));
      }
    }
  });

  test('runs lists the runs, and what became of each file of one; an unknown one is a usage error', async () => {
    const root = plant(WITH_FAULTS);
    const place = store.fresh();
    const first = await load(root, place, ['--run-id', 'first']);
    await load(plant(), place, ['--allow-empty', '--run-id', 'second']);
    const listed = await runCli(['runs', ...place.args, '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { run_id: 'second', status: 'complete', exit_code: 0 },
      { run_id: 'first', status: 'partial', exit_code: 1, root, command: 'run' },
    ]);
    const files = await runCli(['runs', 'first', ...place.args, '--json']);
    const entries: { path: string; status: string }[] = JSON.parse(files.stdout);
    expect(entries.map(({ path, status }) => [path, status])).toEqual(
      first.report.files.map(({ path, status }) => [path, status]),
    );
    const table = await runCli(['runs', 'first', ...place.args]);
    expect([table.code, table.stderr]).toEqual([0, SILENT]);
    expect(table.stdout).toMatch(/metrics\/mixed\.json +partial +metrics +5 +3 +2\n/);
    const unknown = await runCli(['runs', 'third', ...place.args]);
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toMatch(/^(warning: .*\n)?error: .*third.*\nhint: .*runs.*\n$/);
  });

  test('schema print is SQL that makes the tables; schema upgrade makes them too, once', async () => {
    const [printed, upgraded] = [store.fresh(), store.fresh()];
    const place = store.product === 'SQLite' ? ledgerPlace('prefixed', undefined) : ledgerPlace('own', 'of_upgraded');
    const ledger = Object.values(place.tables).map(place.title);
    const print = await runCli(['schema', 'print', ...printed.args, '--ledger-schema', 'of_printed']);
    expect([print.code, print.stderr]).toEqual([0, SILENT]);
    if (store.product === 'SQLite') {
      const database = new Database(printed.url.replace('sqlite:', ''));
      database.exec(print.stdout);
      database.close();
    } else {
      await printed.query(`CREATE SCHEMA "${printed.dbSchema}"`);
      await printed.query(print.stdout);
    }
    const first = await runCli(['schema', 'upgrade', ...upgraded.args, '--json', '--ledger-schema', 'of_upgraded']);
    expect([first.code, JSON.parse(first.stdout).created.sort()]).toEqual([0, [...DATA, ...ledger].sort()]);
    const second = await runCli(['schema', 'upgrade', ...upgraded.args, '--json']);
    expect([second.code, JSON.parse(second.stdout)]).toEqual([
      0,
      expect.objectContaining({ created: [], changes: [] }),
    ]);
    const tables =
      store.product === 'SQLite'
        ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        : 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename COLLATE "C"';
    const inPlace = store.product === 'SQLite' ? [...DATA, ...ledger].sort() : DATA;
    for (const each of [printed, upgraded]) {
      expect((await each.query(tables)).map(({ name }) => name)).toEqual(inPlace);
      expect((await load(plant(ALL_GOOD), each)).code).toBe(0);
    }
  });

  test('the first line on stderr names the target and where it came from, and never a password', async () => {
    const { url, dbSchema } = store.fresh();
    const cwd = workplace(ALL_GOOD, {
      'local.env': `MIGRATE_JSON_TO=${url}\n`,
      'migrate-json.config.json': { dbSchema },
    });
    const origins: [readonly string[], Record<string, string>, RegExp][] = [
      [['--to', url], {}, /\(--to\)/],
      [[], { DATABASE_URL: url }, /\(DATABASE_URL\)/],
      [[], { MIGRATE_JSON_TO: url, DATABASE_URL: 'postgres://elsewhere/x' }, /\(MIGRATE_JSON_TO\)/],
      [['--env-file', 'local.env'], {}, /\(MIGRATE_JSON_TO\)/],
      [['--dry-run'], { DATABASE_URL: url }, /\(DATABASE_URL\), dry run/],
    ];
    for (const [args, env, origin] of origins) {
      const result = await runCli([...args], { cwd, env });
      const [line = ''] = result.stderr.split('\n');
      expect([result.code, line]).toEqual([0, expect.stringMatching(/^target: (postgres|sqlite):/)]);
      expect(line).toMatch(origin);
      expect(result.stderr).not.toContain(new URL(url).password || 'no password');
    }
  });
});

test('the summary goes to stdout, everything else to stderr; run is the default command', async () => {
  const cwd = workplace(WITH_FAULTS);
  const [named, unnamed, quiet] = [
    await runCli(['run', 'data', '--to', 'a.db'], { cwd }),
    await runCli(['--to', 'b.db'], { cwd }),
    await runCli(['data', '--to', 'c.db', '--quiet'], { cwd }),
  ];
  const timeless = (text: string) => text.replaceAll(/in [\d.]+ m?s/g, 'in TIME');
  const beforeNext = (text: string) => timeless(text).split('\nNext\n')[0];
  expect(beforeNext(named.stdout)).toBe(beforeNext(unnamed.stdout));
  expect(beforeNext(quiet.stdout)).toBe(beforeNext(named.stdout));
  expect(named.code).toBe(1);
  expect(named.stderr).toMatch(
    /^target: sqlite:a\.db \(--to\)\ncreated \d+ tables for the data and \d+ tables of the ledger\n$/,
  );
  expect(quiet.stderr).toBe('');
  expect(named.stdout).not.toContain('target:');
  for (const word of [
    'PARTIAL',
    'records',
    'rejected',
    'conversations',
    'inserted',
    'files:',
    'truncated-json',
    'conflicting-duplicate',
    'Next',
  ]) {
    expect(named.stdout).toContain(word);
  }
});

test('--quiet still tells of a failure, --verbose lists every file', async () => {
  const cwd = workplace(ALL_GOOD);
  const failed = await runCli(['run', 'nowhere', '--to', 'a.db', '--quiet'], { cwd });
  expect([failed.code, failed.stdout]).toEqual([2, '']);
  expect(failed.stderr).toMatch(/^error: .*\nhint: .*\n$/);
  const verbose = await runCli(['--to', 'a.db', '--verbose', '--json'], { cwd });
  for (const path of Object.keys(ALL_GOOD)) expect(verbose.stderr).toContain(path);
  expect(parseReport(verbose).exit_code).toBe(0);
});

test('colours come with FORCE_COLOR, and go with NO_COLOR and --no-color', async () => {
  const cwd = workplace(ALL_GOOD);
  const coloured = async (args: readonly string[], env: Record<string, string>): Promise<boolean[]> => {
    const result = await runCli(['--to', 'a.db', ...args], { cwd, env });
    const failure = await runCli(['scan', 'nowhere', ...args], { cwd, env });
    return [COLOUR.test(result.stdout), COLOUR.test(failure.stderr)];
  };
  expect(await coloured([], {})).toEqual([false, false]);
  expect(await coloured([], { FORCE_COLOR: '1' })).toEqual([true, true]);
  expect(await coloured(['--no-color'], { FORCE_COLOR: '1' })).toEqual([false, false]);
  expect(await coloured([], { NO_COLOR: '1' })).toEqual([false, false]);
});

test('--json never holds colours or progress', async () => {
  const result = await runCli(['--to', 'a.db', '--json'], { cwd: workplace(WITH_FAULTS), env: { FORCE_COLOR: '1' } });
  expect(result.stdout).not.toMatch(COLOUR);
  expect(parseReport(result).exit_code).toBe(1);
});

test('a run that fails after it began still gives a whole report with --json and --report', async () => {
  const cwd = workplace(ALL_GOOD);
  const url = 'postgres://user:secret-word@127.0.0.1:1/app';
  const result = await runCli(['--to', url, '--json', '--report', 'r.json'], { cwd });
  expect(result.code).toBe(4);
  if (result.stdout !== '') {
    expect(parseReport(result)).toMatchObject({ status: 'failed', exit_code: 4 });
    expect(readFileSync(join(cwd, 'r.json'), 'utf8')).toBe(result.stdout);
  }
  expect(result.stderr).toMatch(/^error: /m);
});

test('help lists every command and every option, and exits with 0, as --version does', async () => {
  const help = await runCli(['--help']);
  expect([help.code, help.stderr]).toEqual([0, '']);
  for (const command of ['run', 'scan', 'validate', 'runs', 'schema'])
    expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  const commands = {
    run: ['run'],
    scan: ['scan'],
    validate: ['validate'],
    runs: ['runs'],
    schema: ['schema', 'status'],
  };
  for (const [name, words] of Object.entries(commands)) {
    const { code, stdout } = await runCli([...words, '--help']);
    expect(code, name).toBe(0);
    for (const key of OPTION_KEYS) {
      const spec: OptionSpec = OPTIONS[key];
      const flag = `--${spec.kind === 'negated-flag' ? 'no-' : ''}${kebab(key)}`;
      const isListed = new RegExp(`${flag}(?![\\w-])`).test(stdout);
      expect(isListed, `${name} ${flag}`).toBe(
        (spec.commands as readonly string[]).some((each) => [name, words.join(' ')].includes(each)),
      );
    }
  }
  const version = await runCli(['--version']);
  expect([version.code, version.stderr]).toEqual([0, '']);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('scan and validate need no database, write nothing, and say what they saw', async () => {
  const cwd = workplace(WITH_FAULTS);
  const before = snapshot(cwd);
  const env = { DATABASE_URL: 'postgres://user@127.0.0.1:1/nothing-listens' };
  const scan = await runCli(['scan', '--json'], { cwd, env });
  const {
    files,
  }: { files: { path: string; dataset: string | null; reason: string; explanation: string; owner: string | null }[] } =
    JSON.parse(scan.stdout);
  expect(files.map(({ path }) => path)).toEqual(Object.keys(WITH_FAULTS).sort());
  const about = Object.fromEntries(files.map((file) => [file.path, file]));
  expect(about).toMatchObject({
    'conversations/alice/a.json': { dataset: 'conversations', owner: 'alice', owner_from: 'path' },
    'conversations/bob/empty.json': { dataset: 'conversations', reason: 'path alone: the content is damaged' },
    'metrics/dump.json': { dataset: 'metrics', owner: null },
    'metrics/dump_metadata.json': { dataset: null, reason: 'sidecar' },
    'notes.txt': { dataset: null, reason: 'not-json' },
    'settings.json': { dataset: 'settings', owner: 'system' },
  });
  for (const { explanation, path } of files) expect(explanation.length, path).toBeGreaterThan(5);
  const text = await runCli(['scan', '--verbose'], { cwd, env });
  for (const path of Object.keys(WITH_FAULTS)) expect(text.stdout).toContain(path);
  const tree = await runCli(['scan'], { cwd, env });
  for (const path of Object.keys(WITH_FAULTS)) expect(tree.stdout).toContain(` ${basename(path)} `);

  const validate = await runCli(['validate', '--json'], { cwd, env });
  const report = parseReport(validate);
  expect([validate.code, report.command, report.target, report.totals.records_rejected]).toEqual([
    1,
    'validate',
    null,
    5,
  ]);
  expect((await runCli(['validate'], { cwd, env })).stdout).toContain('conflicting-duplicate');
  expect(snapshot(cwd)).toEqual(before);
  const good = await runCli(['validate', plant(ALL_GOOD)]);
  expect([good.code, good.stdout.startsWith('VALID')]).toEqual([0, true]);
});

test('scan --fields lists every member that was seen, its types, and where it goes', async () => {
  const { code, stdout } = await runCli(['scan', plant(ALL_GOOD), '--fields']);
  expect(code).toBe(0);
  for (const line of [
    /title.*text.*conversations\.title/,
    /mood.*text.*conversations\.extra/,
    /daily_count.*usage\.daily_used/,
  ]) {
    expect(stdout).toMatch(line);
  }
});

test('scan --fields says what export makes of each member, and what becomes of one that nothing keeps', async () => {
  const cwd = plant({
    'data/people.json': [{ id: 1, Name: ' Ada ', pin: '12', seen: 3 }],
    'migrate-json.config.json': {
      datasets: {
        people: {
          files: 'people.json',
          key: 'id',
          rest: { ignore: ['/seen'] },
          columns: { id: 'integer', name: { type: 'text', trim: true }, pin: { type: 'text', secret: 'sha256' } },
        },
      },
    },
  });
  const { code, stdout } = await runCli(['scan', 'data', '--fields'], { cwd });
  expect(code).toBe(0);
  for (const line of [
    /\/Name .*people\.name +respelled/,
    /\/id .*people\.id +exact/,
    /\/pin .*people\.pin +one-way/,
    /\/seen .*dropped \(ignored-member\) +one-way/,
  ])
    expect(stdout).toMatch(line);
});

test.each([
  [
    'json',
    JSON.stringify({
      to: 'from-file.db',
      onConflict: 'keep',
      maxErrors: '5%',
      only: ['metrics', 'usage'],
      dryRun: true,
    }),
  ],
  ['yaml', 'to: from-file.db\nonConflict: keep\nmaxErrors: 5%\nonly: [metrics, usage]\ndryRun: true\n'],
  [
    'js',
    "export default { to: 'from-file.db', onConflict: 'keep', maxErrors: '5%', only: 'metrics,usage', dryRun: true };\n",
  ],
  [
    'ts',
    "const mode: string = 'keep';\nexport default { to: 'from-file.db', onConflict: mode, maxErrors: '5%', only: ['metrics', 'usage'], dryRun: true };\n",
  ],
])('options come from migrate-json.config.%s, and from another one with --config', async (ending, content) => {
  const expected = {
    onConflict: 'keep',
    maxErrors: { limit: 5, unit: 'percent' },
    only: ['metrics', 'usage'],
    dryRun: true,
  };
  const [byDefault, named] = [`migrate-json.config.${ending}`, `other.${ending}`];
  const ways = [[byDefault, []], ...(ending === 'ts' ? [[named, ['--config', named]] as const] : [])] as const;
  for (const [name, args] of ways) {
    const cwd = workplace(ALL_GOOD, { [name]: content, 'package.json': { type: 'module' } });
    const result = await runCli(['--json', ...args], { cwd });
    const report = parseReport(result);
    expect([report.options, report.target]).toMatchObject([expected, 'sqlite:from-file.db']);
    expect(result.stderr).toContain(name);
    expect(existsSync(join(cwd, 'from-file.db'))).toBe(false);
  }
});

test('a Node that reads no TypeScript yet is told for what it is', async () => {
  const cwd = workplace(ALL_GOOD, { 'migrate-json.config.ts': 'export default { dryRun: true as boolean };\n' });
  const { code, stderr } = await runInNewProcess([], { cwd, env: { NODE_OPTIONS: '--no-experimental-strip-types' } });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/config\.ts cannot be imported\n.*from 22\.18 on/)]);
});

test('a flag beats the environment, the environment the config file, and that the default', async () => {
  const cwd = workplace(ALL_GOOD, {
    'migrate-json.config.json': {
      to: 'file.db',
      workers: 3,
      batchBytes: 300,
      user: 'from-file',
      strict: true,
      color: false,
    },
    '.env': 'MIGRATE_JSON_WORKERS=7\nMIGRATE_JSON_USER=from-dot-env\n',
  });
  const env = {
    MIGRATE_JSON_WORKERS: '4',
    MIGRATE_JSON_BATCH_BYTES: '400',
    MIGRATE_JSON_STRICT: 'false',
    DATABASE_URL: 'database-url.db',
  };
  const report = parseReport(await runCli(['--workers', '5', '--json', '--dry-run'], { cwd, env }));
  expect(report.options).toMatchObject({
    workers: 5,
    batchBytes: 400,
    user: 'from-file',
    strict: false,
    color: false,
    onConflict: 'update',
  });
  expect(report.target).toBe('sqlite:file.db');
  const asked = parseReport(await runCli(['--json', '--dry-run', '--env-file', '.env'], { cwd }));
  expect(asked.options).toMatchObject({ workers: 7, user: 'from-dot-env' });
  const environmentWins = parseReport(
    await runCli(['--json', '--dry-run', '--env-file', '.env'], { cwd, env: { MIGRATE_JSON_WORKERS: '4' } }),
  );
  expect(environmentWins.options).toMatchObject({ workers: 4, user: 'from-dot-env' });
});

test('the same file can be loaded under SQLAlchemy spellings of a target', async () => {
  const cwd = workplace({ 'conversations/a.json': conversation('a', []) });
  for (const to of [
    'sqlite:///x.db',
    'sqlite:x.db',
    'x.db',
    `sqlite:///${join(cwd, 'x.db')}`,
    `sqlite+aiosqlite:///x.db`,
  ]) {
    const report = parseReport(await runCli(['--to', to, '--json'], { cwd }));
    expect([report.exit_code, report.totals.files_loaded], to).toEqual([0, to === 'sqlite:///x.db' ? 1 : 0]);
  }
});

test.each(['--json', '--verbose'])(
  'a reader that goes away changes neither what is done nor the exit code (%s)',
  async (option) => {
    const root = plant({ ...ALL_GOOD, 'conversations/bad.json': '{' });
    const [target, bin] = [
      join(root, '..', `${basename(root)}.db`),
      fileURLToPath(new URL('../../bin/migrate-json.js', import.meta.url)),
    ];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: of the shell.
    const script = '"$0" "$@" 2>&1 | true; echo ${PIPESTATUS[0]}';
    const args = ['-c', script, process.execPath, bin, 'run', root, '--to', target, option];
    const { stdout } = spawnSync('bash', args, { encoding: 'utf8', env: cleanEnvironment(root) });
    expect(stdout).toBe('1\n');
    const rows = await queryTarget(`sqlite:${target}`, 'SELECT exit_code FROM ledger.runs');
    expect(rows).toEqual([{ exit_code: 1 }]);
    rmSync(target);
  },
);
