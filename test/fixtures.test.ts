import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../src/databases/database.ts';
import { digest } from '../src/databases/digest.ts';
import { openDatabase } from '../src/databases/open.ts';
import { DATASETS } from '../src/datasets/index.ts';
import { REPAIRS } from '../src/datasets/repairs.ts';
import { migrate } from '../src/migrate.ts';
import { REJECT_CODES, type RejectCode } from '../src/reject.ts';
import type { Report } from '../src/report.ts';
import { TABLE_LIST, TABLES, type TableName } from '../src/schema/tables.ts';
import { type RunSettings, runSettings } from '../src/settings.ts';
import { parseTarget } from '../src/target.ts';
import { type FreshPostgres, freshPostgres, freshSqlite } from './setup/databases.ts';
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

/** Reject codes that no input file and option alone can cause, with the test that causes them. */
const ELSEWHERE: Partial<Record<RejectCode, string>> = {
  'unreadable-file': 'test/migrate.test.ts',
  'source-changed': 'test/migrate.test.ts',
  'owner-differs': 'test/migrate.test.ts',
  'row-differs': 'test/migrate.test.ts',
  'database-refused': 'test/migrate.test.ts',
  'file-name-not-utf8': 'below: a name that is not UTF-8 cannot be committed everywhere',
};

const CASES = fixtureCases();

let postgres: FreshPostgres;
let schemas = 0;

beforeAll(async () => {
  postgres = await freshPostgres();
});

afterAll(() => postgres.drop());

describe.each(CASES)('$name', (fixture) => {
  test(fixture.expected.description, () => checkOnBothDatabases(fixture));
});

async function checkOnBothDatabases(fixture: FixtureCase): Promise<void> {
  const sqlite = freshSqlite();
  onTestFinished(() => sqlite.drop());
  const [onSqlite, onPostgres] = await Promise.all([
    checkCase(fixture, 'SQLite', { to: sqlite.url }),
    checkCase(fixture, 'PostgreSQL', { to: postgres.url, dbSchema: `case_${++schemas}` }),
  ]);
  expect(onPostgres, 'the digest on PostgreSQL is that on SQLite').toBe(onSqlite);
}

/** Loads the case, compares, loads it again; answers the digest of the tables. */
async function checkCase(
  fixture: FixtureCase,
  product: string,
  target: { to: string; dbSchema?: string },
): Promise<string> {
  const { input, expected } = fixture;
  const settings = runSettings({ root: input, ...expected.options, ...target });
  const forecast = await migrate(runSettings({ root: input, ...expected.options, ...target, dryRun: true }));
  const report = await migrate(settings);
  if (report.error) throw report.error;
  checkReport(report, fixture, product);
  expect.soft(countsOf(forecast), `${product}: the dry run forecasts the run`).toEqual(countsOf(report));
  const before = await withDatabase(settings, async (database) => {
    await checkRows(database, fixture, product);
    await checkCounts(database, report, product);
    return digest(database);
  });
  await checkRerun(settings, report, product);
  const after = await withDatabase(settings, digest);
  expect(after, `${product}: the second run changes no row`).toBe(before);
  return before;
}

function checkReport(report: Report, { input, expected }: FixtureCase, product: string): void {
  const found = rejectsOf(report);
  const paired = pairRejects(expected.rejects, found);
  expect.soft(paired.found, `${product}: rejects`).toEqual(paired.expected);
  const files = [...report.files()];
  expect
    .soft(files.map(({ path }) => path).sort(), `${product}: every file ends in one status`)
    .toEqual(filesBelow(input));
  for (const file of expected.files ?? []) {
    const entry = files.find(({ path }) => path === file.path);
    expect.soft(namedMembers(file, entry), `${product}: ${file.path}`).toEqual(file);
  }
  for (const { path, records } of files) {
    expect
      .soft(records.loaded + records.rejected, `${product}: read = loaded + rejected in ${path}`)
      .toBe(records.read);
  }
  if (expected.warnings) expect.soft(warningsOf(report), `${product}: warnings`).toEqual(expected.warnings);
  expect.soft(report.head.exit_code, `${product}: exit code`).toBe(expected.exit_code);
}

async function checkRows(database: Database, { expected }: FixtureCase, product: string): Promise<void> {
  for (const [name, rows] of Object.entries(expected.tables ?? {})) {
    const table = TABLES[name as TableName];
    const paired = pairRows(table, rows, await Array.fromAsync(database.rows(table)));
    expect.soft(paired.stored, `${product}: table ${name}`).toEqual(paired.expected);
  }
}

/** The tables were empty before, so that what was inserted is what they hold. */
async function checkCounts(database: Database, report: Report, product: string): Promise<void> {
  for (const table of TABLE_LIST) {
    const stored = await Array.fromAsync(database.rows(table));
    const inserted = report.head.tables[table.name]?.inserted ?? 0;
    expect.soft(inserted, `${product}: rows of ${table.name} that the report counts as inserted`).toBe(stored.length);
  }
}

/** Everything that a dry run and the run after it must have in common. */
function countsOf(report: Report): unknown {
  const { tables, totals, datasets, exit_code } = report.head;
  return {
    tables,
    totals,
    datasets,
    exit_code,
    rejects: rejectsOf(report),
    warnings: warningsOf(report),
    error: report.error,
  };
}

function warningsOf(report: Report): string[] {
  return [...report.warnings()].map(({ code }) => code).sort();
}

async function checkRerun(settings: RunSettings, first: Report, product: string): Promise<void> {
  const second = await migrate(settings);
  const changes = Object.entries(second.head.tables).filter(([, { inserted, updated }]) => inserted + updated > 0);
  expect.soft(changes, `${product}: the second run inserts and updates nothing`).toEqual([]);
  expect.soft(rejectsOf(second), `${product}: the second run has the same rejects`).toEqual(rejectsOf(first));
  expect.soft(second.head.exit_code, `${product}: the second run has the same exit code`).toBe(first.head.exit_code);
}

async function withDatabase<T>(settings: RunSettings, work: (database: Database) => Promise<T>): Promise<T> {
  const target = parseTarget(settings.to ?? '', settings);
  const database = await openDatabase(target, { dbSchema: settings.dbSchema, dryRun: false, readOnly: true });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

describe('what the fixtures cover', () => {
  test.each(DATASETS.map(({ name }) => name))('the dataset %s has fixtures', (name) => {
    expect(casesOf(name).length).toBeGreaterThan(0);
  });

  const covered = coveredBy(CASES);

  test.each(Object.keys(REJECT_CODES) as RejectCode[])(
    'some case expects the reject %s, or a test elsewhere does',
    (code) => {
      expect(covered.codes.has(code) !== code in ELSEWHERE).toBe(true);
    },
  );

  test.each(Object.keys(REPAIRS))('some case expects the repair %s', (name) => {
    expect([...covered.repairs]).toContain(name);
  });
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

describe('names and links that cannot be committed everywhere', () => {
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

function place(root: string, path: string, content: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

function outcomes(report: Report): unknown[] {
  return [...report.files()].map(({ path, status, owner, reason }) => [path, status, owner, reason]);
}
