import { type Config, defineDataset } from '../../declarations/language.ts';

const JUDGED = ['/predicted_anomaly', '/prediction_time_ms', '/model_features', '/actual_anomaly'];
const MODEL = ['/model_name', '/model_id'];
const VERSION = ['/version', '/model_version'];
const OF_A_VERSION = [...MODEL, ...VERSION, '/model_version_id'];
const OF_A_METRIC = ['/metric', '/metric_timestamp', '/metric_source', '/timestamp', '/source', '/metrics_id'];

export const modelPredictions = defineDataset({
  description: 'What versions of models predicted, with the metrics they looked at: an array, under "data", or NDJSON.',
  recognise: {
    records: [{ any: [JUDGED, OF_A_VERSION] }],
    called: '^model[-_]predictions',
    expected: [{ any: [...JUDGED, ...OF_A_VERSION] }],
    under: ['model_predictions'],
    map_key: [],
  },
  parameters: { source: 'unknown' },
  record_key: { of: 'row', id: ['/id', '/map_key'] },
  rest: { to: 'extra', keep: ['/id', ...OF_A_VERSION, ...OF_A_METRIC], spelled: 'as_column' },
  columns: {
    model_version_id: {
      type: 'integer',
      references: 'ml_model_versions.id',
      required: true,
      on_delete: 'cascade',
      found_by: [[{ 'model_id.model_name': MODEL, version: VERSION }, { $id: '/model_version_id' }]],
    },
    metrics_id: {
      references: 'metrics.id',
      on_delete: 'set_null',
      found_by: [
        [
          { source: ['/metric/source', '$option.source'], timestamp: '/metric/timestamp' },
          { source: ['/metric_source', '/source', '$option.source'], timestamp: '/metric_timestamp' },
          // A time alone says when the prediction was made.
          { source: '/source', timestamp: '/timestamp' },
        ],
        { $id: '/metrics_id' },
      ],
    },
    predicted_anomaly: { from: ['/predicted_anomaly', '/is_anomaly'], type: 'boolean' },
    confidence_score: { from: ['/confidence_score', '/confidence'], type: 'real', min: 0, max: 1 },
    prediction_time_ms: { from: ['/prediction_time_ms', '/inference_time_ms'], type: 'real', min: 0 },
    model_features: { from: ['/model_features', '/features'], type: 'json' },
    actual_anomaly: { from: '/actual_anomaly', type: 'boolean' },
    feedback_provided_at: { from: '/feedback_provided_at', type: 'timestamp' },
    feedback_provided_by: { from: '/feedback_provided_by', type: 'text', numbers: 'whole' },
    feedback_notes: { from: '/feedback_notes', type: 'text' },
    created_at: { from: ['/created_at', '/createdAt', '/predicted_at'], type: 'timestamp' },
  },
});

export const modelPredictionsTable = {
  keeps_rest: true,
  indexes: [['model_version_id'], ['metrics_id']],
} satisfies NonNullable<Config['tables']>[string];
