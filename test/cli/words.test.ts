import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { BIN, runCli } from '../setup/cli.ts';
import { queryTarget } from '../setup/targets.ts';
import { HAS_TERMINAL, TerminalSession } from '../setup/terminal-session.ts';
import { plant } from '../setup/trees.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const BACKUP = ['--backup', '--backup-dir', 'copy'];

test('the first command under Next works after a run with rejects and a backup', async () => {
  const cwd = plant();
  const first = await runCli(['run', fromRoot('fixtures/demo'), '--to', 'a.db', ...BACKUP], { cwd });
  const command = / {4}migrate-json (.*)/.exec(first.stdout)?.[1] ?? '';
  expect([first.code, command]).toEqual([1, expect.stringMatching(/--rejects/)]);
  const again = await runCli(command.split(' '), { cwd });
  expect(again.code, again.stderr).toBe(1);
});

test('who came through npx is told to go on through npx', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  const { stdout } = await runCli(['run', '--to', 'a.db'], { cwd, env: { npm_command: 'exec' } });
  expect(stdout).toMatch(/ {4}npx --no-install migrate-json verify \.\/data --to a\.db\n/);
});

test('a warning that stderr has shown is not repeated under the summary, but is in the report', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  const args = ['run', '--to', 'a.db', ...BACKUP, '--report', 'report.json'];
  const { stdout, stderr } = await runCli(args, { cwd });
  expect((stdout + stderr).match(/on\s+the\s+same\s+disk/g)).toHaveLength(1);
  const { warnings } = JSON.parse(readFileSync(`${cwd}/report.json`, 'utf8'));
  expect(warnings).toContainEqual(expect.objectContaining({ code: 'backup-same-disk' }));
});

test('the first run names its tables only to those who ask', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  const { stderr } = await runCli(['run', '--to', 'a.db'], { cwd });
  expect(stderr).toMatch(/^created 2 tables for the data and \d+ tables of the ledger$/m);
  const { stderr: told } = await runCli(['run', '--to', 'b.db', '--verbose'], { cwd });
  expect(told).toMatch(
    /^created 2 tables for the data \(users, user_settings\) and \d+ tables of the ledger \(migrate_json_/m,
  );
});

test('a run that was killed before its first file does not say that all was loaded before', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' } });
  await runCli(['run', '--to', 'a.db', '--run-id', 'killed'], { cwd });
  const url = `sqlite:${cwd}/a.db`;
  const renewed = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-11 seconds')";
  const killed = `UPDATE ledger.runs SET status = 'running', report = NULL, lease_renewed_at = ${renewed}`;
  await queryTarget(url, 'DELETE FROM ledger.files', killed);
  const { stdout } = await runCli(['runs', 'killed', '--to', 'a.db'], { cwd });
  expect(stdout).toBe('this run has finished no file: it was interrupted, or its process is gone\n');
});

test('doctor tells sizes in units', async () => {
  const cwd = plant({ 'data/settings.json': { text: 'x'.repeat(20_000) } });
  const { stdout } = await runCli(['doctor', '--to', 'a.db'], { cwd });
  expect(stdout).toMatch(/1 file, 20\.0 kB/);
});

test('docs/rules.md says how many files share a transaction', () => {
  const [, files = ''] =
    /FILES_PER_BATCH = ([\d_]+)/.exec(readFileSync(fromRoot('src/load/waiting-batch.ts'), 'utf8')) ?? [];
  const said = `up to ${Number(files.replace('_', '')).toLocaleString('en-US')} of them`;
  expect(readFileSync(fromRoot('docs/rules.md'), 'utf8')).toContain(said);
});

