import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliOptions, type CliResult, runCli } from '../setup/cli.ts';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { ALL_GOOD, conversation } from '../setup/legacy.ts';
import { bothStores } from '../setup/places.ts';
import { closedPort } from '../setup/postgres-proxy.ts';
import { load, parseReport, rejectsOf, statusesOf } from '../setup/reports.ts';
import { plant, snapshot } from '../setup/trees.ts';

/** A password that could be nothing else, with characters that must be percent-encoded. */
const CANARY = 'canary/p@ss:w%rd?é';
const ENCODED = encodeURIComponent(CANARY);
const SPELLINGS = [
  CANARY,
  ENCODED,
  ENCODED.toLowerCase(),
  encodeURI(CANARY),
  Buffer.from(CANARY).toString('base64'),
  Buffer.from(CANARY).toString('base64').replace(/=+$/, ''),
  'canary',
];

function expectNoCanary(text: string): void {
  for (const spelling of SPELLINGS) expect(text).not.toContain(spelling);
}

/** One line for the cause, one for what to do, nothing else but notices; no stack trace. */
function expectOneCause({ stdout, stderr }: CliResult, cause: RegExp, hint: RegExp = /./): void {
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  expect(
    lines.filter((line) => line.startsWith('error: ')),
    stderr,
  ).toHaveLength(1);
  expect(
    lines.filter((line) => line.startsWith('hint: ')),
    stderr,
  ).toHaveLength(1);
  expect(lines.at(-2), stderr).toMatch(cause);
  expect(lines.at(-1), stderr).toMatch(hint);
  expect(
    lines.filter((line) => !/^(error|hint|target|warning): |created \d+ tables/.test(line)),
    stderr,
  ).toEqual([]);
  expect(stderr).not.toMatch(/^\s+at /m);
  expectNoCanary(stderr);
}

