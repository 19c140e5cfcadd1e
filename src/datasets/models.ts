import type { Shape } from '../json/probe.ts';
import { emptyObject, type JsonObject } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import { fits } from '../schema/table.ts';
import { mlModels as modelTable, mlModelVersions as table } from '../schema/tables/operations.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { objectOf } from './misfits.ts';
import { derivedVersion, VERSION_SPECS } from './model-version.ts';
import { ownedRow } from './owned-row.ts';
import { findRows, hasAny, inDirectory } from './shapes.ts';
import { MAP_KEY, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { withDerived, writeMembers } from './write-members.ts';

/** What a file says of the model as a whole. The first file by path describes it for all. */
const MODEL_SPECS: MemberSpecs = {
  model_name: { from: ['name', 'model_id'], identifier: 'text' },
  model_type: {},
  description: {},
  is_active: {},
};

/** The member that names the model: the first of these that is there. */
const NAMES = ['model_name', 'name', 'model_id'];

/** Each version keeps its own words about the model, because another file may describe it otherwise. */
const WORDS = ['model_type', 'description', 'is_active'];

interface ModelVersion extends Members {
  readonly name: string;
  readonly isNamed: boolean;
  readonly model: Cells;
}

function compile(context: MappingContext): RecordMapper<ModelVersion> {
  const read = compileMembers(table, VERSION_SPECS, context, { kept: ['id', MAP_KEY] });
  const readModel = compileMembers(modelTable, MODEL_SPECS, context);
  return {
    validate({ value, key }, { stem }, account) {
      const record = objectOf(value, 'the metadata of a model', account);
      if (record === undefined) return undefined;
      const parts = split(record);
      const model = readModel(parts.model, '', account);
      const version = read(parts.version, '', account);
      if (model === undefined || version === undefined) return undefined;
      const name = String(model.values.get('model_name') ?? key ?? stem);
      if (!fits(name, modelTable.columns.model_name.max)) {
        account.reject('too-long', '', `a model's name has at most ${modelTable.columns.model_name.max} characters`);
        return undefined;
      }
      const known = name === key ? undefined : key;
      const { extra } = withMapKey({ ...version, extra: withWords(version.extra, model.extra, record) }, known, []);
      return {
        values: version.values,
        extra,
        name,
        isNamed: model.values.get('model_name') !== null,
        model: model.values,
      };
    },
    map(version, _source, account) {
      const derived = { version: derivedVersion(withExtra(version).named()) };
      const values = withExtra(withDerived(table, version, derived, account));
      if (!version.isNamed) account.derived++;
      const model = version.model.with({ model_name: version.name, created_by: values.get('created_by') });
      const lookup = { table: modelTable, by: ['model_name'], key: [version.name], words: 'the model of this name' };
      return {
        ...ownedRow(table, values.row),
        references: [{ column: 'model_id', pointer: '', lookups: [lookup] }],
        lead: ownedRow(modelTable, model.row),
      };
    },
  };
}

/** What the record says of the model, and what it says of the version. */
function split(value: JsonObject): { readonly model: JsonObject; readonly version: JsonObject } {
  const name = NAMES.find((member) => (value[member] ?? null) !== null);
  const [model, version] = [emptyObject(), emptyObject()];
  for (const member of Object.keys(value)) {
    const part = member === name || WORDS.includes(member) ? model : version;
    part[member] = value[member] ?? null;
  }
  return { model, version };
}

function withWords(
  extra: JsonObject | undefined,
  modelExtra: JsonObject | undefined,
  value: JsonObject,
): JsonObject | undefined {
  const words = emptyObject();
  for (const member of WORDS) if ((value[member] ?? null) !== null) words[member] = value[member] ?? null;
  // A name that the source writes as a number.
  if (modelExtra?.['model_name'] !== undefined) words['model_name'] = modelExtra['model_name'];
  return Object.keys(words).length === 0 ? extra : Object.assign(emptyObject(), extra, words);
}

const SIGNS = [
  'model_type',
  'training_timestamp',
  'trained_at',
  'training_data_size',
  'training_data_start',
  'thresholds',
  'performance',
  'model_parameters',
  'model_config',
  'model_path',
  'scaler_path',
];

/** Enough where the path says that it is about models. */
const WEAK_SIGNS = [...SIGNS, 'model_name', 'accuracy', 'precision', 'recall', 'f1_score', 'f1'];

/** A row that tells what a model said, not what it is. */
const PREDICTED = ['predicted_anomaly', 'anomaly_detected', 'model_version_id', 'prediction'];

function isModel(shape: Shape): boolean {
  return SIGNS.filter((member) => shape.members.has(member)).length > 1 && !hasAny(shape, PREDICTED);
}

export const models = {
  name: 'models',
  mappingVersion: 1,
  description:
    'Metadata of trained models: one object per version, alone in a file, in a list, in a map, or as NDJSON.',
  tables: [table, modelTable],
  isOwned: false,
  dependsOn: ['ml_models'],
  destinations: new Map([...destinations(table, VERSION_SPECS), ...destinations(modelTable, MODEL_SPECS)]),
  expects: (candidate) =>
    inDirectory(candidate, 'models') ||
    (/(?:^|[-_])models?(?:[-_]|$)/i.test(candidate.stem) && !/predict/i.test(candidate.stem)),
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const isMine = (shape: Shape): boolean =>
      isModel(shape) || (isExpected && hasAny(shape, WEAK_SIGNS) && !hasAny(shape, PREDICTED));
    return findRows(candidate, isExpected, isMine, ['models', 'ml_model_versions', 'versions']);
  },
  compile,
  layout: {
    table,
    container: 'document',
    path: ({ values }) => ['models', `${values['model_id']}-${values['version']}`],
    write({ values }) {
      const object = writeMembers(table, VERSION_SPECS, values, { version: derivedVersion(values) });
      object['model_name'] ??= String(values['model_id']);
      return object;
    },
  },
} as const satisfies Dataset;
