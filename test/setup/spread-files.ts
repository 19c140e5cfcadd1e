import type { Tree } from './trees.ts';

const hex = (number: number): string => number.toString(16).padStart(64, '0');
const time = (minute: number): string => `2025-03-05T10:${String(minute % 60).padStart(2, '0')}:00Z`;

/**
 * Files of every dataset that refer to each other, many of each, so that in a shared run what a record refers to is
 * usually another shard's. Without conflicts.
 */
export function spreadFiles(count: number): Tree {
  const all = Array.from({ length: count }, (_, index) => filesOf(index));
  return Object.assign({ 'settings.json': { LOG_LEVEL: 'debug', theme: { dark: true } } }, ...all);
}

/** The same, and beside them copies and rivals: other files with the same keys and other content. */
export function rivalFiles(count: number): Tree {
  const files = Object.entries(spreadFiles(count)).filter(([path]) => path !== 'settings.json');
  const each = (nth: number, at: (path: string) => string, contentOf: (content: unknown) => unknown): Tree =>
    Object.fromEntries(
      files.filter((_file, index) => index % nth === 0).map(([path, content]) => [at(path), contentOf(content)]),
    );
  return {
    ...Object.fromEntries(files),
    ...each(
      3,
      (path) => path.replace(/\.json$/, '.copy.json'),
      (content) => content,
    ),
    ...each(4, (path) => path.replace('/', '/aa/'), altered),
    ...each(5, (path) => path.replace(/\.json$/, '.zz.json'), altered),
  };
}

const ALTERED = ['title', 'description', 'endpoint', 'cpu_usage', 'action', 'daily_count', 'username'];

function altered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(altered);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => {
    if (!ALTERED.includes(name)) return [name, altered(member)];
    return [name, typeof member === 'number' ? member / 2 + 1 : `other ${String(member)}`];
  });
  return Object.fromEntries(members);
}

function filesOf(index: number): Tree {
  const user = `user-${index}`;
  const version = { model_name: `model-${index % 3}`, version: `1.${index}`, thresholds: { cpu: index } };
  return {
    [`users/${user}.json`]: [{ id: user, email: `${user}@example.com`, username: user, role: 'operator' }],
    [`conversations/${user}/c-${index}.json`]: {
      id: `conversation-${index}`,
      title: `Number ${index}`,
      created_at: time(index),
      messages: [
        { role: 'user', content: `Question ${index}` },
        { role: 'assistant', content: `Answer ${index}` },
      ],
    },
    [`usage/${user}/usage.json`]: { user_id: user, tier: 'pro', daily_count: index, total_queries: 3 * index },
    [`metrics/host-${index}.json`]: [0, 5].map((minute) => ({
      timestamp: time(minute),
      source: `host-${index}`,
      cpu_usage: index % 100,
      memory_usage: 50.5,
    })),
    [`keys/api_keys-${index}.json`]: [{ key_name: `key-${index}`, key_hash: hex(index), user_id: user }],
    [`logs/api_key_usage-${index}.json`]: [{ id: index, key_name: `key-${index}`, endpoint: `/v1/${index}` }],
    [`rows/events-${index}.json`]: [{ id: 100 + index, timestamp: time(index), payload: { n: index }, user_id: user }],
    // Their events are in other files, which come later by path.
    [`a/predictions-${index}.json`]: [
      { id: index, user_id: user, event_id: 100 + index, payload: {}, prediction: { risk_score: 0.5 } },
      { id: 1000 + index, user_id: user, payload: { own: index }, prediction: {} },
    ],
    [`models/m-${index}.json`]: { ...version, model_type: 'forest', description: `as ${index % 3}` },
    [`audit/audit_logs-${index}.json`]: [
      { id: `entry-${index}`, user_id: user, action: 'login', created_at: time(index) },
    ],
  };
}