interface BadCall {
  readonly title: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly cause: RegExp;
  readonly hint?: RegExp;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const DATA = { 'data/settings.json': { theme: 'dark' } };

const BAD_CALLS: readonly BadCall[] = [
  {
    title: 'a root that does not exist',
    args: ['run', 'nowhere', '--to', 'x.db'],
    code: 2,
    cause: /nowhere does not exist/,
    hint: /directory/,
  },
  {
    title: 'the default root does not exist',
    args: ['run', '--to', 'x.db'],
    files: { 'other/x.json': '{}' },
    code: 2,
    cause: /\.\/data does not exist/,
  },
  {
    title: 'a file as root',
    args: ['run', 'data/settings.json', '--to', 'x.db'],
    code: 2,
    cause: /settings\.json is a file/,
    hint: /--include/,
  },
  { title: 'a root below a file', args: ['scan', 'data/settings.json/x'], code: 2, cause: /settings\.json\/x/ },
  {
    title: 'an unknown option',
    args: ['run', '--overwrite-all', '--to', 'x.db'],
    code: 2,
    cause: /unknown option '--overwrite-all'/,
    hint: /--help/,
  },
  {
    title: 'a mistyped option',
    args: ['run', '--dry-rum', '--to', 'x.db'],
    code: 2,
    cause: /--dry-rum/,
    hint: /--dry-run/,
  },
  {
    title: 'mistyped datasets',
    args: ['run', '--only', 'conversation,usge', '--to', 'x.db'],
    code: 2,
    cause: /did you mean conversations, usage\?/,
  },
  {
    title: 'a mistyped repair',
    args: ['run', '--repair', 'nul', '--to', 'x.db'],
    code: 2,
    cause: /did you mean nul-character\?/,
  },
  {
    title: 'a mistyped variable',
    args: ['run', '--to', 'x.db'],
    env: { MIGRATE_JSON_WORKRS: '2' },
    code: 2,
    cause: /did you mean MIGRATE_JSON_WORKERS\?/,
  },
  { title: 'a missing argument', args: ['retry'], code: 2, cause: /'directory'/, hint: /migrate-json retry --help/ },
  {
    title: 'an unknown option of a subcommand',
    args: ['schema', 'rollback', '--nothing-like-it'],
    code: 2,
    cause: /--nothing-like-it/,
    hint: /migrate-json schema rollback --help/,
  },
  { title: 'a shell that nobody knows', args: ['completion', 'csh'], code: 2, cause: /csh/, hint: /completion --help/ },
  { title: 'an option of another command', args: ['scan', '--to', 'x.db'], code: 2, cause: /--to/ },
  { title: 'an option without its value', args: ['run', '--to'], code: 2, cause: /--to/ },
  { title: 'too many arguments', args: ['run', 'data', 'more', '--to', 'x.db'], code: 2, cause: /too many arguments/ },
  { title: 'a mistyped command', args: ['rnu'], code: 2, cause: /rnu/, hint: /run/ },
  { title: 'another mistyped command', args: ['scna', '--json'], code: 2, cause: /scna/, hint: /scan/ },
  {
    title: 'a mistyped command with the options of the right one',
    args: ['valdate', 'data'],
    code: 2,
    cause: /valdate/,
    hint: /validate/,
  },
  { title: 'a mistyped subcommand', args: ['schema', 'prnit'], code: 2, cause: /prnit/, hint: /print/ },
  { title: 'a directory where a subcommand was meant', args: ['schema', './data'], code: 2, cause: /\.\/data/ },
  {
    title: 'a word that is neither command nor directory',
    args: ['everything', '--to', 'x.db'],
    code: 2,
    cause: /everything does not exist/,
  },
  {
    title: 'an unknown time zone',
    args: ['run', '--to', 'x.db', '--naive-time', 'Mars/Olympus'],
    code: 2,
    cause: /--naive-time must be .*Europe\/Berlin/,
  },
  {
    title: 'an unknown encoding',
    args: ['run', '--to', 'x.db', '--encoding', 'klingon'],
    code: 2,
    cause: /--encoding/,
  },
  {
    title: 'an unknown conflict mode',
    args: ['run', '--to', 'x.db', '--on-conflict', 'replace'],
    code: 2,
    cause: /--on-conflict must be one of update, overwrite, keep, fail/,
  },
  {
    title: 'an unknown dataset',
    args: ['run', '--to', 'x.db', '--only', 'setings'],
    code: 2,
    cause: /--only must be .*settings/,
  },
  { title: 'an unknown repair', args: ['run', '--to', 'x.db', '--repair', 'everything'], code: 2, cause: /--repair/ },
  {
    title: 'a report of an unknown format',
    args: ['run', '--to', 'x.db', '--report', 'x.pdf'],
    code: 2,
    cause: /--report must end in/,
  },
  {
    title: 'a report whose directory is a file',
    args: ['run', '--to', 'x.db', '--report', 'data/settings.json/x.json'],
    code: 2,
    cause: /settings\.json/,
  },
  {
    title: 'no number of workers',
    args: ['run', '--to', 'x.db', '--workers', '0'],
    code: 2,
    cause: /--workers must be/,
  },
  {
    title: 'a number that is none',
    args: ['run', '--to', 'x.db', '--batch-bytes', '1e3'],
    code: 2,
    cause: /--batch-bytes must be/,
  },
  {
    title: 'a bad --max-errors',
    args: ['run', '--to', 'x.db', '--max-errors', 'many'],
    code: 2,
    cause: /--max-errors must be/,
  },
  {
    title: 'a temporary directory that does not exist',
    args: ['run', '--to', 'x.db', '--temp-dir', 'nowhere'],
    code: 4,
    cause: /nowhere/,
  },
  {
    title: 'several problems at once',
    args: ['run', '--to', 'x.db', '--workers', 'x', '--layout', 'tree', '--run-id', 'a b'],
    env: { MIGRATE_JSON_STRICT: 'perhaps' },
    code: 2,
    cause: /(?=.*--workers)(?=.*--layout)(?=.*--run-id)(?=.*MIGRATE_JSON_STRICT)/,
  },
  {
    title: 'an unknown environment variable',
    args: ['run', '--to', 'x.db'],
    env: { MIGRATE_JSON_WORKER: '2' },
    code: 2,
    cause: /MIGRATE_JSON_WORKER is not an option/,
  },
  {
    title: 'an unknown config key',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.json': { wokers: 2 } },
    code: 2,
    cause: /wokers in migrate-json\.config\.json:1 is not an option; did you mean workers\?/,
  },
  {
    title: 'a key that is nearly one of data',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.json': { dataset: {} } },
    code: 2,
    cause: /dataset in migrate-json\.config\.json:1 is not an option; did you mean datasets\?/,
  },
  {
    title: 'datasets that are not indented',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.json': { datasets: {}, orders: {}, buyers: {}, goods: {}, towns: {} } },
    code: 2,
    cause: /and 2 more keys are no options; are they datasets\?/,
  },
  {
    title: 'a config key as on the command line',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.json': { 'max-errors': 2 } },
    code: 2,
    cause: /did you mean maxErrors/,
  },
  {
    title: 'a config file that is not JSON',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.json': `{"to": "postgres://u:${ENCODED}@h/d",` },
    code: 2,
    cause: /not valid JSON/,
  },
  {
    title: 'a config file that is no object',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'migrate-json.config.yaml': '- a\n' },
    code: 2,
    cause: /must hold an object/,
  },
  { title: 'a config file that does not exist', args: ['run', '--config', 'gone.json'], code: 2, cause: /gone\.json/ },
  {
    title: 'an .env file that does not exist',
    args: ['run'],
    env: { MIGRATE_JSON_ENV_FILE: 'gone.env' },
    code: 2,
    cause: /gone\.env/,
  },
  {
    title: 'a target that is no URL and no SQLite file',
    args: ['run', '--to', 'mysql://u:pw@h/d'],
    code: 2,
    cause: /target/,
    hint: /postgres:\/\//,
  },
  { title: 'an empty target', args: ['run', '--to', ''], code: 2, cause: /--to/ },
  { title: 'a SQLite database in memory', args: ['run', '--to', 'sqlite::memory:'], code: 2, cause: /memory/ },
  {
    title: 'a URL that cannot be read, with a password in it',
    args: ['run', '--to', `postgres://u:${CANARY}@h:port/d`],
    code: 2,
    cause: /URL cannot be read/,
    hint: /Percent-encode/,
  },
  {
    title: 'a bad percent-encoding in the password',
    args: ['run', '--to', 'postgres://u:canary%zz@localhost/d'],
    code: 2,
    cause: /percent-encoding/,
  },
  {
    title: 'a bad percent-encoding in the host',
    args: ['run', '--to', `postgres://u:${ENCODED}@ho%zzst/d`],
    code: 2,
    cause: /URL/,
  },
  {
    title: 'an unknown URL parameter',
    args: ['run', '--to', `postgres://u:${ENCODED}@localhost/d?timeout=${ENCODED}`],
    code: 2,
    cause: /timeout/,
  },
  {
    title: 'a bad sslmode',
    args: ['run', '--to', `postgres://u:${ENCODED}@localhost/d?sslmode=${ENCODED}`],
    code: 2,
    cause: /sslmode/,
  },
  {
    title: 'a remote PostgreSQL without sslmode',
    args: ['run', '--to', `postgres://u:${ENCODED}@db.example.com/d`],
    code: 2,
    cause: /encryption/,
    hint: /sslmode=require/,
  },
  {
    title: 'a text file as a target',
    args: ['run', '--to', 'x.db'],
    files: { ...DATA, 'x.db': 'this is not a database'.repeat(40) },
    code: 5,
    cause: /x\.db: it is not a SQLite database/,
    hint: /path/,
  },
  {
    title: 'a text file as the target of a dry run',
    args: ['run', '--to', 'x.db', '--dry-run'],
    files: { ...DATA, 'x.db': 'this is not a database'.repeat(40) },
    code: 5,
    cause: /x\.db: it is not a SQLite database/,
  },
  {
    title: 'a directory as a target',
    args: ['run', '--to', 'y.db'],
    files: { ...DATA, 'y.db/x.txt': '' },
    code: 5,
    cause: /y\.db/,
    hint: /path/,
  },
  {
    title: 'a directory as the target of a dry run',
    args: ['run', '--to', 'y.db', '--dry-run'],
    files: { ...DATA, 'y.db/x.txt': '' },
    code: 5,
    cause: /y\.db/,
  },
  { title: 'a target below a file', args: ['run', '--to', 'data/settings.json/x.db'], code: 4, cause: /x\.db/ },
  {
    title: 'runs of a database that does not exist',
    args: ['runs', '--to', 'gone.db'],
    code: 4,
    cause: /gone\.db does not exist/,
  },
  {
    title: 'runs of a text file',
    args: ['runs', '--to', 'x.db'],
    files: { ...DATA, 'x.db': 'this is not a database'.repeat(40) },
    code: 5,
    cause: /x\.db: it is not a SQLite database/,
  },
];

