import { mlModels as table } from '../schema/tables/operations.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { findContainer, hasAny } from './shapes.ts';
import { MAP_KEY, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  model_name: { required: true, identifier: 'text' },
  model_type: {},
  description: {},
  is_active: {},
  created_by: { identifier: 'text' },
  created_at: {},
  updated_at: {},
};

/** What only the metadata of a version has. */
const OF_VERSIONS = ['version', 'training_timestamp', 'performance', 'thresholds'];

function compile(context: MappingContext): RecordMapper<Members> {
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: ['id', MAP_KEY],
      what: 'a model',
      finish: (members, key) => withMapKey(members, key, ['model_name']),
      map: (members) => ownedRow(table, withExtra(members).row),
    },
    context,
  );
}

/** Rows of the table itself. They say what a model is called and is for, before its versions do. */
export const mlModels = {
  name: 'ml_models',
  mappingVersion: 2,
  description: 'Rows of the table ml_models, as export writes them: ml_models.json. Versions are the dataset models.',
  tables: [table],
  isOwned: false,
  destinations: new Map(destinations(table, SPECS)),
  expects: ({ stem }) => stem === 'ml_models',
  containerOf(candidate) {
    if (!this.expects(candidate)) return undefined;
    return findContainer(candidate, (shape) => hasAny(shape, ['model_name']) && !hasAny(shape, OF_VERSIONS));
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['ml_models'],
    write: ({ values }) => writeMembers(table, SPECS, values),
  },
} as const satisfies Dataset;
