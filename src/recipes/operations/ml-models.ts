import { defineDataset } from '../../declarations/language.ts';

/** What only the metadata of a version has. */
const OF_VERSIONS = ['/version', '/training_timestamp', '/performance', '/thresholds'];

/** Rows of the table itself. They say what a model is called and is for, before its versions do. */
export const mlModels = defineDataset({
  description: 'Rows of the table ml_models, as export writes them: ml_models.json. Versions are the dataset models.',
  recognise: {
    called: '^ml_models$',
    expected: [{ has: ['/model_name'], lacks: OF_VERSIONS }],
    map_key: ['model_name'],
  },
  key: 'model_name',
  rest: { to: 'extra', keep: ['/id'], spelled: 'as_column' },
  columns: {
    id: 'identity',
    model_name: { from: '/model_name', type: 'text(100)', numbers: 'whole' },
    model_type: { from: '/model_type', type: 'text(50)' },
    description: { from: '/description', type: 'text' },
    is_active: { from: '/is_active', type: 'boolean', insert_default: true },
    created_by: { from: '/created_by', type: 'text', numbers: 'whole' },
    created_at: { from: '/created_at', type: 'timestamp' },
    updated_at: { from: '/updated_at', type: 'timestamp' },
  },
});
