import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import type { Database } from '../src/databases/database.ts';
import { digest } from '../src/databases/digest.ts';
import { openDatabase } from '../src/databases/open.ts';
import { REPAIRS } from '../src/datasets/repairs.ts';
import { REJECT_CODES, type RejectCode } from '../src/reject.ts';
import type { Report } from '../src/report/report.ts';
import { migrate } from '../src/run/migrate.ts';
import { runSettings } from '../src/run/run-settings.ts';
import { verify } from '../src/run/verify.ts';
import type { RunSettings } from '../src/settings/settings.ts';
import { parseTarget } from '../src/settings/target.ts';
import { BUILT_IN, TABLE_LIST, TABLES, type TableName } from './setup/built-in.ts';
import { emptyTables, type FreshPostgres, freshPostgres, freshSqlite } from './setup/databases.ts';
import {
  casesOf,
  coveredBy,
  type FixtureCase,
  filesBelow,
  fixtureCases,
  namedMembers,
  pairRejects,
  pairRows,
  rejectsOf,
} from './setup/fixtures.ts';

/** Reject codes that need more than input files and options, with the test that causes them. */
const ELSEWHERE: Partial<Record<RejectCode, string>> = {
  'unreadable-file': 'fixtures.test.ts',
  'file-name-not-utf8': 'fixtures.test.ts',
  'source-changed': 'files/source-file.test.ts',
  'damaged-archive': 'inventory/zip-entries.test.ts',
  'unsafe-name': 'inventory/zip-entries.test.ts',
  'repeated-name': 'inventory/zip-entries.test.ts',
  'encrypted-entry': 'inventory/zip-entries.test.ts',
  'suspicious-size': 'inventory/zip-entries.test.ts',
  'owner-differs': 'cli/conflicts.test.ts',
  'number-taken': 'existing-tables/application-rows.test.ts',
  'loaded-before': 'existing-tables/no-key.test.ts',
  'row-differs': 'cli/conflicts.test.ts',
  'database-refused': 'cli/conflicts.test.ts',
  'not-unique': 'declarations/repeated.test.ts',
  'does-not-fit': 'existing-tables/conventions.test.ts',
  'no-column': 'existing-tables/conventions.test.ts',
  'not-in-encoding': 'databases/names.test.ts',
  'not-taken': 'declarations/records.test.ts',
  'taken-twice': 'declarations/records.test.ts',
  'check-failed': 'declarations/records.test.ts',
  'unmapped-member': 'declarations/records.test.ts',
};

const CASES = fixtureCases();

/** One of so many cases is rehearsed and verified, besides loaded twice and compared; in the soak suite all are. */
const THOROUGH =
  process.env['MIGRATE_JSON_TEST_LARGE'] === '1' ? { SQLite: 1, PostgreSQL: 1 } : { SQLite: 3, PostgreSQL: 12 };

const EQUAL = { unequal: { different: 0, missing: 0, extra: 0, application: 0 }, differences: [] };

let postgres: FreshPostgres;
let admin: pg.Client;
let schemas = 0;

/** PostgreSQL schemas whose tables are empty again: to create them for every case would take most of the time. */
const emptied: string[] = [];

beforeAll(async () => {
  postgres = await freshPostgres();
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await postgres.drop();
});

describe.concurrent.each(CASES)('$name', (fixture) => {
  test(fixture.expected.description, (context) => new CaseCheck(fixture, context).onBothDatabases());
});

/** One case on both databases. The `expect` of the context belongs to this test, others run at the same time. */
class CaseCheck {
  private readonly fixture: FixtureCase;
  private readonly context: TestContext;

  constructor(fixture: FixtureCase, context: TestContext) {
    this.fixture = fixture;
    this.context = context;
  }

