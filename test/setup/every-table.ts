import { conversation, measurements } from './legacy.ts';
import { spreadFiles } from './spread-files.ts';
import type { Tree } from './trees.ts';

const SPREAD = spreadFiles(4);

/** Good records of every dataset, at least two rows in every table, which refer to each other wherever rows can. */
export const EVERY_TABLE: Tree = {
  ...SPREAD,
  'conversations/user-3/copy.json': SPREAD['conversations/user-3/c-3.json'],
  'conversations/user-1/staged.json': {
    id: 'staged',
    title: 'Stages',
    mood: { deep: [1, { warm: true }] },
    messages: [
      {
        role: 'assistant',
        stage1: [{ model: 'm/one', response: 'x' }],
        stage2: [{ rank: 1.5 }],
        stage3: { response: 'y' },
        metadata: { 'a/b': [0.1, '~'] },
        at: 'noon',
      },
    ],
  },
  'conversations/user-2/empty.json': conversation('empty', []),
  'analyses.json': ['1', '2'].map((id) => ({
    analysis_id: `analysis_${id}`,
    user_id: 'user-1',
    request: { query: 'Why is it slow?', timestamp: '2025-08-08T10:00:00.250000' },
    response: { status: 'answer', confidence: 0.875, root_cause: 'a full disk', processing_time_ms: 1234.5 },
    created_at: '2025-08-08T10:00:02Z',
    version: 2,
  })),
  'completion_requests.json': [1, 2].map((id) => ({
    id,
    timestamp: `2025-06-01T12:00:0${id}Z`,
    success: true,
    is_streaming: false,
    status_code: 200,
    response_time_ms: 100.25,
    model: 'm',
    temperature: 0.7,
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
  })),
  'ml_models.json': [
    { id: 4, model_name: 'watch', model_type: 'forest', description: 'Of all', is_active: true, created_by: 'ops' },
    { model_name: 'idle' },
  ],
  'models/watch.json': { id: 11, model_name: 'watch', version: '1', accuracy: 0.75, model_config: { trees: 100 } },
  'metrics/watched.json': measurements(3, { source: 'watched', disk_usage: 12.5, rack: 'a7' }),
  'model_predictions.json': [1, 2].map((id) => ({
    id,
    model_name: 'watch',
    version: '1',
    metric_timestamp: '2025-01-01T00:00:00.000Z',
    metric_source: 'watched',
    predicted_anomaly: id === 1,
    confidence_score: 0.5,
    model_features: { cpu: [1, 2] },
  })),
  'anomaly_predictions.json': [1, 2].map((id) => ({
    id,
    timestamp: '2025-08-08T00:00:00Z',
    source: 'web-1',
    anomaly_detected: true,
    severity: 'high',
    confidence_score: 0.75,
    acknowledged_at: '2025-08-08T01:00:00Z',
  })),
};

/** The same in an earlier state: fewer messages, other values, but no row that is not in the later one. */
export const EVERY_TABLE_BEFORE: Tree = Object.fromEntries(
  Object.entries(EVERY_TABLE)
    .filter(([path]) => /^(?:conversations|users|usage|metrics|keys)\//.test(path))
    .map(([path, content]) => [
      path,
      JSON.stringify(content)
        .replace(',{"role":"assistant","content":"Answer 1"}', '')
        .replace('"Number 2"', '"Draft"')
        .replaceAll('"memory_usage":50.5', '"memory_usage":49.5')
        .replace('"role":"operator"', '"role":"viewer"')
        .replace('"daily_count"', '"monthly_count"'),
    ]),
);
