import { type Config, defineDataset } from '../../declarations/language.ts';
import { OF_A_USE, ofApiKey } from './key-members.ts';

const SIGNS = [
  ...['/permissions', '/level', '/rate_limit', '/rate_limit_per_hour', '/usage_count', '/last_used_at'],
  '/key_name',
];
const { hashes, plain } = ofApiKey;

/** What the old application did with a key that says nothing about a column. */
const otherwise = (value: number | boolean) => ({ else: { value, derived: true }, insert_default: value }) as const;

export const apiKeys = defineDataset({
  description: 'API keys: a map by hash, a map by level under "keys", or rows with the key or its hash.',
  recognise: {
    records: [{ any: [[...hashes, ...plain], SIGNS], lacks: OF_A_USE }],
    called: '^api[-_]?keys?(?:$|[-_](?!usage))',
    below: '^api[_-]keys$',
    expected: [{ any: [...hashes, ...plain], lacks: OF_A_USE }],
    under: ['keys', 'api_keys'],
    by_name: { like: '^[0-9a-f]{64}$', lacks: OF_A_USE },
    written: { file: 'api_keys', as: 'map', name: 'key_hash' },
  },
  functions: 'recipe:operations#apiKeys',
  api_key: ofApiKey,
  key: 'key_hash',
  owner: 'user_id',
  rest: { to: 'extra', keep: ['/id', '/description', '/level', '/map_key'], spelled: 'as_column' },
  columns: {
    id: 'identity',
    key_name: { from: ['/key_name', '/name'], to: '/name', type: 'text(100)' },
    key_hash: { from: '$api_key', type: 'text(255)' },
    permissions: { from: '/permissions', type: 'json' },
    user_id: {
      from: ['/user_id', '/user', '/userId'],
      type: 'text(128)',
      numbers: 'whole',
      references: 'users.id',
      on_delete: 'set_null',
    },
    expires_at: { from: ['/expires_at', '/expires'], type: 'timestamp' },
    last_used_at: { from: ['/last_used_at', '/last_used'], type: 'timestamp' },
    usage_count: { from: '/usage_count', type: 'integer', min: 0, ...otherwise(0) },
    rate_limit_per_hour: {
      from: ['/rate_limit_per_hour', '/rate_limit'],
      to: '/rate_limit',
      type: 'integer',
      min: 0,
      ...otherwise(1000),
    },
    is_active: { from: '/is_active', type: 'boolean', ...otherwise(true) },
    created_by: { from: '/created_by', type: 'text', numbers: 'whole' },
    created_at: { from: ['/created_at', '/created'], to: '/created', type: 'timestamp' },
    updated_at: { from: '/updated_at', type: 'timestamp' },
  },
});

export const apiKeysTable = { keeps_rest: true, found_by_id: true, indexes: [['key_name']] } satisfies NonNullable<
  Config['tables']
>[string];
