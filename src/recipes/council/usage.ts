import { type Config, defineDataset } from '../../declarations/language.ts';
import { COUNTERS, OF_USAGE } from './functions.ts';

/** What the old application stored for "unlimited". */
const UNLIMITED = 999_999;

const COUNTER = { type: 'integer', min: 0, default: 0, insert_default: 0 } as const;
const LIMIT = { type: 'integer', min: 0, values: { unlimited: UNLIMITED }, written: 'stored' } as const;

export const usage = defineDataset({
  description: 'Usage counters of a user: usage/<user>/usage.json, <user>/usage.json, or exports of them.',
  recognise: {
    records: [{ any: COUNTERS }],
    called: '^usage$',
    below: '^usage$',
    expected: [{ any: OF_USAGE }],
    under: ['usage'],
    map_key: ['user_id'],
    written: { file: 'usage/<user_id>/usage', as: 'document' },
  },
  shared: ['user_id', 'userId'],
  functions: 'recipe:council#usage',
  key: 'user_id',
  owner: 'user_id',
  rest: { to: 'extra', spelled: 'as_column' },
  columns: {
    id: 'identity',
    user_id: { from: ['/user_id', '/userId', '$map_key', '$file.owner'], type: 'text(128)', numbers: 'whole' },
    tier: {
      from: '/tier',
      type: 'text',
      enum: ['free', 'pro', 'enterprise'],
      default: 'free',
      insert_default: 'free',
    },
    daily_used: { from: ['/daily_used', '/daily_count', '/daily_queries_used'], to: '/daily_count', ...COUNTER },
    daily_limit: {
      from: ['/daily_limit', '/daily_queries_limit'],
      ...LIMIT,
      // What the old application granted: where a file names no limit, it had these.
      default: { by: 'tier', values: { free: 10, pro: 100, enterprise: UNLIMITED } },
      insert_default: 10,
    },
    monthly_used: {
      from: ['/monthly_used', '/monthly_count', '/monthly_queries_used'],
      to: '/monthly_count',
      ...COUNTER,
    },
    monthly_limit: {
      from: ['/monthly_limit', '/monthly_queries_limit'],
      ...LIMIT,
      default: { by: 'tier', values: { free: 100, pro: 3000, enterprise: UNLIMITED } },
      insert_default: 100,
    },
    total_queries: { from: '/total_queries', ...COUNTER },
    last_reset_daily: { from: ['/last_reset_daily', '/last_daily_reset'], to: '/last_daily_reset', type: 'date' },
    last_reset_monthly: {
      from: ['/last_reset_monthly', '/last_monthly_reset'],
      to: '/last_monthly_reset',
      type: 'date',
    },
    created_at: { from: ['/created_at', '/createdAt'], type: 'timestamp' },
    updated_at: { from: ['/updated_at', '/updatedAt'], type: 'timestamp' },
  },
});

export const usageTable = { keeps_rest: true, distributed_by: 'user_id' } satisfies NonNullable<
  Config['tables']
>[string];
