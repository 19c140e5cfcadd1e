import { type Config, defineDataset } from '../../declarations/language.ts';

const MEASUREMENTS = [
  ...['cpu_usage', 'cpu_percent', 'memory_usage', 'memory_percent', 'disk_usage', 'disk_percent'],
  ...['load_1m', 'load_avg_1min', 'load_avg_1m', 'load_5m', 'load_avg_5min', 'load_avg_5m'],
  ...['load_15m', 'load_avg_15min', 'load_avg_15m', 'disk_io_read', 'disk_read_bytes', 'disk_io_write'],
  ...['disk_write_bytes', 'network_rx', 'network_rx_bytes', 'network_bytes_recv', 'network_tx', 'network_tx_bytes'],
  ...['network_bytes_sent', 'response_time', 'response_time_ms', 'error_rate', 'is_anomaly', 'anomaly_score'],
].map((name) => `/${name}`);

/** Who measured, in dumps that name no `source`. */
const HOSTS = ['host', 'hostname', 'instance'];

/** Requests to a model have a response time, too. */
const OF_A_REQUEST = ['/is_streaming', '/prompt_tokens', '/total_tokens'];

const PERCENT = { type: 'real', min: 0, max: 100 } as const;
const AMOUNT = { type: 'real', min: 0 } as const;

export const metrics = defineDataset({
  description: 'Dumps of operations metrics: a JSON array, NDJSON, or an array under "metrics" or "data".',
  recognise: {
    records: [{ any: [['/timestamp', '/unix_timestamp'], MEASUREMENTS], lacks: OF_A_REQUEST }],
    called: 'metrics',
    below: 'metrics',
    // Rows that measured nothing are rows too; a single object may as well describe a dump.
    expected: [{ has: ['/timestamp', '/source'], only: 'lists' }],
    map_key: ['timestamp', 'source'],
  },
  shared: ['source', ...HOSTS],
  parameters: { source: null },
  key: ['source', 'timestamp'],
  rest: { to: 'extra', keep: ['/id'], spelled: 'as_column' },
  columns: {
    id: 'identity',
    // psutil dumps may have the time in seconds only. The number stays in the rest, where its spelling survives.
    timestamp: { from: '/timestamp', type: 'timestamp', else: { from: '/unix_timestamp', epoch: 'any' } },
    source: {
      from: ['/source', '$option.source'],
      type: 'text(100)',
      else: { from: HOSTS.map((name) => `/${name}`), value: 'unknown', derived: true },
    },
    cpu_usage: { from: ['/cpu_usage', '/cpu_percent'], ...PERCENT },
    memory_usage: { from: ['/memory_usage', '/memory_percent'], ...PERCENT },
    disk_usage: { from: ['/disk_usage', '/disk_percent'], ...PERCENT },
    load_1m: { from: ['/load_1m', '/load_avg_1min', '/load_avg_1m'], ...AMOUNT },
    load_5m: { from: ['/load_5m', '/load_avg_5min', '/load_avg_5m'], ...AMOUNT },
    load_15m: { from: ['/load_15m', '/load_avg_15min', '/load_avg_15m'], ...AMOUNT },
    disk_io_read: { from: ['/disk_io_read', '/disk_read_bytes'], ...AMOUNT },
    disk_io_write: { from: ['/disk_io_write', '/disk_write_bytes'], ...AMOUNT },
    network_rx: { from: ['/network_rx', '/network_rx_bytes', '/network_bytes_recv'], ...AMOUNT },
    network_tx: { from: ['/network_tx', '/network_tx_bytes', '/network_bytes_sent'], ...AMOUNT },
    response_time: { from: ['/response_time', '/response_time_ms'], ...AMOUNT },
    error_rate: { from: '/error_rate', ...PERCENT },
    is_anomaly: { from: '/is_anomaly', type: 'boolean', written: 'number' },
    anomaly_score: { from: '/anomaly_score', type: 'real', min: 0, max: 1 },
    created_at: { from: '/created_at', type: 'timestamp' },
    created_by: { from: '/created_by', type: 'text' },
  },
});

export const metricsTable = {
  keeps_rest: true,
  distributed_by: 'source',
  found_by_id: true,
  indexes: [['timestamp']],
} satisfies NonNullable<Config['tables']>[string];
