import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { plant, type Tree } from '../setup/trees.ts';

const CONFIG = 'migrate-json.config.yaml';

const DATA: Tree = {
  'data/users.json': [
    { id: 1, name: 'Secret Name', email: 'ann@example.com' },
    { id: 2, name: 'Other', email: 'bob@example.com' },
  ],
  'data/posts.json': { p10: { title: 'Hello', user_id: 1 }, p11: { title: 'World', user_id: 2 } },
};

test('init writes a config file by which run loads everything', async () => {
  const cwd = plant(DATA);
  const { code, stdout } = await runCli(['init'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^users +\d+ +2 +id +3 +- +- +- +users.json$/m);
  expect(stdout).toContain(`The proposal: ${join(cwd, CONFIG)}`);
  expect(stdout).toContain('migrate-json run ./data --dry-run');
  const text = readFileSync(join(cwd, CONFIG), 'utf8');
  for (const value of ['Secret', 'Hello', 'example.com']) expect(text).not.toContain(value);
  const run = await runCli(['run', '--to', 'app.db'], { cwd });
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('4 records in the database, 0 rejected')]);
  expect((await runCli(['verify', '--to', 'app.db'], { cwd })).code).toBe(0);
});

test('init adds to a config file of YAML, and leaves one of another kind as it is', async () => {
  const cwd = plant({ ...DATA, [CONFIG]: 'workers: 1 # mine\n' });
  const { code, stdout } = await runCli(['init'], { cwd });
  expect([code, stdout]).toEqual([0, expect.stringContaining(`Added to: ${join(cwd, CONFIG)}`)]);
  const text = readFileSync(join(cwd, CONFIG), 'utf8');
  expect(text).toMatch(/^workers: 1 # mine\n# new\ndatasets:\n {2}posts:$/m);
  const again = await runCli(['init'], { cwd });
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing is new. As it was: ')]);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toBe(text);
  const json = plant({ ...DATA, 'migrate-json.config.json': {} });
  const printed = await runCli(['init'], { cwd: json });
  expect(printed.stdout).toMatch(/^datasets:/m);
  expect(printed.stderr).toContain('it is no YAML. The proposal follows');
  expect(existsSync(join(json, CONFIG))).toBe(false);
  const two = await runCli(['init'], { cwd: plant({ ...DATA, [CONFIG]: '', 'migrate-json.config.json': {} }) });
  expect([two.code, two.stderr]).toEqual([2, expect.stringContaining('there are 2 config files')]);
});

test('init writes the root, which other commands take from there', async () => {
  const cwd = plant({ 'old/files/users.json': [{ id: 1 }, { id: 2 }] });
  expect((await runCli(['init', 'old/files', '--config', 'old/c.yaml'], { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, 'old/c.yaml'), 'utf8')).toMatch(/^root: .\/files$/m);
  const run = await runCli(['run', '--config', 'old/c.yaml', '--to', 'app.db'], { cwd });
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('2 records in the database')]);
  for (const command of ['verify', 'doctor'])
    expect((await runCli([command, '--config', 'old/c.yaml', '--to', 'app.db'], { cwd })).code, command).toBe(0);
  expect((await runCli(['scan', '--config', 'old/c.yaml'], { cwd })).stdout).toContain('users.json');
  const other = await runCli(['init', 'old', '--config', 'old/c.yaml'], { cwd });
  expect(other.stderr).toContain('nothing is written to old/c.yaml: it is for ');
  writeFileSync(join(cwd, 'bad.yaml'), 'root: [x]\n');
  const bad = await runCli(['run', '--config', 'bad.yaml'], { cwd });
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('bad.yaml:1:1  root: write the directory')]);
});

