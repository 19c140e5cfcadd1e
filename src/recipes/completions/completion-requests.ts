import { type Config, defineDataset } from '../../declarations/language.ts';

const FLAT_SIGNS = [
  ...['/success', '/is_streaming', '/finish_reason', '/message_count', '/tokens_per_second'],
  ...['/prompt_tokens', '/completion_tokens', '/total_tokens', '/input_tokens', '/output_tokens'],
  ...['/time_to_first_token_ms', '/time_to_last_token_ms'],
];
const NESTED_SIGNS = [
  ...['/timing/response_time_ms', '/timing/time_to_first_token_ms', '/timing/time_to_last_token_ms'],
  ...['/tokens/prompt', '/tokens/completion', '/tokens/total'],
];

/** What SQLite's own clock writes, which is UTC wherever the application ran. */
const SQLITE_TIME = '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$';

const COUNT = { type: 'integer', min: 0 } as const;

/** The reference shape is nested; older exports are flat, under the names of the columns. */
export const completionRequests = defineDataset({
  description:
    'Requests that an LLM proxy passed on: exports with timing and tokens, flat exports, or rows of its table.',
  recognise: {
    records: [{ two: [...FLAT_SIGNS, NESTED_SIGNS] }],
    called: '^(?:completion[_-]?requests?|llm[_-]usage)',
    below: '^completion_requests$',
    expected: [{ any: [...FLAT_SIGNS, ...NESTED_SIGNS] }],
    under: ['completion_requests', 'requests'],
    map_key: [],
  },
  functions: 'recipe:completions',
  record_key: { of: 'row', id: ['/id', '/map_key', 'request /request_id'] },
  rest: { to: 'extra', keep: ['/id', '/request_id'], spelled: 'as_column' },
  columns: {
    timestamp: { from: '/timestamp', type: 'timestamp', zones: { [SQLITE_TIME]: 'UTC' } },
    success: { from: '/success', type: 'boolean', required: true },
    status_code: { from: '/status_code', type: 'integer' },
    response_time_ms: {
      from: ['/response_time_ms', '/timing/response_time_ms', '/latency_ms'],
      to: '/timing/response_time_ms',
      type: 'real',
      min: 0,
    },
    model: { from: '/model', type: 'text' },
    origin: { from: '/origin', type: 'text' },
    is_streaming: { from: '/is_streaming', type: 'boolean' },
    max_tokens: { from: '/max_tokens', type: 'integer' },
    temperature: { from: '/temperature', type: 'real' },
    top_p: { from: '/top_p', type: 'real' },
    message_count: { from: '/message_count', type: 'integer' },
    prompt_tokens: { from: ['/prompt_tokens', '/tokens/prompt', '/input_tokens'], to: '/tokens/prompt', ...COUNT },
    completion_tokens: {
      from: ['/completion_tokens', '/tokens/completion', '/output_tokens'],
      to: '/tokens/completion',
      ...COUNT,
    },
    total_tokens: { from: ['/total_tokens', '/tokens/total'], to: '/tokens/total', ...COUNT },
    finish_reason: { from: '/finish_reason', type: 'text' },
    time_to_first_token_ms: {
      from: ['/time_to_first_token_ms', '/timing/time_to_first_token_ms'],
      to: '/timing/time_to_first_token_ms',
      type: 'real',
    },
    time_to_last_token_ms: {
      from: ['/time_to_last_token_ms', '/timing/time_to_last_token_ms'],
      to: '/timing/time_to_last_token_ms',
      type: 'real',
    },
    tokens_per_second: { from: '/tokens_per_second', type: 'real' },
    app_version: { from: '/app_version', type: 'text' },
    error_type: { from: '/error_type', type: 'text' },
    error_message: { from: '/error_message', type: 'text' },
  },
});

export const completionRequestsTable = { keeps_rest: true, indexes: [['timestamp']] } satisfies NonNullable<
  Config['tables']
>[string];
