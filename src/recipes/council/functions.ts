import type { Complaint, DatasetFunctions } from '../../declarations/functions.ts';
import { resolvePointer } from '../../json/pointer.ts';
import type { JsonValue } from '../../json/value.ts';

export const COUNTERS = [
  ...['/daily_count', '/daily_used', '/daily_queries_used', '/monthly_count', '/monthly_used'],
  ...['/monthly_queries_used', '/last_daily_reset', '/last_reset_daily'],
];

/** What tells usage counters where the path says already that they should be some. */
export const OF_USAGE = [
  ...COUNTERS,
  ...['/tier', '/total_queries', '/last_monthly_reset', '/last_reset_monthly', '/daily_limit', '/monthly_limit'],
];

/** A record without counters would be a row of nothing but defaults. */
function inspect(record: JsonValue): readonly Complaint[] {
  const isUsage = OF_USAGE.some((at) => resolvePointer(record, at) !== undefined);
  return isUsage ? [] : [{ code: 'wrong-shape', at: '', reject: 'usage counters are an object with counters' }];
}

export const usage = { inspect } satisfies DatasetFunctions;