test.skipIf(!HAS_TERMINAL)('a terminal of 80 columns breaks no word of a command', async () => {
  const cwd = plant({ 'data/settings.json': { theme: '********' }, 'data/usage/ann/usage.json': { tier: 'pro' } });
  const command = `'${process.execPath}' '${BIN}' run ./data --to a-database-with-a-long-name.db --backup --no-progress`;
  const session = new TerminalSession(command, cwd);
  onTestFinished(() => session.close());
  const screen = await session.until(/ended with \d/, 30);
  const next = screen.slice(screen.indexOf('\nNext\n'));
  expect(next).toMatch(
    /--report report\.json.* \\\n +--rejects rejects\n|\\\n +--report report\.json --rejects rejects\n/,
  );
  for (const line of next.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test.skipIf(!HAS_TERMINAL)('no word is broken at 80 columns: errors, hints and warnings, doctor, scan', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' }, 'data/what.json': { foo: { bar: [1] } } });
  const commands = [
    'run nothing',
    'run data --max-errors x --workers y --connections z --batch-bytes many --naive-time w',
    'run data --to a.db --no-progress --backup --backup-dir copy',
    'doctor data --to b.db',
    'scan data --verbose --user somebody-whose-name-is-so-long-that-the-line-would-not-fit',
  ];
  for (const command of commands) {
    const session = new TerminalSession(`'${process.execPath}' '${BIN}' ${command}`, cwd);
    onTestFinished(() => session.close());
    const screen = await session.until(/ended with \d/, 30);
    // A line that the terminal had to break fills all of its columns.
    expect(screen.split('\n').filter((line) => line.length >= 80)).toEqual([]);
  }
});

test.skipIf(!HAS_TERMINAL)('no word of a table is broken at 80 columns', async () => {
  const path = 'conversations/somebody/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9.json';
  const chat = {
    id: 'a',
    created_at: '2025-01-01T00:00:00Z',
    a_member_that_no_column_has_and_that_is_long: { deep: 'a' },
  };
  const cwd = plant({ [`data/${path}`]: { ...chat, messages: [{ role: 'user', content: 'x' }] } });
  await runCli(['run', 'data', '--to', 'a.db', '--run-id', 'a-run-of-some-name-that-is-longer-than-most'], { cwd });
  const sql = (statement: string) => queryTarget(`sqlite:${cwd}/a.db`, statement);
  await sql("UPDATE conversations SET title = 'Changed'");
  for (const [command, shown] of [
    ['runs', /a-run-of-some-name-that-is-longer-than-most\n? /],
    [
      'runs a-run-of-some-name-that-is-longer-than-most',
      new RegExp(`^${path}\n  loaded  conversations +1 +1 +0$`, 'm'),
    ],
    [
      'undo a-run-of-some-name-that-is-longer-than-most --yes',
      new RegExp(`  kept  conversations\\n    ${path} record 1\\n`),
    ],
    ['snapshot create', /bring it back:\n {4}migrate-json snapshot restore /],
    ['snapshot list', /snapshot/],
    ['verify data', /different/],
    ['schema check', /stage1_data/],
    ['schema status', /messages/],
  ] as const) {
    const session = new TerminalSession(`'${process.execPath}' '${BIN}' ${command} --to a.db`, cwd);
    onTestFinished(() => session.close());
    const screen = await session.until(/ended with \d/, 30);
    expect(screen).toMatch(shown);
    // But for a path that is longer than the screen: it has no blank.
    const broken = screen.split('\n').filter((line) => line.length >= 80 && !line.trim().startsWith('/'));
    expect(broken).toEqual([]);
    if (command === 'verify data') await sql('ALTER TABLE messages DROP COLUMN stage1_data');
  }
  const fields = new TerminalSession(`'${process.execPath}' '${BIN}' scan data --fields`, cwd);
  onTestFinished(() => fields.close());
  const screen = await fields.until(/ended with \d/, 30);
  expect(screen).toMatch(/^ +\/a_member_that_no_column_has_and_that_is_long$/m);
  expect(screen.split('\n').filter((line) => line.length >= 80)).toEqual([]);
});

test('a SQLite file that is not there has a hint of its own, and sizes have units', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark'.repeat(2000) } });
  const check = await runCli(['schema', 'check', '--to', 'none.db'], { cwd });
  expect(check.stderr).toMatch(/none\.db does not exist\nhint: {2}Name the database with --to/);
  const { stdout } = await runCli(['validate', 'data', '--max-record-bytes', '5000'], { cwd });
  expect(stdout).toContain('the record has more than 5.0 kB');
});

test('scan names init for files that look like data and that no dataset knows', async () => {
  const cwd = plant({ 'data/settings.json': { theme: 'dark' }, 'data/boats.json': [{ sail: 1 }, { sail: 2 }] });
  const { stdout } = await runCli(['scan', 'data'], { cwd });
  expect(stdout).toContain('a file looks like data and is of no dataset; have it declared:');
  expect(stdout).toMatch(/^ {4}migrate-json init data$/m);
  const known = await runCli(['scan', 'data', '--ignore', 'boats.json'], { cwd });
  expect(known.stdout).not.toContain('init');
});

test('verify names the tables whose rows count with those of another', async () => {
  const messages = [{ role: 'user', content: 'hello' }];
  const cwd = plant({ 'data/conversations/a.json': { id: 'a', title: 'a', messages } });
  await runCli(['run', '--to', 'a.db'], { cwd });
  const { stdout } = await runCli(['verify', '--to', 'a.db'], { cwd });
  expect(stdout).toMatch(/^conversations with their messages +1 +0/m);
});