test('init --check says with 1 and with lines what no longer fits', async () => {
  const cwd = plant(DATA);
  const none = await runCli(['init', '--check'], { cwd });
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is nothing to check')]);
  await runCli(['init'], { cwd });
  const text = readFileSync(join(cwd, CONFIG), 'utf8');
  const fits = await runCli(['init', '--check'], { cwd });
  expect([fits.code, fits.stdout]).toEqual([0, `the data fits ${CONFIG}\n`]);
  const put = (name: string, value: unknown): void =>
    writeFileSync(join(cwd, 'data', name), typeof value === 'string' ? value : JSON.stringify(value));
  put('users.json', [
    { id: 1, name: 'Secret Name', email: 'ann@example.com', phone: '+49 170 1234567' },
    { id: 'two', name: 'Other', email: 'bob@example.com' },
  ]);
  put('carts.json', [{ id: 7 }]);
  put('cut.json', '[{"id": 1}, {"i');
  const { code, stdout } = await runCli(['init', '--check'], { cwd });
  const lineOf = (words: string): number => text.split('\n').findIndex((line) => line.includes(words)) + 1;
  expect(code).toBe(1);
  expect(stdout).toContain(`The data does not fit ${CONFIG} any more`);
  expect(stdout).toMatch(new RegExp(`^ +${lineOf('datasets:')} {2}new dataset carts: carts.json$`, 'm'));
  expect(stdout).toMatch(/^ +\d+ {2}new column users.phone: \/phone$/m);
  expect(stdout).toMatch(
    new RegExp(`^ +${lineOf('      id: integer')} {2}users.id: wrong-type, first at users.json:1/id: `, 'm'),
  );
  expect(stdout).toMatch(/^ +cut.json:1: truncated-json/m);
  for (const value of ['Secret', 'example.com', '1234567']) expect(stdout).not.toContain(value);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toBe(text);
  const json = JSON.parse((await runCli(['init', '--check', '--json'], { cwd })).stdout);
  expect(json).toMatchObject({
    fits: false,
    misfits: expect.arrayContaining([{ line: 0, text: expect.stringMatching(/^cut.json:1: /) }]),
  });
});

test('init --check knows datasets that stand in TypeScript, JSON or other files', async () => {
  const posts = {
    files: 'posts.json',
    records: '/<post>',
    key: 'post',
    columns: { post: { from: '$post', type: 'text' }, title: 'text', user_id: 'integer' },
  };
  const users = { files: 'users.json', key: 'id', columns: { id: 'integer', name: 'text', email: 'text' } };
  const datasets = { users, posts };
  const written: Tree[] = [
    { 'migrate-json.config.ts': `export default ${JSON.stringify({ datasets })};` },
    { 'migrate-json.config.json': { datasets } },
    { [CONFIG]: 'datasets: ./datasets/*.yaml', 'datasets/all.yaml': JSON.stringify({ datasets }) },
  ];
  for (const config of written) {
    const cwd = plant({ ...DATA, ...config });
    const fits = await runCli(['init', '--check'], { cwd });
    expect([fits.code, fits.stdout], fits.stderr).toEqual([0, expect.stringContaining('the data fits ')]);
    writeFileSync(join(cwd, 'data/users.json'), '[{"id": "two", "phone": "1"}]');
    const { code, stdout } = await runCli(['init', '--check'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {7}new column users.phone: \/phone$/m);
    expect(stdout).toMatch(/^ {7}users.id: wrong-type, first at users.json:1\/id: /m);
    expect(stdout).toContain('To see all of it declared: `migrate-json init ');
  }
});

test('init --print writes nothing, and prints the same again', async () => {
  const cwd = plant(DATA);
  const first = await runCli(['init', '--print'], { cwd });
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(existsSync(join(cwd, CONFIG))).toBe(false);
  expect((await runCli(['init', '--print'], { cwd })).stdout).toBe(first.stdout);
  await runCli(['init', '--config', 'other.yaml'], { cwd });
  expect(readFileSync(join(cwd, 'other.yaml'), 'utf8')).toBe(first.stdout);
});

test('init writes down how it read the files: run does the same', async () => {
  const cwd = plant({ ...DATA, 'data/tmp/other.json': [{ id: 'x' }] });
  writeFileSync(
    join(cwd, 'data/old.json'),
    Buffer.from('[{"id":1,"name":"M\u00fcller"},{"id":2,"name":"Gr\u00fcn"}]', 'latin1'),
  );
  const { code } = await runCli(['init', '--encoding', 'windows-1252', '--ignore', 'tmp', '--ignore', '*.txt'], {
    cwd,
  });
  expect(code).toBe(0);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toMatch(
    /^root: .\/data\nencoding: windows-1252\nignore: \[tmp, "\*\.txt"\]\ndatasets:$/m,
  );
  const run = await runCli(['run', '--to', 'app.db'], { cwd });
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('6 records in the database, 0 rejected')]);
});

