import type { Table } from '../table.ts';
import { json, refersTo, required, stamped, text, userId } from './columns.ts';

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
  distributedBy: 'user_id',
  owner: 'user_id',
  rest: 'extra',
  keepsRest: true,
  touched: 'updated_at',
  created: 'created_at',
} as const satisfies Table;
