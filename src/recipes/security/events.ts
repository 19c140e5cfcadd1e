import { type Config, defineDataset } from '../../declarations/language.ts';

const OF_A_PREDICTION = ['/prediction', '/prediction_result', '/prediction_timestamp'];

/** What tells a request that was looked at from other rows with a time. */
const PACKET = [
  ...['/network_packet_size', '/protocol_type', '/login_attempts', '/session_duration'],
  '/ip_reputation_score',
];

/** The old tables of events, in the order in which a reference that names none is tried. */
const EVENT_TABLES = ['events', 'client_events'];

export const events = defineDataset({
  description: 'Requests that a security service looked at: exports of its rows as an array, under "data", or NDJSON.',
  recognise: {
    records: [
      { any: ['/event_payload', '/event_timestamp'], lacks: OF_A_PREDICTION },
      { has: ['/payload'], any: ['/timestamp', '/endpoint', '/ip', '/api_key'], lacks: OF_A_PREDICTION },
    ],
    called: '^(client_)?events',
    expected: [{ any: ['/payload', '/timestamp', '/ip', '/endpoint', '/api_key', ...PACKET] }],
    under: EVENT_TABLES,
    map_key: [],
    // Events that predictions without one were given: these make them again.
    written: { file: 'events', as: 'list', unless: { '/built_from': 'predictions' } },
  },
  shared: ['user_id', 'userId'],
  record_key: { of: 'row', id: ['/id', '/map_key'], tables: { from: '/origin', names: EVENT_TABLES } },
  owner: 'user_id',
  rest: { to: 'extra', keep: ['/id', '/origin'], spelled: 'as_column' },
  columns: {
    user_id: {
      from: ['/user_id', '/userId'],
      type: 'text(128)',
      numbers: 'whole',
      written: 'number',
      references: 'users.id',
      on_delete: 'cascade',
    },
    api_key: { from: '/api_key', type: 'text', secret: 'api_key' },
    timestamp: { from: ['/timestamp', '/event_timestamp'], type: 'timestamp' },
    payload: { from: ['/payload', '/event_payload'], type: 'json' },
    ip: { from: ['/ip', '/ip_address'], type: 'text(50)' },
    endpoint: { from: '/endpoint', type: 'text(200)' },
    created_at: { from: '/created_at', type: 'timestamp' },
  },
});

export const eventsTable = { keeps_rest: true, indexes: [['user_id']] } satisfies NonNullable<Config['tables']>[string];
