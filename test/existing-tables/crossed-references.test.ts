import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const CONFIG = `datasets:
  rx:
    files: rx.json
    key: patient_id
    columns: { id: identity, patient_id: { from: /patient, type: integer } }
    rest: reject
    children:
      rx_items:
        records: /items/*
        link: { rx_id: patient_id }
        columns: { position: { from: $position, type: integer }, drug: text }
        rest: reject
`;

test.each(PRODUCTS)('%s: a link is refused that would give rows to another row of the application', async (product) => {
  const url = await freshUrl(product);
  const generated = product === 'PostgreSQL' ? 'serial PRIMARY KEY' : 'INTEGER PRIMARY KEY AUTOINCREMENT';
  await queryTarget(
    url,
    `CREATE TABLE rx (id ${generated}, patient_id integer NOT NULL UNIQUE)`,
    `CREATE TABLE rx_items (id ${generated}, rx_id integer NOT NULL REFERENCES rx (id), position integer, drug varchar(20))`,
    'INSERT INTO rx (patient_id) VALUES (8), (9)',
  );
  const rx = [
    { patient: 2, items: [{ drug: 'A' }] },
    { patient: 1, items: [{ drug: 'B' }] },
  ];
  const cwd = plant({ 'migrate-json.config.yaml': CONFIG, 'data/rx.json': rx });
  for (const command of [
    ['run', 'data', '--dry-run'],
    ['run', 'data'],
    ['schema', 'check'],
  ]) {
    const { code, stdout, stderr } = await runCli([...command, '--to', url], { cwd });
    expect([command[0], code, stdout + stderr]).toEqual([
      command[0],
      5,
      expect.stringContaining('refers to rx (id), and would get patient_id'),
    ]);
  }
  expect(await queryTarget(url, 'SELECT * FROM rx_items')).toEqual([]);
});

test.each(PRODUCTS)('%s: rows of a table without a key are named by another column of theirs', async (product) => {
  const url = await freshUrl(product);
  const config = `datasets:
  customer: { files: customers.json, columns: { name: { type: text, unique: true }, status: text } }
  invoice: { files: invoices.json, columns: { number: text, customer_id: { from: /customer, references: customer.id, by: name } } }
`;
  const cwd = plant({
    'migrate-json.config.yaml': config,
    'data/customers.json': [{ name: 'Z1', status: 'vip' }, { name: 'Z2' }],
    'data/invoices.json': [{ number: 'N1', customer: 'Z2' }],
  });
  const run = await runCli(['run', 'data', '--to', url], { cwd });
  expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('error')]);
  const joined = 'SELECT c.name FROM invoice i JOIN customer c ON c.id = i.customer_id';
  expect(await queryTarget(url, joined)).toEqual([{ name: 'Z2' }]);
  expect((await runCli(['verify', 'data', '--to', url], { cwd })).code).toBe(0);
});