  async onBothDatabases(): Promise<void> {
    const sqlite = freshSqlite();
    this.context.onTestFinished(() => sqlite.drop());
    const dbSchema = emptied.pop() ?? `case_${++schemas}`;
    const [onSqlite, onPostgres] = await Promise.all([
      this.on('SQLite', { to: sqlite.url }),
      this.on('PostgreSQL', { to: postgres.url, dbSchema }),
    ]);
    this.context.expect(onPostgres, 'the digest on PostgreSQL is that on SQLite').toBe(onSqlite);
    await emptyTables(admin, dbSchema);
    emptied.push(dbSchema);
  }

  /** Forecasts, loads, compares, loads again; answers the digest of the tables. */
  private async on(product: keyof typeof THOROUGH, target: { to: string; dbSchema?: string }): Promise<string> {
    const { input, expected } = this.fixture;
    const given = { root: input, ...expected.options, ...target };
    const settings = runSettings(given);
    const isThorough = CASES.indexOf(this.fixture) % THOROUGH[product] === 0;
    const forecast = isThorough ? await migrate(runSettings({ ...given, dryRun: true })) : undefined;
    const report = await migrate(settings);
    if (report.error) throw report.error;
    this.compareReport(report, product);
    if (forecast) this.same(countsOf(forecast), countsOf(report), `${product}: the dry run forecasts the run`);
    const before = await withDatabase(settings, async (database) => {
      await database.snapshot(() => this.compareRows(database, report, product));
      return digest(database);
    });
    this.compareRerun(report, await migrate(settings), product);
    this.same(await withDatabase(settings, digest), before, `${product}: the second run changes no row`);
    if (isThorough) await this.verify(given, product);
    return before;
  }

  private async verify(given: Parameters<typeof runSettings>[0], product: string): Promise<void> {
    const { totals, differences } = await verify(runSettings({ ...given, allowEmpty: true }));
    const { equal: _equal, ...unequal } = totals;
    this.same({ unequal, differences }, EQUAL, `${product}: verify finds every row as it should be`);
    const kept = await verify(runSettings({ ...given, allowEmpty: true, ledger: true }));
    this.same([kept.totals.different, kept.totals.missing], [0, 0], `${product}: and so does verify --ledger`);
  }

  private compareReport(report: Report, product: string): void {
    const { input, expected } = this.fixture;
    const rejects = pairRejects(expected.rejects, rejectsOf(report));
    this.same(rejects.found, rejects.expected, `${product}: rejects`);
    const files = [...report.files()];
    this.same(files.map(({ path }) => path).sort(), filesBelow(input), `${product}: every file ends in one status`);
    for (const file of expected.files ?? []) {
      const entry = files.find(({ path }) => path === file.path);
      this.same(namedMembers(file, entry), file, `${product}: ${file.path}`);
    }
    for (const { path, records } of files) {
      this.same(records.loaded + records.rejected, records.read, `${product}: read = loaded + rejected in ${path}`);
    }
    if (expected.account) this.same(report.head.account, expected.account, `${product}: account`);
    if (expected.warnings) this.same(warningsOf(report), expected.warnings, `${product}: warnings`);
    this.same(report.head.exit_code, expected.exit_code, `${product}: exit code`);
  }

  /** The tables were empty before, so that what was inserted is what they hold. */
  private async compareRows(database: Database, report: Report, product: string): Promise<void> {
    for (const table of TABLE_LIST) {
      const stored = await Array.fromAsync(database.rows(table));
      const inserted = report.head.tables[table.name]?.inserted ?? 0;
      this.same(inserted, stored.length, `${product}: rows of ${table.name} that the report counts as inserted`);
      const expected = this.fixture.expected.tables?.[table.name as TableName];
      if (expected === undefined) continue;
      const rows = pairRows(table, expected, stored);
      this.same(rows.stored, rows.expected, `${product}: table ${table.name}`);
    }
  }

