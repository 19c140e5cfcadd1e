import { type Config, defineDataset } from '../../declarations/language.ts';

const CIRCUMSTANCES = [
  '/user_id',
  '/userId',
  '/resource',
  '/details',
  '/ip_address',
  '/user_agent',
  '/created_at',
  '/createdAt',
  '/timestamp',
];

/** Other rows have an action, too; who did it to what and from where is an audit log's. */
export const auditLogs = defineDataset({
  description: 'Who did what: audit logs as an array, an array under "audit_logs", or NDJSON.',
  recognise: {
    records: [{ has: ['/action'], two: CIRCUMSTANCES }],
    called: '(?:^|[-_.])audit(?:$|[-_.]|logs?)',
    below: '^audit(?:_logs)?$',
    expected: [{ has: ['/action'] }],
    under: ['audit_logs', 'audit_log', 'logs'],
    map_key: [],
  },
  shared: ['user_id', 'userId'],
  record_key: { of: 'row', id: ['/id', '/map_key'], column: 'id' },
  owner: 'user_id',
  rest: { to: 'extra', keep: ['/id'], spelled: 'as_column' },
  columns: {
    id: { type: 'uuid', required: true },
    user_id: {
      from: ['/user_id', '/userId'],
      type: 'text(128)',
      numbers: 'whole',
      references: 'users.id',
      on_delete: 'set_null',
    },
    action: { from: '/action', type: 'text', required: 'in_records' },
    resource: { from: '/resource', type: 'text' },
    details: { from: '/details', type: 'json' },
    ip_address: { from: ['/ip_address', '/ip'], type: 'text(45)' },
    user_agent: { from: ['/user_agent', '/userAgent'], type: 'text' },
    created_at: { from: ['/created_at', '/timestamp', '/createdAt'], type: 'timestamp' },
  },
});

export const auditLogsTable = {
  keeps_rest: true,
  distributed_by: 'id',
  indexes: [['created_at']],
} satisfies NonNullable<Config['tables']>[string];
