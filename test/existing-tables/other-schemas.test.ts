import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// Tables of several PostgreSQL schemas in one declaration.

const CONFIG = `
datasets:
  customers:
    files: customers.json
    table: crm.customers
    key: id
    columns: { id: integer, name: text }
  products:
    files: products.json
    key: sku
    columns: { sku: text, name: text }
  invoices:
    files: invoices.json
    table: billing.invoices
    key: id
    columns:
      id: integer
      customer_id: { references: crm.customers.id }
      total: "decimal(12,2)"
    children:
      lines:
        table: billing.lines
        records: /lines/*
        columns:
          position: { from: $position, type: integer }
          sku: { references: products.sku }
`;

const FILES = {
  'customers.json': [
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Bob' },
  ],
  'products.json': [
    { sku: 'a', name: 'Apple' },
    { sku: 'b', name: 'Bread' },
  ],
  'invoices.json': [
    { id: 10, customerId: 1, total: 3.5, lines: [{ sku: 'a' }, { sku: 'b' }] },
    { id: 11, customerId: 2, total: 1, lines: [{ sku: 'b' }] },
  ],
};

/** The application has made a part of them. */
const BILLING = [
  'CREATE SCHEMA billing',
  'CREATE TABLE products (sku text PRIMARY KEY, name text)',
  'CREATE TABLE billing.invoices (id integer PRIMARY KEY, customer_id bigint, total numeric(12,2) NOT NULL, note text)',
  `CREATE TABLE billing.lines (invoice_id integer REFERENCES billing.invoices ON DELETE CASCADE, position integer,
    sku text REFERENCES products, PRIMARY KEY (invoice_id, position))`,
];

function world(url: string) {
  const root = plant(FILES);
  const config = join(plant(), 'migrate-json.config.yaml');
  writeFileSync(config, CONFIG, { mode: 0o600 });
  return {
    root,
    run: async (...words: readonly string[]) => runCli([...words, '--config', config], { env: { DATABASE_URL: url } }),
  };
}

const lines = (url: string) => queryTarget(url, 'SELECT * FROM billing.lines ORDER BY invoice_id, position');

test('tables of several schemas are loaded, those that are missing made, compared, taken back and written back', async () => {
  const url = await freshUrl('PostgreSQL');
  await queryTarget(url, ...BILLING);
  const { root, run } = world(url);
  const dry = await run('run', root, '--dry-run', '--json');
  expect(dry.code, dry.stderr).toBe(0);
  const first = await run('run', root, '--json');
  expect(first.code, first.stderr).toBe(0);
  expect(JSON.parse(first.stdout).tables).toEqual(JSON.parse(dry.stdout).tables);
  expect(JSON.parse(first.stdout).tables['billing.lines']).toMatchObject({ inserted: 3 });
  expect(await lines(url)).toEqual([
    { invoice_id: 10, position: 0, sku: 'a' },
    { invoice_id: 10, position: 1, sku: 'b' },
    { invoice_id: 11, position: 0, sku: 'b' },
  ]);
  expect(await queryTarget(url, 'SELECT name FROM crm.customers ORDER BY id')).toEqual([
    { name: 'Ada' },
    { name: 'Bob' },
  ]);
  for (const words of [
    ['run', root, '--reload'],
    ['verify', root],
    ['verify', '--ledger'],
    ['schema', 'check'],
    ['schema', 'upgrade', '--dry-run'],
  ]) {
    const { code, stderr } = await run(...words);
    expect([words.join(' '), code, stderr]).toEqual([words.join(' '), 0, expect.any(String)]);
  }
  const exported = join(plant(), 'out');
  const { code, stderr } = await run('export', exported, '--from', url);
  expect(code, stderr).toBe(0);
  const again = await run('run', exported, '--json', '--dry-run', '--reload');
  expect(JSON.parse(again.stdout).tables['billing.invoices']).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
  await queryTarget(url, 'UPDATE billing.invoices SET total = 9 WHERE id = 11');
  expect((await run('verify', root)).stdout).toContain('billing.invoices');
  await queryTarget(url, 'UPDATE billing.invoices SET total = 1 WHERE id = 11');
  const [{ run_id: id } = {}] = await queryTarget(url, 'SELECT run_id FROM ledger.runs ORDER BY started_at LIMIT 1');
  const undone = await run('undo', String(id), '--yes');
  expect(undone.code, undone.stderr).toBe(0);
  expect(await lines(url)).toEqual([]);
  expect(await queryTarget(url, 'SELECT id FROM crm.customers')).toEqual([]);
});

test('what a role may not create is named before the first row, by a dry run, by schema check and by the run', async () => {
  const url = await freshUrl('PostgreSQL');
  const role = `loader_${Math.random().toString(36).slice(2)}`;
  await queryTarget(
    url,
    ...BILLING,
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
    `CREATE SCHEMA migrate_json AUTHORIZATION ${role}`,
    `GRANT USAGE ON SCHEMA public, billing TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public, billing TO ${role}`,
  );
  onTestFinished(
    async () => void (await queryTarget(url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`).catch(() => [])),
  );
  const own = new URL(url);
  [own.username, own.password] = [role, 'x'];
  const { root, run } = world(own.href);
  const lacks = expect.stringMatching(/crm\.customers cannot be created: the role lacks CREATE on the database/);
  for (const words of [
    ['run', root, '--dry-run'],
    ['run', root],
  ]) {
    const { code, stderr } = await run(...words, '--allow-plaintext');
    expect([code, stderr], words.join(' ')).toEqual([5, lacks]);
  }
  const check = await run('schema', 'check', '--allow-plaintext');
  expect([check.code, check.stdout]).toEqual([5, expect.stringMatching(/CREATE on the database/)]);
  const doctor = await run('doctor', root, '--allow-plaintext');
  expect(doctor.stdout + doctor.stderr).toMatch(/no schema crm/);
  expect(await queryTarget(url, 'SELECT * FROM billing.invoices')).toEqual([]);
});

test('the statements make the schemas; SQLite, which has none, is refused with the line and what to write', async () => {
  const { root, run } = world('sqlite:never.db');
  const printed = await run('schema', 'print', '--database', 'postgres');
  expect(printed.stdout).toContain('CREATE SCHEMA IF NOT EXISTS "crm"');
  expect(printed.stdout).toContain('REFERENCES "crm"."customers" ("id")');
  for (const words of [
    ['run', root],
    ['run', root, '--dry-run'],
    ['schema', 'print', '--database', 'sqlite'],
  ]) {
    const { code, stderr } = await run(...words);
    expect([code, stderr], words.join(' ')).toEqual([
      2,
      expect.stringMatching(
        /config\.yaml:5: the table crm\.customers is of a schema, and SQLite has none[\s\S]*table: customers/,
      ),
    ]);
  }
});
