import { type Config, defineDataset } from '../../declarations/language.ts';

/** What was done about an anomaly. */
const HANDLING = ['/alert_sent', '/acknowledged', '/acknowledged_by', '/acknowledged_at', '/resolution_notes'];
const VERDICT = ['/anomaly_detected', '/is_anomaly', '/severity'];

export const anomalyPredictions = defineDataset({
  description: 'Anomalies that a model reported, and what was done about them: an array, under "data", or NDJSON.',
  recognise: {
    records: [{ has: ['/anomaly_detected'] }, { any: [VERDICT, HANDLING] }],
    called: '^anomaly[-_]predictions',
    expected: [
      {
        any: [
          ...['/timestamp', '/source', '/confidence_score', '/model_name', '/model_version', '/created_at'],
          ...[...HANDLING, '/severity'],
        ],
      },
    ],
    under: ['anomaly_predictions'],
    map_key: [],
  },
  record_key: { of: 'row', id: ['/id', '/map_key'] },
  rest: { to: 'extra', keep: ['/id'], spelled: 'as_column' },
  columns: {
    timestamp: { from: '/timestamp', type: 'timestamp' },
    source: { from: '/source', type: 'text(100)' },
    anomaly_detected: { from: ['/anomaly_detected', '/is_anomaly'], type: 'boolean' },
    severity: { from: '/severity', type: 'text', enum: ['low', 'medium', 'high', 'critical'] },
    confidence_score: { from: ['/confidence_score', '/confidence'], type: 'real', min: 0, max: 1 },
    model_name: { from: '/model_name', type: 'text(100)', numbers: 'whole' },
    model_version: { from: ['/model_version', '/version'], type: 'text(20)', numbers: 'any' },
    alert_sent: { from: '/alert_sent', type: 'boolean' },
    acknowledged: { from: '/acknowledged', type: 'boolean' },
    acknowledged_by: { from: '/acknowledged_by', type: 'text', numbers: 'whole' },
    acknowledged_at: { from: '/acknowledged_at', type: 'timestamp' },
    resolution_notes: { from: '/resolution_notes', type: 'text' },
    created_at: { from: ['/created_at', '/createdAt'], type: 'timestamp' },
  },
});

export const anomalyPredictionsTable = { keeps_rest: true, indexes: [['timestamp']] } satisfies NonNullable<
  Config['tables']
>[string];
