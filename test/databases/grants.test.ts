import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '../../src/doctor/doctor.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { runCli } from '../setup/cli.ts';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { grants } from '../setup/grants.ts';
import { ALL_GOOD } from '../setup/legacy.ts';
import { load } from '../setup/load.ts';
import { connectTo } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const SCHEMA = 'Other "schema"';
const loader = `loader_${Date.now()}`;
const reader = `reader_${Date.now()}`;
let database: FreshPostgres;
let admin: pg.Client;

beforeAll(async () => {
  database = await freshPostgres();
  admin = await connectTo(database.adminUrl);
  for (const role of [loader, reader]) await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
  await grant();
});

afterAll(async () => {
  for (const role of [loader, reader]) await admin.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  await admin.end();
  await database.drop();
});

function grant(): Promise<unknown> {
  const name = new URL(database.url).pathname.slice(1);
  return admin.query(grants({ database: name, schema: SCHEMA, loader, reader }));
}

function urlOf(role: string): string {
  const url = new URL(database.adminUrl);
  [url.username, url.password] = [role, 'x'];
  return url.href;
}

function loadAs(role: string, root: string, options = {}): ReturnType<typeof load> {
  return load(root, urlOf(role), { dbSchema: SCHEMA, ...options });
}

async function problemsOf(role: string, root: string): Promise<readonly string[]> {
  const settings = runSettings({ root, to: urlOf(role), dbSchema: SCHEMA });
  const { checks } = await diagnose({ ...settings, to: urlOf(role) }, {});
  return checks.filter(({ status }) => status !== 'ok').map(({ name, status }) => `${status} ${name}`);
}

test('the loader of docs/grants.sql makes the first run, and later ones without CREATE in tables of others', async () => {
  const root = plant(ALL_GOOD);
  expect(await loadAs(loader, root, { dryRun: true })).toMatchObject({ exitCode: 0, error: undefined });
  expect(await problemsOf(loader, root)).toEqual([]);
  expect(await loadAs(loader, root)).toMatchObject({ exitCode: 0, error: undefined });

  const schema = admin.escapeIdentifier(SCHEMA);
  const { rows } = await admin.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1',
    [SCHEMA],
  );
  for (const { name } of rows) await admin.query(`ALTER TABLE ${schema}.${name} OWNER TO postgres`);
  await grant();
  await admin.query(`REVOKE CREATE ON SCHEMA ${schema} FROM ${loader}`);
  for (const options of [{}, { reload: true }, { reload: true, onConflict: 'overwrite' }, { dryRun: true }]) {
    expect(await loadAs(loader, root, options)).toMatchObject({ exitCode: 0, error: undefined });
  }
  expect(await problemsOf(loader, root)).toEqual([]);
});

test('the reader of docs/grants.sql can do what only reads, and nothing else', async () => {
  const root = plant(ALL_GOOD);
  const commands = [
    ['runs', '--to'],
    ['export', `${root}/exported`, '--from'],
  ];
  for (const command of commands) {
    const result = await runCli([...command, urlOf(reader), '--db-schema', SCHEMA]);
    expect(result.code, `${command.join(' ')}: ${result.stderr}`).toBe(0);
  }
  expect(await loadAs(reader, root, { reload: true })).toMatchObject({
    exitCode: 5,
    error: expect.stringMatching(/the role lacks INSERT, UPDATE/),
  });
  const check = await runCli(['schema', 'check', '--to', urlOf(reader), '--db-schema', SCHEMA]);
  expect([check.code, check.stdout]).toEqual([5, expect.stringMatching(/metrics +the role lacks INSERT, UPDATE/)]);
  expect(await problemsOf(reader, root)).toEqual(['problem rights', 'problem schema']);
});

test('a table of which the role may not read is named with its right, by run, dry run, check and doctor', async () => {
  const root = plant(ALL_GOOD);
  const own = await freshPostgres();
  const [name, loaderUrl] = [new URL(own.adminUrl).pathname.slice(1), new URL(own.adminUrl)];
  [loaderUrl.username, loaderUrl.password] = [loader, 'x'];
  const other = await connectTo(own.adminUrl);
  try {
    expect((await load(root, own.adminUrl)).exitCode).toBe(0);
    await other.query(grants({ database: name, schema: 'public', loader, reader }));
    for (const table of ['messages', 'migrate_json.runs']) {
      await other.query(`REVOKE SELECT ON ${table} FROM ${loader}`);
      const lacks = `${table} the role lacks SELECT`;
      for (const dryRun of [true, false])
        expect(await load(root, loaderUrl.href, { dryRun })).toMatchObject({
          exitCode: 5,
          error: expect.stringMatching(`into these tables: ${lacks}$`),
        });
      const check = await runCli(['schema', 'check', '--to', loaderUrl.href]);
      expect([check.code, check.stdout]).toEqual([5, expect.stringMatching(`${table} +the role lacks SELECT`)]);
      expect(check.stdout).not.toMatch(/is not there/);
      const doctor = await runCli(['doctor', root, '--to', loaderUrl.href]);
      expect([doctor.code, doctor.stdout]).toEqual([5, expect.stringContaining(lacks)]);
      await other.query(`GRANT SELECT ON ${table} TO ${loader}`);
    }
    expect((await load(root, loaderUrl.href)).exitCode).toBe(0);
  } finally {
    await other.query(`DROP OWNED BY ${loader} CASCADE`);
    await other.end();
    await own.drop();
  }
});
