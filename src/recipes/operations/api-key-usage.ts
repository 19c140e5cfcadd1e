import { type Config, defineDataset } from '../../declarations/language.ts';
import { ofApiKey } from './key-members.ts';

const OF_A_REQUEST = ['/method', '/status_code', '/request_size_bytes', '/response_size_bytes'];
const KEY_MEMBERS = [...ofApiKey.hashes, ...ofApiKey.plain];
/** Members of other records that are about a request. */
const OF_EVENTS = ['/payload', '/event_payload', '/prediction', '/prediction_result'];
const REFERENCES = ['/api_key_id', '/key_hash', '/key_name'];

export const apiKeyUsage = defineDataset({
  description: 'Uses of API keys, each a request: an array, under "data", or NDJSON.',
  recognise: {
    records: [
      { any: [REFERENCES, ['/endpoint', ...OF_A_REQUEST]], lacks: OF_EVENTS },
      // Events name an endpoint, too.
      { any: [KEY_MEMBERS, OF_A_REQUEST], lacks: [...OF_EVENTS, ...REFERENCES] },
    ],
    called: '^api[-_]?keys?[-_]usage',
    expected: [{ any: ['/endpoint', ...OF_A_REQUEST, ...KEY_MEMBERS, ...REFERENCES] }],
    under: ['api_key_usage', 'usage'],
    map_key: [],
  },
  api_key: ofApiKey,
  record_key: { of: 'row', id: ['/id', '/map_key'] },
  rest: { to: 'extra', keep: ['/id', '/key_name', '/api_key_id'], spelled: 'as_column' },
  columns: {
    api_key_id: {
      references: 'api_keys.id',
      required: true,
      on_delete: 'cascade',
      found_by: [[{ key_hash: '/key_hash' }, { key_name: '/key_name' }, { $id: '/api_key_id' }]],
    },
    endpoint: { from: '/endpoint', type: 'text(200)' },
    method: { from: '/method', type: 'text(10)' },
    status_code: { from: '/status_code', type: 'integer' },
    response_time_ms: { from: ['/response_time_ms', '/response_time'], type: 'real' },
    request_size_bytes: { from: ['/request_size_bytes', '/request_size'], type: 'integer' },
    response_size_bytes: { from: ['/response_size_bytes', '/response_size'], type: 'integer' },
    ip_address: { from: ['/ip_address', '/ip'], type: 'text(45)' },
    user_agent: { from: '/user_agent', type: 'text' },
    created_at: { from: ['/created_at', '/createdAt', '/timestamp'], type: 'timestamp' },
  },
});

export const apiKeyUsageTable = { keeps_rest: true, indexes: [['api_key_id']] } satisfies NonNullable<
  Config['tables']
>[string];