test('init names files that it cannot read, and ends with 1', async () => {
  const cwd = plant({ ...DATA, 'data/bad.json': '{"a":', 'data/old.json5': '{}' });
  const { code, stdout } = await runCli(['init'], { cwd });
  expect([code, stdout]).toEqual([1, expect.stringMatching(/Not declared\n {2}bad\.json: .*\n {2}old\.json5: /)]);
  expect(readFileSync(join(cwd, CONFIG), 'utf8')).toMatch(/# {3}bad\.json: /);
});

test('the table and the page have what the config has', async () => {
  const cwd = plant(DATA);
  await runCli(['init'], { cwd });
  const text = readFileSync(join(cwd, CONFIG), 'utf8');
  const users = text.slice(text.indexOf('  users:'), text.indexOf('\n# What init'));
  writeFileSync(
    join(cwd, CONFIG),
    text.replace(users, '').replace('type: integer, references: users.id', 'type: json'),
  );
  const { stdout } = await runCli(['init', '--report', 'p.html'], { cwd });
  expect(stdout).toContain('Taken out before, now as comments');
  expect(stdout).not.toMatch(/^users/m);
  const page = readFileSync(join(cwd, 'p.html'), 'utf8');
  expect([page.includes('<h3>posts</h3>'), page.includes('<h3>users</h3>')]).toEqual([true, false]);
});

test('init writes no config that a run would refuse', async () => {
  const letters = (n: number): string =>
    [n % 26, Math.floor(n / 26) % 26, Math.floor(n / 676)].map((each) => String.fromCharCode(97 + each)).join('');
  const members = (n: number) =>
    Object.fromEntries(Array.from({ length: 12 }, (_, m) => [`${letters(n)}_${letters(m)}_of_a_member`, n]));
  const large = plant(
    Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`data/${letters(n)}.json`, [members(n)]])),
  );
  const { code, stderr } = await runCli(['init'], { cwd: large });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/the proposal has .* MB, and a config file at most 1 MiB/)]);
  expect(existsSync(join(large, CONFIG))).toBe(false);
});

test('init --explain gives the evidence for a table or a column, and no values', async () => {
  const cwd = plant(DATA);
  const column = await runCli(['init', '--explain', 'posts.user_id'], { cwd });
  expect([column.code, column.stdout]).toEqual([
    0,
    `posts.user_id
  from       /user_id
  there in   2 of 2
  kinds      number 2
  values     2 different, unique, numbers of at most 1 digits
  type       integer
  refers to  users.id: 2 of 2 values are there, certainty 0.90
`,
  ]);
  const table = await runCli(['init', '--explain', 'users', '--json'], { cwd });
  expect(JSON.parse(table.stdout)).toEqual({
    name: 'users',
    files: 'users.json: 1, the first is users.json',
    records: '2, at /*',
    key: 'id: every record has another value',
    columns: '3',
    'tables in it': 'none',
  });
  const none = await runCli(['init', '--explain', 'user'], { cwd });
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Did you mean users?')]);
  expect(existsSync(join(cwd, CONFIG))).toBe(false);
});

test('init --ddl prints the statements for either database, of the config that is there as well', async () => {
  const cwd = plant(DATA);
  const sqlite = await runCli(['init', '--ddl'], { cwd });
  expect([sqlite.code, sqlite.stdout]).toEqual([0, expect.stringMatching(/CREATE TABLE .*posts/)]);
  await runCli(['init'], { cwd });
  writeFileSync(join(cwd, CONFIG), readFileSync(join(cwd, CONFIG), 'utf8').replace('  posts:', '  articles:'));
  const postgres = await runCli(['init', '--ddl', '--database', 'postgres'], { cwd });
  expect([postgres.code, postgres.stdout]).toEqual([0, expect.stringMatching(/CREATE TABLE .*articles/)]);
  expect(postgres.stdout).toBe((await runCli(['schema', 'print', '--database', 'postgres'], { cwd })).stdout);
  const both = await runCli(['init', '--ddl', '--print'], { cwd });
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--print and --ddl are asked for')]);
});

