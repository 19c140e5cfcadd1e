// Declared data beside a built-in of like shape: orders with items, as many rows and bytes as conversations with messages.
// `node bench/declared.js [--orders 100000] [--runs 5]`, after a build. And how much later a run with 50 declared datasets begins.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chunkedFile } from './chunked-file.js';
import { describeMachine } from './machine.js';
import { measure } from './measure.js';
import { startPostgres } from './postgres.js';
import { pairedRatios, summary } from './statistics.js';

const ITEMS = 9;
const OWNERS = 200;
const PROGRAM = resolve(import.meta.dirname, '../bin/migrate-json.js');
const { values } = parseArgs({ options: { orders: { type: 'string' }, runs: { type: 'string' } } });
const orders = Number(values.orders ?? 100_000);
const runs = Number(values.runs ?? 5);

/** What conversations and their messages have, under other names. */
const DECLARED = {
  datasets: {
    orders: {
      files: '*.jsonl',
      key: 'id',
      columns: {
        id: 'text(36)',
        customer_id: { type: 'text(128)', required: true },
        title: 'text(500)',
        created_at: 'timestamp',
        updated_at: { type: 'timestamp', derive: 'created_at' },
      },
      children: {
        order_items: {
          records: '/items/*',
          key: ['order_id', 'position'],
          columns: {
            id: 'identity',
            position: { from: '$position', type: 'integer', min: 0 },
            kind: { type: 'text(20)', required: true },
            content: 'text',
            options: 'json',
            created_at: { type: 'timestamp', from: '/created_at', derive: '$parent.created_at', plus: '$position' },
          },
        },
      },
    },
  },
  tables: {
    orders: { indexes: [['created_at'], ['customer_id', '-created_at']] },
    order_items: { indexes: [['created_at']] },
  },
};

const NAMES = {
  builtIn: { owner: 'user_id', list: 'messages', kind: 'role' },
  declared: { owner: 'customer_id', list: 'items', kind: 'kind' },
};

function writeRecords(path, { owner, list, kind }) {
  const out = chunkedFile(path);
  for (let index = 0; index < orders; index += 1) {
    const at = new Date(1_700_000_000_000 + index * 1000).toISOString();
    const items = Array.from({ length: ITEMS }, (_, place) => ({
      [kind]: place % 2 === 0 ? 'user' : 'assistant',
      content: `line ${place} of ${index}, with as many words as a short message has in most places`,
    }));
    const id = `0f5b8a6e-3c1d-4b7a-9e24-${String(index).padStart(12, '0')}`;
    const head = { id, [owner]: `owner-${index % OWNERS}`, title: `Number ${index}`, created_at: at };
    out.write(`${JSON.stringify({ ...head, [list]: items })}\n`);
  }
  return out.close();
}

const temporary = mkdtempSync(join(tmpdir(), 'migrate-json-bench-declared-'));
// The server may be somebody else.
chmodSync(temporary, 0o755);
try {
  await main();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

async function main() {
  const places = Object.fromEntries(Object.keys(NAMES).map((name) => [name, placeOf(name)]));
  const { cpu, cores, memoryGiB, node, loadBefore } = describeMachine();
  const head = `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, load before ${loadBefore.toFixed(1)}`;
  process.stdout.write(`${head}\n${orders * (ITEMS + 1)} rows, ${runs} runs each\n`);
  const postgres = await startPostgres(temporary, '');
  try {
    for (const product of ['PostgreSQL', 'SQLite']) await compareLoads(product, places, postgres);
  } finally {
    await postgres.stop();
  }
  await compareStarts();
}

function placeOf(name) {
  const cwd = join(temporary, name);
  mkdirSync(join(cwd, 'data'), { recursive: true });
  writeRecords(join(cwd, 'data', 'conversations.jsonl'), NAMES[name]);
  if (name === 'declared')
    writeFileSync(join(cwd, 'migrate-json.config.json'), JSON.stringify(DECLARED), { mode: 0o600 });
  return cwd;
}

async function compareLoads(product, places, postgres) {
  const found = { declared: [], builtIn: [] };
  for (let run = 0; run < runs; run += 1) {
    for (const name of Object.keys(found)) found[name].push(await load(product, places[name], postgres));
  }
  tell(`orders with items → ${product}`, found);
}

async function load(product, cwd, postgres) {
  const database = join(temporary, 'bench.db');
  for (const ending of ['', '-wal', '-shm']) rmSync(database + ending, { force: true });
  if (product === 'PostgreSQL') await postgres.fresh({ withTables: false });
  const to = product === 'SQLite' ? `sqlite:${database}` : postgres.url;
  const args = [PROGRAM, 'run', 'data', '--to', to, '--quiet', '--no-progress'];
  return measure({ file: process.execPath, args, cwd, env: product === 'SQLite' ? {} : postgres.env }, temporary);
}

/** A scan of an empty directory, with a config of 50 datasets and with none. */
async function compareStarts() {
  const { orders: order } = DECLARED.datasets;
  const datasets = Array.from({ length: 50 }, (_, index) => {
    const { order_items: items } = order.children;
    return [
      `orders_${index}`,
      { ...order, files: `orders-${index}/*.jsonl`, children: { [`items_${index}`]: { ...items, key: undefined } } },
    ];
  });
  const cwd = join(temporary, 'start');
  const bare = join(temporary, 'bare');
  for (const each of [cwd, bare]) mkdirSync(join(each, 'data'), { recursive: true });
  writeFileSync(join(cwd, 'migrate-json.config.json'), JSON.stringify({ datasets: Object.fromEntries(datasets) }), {
    mode: 0o600,
  });
  const found = { declared: [], builtIn: [] };
  const args = [PROGRAM, 'scan', 'data'];
  // There is nothing to be recognised.
  const exitCode = 1;
  for (let run = 0; run < Math.max(20, runs); run += 1) {
    found.declared.push(await measure({ file: process.execPath, args, cwd, exitCode }, temporary));
    found.builtIn.push(await measure({ file: process.execPath, args, cwd: bare, exitCode }, temporary));
  }
  tell('start with 50 datasets', found);
}

function tell(title, found) {
  const [declared, builtIn] = [found.declared, found.builtIn].map((each) => summary(each.map(({ wall }) => wall)));
  const [cpu, cpuOfBuiltIn] = [found.declared, found.builtIn].map((each) => summary(each.map((run) => run.cpu)).median);
  const ratio = summary(pairedRatios(found.declared, found.builtIn));
  const shown = ({ median, low, high }) => `${median.toFixed(3)} [${low?.toFixed(3)}–${high?.toFixed(3)}]`;
  process.stdout.write(
    `${title}: declared ${shown(declared)} s, built-in ${shown(builtIn)} s, ratio ${shown(ratio)}; CPU ${cpu?.toFixed(2)} and ${cpuOfBuiltIn?.toFixed(2)} s\n`,
  );
}