describe('a bad call', () => {
  test.each(BAD_CALLS)('$title: exit code $code', async ({ args, code, cause, hint, files = DATA, env = {} }) => {
    const cwd = plant(files);
    const before = snapshot(cwd);
    const result = await runCli(args, { cwd, env });
    expectOneCause(result, cause, hint);
    expect(result.code).toBe(code);
    expect(snapshot(cwd), 'nothing was done').toEqual(before);
  });

  test('a stack trace comes with --debug only, and without what a parser quotes', async () => {
    const cwd = plant({ ...DATA, 'migrate-json.config.json': `{"to": "postgres://u:${ENCODED}@h/d",` });
    const result = await runCli(['run', '--debug'], { cwd });
    expect(result.stderr).toMatch(/^\s+at /m);
    expectNoCanary(result.stderr);
  });
});

describe('a PostgreSQL that does not let the program in', () => {
  let database: FreshPostgres;
  let admin: pg.Client;
  const role = `role_${process.pid}_${Date.now()}`;
  beforeAll(async () => {
    database = await freshPostgres();
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD ${admin.escapeLiteral(CANARY)}`);
  });
  afterAll(async () => {
    await admin.query(`DROP OWNED BY ${role}`);
    await admin.query(`DROP ROLE ${role}`);
    await admin.end();
    await database.drop();
  });

  const urlFor = (user: string, password: string | undefined, path?: string): string => {
    const url = new URL(database.url);
    const at = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
    return `postgres://${at}@${url.host}${path ?? url.pathname}`;
  };

  const cases = [
    {
      title: 'a wrong password',
      url: () => urlFor(role, `wrong-${CANARY}`),
      code: 5,
      cause: /user and password/,
      hint: /PGPASSWORD/,
    },
    { title: 'no password', url: () => urlFor(role, undefined), code: 5, cause: /password/, hint: /PGPASSWORD/ },
    {
      title: 'an unknown user',
      url: () => urlFor('nobody_knows', CANARY),
      code: 5,
      cause: /user and password/,
      hint: /user/,
    },
    {
      title: 'an unknown database',
      url: () => urlFor(role, CANARY, '/no_such_database'),
      code: 5,
      cause: /no such database/,
      hint: /./,
    },
    {
      title: 'a role that may not create tables',
      url: () => urlFor(role, CANARY),
      code: 5,
      cause: /lacks a right/,
      hint: /rights/,
    },
    {
      title: 'TLS that the server does not offer',
      url: () => `${urlFor(role, CANARY)}?sslmode=require`,
      code: 5,
      cause: /TLS/,
      hint: /sslmode/,
    },
  ];

  test.each(cases)(
    '$title: exit code $code, and the password nowhere',
    async ({ url, code, cause, hint }) => {
      const cwd = plant(DATA);
      const plain = await runCli(['run', '--to', url()], { cwd });
      expectOneCause(plain, cause, hint);
      expect(plain.code).toBe(code);
      const told = await runCli(['run', '--to', url(), '--json', '--debug', '--report', 'report.json', '--verbose'], {
        cwd,
      });
      expect(told.code).toBe(code);
      expectNoCanary(told.stdout + told.stderr);
      if (told.stdout !== '') expect(parseReport(told).exit_code).toBe(code);
    },
    20_000,
  );

  test('the password is not in the output, the report or the ledger of a run that works, wherever it came from', async () => {
    await admin.query(`GRANT CREATE ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${role}`);
    const cwd = plant({ ...DATA, 'secret.env': `MIGRATE_JSON_TO=${urlFor(role, CANARY)}\n` });
    const ways: [readonly string[], CliOptions['env']][] = [
      [['--to', urlFor(role, CANARY)], {}],
      [[], { DATABASE_URL: urlFor(role, CANARY) }],
      [['--to', urlFor(role, undefined)], { PGPASSWORD: CANARY }],
      [['--env-file', 'secret.env'], {}],
    ];
    for (const [args, env] of ways) {
      const result = await runCli(
        [
          'run',
          ...args,
          '--db-schema',
          'mine',
          '--json',
          '--debug',
          '--verbose',
          '--reload',
          '--report',
          'report.json',
          '--backup',
        ],
        { cwd, env: env ?? {} },
      );
      expect([result.code, parseReport(result).totals.records_loaded], result.stderr).toEqual([0, 1]);
      expectNoCanary(result.stdout + result.stderr);
    }
    const ledger = await admin.query(
      'SELECT t::text FROM migrate_json.runs t UNION ALL SELECT t::text FROM migrate_json.files t',
    );
    expect(ledger.rows.length).toBeGreaterThan(4);
    expectNoCanary(JSON.stringify(ledger.rows));
  });
});

describe('a database that is down', () => {
  test.each([
    ['nobody listens', (port: number) => `127.0.0.1:${port}`, /cannot be reached/],
    ['the host name is unknown', () => 'no-such-host.invalid', /host/],
  ] as const)('%s: exit code 4', async (_title, hostOf, cause) => {
    const cwd = plant(DATA);
    const url = `postgres://user:${ENCODED}@${hostOf(await closedPort())}/app?sslmode=disable`;
    const plain = await runCli(['run', '--to', url], { cwd });
    expectOneCause(plain, cause, /./);
    expect(plain.code).toBe(4);
    for (const command of [['runs'], ['schema', 'upgrade'], ['run', '--dry-run', '--json']]) {
      const result = await runCli([...command, '--to', url], { cwd });
      expect([result.code, result.stderr.match(/^error: /gm)?.length], command.join(' ')).toEqual([4, 1]);
      expectNoCanary(result.stdout + result.stderr);
    }
  });

  test('something else than PostgreSQL listens: one cause and a hint, soon', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const result = await runCli(['run', '--to', `postgres://user:${ENCODED}@127.0.0.1:${port}/app`], {
        cwd: plant(DATA),
      });
      expectOneCause(result, /127\.0\.0\.1/);
      expect([4, 5]).toContain(result.code);
    } finally {
      server.close();
    }
  });
});

