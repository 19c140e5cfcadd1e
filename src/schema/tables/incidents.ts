import type { Table } from '../table.ts';
import { json, real, refersTo, required, stamped, text, userId } from './columns.ts';

export const analyses = {
  name: 'analyses',
  columns: {
    id: required({ type: 'uuid' }),
    analysis_id: text(255),
    user_id: refersTo('users', 'set null', userId),
    request: json,
    response: json,
    status: text(),
    confidence: real,
    root_cause: text(),
    processing_time_ms: real,
    created_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
  unique: [['analysis_id']],
  indexes: [['user_id'], ['created_at'], ['status'], ['confidence']],
  owner: 'user_id',
  rest: 'extra',
  keepsRest: true,
  created: 'created_at',
} as const satisfies Table;
