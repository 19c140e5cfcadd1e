import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant, type Tree } from '../setup/trees.ts';

// What init proposes where the tables of an application name rows by keys that the data does not have.

const KEY: Record<string, string> = { PostgreSQL: 'serial PRIMARY KEY', SQLite: 'INTEGER PRIMARY KEY' };

async function proposed(product: (typeof PRODUCTS)[number], data: Tree, ...sql: readonly string[]) {
  const url = await freshUrl(product);
  await queryTarget(url, ...sql);
  const cwd = plant(data);
  const init = await runCli(['init', 'data', '--to', url], { cwd });
  const text = readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8');
  expect(init.code, text + init.stderr).toBe(0);
  return { url, cwd, init, text, cli: (...words: readonly string[]) => runCli([...words, '--to', url], { cwd }) };
}

const shop = (product: string) => [
  `CREATE TABLE statuses (id ${KEY[product]}, name varchar(20) NOT NULL UNIQUE)`,
  "INSERT INTO statuses (name) VALUES ('void'), ('open'), ('paid')",
  `CREATE TABLE categories (id ${KEY[product]}, name varchar(20) NOT NULL UNIQUE, note text)`,
  `CREATE TABLE orders (id varchar(9) PRIMARY KEY, status_id int REFERENCES statuses (id),
    category_id int NOT NULL REFERENCES categories (id), total int)`,
];

const ORDERS = ['open', 'paid', 'open'].map((status, at) => ({ id: `o${at}`, status, category: 'drinks', total: at }));
const CATEGORIES = [
  { id: 7, name: 'food', note: 'x' },
  { id: 9, name: 'drinks', note: 'y' },
];

const NAMED = PRODUCTS.flatMap((product) => [false, true].map((withIds) => ({ product, withIds })));

test.each(NAMED)(
  '$product: members that name rows of other tables are references by name, with ids $withIds',
  async ({ product, withIds }) => {
    const { text, init, url, cli } = await proposed(
      product,
      {
        'data/orders.json': ORDERS,
        'data/categories.json': CATEGORIES.map(({ id, ...rest }) => (withIds ? { id, ...rest } : rest)),
      },
      ...shop(product),
    );
    expect(text).toMatch(
      /status_id: \{ from: \/status, references: statuses.id, by: name.*# 3\/3, 3\/3 found in statuses.name/,
    );
    expect(text).toMatch(/category_id: \{ from: \/category, references: categories.id, by: name/);
    expect(text).toMatch(withIds ? / id: \{ from: \/id, type: identity \}/ : / id: identity +# the database makes it/);
    expect(init.stdout, text).not.toContain('Questions');
    expect(init.stdout).toMatch(/^orders .*statuses, categories/m);
    const explained = await cli('init', 'data', '--config', 'other.yaml', '--explain', 'orders.status_id');
    expect(explained.stdout).toContain('statuses.id, by name: 3 of 3 values are there');
    const dry = await cli('run', 'data', '--dry-run');
    const run = await cli('run', 'data');
    expect([dry.code, run.code], text + run.stdout + run.stderr).toEqual([0, 0]);
    const joined = await queryTarget(
      url,
      'SELECT o.id, s.name AS status, c.name AS category FROM orders o JOIN statuses s ON s.id = status_id JOIN categories c ON c.id = category_id ORDER BY o.id',
    );
    expect(joined).toEqual(ORDERS.map(({ id, status, category }) => ({ id, status, category })));
    expect((await cli('verify', 'data')).code).toBe(0);
    expect((await cli('init', 'data')).stdout).toContain('Nothing is new');
  },
);

test.each(PRODUCTS)(
  '%s: a few names without a row are a question, and many are none of these names',
  async (product) => {
    const many = Array.from({ length: 20 }, (_, at) => ({
      id: `o${at}`,
      status: at === 7 ? 'odd' : 'open',
      total: at,
    }));
    const tables = shop(product).filter((sql) => !sql.includes('categories (id'));
    const orders = 'CREATE TABLE orders (id varchar(9) PRIMARY KEY, status_id int REFERENCES statuses (id), total int)';
    const few = await proposed(product, { 'data/orders.json': many }, ...tables, orders);
    expect(few.text).toContain('19/20 found in statuses.name, 1 name no row');
    expect(few.init.stdout.replace(/\s+/g, ' ')).toContain('Write `make: true`, or `orphans: set_null`');
    expect((await few.cli('run', 'data')).code).toBe(1);
    const strange = many.map((order) => ({ ...order, status: `s${order.total}` }));
    const other = await proposed(product, { 'data/orders.json': strange }, ...tables, orders);
    expect(other.text).not.toContain('statuses');
  },
);

test.each(PRODUCTS)(
  '%s: rows that name the one above by a key which the database makes are children',
  async (product) => {
    const { text, init, url, cli } = await proposed(
      product,
      {
        'data/rx.json': [
          { patientId: 'a', doctor: 'd', items: [{ drug: 'one' }, { drug: 'two' }] },
          { patientId: 'b', doctor: 'e', items: [{ drug: 'three' }] },
        ],
      },
      `CREATE TABLE rx (id ${KEY[product]}, patient_id varchar(20) NOT NULL UNIQUE, doctor text)`,
      `CREATE TABLE rx_items (id ${KEY[product]}, rx_id int NOT NULL REFERENCES rx (id), position int NOT NULL, drug text, UNIQUE (rx_id, position))`,
    );
    expect(text).toContain('link: { rx_id: id }');
    expect(init.stdout, text).not.toContain('Questions');
    const run = await cli('run', 'data');
    expect(run.code, text + run.stdout + run.stderr).toBe(0);
    const drugs = await queryTarget(
      url,
      'SELECT patient_id, drug FROM rx_items JOIN rx ON rx.id = rx_id ORDER BY patient_id, position',
    );
    expect(drugs.map(({ patient_id, drug }) => `${patient_id} ${drug}`)).toEqual(['a one', 'a two', 'b three']);
    expect((await cli('verify', 'data')).code).toBe(0);
    expect((await cli('init', 'data')).stdout).toContain('Nothing is new');
  },
);

test.each(PRODUCTS)('%s: texts of digits are numbers where the column is one of numbers', async (product) => {
  const users = (zip: string) => [
    { id: '7', zip: '1234', level: '3' },
    { id: '8', zip, level: '-4' },
  ];
  const posts = [
    { id: 'p1', userId: '7' },
    { id: 'p2', userId: '8' },
  ];
  const { text, init, cwd, url, cli } = await proposed(
    product,
    { 'data/users.json': users('0123'), 'data/posts.json': posts },
    `CREATE TABLE users (id ${KEY[product]}, zip int, level int)`,
    'CREATE TABLE posts (id varchar(9) PRIMARY KEY, user_id int REFERENCES users (id))',
  );
  expect(text).toContain('level: { type: integer, number: {}, written: text }');
  expect(init.stdout.replace(/\s+/g, ' ').match(/\S+: the column is of the type \w+, which/g)).toEqual([
    expect.stringMatching(/^users.zip: /),
  ]);
  const first = await cli('run', 'data');
  expect([first.code, first.stdout], text).toEqual([1, expect.stringContaining('the text is no such number')]);
  grow(cwd, { 'data/users.json': users('5678') });
  expect((await cli('run', 'data')).code, text).toBe(0);
  expect((await cli('verify', 'data')).code).toBe(0);
  expect((await runCli(['export', 'out', '--from', url], { cwd })).code).toBe(0);
  expect(JSON.parse(readFileSync(join(cwd, 'out/users.json'), 'utf8'))).toEqual(users('5678'));
});
