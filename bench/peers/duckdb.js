// DuckDB with explicit columns and format: `read-metrics|read-chat <path> <rows>` only reads, `metrics-csv <path> <out>` converts.
import { DuckDBInstance } from '@duckdb/node-api';

const METRIC_COLUMNS = `{timestamp: 'VARCHAR', source: 'VARCHAR', cpu_usage: 'DOUBLE', memory_usage: 'DOUBLE',
  disk_usage: 'DOUBLE', load_1m: 'DOUBLE', load_5m: 'DOUBLE', disk_io_read: 'DOUBLE', disk_io_write: 'DOUBLE',
  network_rx: 'DOUBLE', network_tx: 'DOUBLE', response_time: 'DOUBLE', is_anomaly: 'TINYINT'}`;
const CHAT_COLUMNS = `{id: 'VARCHAR', title: 'VARCHAR', created_at: 'VARCHAR', messages: 'STRUCT(role VARCHAR,
  content VARCHAR, stage1 JSON, stage2 JSON, stage3 JSON)[]'}`;

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const metrics = (path) => `read_json(${quoted(path)}, format = 'array', columns = ${METRIC_COLUMNS})`;
const chat = (root) =>
  `read_json(${quoted(`${root}/conversations/*/*.json`)}, format = 'unstructured', filename = true, columns = ${CHAT_COLUMNS})`;

const COMMANDS = {
  // An aggregate of every column: all of them are parsed, nothing is stored.
  'read-metrics': (path) => `SELECT count(*), max(COLUMNS(*)) FROM ${metrics(path)}`,
  'read-chat': (root) =>
    `CREATE TABLE chat AS SELECT filename, id, title, created_at, unnest(messages) FROM ${chat(root)}`,
  'metrics-csv': (path, out) => `COPY (SELECT * FROM ${metrics(path)}) TO ${quoted(out)} (FORMAT csv, HEADER false)`,
};

const [command, path, last] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const done = await connection.runAndReadAll(COMMANDS[command](path, last));
const count = Number(done.getRows()[0]?.[0]);
if (command.startsWith('read-') && count !== Number(last)) throw new Error(`DuckDB read ${count} rows, not ${last}`);