  private compareRerun(first: Report, second: Report, product: string): void {
    const changes = Object.entries(second.head.tables).filter(([, { inserted, updated }]) => inserted + updated > 0);
    this.same(changes, [], `${product}: the second run inserts and updates nothing`);
    this.same(rejectsOf(second), rejectsOf(first), `${product}: the second run has the same rejects`);
    this.same(second.head.exit_code, first.head.exit_code, `${product}: the second run has the same exit code`);
  }

  /** Goes on after a difference, so that one run of the test shows them all. */
  private same(found: unknown, expected: unknown, message: string): void {
    this.context.expect.soft(found, message).toEqual(expected);
  }
}

/** Everything that a dry run and the run after it must have in common. */
function countsOf(report: Report): unknown {
  const { tables, totals, datasets, exit_code } = report.head;
  const found = { rejects: rejectsOf(report), warnings: warningsOf(report), error: report.error };
  return { tables, totals, datasets, exit_code, ...found };
}

function warningsOf(report: Report): string[] {
  return [...report.warnings()].map(({ code }) => code).sort();
}

async function withDatabase<T>(settings: RunSettings, work: (database: Database) => Promise<T>): Promise<T> {
  const target = parseTarget(settings.to ?? '', settings);
  const database = await openDatabase(target, {
    declared: BUILT_IN.tables,
    dbSchema: settings.dbSchema,
    dryRun: false,
    readOnly: true,
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

describe('what the fixtures cover', () => {
  test.each(BUILT_IN.datasets.map(({ name }) => name))('the dataset %s has fixtures', (name) => {
    expect(casesOf(name).length).toBeGreaterThan(0);
  });

  const covered = coveredBy(CASES);

  test.each(Object.keys(REJECT_CODES) as RejectCode[])(
    'some case expects the reject %s, or a test elsewhere does',
    (code) => {
      expect(covered.codes.has(code) !== code in ELSEWHERE).toBe(true);
    },
  );

  test.each(Object.entries(ELSEWHERE))('the reject %s is tested in test/%s', (code, path) => {
    const source = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
    expect(source.replace(/const ELSEWHERE[^;]*;/, '')).toContain(code);
  });

  // Of declared datasets only: test/declarations. Of tables that are there: test/existing-tables/column-repairs.
  const elsewhere = ['respelled', 'round-to-column', 'cut-to-column'];
  test.each(Object.keys(REPAIRS).filter((name) => !elsewhere.includes(name)))(
    'some case expects the repair %s',
    (name) => {
      expect([...covered.repairs]).toContain(name);
    },
  );
});

describe('fixtures/demo', () => {
  const demo = fileURLToPath(new URL('../fixtures/demo', import.meta.url));

  test('every kind of file is there, eight records are bad, and everything else loads', async () => {
    const sqlite = freshSqlite();
    onTestFinished(() => sqlite.drop());
    const report = await migrate(runSettings({ root: demo, to: sqlite.url }));
    expect(
      rejectsOf(report)
        .map(({ code }) => code)
        .sort(),
    ).toEqual([
      'conflicting-duplicate',
      'empty-file',
      'invalid-time',
      'invalid-utf8',
      'masked-secret',
      'out-of-range',
      'truncated-json',
      'wrong-type',
    ]);
    expect(report.head.exit_code).toBe(1);
    expect(report.head.totals).toMatchObject({
      files: 26,
      files_unrecognised: 4,
      records_read: 451,
      records_rejected: 8,
    });
    expect(report.head.tables).toMatchObject({
      conversations: { inserted: 11 },
      usage: { inserted: 3 },
      metrics: { inserted: 418 },
    });
  });
});

const CONVERSATION = (id: string): string => JSON.stringify({ id, title: 'Notes', messages: [] });

describe('names, links and rights that cannot be committed everywhere', () => {
  test('links are not followed; the file that a link names is loaded once', async () => {
    const { root, load } = scratchRoot();
    place(root, 'conversations/alice/c.json', CONVERSATION('c'));
    symlinkSync('alice', join(root, 'conversations/bob'));
    symlinkSync('c.json', join(root, 'conversations/alice/same.json'));
    const { report, rows } = await load('conversations');
    expect(outcomes(report)).toEqual([
      ['conversations/alice/c.json', 'loaded', 'alice', 'path and content: one record'],
      ['conversations/alice/same.json', 'unrecognised', null, 'symlink'],
      ['conversations/bob', 'unrecognised', null, 'symlink'],
    ]);
    expect(rows).toHaveLength(1);
  });

  test('blanks, quotes, line breaks, emoji and leading dashes in names are names', async () => {
    const { root, load } = scratchRoot();
    const names = ['-x/--help.json', 'alice smith/it\'s "one".json', '😀/two\nlines.json'];
    for (const [index, name] of names.entries()) place(root, `conversations/${name}`, CONVERSATION(`n${index}`));
    const { report, rows } = await load('conversations');
    expect([...report.files()].map(({ path, owner, records }) => [path, owner, records.loaded])).toEqual(
      names.map((name) => [`conversations/${name}`, name.split('/')[0], 1]),
    );
    expect(rows.map(([id, owner]) => [id, owner])).toEqual([
      ['n0', '-x'],
      ['n1', 'alice smith'],
      ['n2', '😀'],
    ]);
  });

  test('a file that may not be read is a reject, and the others load', async () => {
    const { root, load } = scratchRoot();
    place(root, 'conversations/alice/c.json', CONVERSATION('c'));
    place(root, 'conversations/alice/locked.json', CONVERSATION('locked'));
    chmodSync(join(root, 'conversations/alice/locked.json'), 0);
    const { report, rows } = await asOrdinaryUser(root, () => load('conversations'));
    expect(rejectsOf(report)).toMatchObject([
      { path: 'conversations/alice/locked.json', code: 'unreadable-file', record: null },
    ]);
    expect(report.head.exit_code).toBe(1);
    expect(rows).toHaveLength(1);
  });

  // macOS refuses such names.
  test.runIf(process.platform === 'linux').each([1, 2])(
    '%i names that are not UTF-8 are as many rejects, and the others load',
    async (count) => {
      const { root, load } = scratchRoot();
      place(root, 'conversations/alice/c.json', CONVERSATION('c'));
      for (const byte of ['\\351', '\\350'].slice(0, count)) {
        execFileSync('sh', ['-c', `printf '{}' > "$(printf 'conversations/alice/caf${byte}.json')"`], { cwd: root });
      }
      const { report, rows } = await load('conversations');
      expect(report.error).toBeUndefined();
      expect(rejectsOf(report).map(({ code, record }) => [code, record])).toEqual(
        Array.from({ length: count }, () => ['file-name-not-utf8', null]),
      );
      expect(report.head.totals).toMatchObject({ files: count + 1, files_failed: count, files_loaded: 1 });
      expect(report.head.exit_code).toBe(1);
      expect(rows).toHaveLength(1);
    },
  );
});

/** An empty root that is removed after the test, and a load of it into a SQLite database. */
function scratchRoot() {
  const root = mkdtempSync(join(tmpdir(), 'migrate-json-root-'));
  const sqlite = freshSqlite();
  chmodSync(join(sqlite.path, '..'), 0o777);
  onTestFinished(() => {
    rmSync(root, { recursive: true });
    sqlite.drop();
  });
  const load = async (table: TableName) => {
    const settings = runSettings({ root, to: sqlite.url });
    const report = await migrate(settings);
    return { report, rows: await withDatabase(settings, (database) => Array.fromAsync(database.rows(TABLES[table]))) };
  };
  return { root, load };
}

/** No right is denied to root, who is therefore somebody else for the while. */
async function asOrdinaryUser<T>(root: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  chmodSync(root, 0o755);
  process.seteuid?.('nobody');
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

function place(root: string, path: string, content: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

function outcomes(report: Report): unknown[] {
  return [...report.files()].map(({ path, status, owner, reason }) => [path, status, owner, reason]);
}
