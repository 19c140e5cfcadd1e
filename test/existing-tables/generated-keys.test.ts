import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdContract } from '../contract/contract.ts';
import { holdKills } from '../contract/kills.ts';
import { runCli } from '../setup/cli.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type Declaration, world } from './world.ts';

// A record knows what tells its row apart, and not the key that the database makes for it, by which the rows below name it.

interface Tables {
  readonly of: string;
  /** What is declared of the key that is made, and of the number that rows below have of their own. */
  readonly id: unknown;
  readonly own: object;
  readonly sql: readonly string[];
}

const NUMBER: Record<string, string> = { PostgreSQL: 'serial PRIMARY KEY', SQLite: 'INTEGER PRIMARY KEY' };
const UUID: Record<string, string> = {
  PostgreSQL: 'uuid PRIMARY KEY DEFAULT gen_random_uuid()',
  SQLite: 'TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))) NOT NULL',
};

const parents = (key: string | undefined) => [
  `CREATE TABLE rx (id ${key}, patient_id text NOT NULL UNIQUE, doctor text, seen int DEFAULT 0)`,
  "INSERT INTO rx (patient_id, doctor) VALUES ('before', 'x'), ('c', 'x')",
];

const numbered = (product: string): Tables => ({
  of: 'the application',
  id: 'identity',
  own: { id: 'identity' },
  sql: [
    ...parents(NUMBER[product]),
    `CREATE TABLE rx_items (id ${NUMBER[product]}, rx_id int NOT NULL REFERENCES rx (id), position bigint NOT NULL, drug text, UNIQUE (rx_id, position))`,
    "INSERT INTO rx_items (rx_id, position, drug) VALUES (1, 0, 'untouched')",
  ],
});

const withUuids = (product: string): Tables => ({
  of: 'the application, with UUIDs and a key of two columns',
  id: product === 'PostgreSQL' ? { type: 'uuid', owned_by: 'application' } : { type: 'text', owned_by: 'application' },
  own: {},
  sql: [
    ...parents(UUID[product]),
    `CREATE TABLE rx_items (rx_id ${product === 'PostgreSQL' ? 'uuid' : 'TEXT'} REFERENCES rx (id) ON DELETE CASCADE, position bigint, drug text, PRIMARY KEY (rx_id, position))`,
  ],
});

const ours = (): Tables => ({ of: 'our own', id: 'identity', own: {}, sql: [] });
const oursWithId = (): Tables => ({ of: 'our own with a number', id: 'identity', own: { id: 'identity' }, sql: [] });

const declared = ({ id, own }: Tables) =>
  ({
    datasets: {
      rx: {
        files: 'u.json',
        key: ['patient_id'],
        columns: { id, patient_id: 'text', doctor: 'text' },
        rest: 'reject',
        surplus: 'delete',
        children: {
          rx_items: {
            records: '/items/*',
            link: { rx_id: 'id' },
            columns: { ...own, position: { from: '$position', type: 'integer' }, drug: 'text' },
            rest: 'reject',
          },
        },
      },
    },
  }) as unknown as Declaration;

const RECORDS = [
  { patient_id: 'a', doctor: 'd', items: [{ drug: 'one' }, { drug: 'two' }] },
  { patient_id: 'b', items: [{ drug: 'three' }] },
  { patient_id: 'c', items: [{ drug: 'four' }] },
  { patient_id: 'd', doctor: {}, items: [{ drug: 'lost' }] },
];

const ITEMS =
  "SELECT patient_id, drug FROM rx_items JOIN rx ON rx.id = rx_id WHERE patient_id <> 'before' ORDER BY patient_id, position";

const CASES = PRODUCTS.flatMap((product) =>
  [numbered(product), withUuids(product), ours(), oursWithId()].map((tables) => ({ product, tables, of: tables.of })),
);

