// Metrics as a monitoring job dumped them, and the same rows ready-made for COPY and for .import.
import { join } from 'node:path';
import { chunkedFile } from './chunked-file.js';
import { randomFrom } from './random.js';

/** The members of a record, all of which fill a column. */
export const METRIC_COLUMNS = [
  'timestamp',
  'source',
  'cpu_usage',
  'memory_usage',
  'disk_usage',
  'load_1m',
  'load_5m',
  'disk_io_read',
  'disk_io_write',
  'network_rx',
  'network_tx',
  'response_time',
  'is_anomaly',
];

/** Not a divisor of what the shares of bad records come to, so that every host has some. */
const HOSTS = 21;
const START = Date.UTC(2024, 0, 1);
const STEP_MS = 60_000;

function metric(index, random) {
  const time = new Date(START + Math.floor(index / HOSTS) * STEP_MS).toISOString().slice(0, 20);
  const percent = () => Math.round(random() * 10_000) / 100;
  return {
    timestamp: `${time}${String(Math.floor(random() * 1e6)).padStart(6, '0')}`,
    source: `host-${String(index % HOSTS).padStart(2, '0')}`,
    cpu_usage: percent(),
    memory_usage: percent(),
    disk_usage: percent(),
    load_1m: Math.round(random() * 800) / 100,
    load_5m: Math.round(random() * 800) / 100,
    disk_io_read: Math.floor(random() * 1e6),
    disk_io_write: Math.round(random() * 1e7) / 10,
    network_rx: Math.floor(random() * 1e6),
    network_tx: Math.round(random() * 1e7) / 10,
    response_time: Math.round(random() * 5_000) / 10,
    is_anomaly: random() < 0.02 ? 1 : 0,
  };
}

/** What is wrong with bad records, in turn. */
const DAMAGES = [
  (record) => ({ ...record, cpu_usage: 250 }),
  ({ timestamp: _timestamp, ...record }) => record,
  (record) => ({ ...record, memory_usage: 'n/a' }),
  (record) => ({ ...record, timestamp: '2024-02-31T00:00:00.000000' }),
];

/** Exactly `share` of all records, evenly spread. */
const badUpTo = (index, share) => Math.floor(index * share);
export const badCount = (count, share) => badUpTo(count, share);

function* records(count, share, seed) {
  const random = randomFrom(seed);
  for (let index = 0; index < count; index += 1) {
    const good = metric(index, random);
    const bad = badUpTo(index, share);
    yield badUpTo(index + 1, share) > bad ? DAMAGES[bad % DAMAGES.length](good) : good;
  }
}

/** One JSON array in `<directory>/metrics.json`; returns its size. */
export function writeMetrics(directory, { count, badShare = 0, seed }) {
  const file = chunkedFile(join(directory, 'metrics.json'));
  let separator = '[';
  for (const record of records(count, badShare, seed)) {
    file.write(separator + JSON.stringify(record));
    separator = ',\n';
  }
  file.write(']\n');
  return file.close();
}

/** The same rows as text that COPY reads. */
export function writeMetricsTsv(path, { count, badShare = 0, seed }) {
  const file = chunkedFile(path);
  for (const record of records(count, badShare, seed)) {
    file.write(`${METRIC_COLUMNS.map((name) => record[name] ?? '\\N').join('\t')}\n`);
  }
  return file.close();
}

/** The same rows as CSV, with the id in front that .import needs and with times as SQLite stores them. */
export function writeMetricsCsv(path, { count, seed }) {
  const file = chunkedFile(path);
  let id = 0;
  for (const record of records(count, 0, seed)) {
    id += 1;
    const values = { ...record, timestamp: record.timestamp.replace('T', ' ') };
    file.write(`${id},${METRIC_COLUMNS.map((name) => values[name]).join(',')}\n`);
  }
  return file.close();
}
