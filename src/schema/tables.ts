import type { Column, Table } from './table.ts';

const text = (max?: number): Column => (max === undefined ? { type: 'text' } : { type: 'text', max });
const required = <C extends Column>(column: C): C & { notNull: true } => ({ ...column, notNull: true });
const atLeastZero = { type: 'real', min: 0 } as const;
const percent = { type: 'real', min: 0, most: 100 } as const;
const identity = { type: 'identity' } as const;
const json = { type: 'json' } as const;
const timestamp = { type: 'timestamp' } as const;
const stamped = { type: 'timestamp', default: 'now' } as const;

/** A user id as the legacy system wrote it. */
const userId = text(128);

const users = {
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
} as const satisfies Table;

const userSettings = {
  name: 'user_settings',
  columns: {
    id: required({ type: 'uuid' }),
    user_id: { ...required(userId), references: { table: 'users', onDelete: 'cascade' } },
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

const conversations = {
  name: 'conversations',
  columns: {
    id: required(text(36)),
    user_id: required(userId),
    title: { ...text(500), default: 'New Conversation' },
    created_at: stamped,
    updated_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
  indexes: [['created_at'], ['user_id', '-created_at']],
  owner: 'user_id',
} as const satisfies Table;

const messages = {
  name: 'messages',
  columns: {
    id: identity,
    conversation_id: { ...required(text(36)), references: { table: 'conversations', onDelete: 'cascade' } },
    position: { type: 'integer', min: 0 },
    role: required(text(20)),
    content: text(),
    stage1_data: json,
    stage2_data: json,
    stage3_data: json,
    metadata: json,
    created_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['conversation_id', 'position'],
  indexes: [['created_at']],
} as const satisfies Table;

const counter = { type: 'integer', min: 0, default: 0 } as const;

const usage = {
  name: 'usage',
  columns: {
    id: identity,
    user_id: required(userId),
    tier: { type: 'text', oneOf: ['free', 'pro', 'enterprise'], default: 'free' },
    daily_used: counter,
    daily_limit: { type: 'integer', min: 0, default: 10 },
    monthly_used: counter,
    monthly_limit: { type: 'integer', min: 0, default: 100 },
    total_queries: counter,
    last_reset_daily: { type: 'date' },
    last_reset_monthly: { type: 'date' },
    created_at: stamped,
    updated_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['user_id'],
} as const satisfies Table;

const metrics = {
  name: 'metrics',
  columns: {
    id: identity,
    timestamp: required(timestamp),
    source: required(text(100)),
    cpu_usage: percent,
    memory_usage: percent,
    disk_usage: percent,
    load_1m: atLeastZero,
    load_5m: atLeastZero,
    load_15m: atLeastZero,
    disk_io_read: atLeastZero,
    disk_io_write: atLeastZero,
    network_rx: atLeastZero,
    network_tx: atLeastZero,
    response_time: atLeastZero,
    error_rate: percent,
    is_anomaly: { type: 'boolean' },
    anomaly_score: { type: 'real', min: 0, most: 1 },
    created_at: stamped,
    created_by: text(),
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['source', 'timestamp'],
  indexes: [['timestamp']],
} as const satisfies Table;

/** The tables of the application, in the order in which they are created and digested. */
export const TABLES = {
  users,
  user_settings: userSettings,
  conversations,
  messages,
  usage,
  metrics,
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;

export const TABLE_LIST: readonly Table[] = Object.values(TABLES);
