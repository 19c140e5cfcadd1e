import type { Shape } from '../json/probe.ts';
import type { JsonObject } from '../json/value.ts';
import { type Reference, type RowLookup, SOURCE_ID } from '../schema/row-group.ts';
import {
  mlModels as models,
  modelPredictions as table,
  mlModelVersions as versions,
} from '../schema/tables/operations.ts';
import type { RecordAccount } from './account.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { METRIC_MEMBERS, metricReference } from './metric-reference.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { referenceId } from './reference-id.ts';
import { findRows, hasAny } from './shapes.ts';
import { MAP_KEY, sourceIdOf, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { extraOf, isoTime, writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  predicted_anomaly: { from: ['is_anomaly'] },
  confidence_score: { from: ['confidence'] },
  prediction_time_ms: { from: ['inference_time_ms'] },
  model_features: { from: ['features'] },
  actual_anomaly: {},
  feedback_provided_at: {},
  feedback_provided_by: { identifier: 'text' },
  feedback_notes: {},
  created_at: { from: ['createdAt', 'predicted_at'] },
};

/** Members that name the version of the model; the first of each pair that is there counts. */
const MODEL = ['model_name', 'model_id'];
const VERSION = ['version', 'model_version'];
const VERSION_MEMBERS = [...MODEL, ...VERSION, 'model_version_id'];

const ORIGIN = { dataset: 'model_predictions', name: 'model_predictions' };

/** What joins the parts of a natural key. */
const UNIT_SEPARATOR = '\u001f';

interface Prediction extends Members {
  readonly references: readonly Reference[];
}

function compile(context: MappingContext): RecordMapper<Prediction> {
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: ['id', MAP_KEY, ...VERSION_MEMBERS, ...METRIC_MEMBERS],
      what: 'the prediction of a model',
      finish(given, key, _source, account) {
        const members = withMapKey(given, key, []);
        const version = versionReference(members.extra ?? {}, account);
        const metric = metricReference(members.extra ?? {}, context, account);
        if (version === undefined || metric === undefined || account.rejected) return undefined;
        const references = metric.reference === undefined ? [version] : [version, metric.reference];
        return { values: members.values, extra: metric.extra, references };
      },
      map({ values: given, extra = {}, references }, source) {
        const values = withExtra({ values: given, extra: Object.keys(extra).length > 0 ? extra : undefined });
        const record_key = recordKey(ORIGIN, sourceIdOf(extra), { row: values.row, references }, source);
        return { ...ownedRow(table, values.with({ record_key }).row), references };
      },
    },
    context,
  );
}

/** The version by model and version, else by the id that it had in its old table. */
function versionReference(extra: JsonObject, account: RecordAccount): Reference | undefined {
  const ids = new Map(VERSION_MEMBERS.map((member) => [member, referenceId(extra, member, account)]));
  if (account.rejected) return undefined;
  const first = (members: readonly string[]) => members.find((member) => ids.get(member) !== undefined) ?? '';
  const [model, version] = [ids.get(first(MODEL)), ids.get(first(VERSION))];
  const column = 'model_version_id';
  if (model !== undefined && version !== undefined) {
    return { column, pointer: `/${first(VERSION)}`, lookups: [versionOf(model, version)] };
  }
  const id = ids.get(column);
  if (id !== undefined) {
    const lookup = { table: versions, by: [SOURCE_ID], key: [id], words: 'the model version of this id' };
    return { column, pointer: `/${column}`, lookups: [lookup] };
  }
  const message = 'neither model_name and version nor model_version_id say which model predicted';
  account.reject('missing-member', '', message);
  return undefined;
}

function versionOf(name: string, version: string): RowLookup {
  const model = { table: models, by: ['model_name'], key: [name], words: 'the model of this name' };
  const key = [model, version];
  return { table: versions, by: ['model_id', 'version'], key, words: 'this version of the model of this name' };
}

const JUDGED = ['predicted_anomaly', 'prediction_time_ms', 'model_features', 'actual_anomaly'];

function isPrediction(shape: Shape): boolean {
  return hasAny(shape, JUDGED) && hasAny(shape, VERSION_MEMBERS);
}

export const modelPredictions = {
  name: 'model_predictions',
  mappingVersion: 1,
  description: 'What versions of models predicted, with the metrics they looked at: an array, under "data", or NDJSON.',
  tables: [table],
  isOwned: false,
  dependsOn: ['models', 'metrics'],
  destinations: new Map([
    ...destinations(table, SPECS),
    ...VERSION_MEMBERS.map((member): [string, string] => [`/${member}`, 'model_predictions.model_version_id']),
    ...METRIC_MEMBERS.map((member): [string, string] => [`/${member}`, 'model_predictions.metrics_id']),
  ]),
  expects: ({ stem }) => /^model[-_]predictions/i.test(stem),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = (shape: Shape): boolean =>
      isPrediction(shape) || (isExpected && hasAny(shape, [...JUDGED, ...VERSION_MEMBERS]));
    return findRows(candidate, isExpected, isMine, ['model_predictions']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['model_predictions'],
    write({ values }) {
      const object = writeMembers(table, SPECS, values);
      const extra = extraOf(values);
      const isNamed = (members: readonly string[]): boolean => members.some((member) => extra[member] !== undefined);
      if (!isNamed(VERSION_MEMBERS)) {
        const [model = '', version = ''] = String(values['model_version_id']).split(UNIT_SEPARATOR);
        Object.assign(object, { model_name: model, version });
      }
      if (values['metrics_id'] !== null && !isNamed(['metric', 'metric_timestamp', 'timestamp', 'metrics_id'])) {
        const [source = '', timestamp = ''] = String(values['metrics_id']).split(UNIT_SEPARATOR);
        object['metric'] = { source, timestamp: isoTime(timestamp) };
      }
      return object;
    },
  },
} as const satisfies Dataset;
