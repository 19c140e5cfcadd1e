// A load into tables of other types beside the same into tables that the program makes: what an application has made itself.
// `node bench/foreign.js [--orders 100000] [--runs 5]`, after a build.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import pg from 'pg';
import { chunkedFile } from './chunked-file.js';
import { describeMachine } from './machine.js';
import { measure } from './measure.js';
import { startPostgres } from './postgres.js';
import { pairedRatios, summary } from './statistics.js';

const PROGRAM = resolve(import.meta.dirname, '../bin/migrate-json.js');
const { values } = parseArgs({ options: { orders: { type: 'string' }, runs: { type: 'string' } } });
const orders = Number(values.orders ?? 100_000);
const runs = Number(values.runs ?? 5);

const COLUMNS = {
  number: { from: '/id', type: 'text(36)' },
  user_id: 'text(64)',
  title: 'text(200)',
  status: 'text(20)',
  total: 'decimal(12,2)',
  placed_at: 'timestamp',
  is_open: 'boolean',
  count: 'integer',
  meta: 'json',
};

/** Of rows with a key of their own, of rows that the ledger has to know by the number that the table gives them, and of rows without any. */
const KINDS = {
  'with a key': {
    declaration: { key: 'number', columns: COLUMNS },
    own: { PostgreSQL: 'number uuid PRIMARY KEY', SQLite: 'number VARCHAR(36) PRIMARY KEY' },
  },
  'without a key': {
    declaration: { columns: COLUMNS },
    own: {
      PostgreSQL: 'id serial PRIMARY KEY, number text',
      SQLite: 'id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT',
    },
  },
  'with `key: none`': {
    declaration: { key: 'none', columns: COLUMNS },
    own: { PostgreSQL: 'number text', SQLite: 'number TEXT' },
  },
};

const tableOf = {
  PostgreSQL: (own) => `CREATE TYPE order_status AS ENUM ('new', 'paid', 'done');
    CREATE TABLE orders (${own}, user_id varchar(64) NOT NULL, title varchar(80), status order_status, total numeric(10,2),
      placed_at timestamp, is_open boolean NOT NULL DEFAULT true, count integer, meta json)`,
  SQLite: (own) => `CREATE TABLE orders (${own}, user_id VARCHAR(64) NOT NULL, title VARCHAR(80), status VARCHAR(10),
      total NUMERIC(10,2), placed_at DATETIME, is_open BOOLEAN NOT NULL DEFAULT 1, count INTEGER, meta JSON)`,
};

const temporary = mkdtempSync(join(tmpdir(), 'migrate-json-bench-foreign-'));
// The server may be somebody else.
chmodSync(temporary, 0o755);
const database = join(temporary, 'bench.db');
try {
  await main();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

async function main() {
  mkdirSync(join(temporary, 'data'));
  await writeRecords(join(temporary, 'data', 'orders.jsonl'));
  const { cpu, cores, memoryGiB, node, loadBefore } = describeMachine();
  const head = `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, load before ${loadBefore.toFixed(1)}`;
  process.stdout.write(`${head}\n${orders} rows, ${runs} runs each\n`);
  const postgres = await startPostgres(temporary, '');
  try {
    for (const product of Object.keys(tableOf))
      for (const kind of Object.keys(KINDS)) await compare(product, kind, postgres);
  } finally {
    await postgres.stop();
  }
}

function writeRecords(path) {
  const out = chunkedFile(path);
  for (let index = 0; index < orders; index += 1) {
    const record = {
      id: `0190a000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      user_id: `user-${index % 1000}`,
      title: `Title number ${index}`,
      status: ['new', 'paid', 'done'][index % 3],
      total: (index % 10_000) / 100,
      placed_at: new Date(1_600_000_000_000 + index * 1000).toISOString(),
      is_open: index % 2 === 0,
      count: index,
      meta: { a: index, b: [1, 2, 3] },
    };
    out.write(`${JSON.stringify(record)}\n`);
  }
  return out.close();
}

async function compare(product, kind, postgres) {
  const { declaration, own } = KINDS[kind];
  const orders = { files: 'orders.jsonl', rest: 'reject', ...declaration };
  writeFileSync(join(temporary, 'migrate-json.config.json'), JSON.stringify({ datasets: { orders } }), { mode: 0o600 });
  const found = { foreign: [], ours: [] };
  for (let run = 0; run < runs; run += 1) {
    for (const name of Object.keys(found)) {
      const url = await emptyDatabase(product, postgres, name === 'foreign' ? tableOf[product](own[product]) : '');
      const args = [PROGRAM, 'run', 'data', '--to', url, '--quiet', '--no-progress'];
      const env = product === 'PostgreSQL' ? postgres.env : {};
      found[name].push(await measure({ file: process.execPath, args, cwd: temporary, env }, temporary));
    }
  }
  const [foreign, ours] = [found.foreign, found.ours].map((each) => summary(each.map(({ wall }) => wall)));
  const shown = ({ median, low, high }) => `${median.toFixed(2)} [${low?.toFixed(2)}–${high?.toFixed(2)}]`;
  const ratio = shown(summary(pairedRatios(found.foreign, found.ours)));
  process.stdout.write(
    `rows ${kind} → ${product}: foreign ${shown(foreign)} s, ours ${shown(ours)} s, ratio ${ratio}\n`,
  );
}

async function emptyDatabase(product, postgres, sql) {
  if (product === 'SQLite') {
    for (const ending of ['', '-wal', '-shm']) rmSync(database + ending, { force: true });
    const connection = new Database(database);
    connection.exec(sql);
    connection.close();
    return `sqlite:${database}`;
  }
  await postgres.fresh({ withTables: false });
  const client = new pg.Client(postgres.url.replace('@', `:${postgres.env.PGPASSWORD}@`));
  await client.connect();
  await client.query(sql);
  await client.end();
  return postgres.url;
}