test.each(CASES)('$product: children of rows whose key the database makes, in tables of $of', async (given) => {
  const { product, tables } = given;
  const { run, root, url, config, query, cli, runs, change } = await world(
    product,
    declared(tables),
    RECORDS,
    ...tables.sql,
  );
  const items = async () => (await query(ITEMS)).map(({ patient_id, drug }) => [patient_id, drug]);
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect([first.error, dry.error]).toEqual([undefined, undefined]);
  expect([dry.rejects, dry.tables]).toEqual([first.rejects, first.tables]);
  expect(first.tables['rx_items']).toMatchObject({ inserted: 4 });
  expect(first.rejects).toMatchObject([{ code: 'wrong-type' }]);
  const loaded = ['one', 'two', 'three', 'four'].map((drug, at) => ['aabc'[at], drug]);
  expect(await items()).toEqual(loaded);
  expect((await cli('schema', 'check')).code).toBe(0);
  expect((await cli('verify', '--ledger')).code).toBe(0);
  expect((await run()).tables).toMatchObject({ rx: { unchanged: 3 }, rx_items: { unchanged: 4 } });
  const again = await run({ reload: true });
  expect(again.tables).toMatchObject({ rx: { unchanged: 3 }, rx_items: { unchanged: 4 } });
  change([
    { patient_id: 'a', doctor: 'e', items: [{ drug: 'one' }] },
    { patient_id: 'b', items: [{ drug: 'THREE' }, { drug: 'five' }] },
    { patient_id: 'c', items: [{ drug: 'four' }] },
    { patient_id: 'e', items: [{ drug: 'six' }] },
  ]);
  const [planned, changed] = [await run({ dryRun: true }), await run()];
  expect(planned.tables).toEqual(changed.tables);
  expect(changed.tables['rx_items']).toMatchObject({ inserted: 2, updated: 1, deleted: 1 });
  const after = ['one', 'THREE', 'five', 'four', 'six'].map((drug, at) => ['abbce'[at], drug]);
  expect(await items()).toEqual(after);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
  const out = join(plant(), 'out');
  const exported = await runCli(['export', out, '--from', url, '--config', config]);
  // The column `seen` is the application's alone.
  expect(exported.code, exported.stderr).toBe(tables.sql.length === 0 ? 0 : 1);
  const loadedBack = await load(out, url, { ...declared(tables), reload: true });
  expect(Object.values(loadedBack.tables).map(({ inserted, updated }) => inserted + updated)).toEqual([0, 0]);
  expect(await items()).toEqual(after);
  const [last = '', ...before] = (await runs()).slice(1);
  expect(await cli('undo', last, '--yes')).toMatchObject({ code: 0 });
  expect(await items()).toEqual(loaded);
  for (const id of before) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
  const left = tables.sql.some((sql) => sql.includes('untouched')) ? 1 : 0;
  expect(await query('SELECT * FROM rx_items')).toHaveLength(left);
  expect(await query('SELECT * FROM rx')).toHaveLength(tables.sql.length === 0 ? 0 : 2);
});

// Orders have no key but the number that the database gives them, and their lines one number more.
const SEVERAL_LEVELS = {
  datasets: {
    orders: {
      files: 'orders.json',
      columns: { id: 'identity', placed: 'timestamp', note: 'text' },
      children: {
        lines: {
          records: '/lines/*',
          link: { order_id: 'id' },
          columns: { id: 'identity', position: { from: '$position', type: 'integer' }, sku: 'text' },
          children: {
            line_options: {
              records: '/options/<name>',
              link: { line_id: 'id' },
              key: ['line_id', 'name'],
              columns: { name: { from: '$name' }, value: { from: '$value' } },
            },
          },
        },
        order_tags: {
          records: '/tags/*',
          link: { order_id: 'id' },
          order: 'none',
          key: ['order_id', 'tag'],
          columns: { tag: { from: '$value' } },
        },
      },
    },
  },
  tables: { lines: { unique: [['order_id', 'sku']], indexes: [['order_id']] } },
} as unknown as Declaration;

const ORDERS = Array.from({ length: 40 }, (_, at) => ({
  placed: `2024-05-01T10:00:${String(at).padStart(2, '0')}Z`,
  ...(at % 3 === 0 && { note: `note ${at}`, tags: ['new', `t${at}`] }),
  lines: [{ sku: 'pen', options: { colour: 'red', size: String(at) } }, { sku: 'mug' }],
}));

test('several levels of them come and go as every declaration promises', async () => {
  const data = plant({ 'orders.json': ORDERS });
  const application = { name: 'generated keys', data, options: SEVERAL_LEVELS, isWhole: true };
  await holdContract(application);
  for (const product of PRODUCTS) await holdKills(application, product, 2);
});

