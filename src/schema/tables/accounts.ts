import type { Table } from '../table.ts';
import {
  counter,
  identity,
  integer,
  json,
  recordKey,
  refersTo,
  required,
  stamped,
  text,
  timestamp,
  userId,
} from './columns.ts';

export const users = {
  name: 'users',
  columns: {
    id: required(userId),
    email: text(320),
    username: text(150),
    password_hash: text(),
    name: text(),
    role: { type: 'text', oneOf: ['admin', 'operator', 'viewer'], default: 'viewer' },
    is_active: { type: 'boolean', default: true },
    is_admin: { type: 'boolean', default: false },
    last_login_at: timestamp,
    created_at: stamped,
    updated_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
  unique: [['email'], ['username']],
  hasPlaceholders: true,
} as const satisfies Table;

export const userSettings = {
  name: 'user_settings',
  columns: {
    id: required({ type: 'uuid' }),
    user_id: required(refersTo('users', 'cascade', userId)),
    key: required(text(255)),
    value: text(),
    value_type: required({
      type: 'text',
      oneOf: ['string', 'int', 'float', 'bool', 'path', 'json'],
      default: 'string',
    }),
    created_at: stamped,
    updated_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['user_id', 'key'],
  owner: 'user_id',
} as const satisfies Table;

export const apiKeys = {
  name: 'api_keys',
  columns: {
    id: identity,
    key_name: text(100),
    key_hash: required(text(255)),
    permissions: json,
    user_id: refersTo('users', 'set null', userId),
    expires_at: timestamp,
    last_used_at: timestamp,
    usage_count: counter,
    rate_limit_per_hour: { type: 'integer', min: 0, default: 1000 },
    is_active: { type: 'boolean', default: true },
    created_by: text(),
    created_at: stamped,
    updated_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['key_hash'],
  indexes: [['key_name']],
  owner: 'user_id',
  findableBySourceId: true,
} as const satisfies Table;

export const apiKeyUsage = {
  name: 'api_key_usage',
  columns: {
    id: identity,
    api_key_id: required(refersTo('api_keys', 'cascade', integer)),
    endpoint: text(200),
    method: text(10),
    status_code: integer,
    response_time_ms: { type: 'real' },
    request_size_bytes: integer,
    response_size_bytes: integer,
    ip_address: text(45),
    user_agent: text(),
    created_at: stamped,
    record_key: recordKey,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['record_key'],
  indexes: [['api_key_id']],
} as const satisfies Table;
