import type { Shape } from '../json/probe.ts';
import { anomalyPredictions as table } from '../schema/tables/operations.ts';
import { versionNumber } from './column-reader.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { findRows, hasAny } from './shapes.ts';
import { MAP_KEY, sourceIdOf, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  timestamp: {},
  source: {},
  anomaly_detected: { from: ['is_anomaly'] },
  severity: {},
  confidence_score: { from: ['confidence'] },
  model_name: { identifier: 'text' },
  model_version: { from: ['version'], reader: versionNumber, identifier: 'text' },
  alert_sent: {},
  acknowledged: {},
  acknowledged_by: { identifier: 'text' },
  acknowledged_at: {},
  resolution_notes: {},
  created_at: { from: ['createdAt'] },
};

const ORIGIN = { dataset: 'anomaly_predictions', name: 'anomaly_predictions' };

function compile(context: MappingContext): RecordMapper<Members> {
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: ['id', MAP_KEY],
      what: 'a predicted anomaly',
      finish: (members, key) => withMapKey(members, key, []),
      map(members, source) {
        const values = withExtra(members);
        const record_key = recordKey(ORIGIN, sourceIdOf(members.extra ?? {}), values, source);
        return ownedRow(table, values.with({ record_key }).row);
      },
    },
    context,
  );
}

/** What was done about an anomaly. */
const HANDLING = ['alert_sent', 'acknowledged', 'acknowledged_by', 'acknowledged_at', 'resolution_notes'];
const VERDICT = ['anomaly_detected', 'is_anomaly', 'severity'];

function isAnomaly(shape: Shape): boolean {
  if (hasAny(shape, ['anomaly_detected'])) return true;
  return hasAny(shape, VERDICT) && hasAny(shape, HANDLING);
}

export const anomalyPredictions = {
  name: 'anomaly_predictions',
  mappingVersion: 1,
  description: 'Anomalies that a model reported, and what was done about them: an array, under "data", or NDJSON.',
  tables: [table],
  isOwned: false,
  destinations: new Map(destinations(table, SPECS)),
  expects: ({ stem }) => /^anomaly[-_]predictions/i.test(stem),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = (shape: Shape): boolean => isAnomaly(shape) || (isExpected && hasAny(shape, Object.keys(SPECS)));
    return findRows(candidate, isExpected, isMine, ['anomaly_predictions']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['anomaly_predictions'],
    write: ({ values }) => writeMembers(table, SPECS, values),
  },
} as const satisfies Dataset;
