import type { Tree } from './trees.ts';

/** A conversation with one message per text, the user's first. */
export function conversation(
  id: string,
  texts: readonly string[],
  members: Readonly<Record<string, unknown>> = {},
): object {
  const messages = texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  return { id, title: 'Notes', created_at: '2025-01-01T10:00:00.000000', ...members, messages };
}

/** Measurements, one a minute. */
export function measurements(count: number, members: Readonly<Record<string, unknown>> = {}): object[] {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: new Date(Date.UTC(2025, 0, 1) + index * 60_000).toISOString(),
    cpu_usage: index % 100,
    ...members,
  }));
}

/** Something of each dataset, for two users, all of it good: 11 records. */
export const ALL_GOOD: Tree = {
  'settings.json': { LOG_LEVEL: 'debug', CONFIDENCE_THRESHOLD: 0.75, theme: { dark: true } },
  'conversations/alice/a.json': conversation('a', ['Hello', 'Good morning']),
  'conversations/alice/b.json': conversation('b', ['Zażółć 😀'], { mood: 'odd' }),
  'conversations/bob/c.json': conversation('c', []),
  'usage/alice/usage.json': { user_id: 'alice', tier: 'pro', daily_count: 3, monthly_count: 20, total_queries: 99 },
  'usage/bob/usage.json': { user_id: 'bob', tier: 'enterprise', daily_limit: 999999, last_daily_reset: '2025-01-31' },
  'metrics/dump.json': measurements(3),
  'metrics/dump_metadata.json': { rows: 3 },
  'notes.txt': 'not JSON',
};

/** As `ALL_GOOD`, with rejects, repairs, duplicates and conflicts. */
export const WITH_FAULTS: Tree = {
  ...ALL_GOOD,
  'conversations/alice/a-copy.json': conversation('a', ['Hello', 'Good morning']),
  'conversations/alice/d.json': conversation('d', ['one']),
  'conversations/alice/e.json': conversation('d', ['two']),
  'conversations/bob/cut.json': '{"id":"cut","title":"Cut off","messages":[{"role":"us',
  'conversations/bob/empty.json': '',
  'conversations/bob/infinite.json': '{"id":"inf","messages":[{"role":"assistant","metadata":{"rank":Infinity}}]}',
  'metrics/mixed.json': [
    ...measurements(2, { source: 'mixed', cpu_usage: '7' }),
    { timestamp: 'yesterday', cpu_usage: 1 },
    { timestamp: '2025-01-03T00:00:00Z', cpu_usage: 101 },
    ...measurements(1, { source: 'mixed', cpu_usage: '7' }),
  ],
};