describe.each(bothStores())('bad files on $product', (store) => {
  test('one bad file never stops the others, and each is rejected with its reason and place', async () => {
    const root = plant({
      'conversations/alice/cut.json': '{"id":"cut",\n "messages":[{"role":"us',
      'conversations/alice/empty.json': '',
      'conversations/alice/blank.json': ' \n\n',
      'conversations/alice/good.json': conversation('good', ['Hello']),
      'conversations/alice/types.json': conversation('types', [], { title: 7, created_at: 'never' }),
      'conversations/alice/text.json': 'not JSON at all',
      'metrics/cut.json': '[{"timestamp":"2025-01-01T00:00:00Z","cpu_usage":1},\n{"timestamp":"2025-01-02T00:',
      'usage/alice/usage.json': { daily_count: 'many', tier: 'gold' },
    });
    const { code, report } = await load(root, store.fresh());
    expect(code).toBe(1);
    expect(rejectsOf(report)).toEqual([
      'conversations/alice/blank.json empty-file',
      'conversations/alice/cut.json truncated-json',
      'conversations/alice/empty.json empty-file',
      'conversations/alice/text.json invalid-json',
      expect.stringMatching(/^conversations\/alice\/types\.json#1 /),
      expect.stringMatching(/^conversations\/alice\/types\.json#1 /),
      'metrics/cut.json truncated-json',
      expect.stringMatching(/^usage\/alice\/usage\.json#1 /),
      expect.stringMatching(/^usage\/alice\/usage\.json#1 /),
    ]);
    expect(statusesOf(report)).toMatchObject({
      'conversations/alice/good.json': 'loaded 1/1',
      'metrics/cut.json': 'partial 1/2',
    });
    for (const { rejects } of report.files) {
      for (const { message, hint } of rejects) {
        expect(message.length * hint.length).toBeGreaterThan(100);
        expect(message).not.toMatch(/gold|many|never/);
      }
    }
  });

  test('the last moment that a column holds is a time like any other', async () => {
    const times = { created_at: '9999-12-31T23:59:59.999999Z' };
    const root = plant({
      'conversations/a.json': conversation('a', ['one', 'two', 'three'], times),
      'conversations/b.json': conversation('b', ['one']),
    });
    const { code, report, stderr } = await load(root, store.fresh());
    expect([code, stderr.includes('error:')], stderr).not.toEqual([70, true]);
    expect(statusesOf(report)).toMatchObject({ 'conversations/b.json': 'loaded 1/1' });
  });

  test('a file and a directory that may not be read are rejects, and the rest loads', async () => {
    const root = plant({
      ...ALL_GOOD,
      'conversations/closed/x.json': conversation('x', []),
      'metrics/closed.json': [],
    });
    chmodSync(join(root, 'metrics/closed.json'), 0);
    chmodSync(join(root, 'conversations/closed'), 0);
    try {
      const result = await asOrdinaryUser(['run', root, ...store.fresh().args, '--json']);
      const report = parseReport(result);
      expect([result.code, report.totals.records_loaded]).toEqual([1, 11]);
      expect(rejectsOf(report)).toEqual([
        'conversations/closed/ unreadable-file',
        'metrics/closed.json unreadable-file',
      ]);
    } finally {
      chmodSync(join(root, 'conversations/closed'), 0o700);
    }
  });
});

test('a root that may not be read is a usage error', async () => {
  const root = plant(ALL_GOOD);
  chmodSync(root, 0);
  try {
    const result = await asOrdinaryUser(['run', root, '--to', 'x.db']);
    expectOneCause(result, /cannot be read/, /./);
    expect(result.code).toBe(2);
  } finally {
    chmodSync(root, 0o700);
  }
});

test('a SQLite file that may not be written: exit code 5', async () => {
  const cwd = plant(DATA);
  expect((await runCli(['run', '--to', 'x.db'], { cwd })).code).toBe(0);
  chmodSync(join(cwd, 'x.db'), 0o400);
  const result = await asOrdinaryUser(['run', '--to', 'x.db', '--reload'], cwd);
  expectOneCause(result, /x\.db/, /./);
  expect(result.code).toBe(5);
});

test('a database that lacks a column is refused as schema drift, before anything is written', async () => {
  const cwd = plant(DATA);
  await runCli(['schema', 'upgrade', '--to', 'x.db'], { cwd });
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(join(cwd, 'x.db'));
  database.exec('ALTER TABLE user_settings DROP COLUMN updated_at');
  database.close();
  const before = snapshot(cwd);
  const result = await runCli(['run', '--to', 'x.db'], { cwd });
  expectOneCause(result, /user_settings\.updated_at/, /schema/);
  expect([result.code, snapshot(cwd)]).toEqual([5, before]);
});

test('names that a terminal would obey are shown escaped', async () => {
  const root = plant({ 'conversations/\u001b[31mred\u0007.json': '{' });
  const result = await runCli(['run', root, '--to', 'x.db', '--verbose']);
  expect(result.stdout + result.stderr).toContain('\\u001b[31mred\\u0007.json');
  for (const control of ['\u001b', '\u0007']) expect(result.stdout + result.stderr).not.toContain(control);
});

test('a root that is a link to a directory is followed, links below it are not', async () => {
  const cwd = plant({
    'real/settings.json': { theme: 'dark' },
    'elsewhere/conversations/a.json': conversation('a', []),
  });
  symlinkSync('real', join(cwd, 'data'));
  symlinkSync('../elsewhere/conversations', join(cwd, 'real/conversations'));
  const report = parseReport(await runCli(['run', '--to', 'x.db', '--json'], { cwd }));
  expect(statusesOf(report)).toEqual({ conversations: 'unrecognised 0/0', 'settings.json': 'loaded 1/1' });
});

/** Root may read everything: its rights to do so are dropped. Others are ordinary already. */
async function asOrdinaryUser(args: readonly string[], cwd = plant()): Promise<CliResult> {
  if (process.getuid?.() !== 0) return runCli(args, { cwd });
  const bin = fileURLToPath(new URL('../../bin/migrate-json.js', import.meta.url));
  const command = ['--inh-caps=-all', '--bounding-set=-all', process.execPath, bin, ...args];
  return new Promise((resolve, reject) => {
    execFile(
      'setpriv',
      command,
      { cwd, env: { PATH: process.env['PATH'] ?? '' }, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}
