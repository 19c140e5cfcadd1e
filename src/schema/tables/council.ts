import type { Table } from '../table.ts';
import { identity, json, refersTo, required, stamped, text, userId } from './columns.ts';

export const conversations = {
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
  distributedBy: 'id',
  rest: 'extra',
  keepsRest: true,
  touched: 'updated_at',
  created: 'created_at',
} as const satisfies Table;

export const messages = {
  name: 'messages',
  columns: {
    id: identity,
    conversation_id: required(refersTo('conversations', 'cascade', text(36))),
    position: { type: 'integer', min: 0 },
    role: required(text(20)),
    content: text(),
    stage1_data: json,
    stage2_data: json,
    stage3_data: json,
    metadata: { ...json, storedAs: ['metadata', 'message_metadata'] },
    created_at: stamped,
    extra: json,
  },
  primaryKey: ['id'],
  naturalKey: ['conversation_id', 'position'],
  distributedBy: 'conversation_id',
  indexes: [['created_at']],
  rest: 'extra',
  keepsRest: true,
  created: 'created_at',
  belongsTo: { table: 'conversations', by: ['conversation_id'] },
} as const satisfies Table;