test('init --report writes a page; neither it nor the terminal nor the config has secrets or personal data', async () => {
  const secrets = [
    'ann.lee@example.com',
    '+49 170 1234567',
    'sk-live-4eC39HqLyjWDarjtT1zdp7dc',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbd62a11ef721d1542d8',
    'Margaret Ashdown',
  ];
  const rows = secrets.flatMap((secret, at) =>
    [0, 1, 2, 3].map((n) => ({ id: 10 * at + n, name: secret, note: secret, token: secret, waiter: secret })),
  );
  const cwd = plant({
    'data/people.json': rows,
    'data/seen.json': Object.fromEntries(secrets.map((secret, n) => [secret, { n, last: secret, id: n }])),
    'data/cut.json': `[{"id": 1, "token": "${secrets[2]}"}, {"id": 2, "tok`,
    'data/lines.jsonl': `{"id":1,"token":"${secrets[4]}"}\n{"id":2,"token":"${secrets[4]}\n`,
  });
  const args = ['init', '--report', 'proposal.html', '--verbose'];
  const { code, stdout, stderr } = await runCli(args, { cwd });
  expect([code, stdout]).toEqual([1, expect.stringContaining('people.token: it may hold secrets')]);
  const page = readFileSync(join(cwd, 'proposal.html'), 'utf8');
  expect(page).toContain('<h3>people</h3>');
  const explained = await runCli(['init', '--explain', 'people.token'], { cwd });
  const checked = await runCli(['init', '--check'], { cwd });
  const written = [
    readFileSync(join(cwd, CONFIG), 'utf8'),
    stdout,
    stderr,
    page,
    explained.stdout,
    checked.stdout,
    checked.stderr,
  ];
  for (const secret of secrets) for (const text of written) expect(text).not.toContain(secret);
  const other = await runCli(['init', '--report', 'proposal.json'], { cwd });
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('does not end in .html')]);
});

test('init asks once for the zone of many columns, until the config has it', async () => {
  const names = ['made_at', 'seen_at', 'paid_at', 'sent_at'];
  const row = Object.fromEntries(names.map((name) => [name, '2024-01-05 10:00:00']));
  const cwd = plant({ 'data/orders.json': [{ id: 1, ...row }] });
  const { stdout } = await runCli(['init'], { cwd });
  expect(stdout).toMatch(
    /^ +6 {2}times: 4 columns hold times that name no zone: .*: orders.made_at, orders.seen_at, orders.paid_at, …$/m,
  );
  expect(stdout).not.toContain('Write `zone`\n');
  writeFileSync(join(cwd, CONFIG), `naiveTime: Europe/Berlin\n${readFileSync(join(cwd, CONFIG), 'utf8')}`);
  expect((await runCli(['init'], { cwd })).stdout).not.toContain('zone');
  const few = plant({ 'data/orders.json': [{ id: 1, made_at: '2024-01-05 10:00:00' }] });
  expect((await runCli(['init'], { cwd: few })).stdout).toContain('orders.made_at: 1 of 1 times name no zone');
});

test('init --json prints one document', async () => {
  const cwd = plant(DATA);
  const printed = JSON.parse((await runCli(['init', '--json', '--print'], { cwd })).stdout);
  expect(printed).toEqual({
    proposal: expect.stringMatching(/^datasets:/m),
    files: 2,
    datasets: [
      {
        name: 'posts',
        line: 7,
        records: 2,
        key: 'key',
        columns: 3,
        children: [],
        references: ['users'],
        questions: 0,
        files: 1,
      },
      {
        name: 'users',
        line: 15,
        records: 2,
        key: 'id',
        columns: 3,
        children: [],
        references: [],
        questions: 0,
        files: 1,
      },
    ],
    questions: [],
    added: [],
    not_declared: [],
  });
  const { config } = JSON.parse((await runCli(['init', '--json'], { cwd })).stdout);
  expect(readFileSync(config, 'utf8')).toBe(printed.proposal);
});

test('init writes YAML only, and nothing where everybody may write, or of nothing', async () => {
  const cwd = plant(DATA);
  const json = await runCli(['init', '--config', 'x.json'], { cwd });
  expect([json.code, json.stderr]).toEqual([2, expect.stringContaining('ends in .yaml')]);
  chmodSync(cwd, 0o777);
  const open = await runCli(['init'], { cwd });
  expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('everybody may write into')]);
  const empty = await runCli(['init', '.'], { cwd: plant({ 'notes.txt': 'x' }) });
  expect([empty.code, empty.stderr]).toEqual([1, expect.stringContaining('no JSON file')]);
  const missing = await runCli(['init', './nowhere'], { cwd: plant() });
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('does not exist')]);
});
