// Compares two builds over fixtures and directories: `node scripts/compare-builds.js [--fixtures metrics,files] OTHER [DIRECTORY...]`,
// where OTHER is a checkout with a build; without --fixtures over all of them. What the other build says and stores, this one has to say and store, on both databases: the report,
// a rerun, an export, the rows of every table; and what the other has loaded must be known. Words of messages may differ.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import pg from 'pg';
import { startPostgres } from '../bench/postgres.js';

/** Tables that hold no data. */
const HOUSEKEEPING = /^(?:migrate_json_|sqlite_|schema_version$)/;
const HERE = resolve(import.meta.dirname, '..');
const { values: options, positionals } = parseArgs({
  options: { fixtures: { type: 'string' } },
  allowPositionals: true,
});
const [other, ...directories] = positionals;
if (other === undefined) throw new Error('name a checkout with another build');

const [before, after] = await Promise.all(
  [resolve(other), HERE].map((checkout) => import(join(checkout, 'dist/index.js'))),
);
const temporary = mkdtempSync(join(tmpdir(), 'migrate-json-compare-'));
// The server may be somebody else.
chmodSync(temporary, 0o755);
const postgres = await startPostgres(temporary, '');
await postgres.fresh({ withTables: false });
Object.assign(process.env, postgres.env);
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
// Nothing here must outlive a power failure.
for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'])
  await client.query(`ALTER SYSTEM SET ${setting} = off`);
await client.query('SELECT pg_reload_conf()');

let differences = 0;
let count = 0;
let places = 0;
for (const { name, root, given } of cases()) {
  for (const product of ['SQLite', 'PostgreSQL']) await compareCase(`${name}, ${product}`, { root, ...given }, product);
}
await client.end();
await postgres.stop();
rmSync(temporary, { recursive: true });
process.stdout.write(`${count} loads compared, ${differences} differ\n`);
process.exitCode = differences === 0 ? 0 : 1;

/** Fixtures with their options, then the directories. */
function* cases() {
  const fixtures = join(HERE, 'fixtures');
  const groups = options.fixtures?.split(',') ?? readdirSync(fixtures);
  for (const group of groups) {
    for (const name of readdirSync(join(fixtures, group))) {
      const expected = join(fixtures, group, name, 'expected.json');
      if (!existsSync(expected)) continue;
      const { options: given = {} } = JSON.parse(readFileSync(expected, 'utf8'));
      yield { name: `${group}/${name}`, root: join(fixtures, group, name, 'input'), given };
    }
  }
  for (const directory of [join(fixtures, 'demo'), ...directories])
    yield { name: directory, root: resolve(directory), given: {} };
}

async function compareCase(name, given, product) {
  count++;
  const places = [placeFor(product, 'before'), placeFor(product, 'after')];
  const found = [];
  for (const [index, build] of [before, after].entries())
    found.push(await load(build, { ...given, ...places[index].options }, places[index]));
  tell(name, found[0], found[1]);
  // What the other build has loaded stays loaded.
  const kept = await after.migrate(after.runSettings({ ...given, ...places[0].options }));
  tell(`${name}, over what the other has loaded`, found[0].again, outcome(kept));
  for (const place of places) await place.drop();
}

async function load(build, given, place) {
  const first = outcome(await build.migrate(build.runSettings(given)));
  const again = outcome(await build.migrate(build.runSettings(given)));
  const directory = join(mkdtempSync(join(temporary, 'export-')), 'files');
  const { to: from, dbSchema = 'public' } = given;
  const exported = await build
    .exportDatabase({ from, directory, dbSchema, allowPlaintext: true })
    .then(() => filesOf(directory))
    .catch((error) => error.code);
  const rows = await place.rows();
  rmSync(directory, { recursive: true, force: true });
  return { first, again, exported, rows };
}

/** What a report says, without words and moments. */
function outcome(report) {
  const { exit_code, totals, tables, datasets, account } = report.head;
  const files = [...report.files()].map(({ rejects, ...file }) => ({
    ...file,
    rejects: [...rejects].map(({ message: _words, hint: _hint, ...reject }) => reject),
  }));
  const warnings = [...report.warnings()].map(({ code, path }) => `${code} ${path}`).sort();
  report.close?.();
  return { exit_code, totals, tables, datasets, account, files, warnings, error: report.error?.code };
}

function filesOf(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(directory.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}

function placeFor(product, build) {
  const name = `case_${++places}_${build}`;
  return product === 'SQLite' ? sqlitePlace(join(temporary, `${name}.db`)) : postgresPlace(name);
}

function sqlitePlace(path) {
  return {
    options: { to: `sqlite:${path}` },
    async rows() {
      const database = new Database(path, { fileMustExist: true });
      const names = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
      const own = names.filter(({ name }) => !HOUSEKEEPING.test(name));
      // A reference may leave out the key of the table that it leads to.
      const plain = (sql) => sql.replace(/(REFERENCES "\w+") \("id"\)/g, '$1');
      const all = own.map(({ name, sql }) => [
        name,
        plain(sql),
        database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all(),
      ]);
      database.close();
      return all;
    },
    drop: async () => rmSync(path, { force: true }),
  };
}

function postgresPlace(schema) {
  return {
    options: { to: postgres.url, dbSchema: schema, ledgerSchema: `${schema}_ledger` },
    async rows() {
      const { rows: names } = await client.query(
        'SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = $1 ORDER BY 1, ordinal_position',
        [schema],
      );
      const all = [names.map((each) => JSON.stringify(each).replaceAll(schema, ''))];
      for (const name of new Set(names.map(({ table_name }) => table_name)))
        if (!HOUSEKEEPING.test(name))
          all.push([name, (await client.query(`SELECT t::text FROM "${schema}"."${name}" t ORDER BY 1`)).rows]);
      return all;
    },
    drop: async () => {
      await client.query(`DROP SCHEMA IF EXISTS "${schema}", "${schema}_ledger" CASCADE`);
    },
  };
}

/** Names the parts that differ. */
function tell(name, old, now, part = '') {
  if (JSON.stringify(old) === JSON.stringify(now)) return;
  const isDeep = [old, now].every((each) => typeof each === 'object' && each !== null);
  const names = isDeep ? [...new Set([...Object.keys(old), ...Object.keys(now)])] : [];
  const different = names.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]));
  if (different.length > 0) {
    for (const key of different.slice(0, 5)) tell(name, old[key], now[key], `${part}/${key}`);
    return;
  }
  differences++;
  process.stdout.write(`${name}${part}:\n  before ${short(old)}\n  after  ${short(now)}\n`);
}

function short(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
