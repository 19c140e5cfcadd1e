// `npm run bench`: measures migrate-json against what it is compared with. See bench/README.md.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureReady } from '../scripts/build.js';
import { root } from '../scripts/commands.js';
import { comparisonTable } from './compare.js';
import { prepareData } from './data.js';
import { describeMachine } from './machine.js';
import { METHOD } from './measure.js';
import { readOptions, USAGE } from './options.js';
import { SETTINGS, startPostgres } from './postgres.js';
import { findPrograms } from './programs.js';
import { runWork } from './run-work.js';
import { importableMetrics, printedSchema } from './schema.js';
import { resultTable } from './table.js';
import { workItems } from './work.js';

const program = join(root, 'bin', 'migrate-json.js');
const say = (line) => console.error(line);

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return finish(USAGE);
  const before = options.compare && JSON.parse(readFileSync(options.compare, 'utf8'));
  const ready = ensureReady();
  if (ready !== 0) return ready;
  withoutSettings(process.env);
  const result = await measureAll(options);
  if (options.save) writeFileSync(options.save, JSON.stringify(result));
  const comparison = before ? `\n${comparisonTable(before, result)}\n` : '';
  finish(
    options.json
      ? `${JSON.stringify(result)}\n`
      : `${headOf(result)}\n${resultTable(result)}\n${footOf(result)}${comparison}`,
  );
  return result.results.some(({ role, failed }) => failed !== undefined && role !== 'peer') ? 1 : 0;
}

function finish(text) {
  process.stdout.write(text);
  return 0;
}

/** What the developer's environment sets for migrate-json is not measured. */
function withoutSettings(environment) {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('MIGRATE_JSON_') || name === 'DATABASE_URL') delete environment[name];
  }
}

/** Interrupted, it still stops the server and removes what it made. */
function exitOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => process.exit(code));
  }
}

async function measureAll(options) {
  say(`Generating data (${options.scale}) …`);
  const directory = mkdtempSync(join(tmpdir(), 'migrate-json-bench-run-'));
  exitOnSignals();
  // A command that is being stopped may still write for a moment.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20 }));
  const data = prepareData({ ...options, shared: tmpdir(), own: directory });
  const temporary = join(directory, 'work');
  mkdirSync(join(temporary, 'pgloader'), { recursive: true });
  const postgres = await startPostgres(tmpdir(), printedSchema(program, 'postgres'));
  try {
    return await measureWork({ ...options, data, temporary, postgres });
  } finally {
    await postgres.stop();
  }
}

async function measureWork(context) {
  const { scale, runs, peers, only, data, postgres } = context;
  const { found, missing } = findPrograms();
  const machine = describeMachine();
  const sqlite = printedSchema(program, 'sqlite');
  const sqliteTables = { all: sqlite, metrics: importableMetrics(sqlite) };
  const items = workItems({ ...context, program, peers: join(root, 'bench', 'peers'), sqliteTables });
  const results = [];
  const leftOut = [];
  for (const item of items.filter(({ id }) => id.includes(only))) {
    const runnable = (contender) => contender.needs?.every((name) => name in found) ?? true;
    for (const { name } of item.contenders.filter((contender) => !runnable(contender)))
      leftOut.push(`${item.title}: ${name}`);
    results.push(
      ...(await runWork({ ...item, contenders: chosen(item.contenders, runnable, peers) }, { ...context, say })),
    );
  }
  return {
    date: new Date().toISOString(),
    scale,
    runs,
    machine,
    method: METHOD,
    postgres: { version: await postgres.version(), settings: SETTINGS },
    programs: found,
    missing,
    leftOut,
    data: {
      metrics: data.arrays.metrics.records,
      metricsBytes: data.arrays.metrics.bytes,
      ...data.chat,
      root: undefined,
    },
    results,
  };
}

/** Without its reference, nothing may take the reference's place in the list. */
function chosen([ours, reference, ...peers], isRunnable, withPeers) {
  if (!isRunnable(reference)) return [ours];
  return [ours, reference, ...(withPeers ? peers.filter(isRunnable) : [])];
}

function headOf({ date, scale, machine, method, postgres, programs, data }) {
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  return `${date.slice(0, 10)}, ${scale}: ${data.metrics} metrics (${megabytes(data.metricsBytes)}); ${data.conversations} conversation files, ${data.messages} messages, ${data.users} users (${megabytes(data.bytes)})
${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}; load before: ${machine.loadBefore.toFixed(1)}
Node ${machine.node}; ${Object.entries(programs)
    .map(([name, version]) => `${name}: ${version}`)
    .join('; ')}
PostgreSQL ${postgres.version}, loopback: ${postgres.settings.join(', ')}
CPU and RSS: ${method}. Medians, [93 % interval of the median]; ratio: wall time for each row, to the reference of the same round.
`;
}

function footOf({ scale, missing, leftOut }) {
  const lines = [
    ...(scale === 'quick' ? ['The goals are for the full size: here, starting the program weighs more.'] : []),
    ...missing.map(({ name, hint }) => `Missing: ${name} (${hint})`),
    ...leftOut.map((name) => `Left out: ${name}`),
  ];
  return `\n${lines.join('\n')}\n`;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