test.each(PRODUCTS)('%s: several levels in tables of an application whose records have no key', async (product) => {
  const key = NUMBER[product];
  const { run, root, query, cli, runs } = await world(
    product,
    { ...SEVERAL_LEVELS, datasets: { orders: { ...ordersDataset(), files: 'u.json', rest: 'reject' } } } as Declaration,
    ORDERS.slice(0, 7),
    `CREATE TABLE orders (id ${key}, placed timestamp, note varchar(20))`,
    `CREATE TABLE lines (id ${key}, order_id int NOT NULL REFERENCES orders (id), position int NOT NULL, sku varchar(9), extra ${product === 'SQLite' ? 'TEXT' : 'jsonb'})`,
    `CREATE TABLE line_options (id ${key}, line_id int NOT NULL REFERENCES lines (id), name varchar(9), value text, extra text)`,
    `CREATE TABLE order_tags (order_id int NOT NULL REFERENCES orders (id), tag text, extra text, PRIMARY KEY (order_id, tag))`,
    "INSERT INTO orders (note) VALUES ('of the application')",
    "INSERT INTO lines (order_id, position, sku) VALUES (1, 0, 'theirs')",
  );
  const [dry, first] = [await run({ dryRun: true }), await run()];
  expect([dry.rejects, dry.tables, dry.exitCode]).toEqual([[], first.tables, 0]);
  expect((await cli('schema', 'check')).code).toBe(0);
  const sizes = await query(
    "SELECT value FROM line_options JOIN lines ON lines.id = line_id JOIN orders ON orders.id = order_id WHERE name = 'size' ORDER BY orders.id",
  );
  expect(sizes.map(({ value }) => value)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
  const again = await run({ reload: true });
  expect(again.tables).toMatchObject({
    orders: { unchanged: 7 },
    lines: { unchanged: 14 },
    line_options: { unchanged: 14 },
  });
  for (const id of await runs()) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
  expect(await query('SELECT sku FROM lines')).toEqual([{ sku: 'theirs' }]);
});

function ordersDataset(): object {
  return (SEVERAL_LEVELS.datasets as unknown as Readonly<Record<string, object>>)['orders'] ?? {};
}

test.each(PRODUCTS)('%s: a row that has a key of its own moves to another row above', async (product) => {
  const moving = {
    datasets: {
      rx: {
        files: 'u.json',
        key: ['patient_id'],
        columns: { id: 'identity', patient_id: 'text' },
        children: {
          doses: {
            records: '/doses/*',
            link: { rx_id: 'id' },
            order: 'none',
            key: ['code'],
            columns: { code: 'text' },
          },
        },
      },
    },
  } as unknown as Declaration;
  const { run, query, cli, change } = await world(product, moving, [
    { patient_id: 'a', doses: [{ code: 'x' }] },
    { patient_id: 'b' },
  ]);
  const owners = async () => query('SELECT patient_id, code FROM doses JOIN rx ON rx.id = rx_id');
  expect((await run()).exitCode).toBe(0);
  change([{ patient_id: 'a' }, { patient_id: 'b', doses: [{ code: 'x' }] }]);
  const [planned, changed] = [await run({ dryRun: true }), await run()];
  expect([planned.tables, planned.exitCode]).toEqual([changed.tables, changed.exitCode]);
  expect(await owners()).toEqual([{ patient_id: 'b', code: 'x' }]);
  expect((await cli('verify', '--ledger')).code).toBe(0);
});

test('a reference of a child to its own parent is told with what to write in its place', async () => {
  const column = { from: '$parent.patient_id', references: 'rx.id', by: 'patient_id' };
  const { run } = await world(
    'SQLite',
    {
      datasets: {
        rx: {
          files: 'u.json',
          key: ['patient_id'],
          columns: { id: 'identity', patient_id: 'text' },
          children: {
            items: {
              records: '/items/*',
              columns: { position: { from: '$position', type: 'integer' }, rx_id: column },
            },
          },
        },
      },
    } as unknown as Declaration,
    [],
  );
  await expect(run()).rejects.toThrow('write `link: { rx_id: id }` for these, with `id: identity` there');
});
