import type { Shape } from '../json/probe.ts';
import { ExactNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { fits } from '../schema/table.ts';
import { metrics as table } from '../schema/tables/operations.ts';
import { readEpoch } from '../time/time.ts';
import type { RecordAccount } from './account.ts';
import { anyText } from './column-reader.ts';
import type { Dataset, MappingContext, RecordMapper, SourceContext } from './dataset.ts';
import { compileFlat, type FlatRecords } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { findContainer, findRows, hasAny } from './shapes.ts';
import { MAP_KEY, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { extraOf, withDerived, writeMembers } from './write-members.ts';

/** The reference shape, with the spellings of the dialects. What is not here goes to `extra`. */
const MEASUREMENTS = {
  cpu_usage: { from: ['cpu_percent'] },
  memory_usage: { from: ['memory_percent'] },
  disk_usage: { from: ['disk_percent'] },
  load_1m: { from: ['load_avg_1min', 'load_avg_1m'] },
  load_5m: { from: ['load_avg_5min', 'load_avg_5m'] },
  load_15m: { from: ['load_avg_15min', 'load_avg_15m'] },
  disk_io_read: { from: ['disk_read_bytes'] },
  disk_io_write: { from: ['disk_write_bytes'] },
  network_rx: { from: ['network_rx_bytes', 'network_bytes_recv'] },
  network_tx: { from: ['network_tx_bytes', 'network_bytes_sent'] },
  response_time: { from: ['response_time_ms'] },
  error_rate: {},
  is_anomaly: { asNumber: true },
  anomaly_score: {},
} as const satisfies MemberSpecs;

const SPECS: MemberSpecs = {
  timestamp: {},
  source: { reader: anyText },
  ...MEASUREMENTS,
  created_at: {},
  created_by: {},
};

const MEASURED = Object.entries(MEASUREMENTS).flatMap(([name, spec]) => [name, ...('from' in spec ? spec.from : [])]);

/** Who measured, in dumps that name no `source`. */
const HOSTS = ['host', 'hostname', 'instance'];

function compile(context: MappingContext): RecordMapper<Members> {
  const finish: FlatRecords<Members>['finish'] = (members, key, source, account) => {
    const { values, extra } = members;
    const timestamp = values.get('timestamp') ?? epochOf(extra, account);
    if (timestamp === undefined) {
      if (!account.rejected) account.reject('missing-member', '', 'the member timestamp is missing');
      return undefined;
    }
    const given = values.get('source') ?? optionOf(extra, source, context);
    if (!fits(String(given ?? namedHost(extra)), table.columns.source.max)) {
      account.reject('too-long', '/source', `source must be text of at most ${table.columns.source.max} characters`);
      return undefined;
    }
    return withMapKey({ values: values.with({ timestamp, source: given }), extra }, key, ['timestamp', 'source']);
  };
  const map: FlatRecords<Members>['map'] = (members, _source, account) =>
    ownedRow(table, withExtra(withDerived(table, members, derivedOf(members.extra), account)).row);
  return compileFlat({ table, specs: SPECS, kept: ['id', MAP_KEY], what: 'a measurement', finish, map }, context);
}

/** psutil dumps may have the time in seconds only. The number stays in `extra`, where its spelling survives. */
function epochOf(extra: JsonObject | undefined, account: RecordAccount): string | undefined {
  const epoch = extra?.['unix_timestamp'];
  if (typeof epoch !== 'number' && !(epoch instanceof ExactNumber)) return undefined;
  const result = readEpoch(epoch instanceof ExactNumber ? epoch.text : String(epoch));
  if ('ok' in result) {
    if (result.truncated) account.repair('time-truncated');
    return result.ok;
  }
  account.reject(result.code, '/unix_timestamp', `unix_timestamp: ${result.message}`);
  return undefined;
}

/** What follows from members without a column: who measured. */
function derivedOf(extra: JsonObject | undefined): { readonly source: string } {
  return { source: namedHost(extra) };
}

/** Who measured by `--source`, unless the record names the same as its host: then that is derived from it. */
function optionOf(
  extra: JsonObject | undefined,
  { stem }: SourceContext,
  { source }: MappingContext,
): string | undefined {
  const given = source === 'stem' ? stem : source;
  return given === namedHost(extra) ? undefined : given;
}

function namedHost(extra: JsonObject | undefined): string {
  if (extra === undefined) return 'unknown';
  const host = HOSTS.map((member): JsonValue | undefined => extra[member]).find((name) => typeof name === 'string');
  return typeof host === 'string' ? host : 'unknown';
}

/** Requests to a model have a response time, too. */
const OF_A_REQUEST = ['is_streaming', 'prompt_tokens', 'total_tokens'];

function isMeasurement(shape: Shape): boolean {
  if (hasAny(shape, OF_A_REQUEST)) return false;
  return shape.root === 'object' && hasAny(shape, ['timestamp', 'unix_timestamp']) && hasAny(shape, MEASURED);
}

export const metrics = {
  name: 'metrics',
  mappingVersion: 2,
  description: 'Dumps of operations metrics: a JSON array, NDJSON, or an array under "metrics" or "data".',
  tables: [table],
  isOwned: false,
  sharedMembers: ['source', 'host', 'hostname', 'instance'],
  destinations: new Map(destinations(table, SPECS)),
  expects: ({ segments }) => segments.some((segment) => /metrics/i.test(segment)),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const found = findRows(candidate, isExpected, isMeasurement);
    if (found || !isExpected) return found;
    // Rows that measured nothing are rows too; a single object may as well describe a dump.
    const rows = findContainer(candidate, (shape) => shape.members.has('timestamp') && shape.members.has('source'));
    return rows?.kind === 'array' || rows?.kind === 'lines' ? rows : undefined;
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['metrics'],
    write: ({ values }) => writeMembers(table, SPECS, values, derivedOf(extraOf(values))),
  },
} as const satisfies Dataset;
