import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const USERS = 20;

/** Writes `count` small valid files of all four datasets, each with other bytes: mostly conversations, as in real directories. */
export function writeCorpus(root: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const [path, content] = sourceFile(index);
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, JSON.stringify(content));
  }
}

function sourceFile(index: number): [string, unknown] {
  const user = `user-${index % USERS}`;
  if (index % 10 === 7) return [`usage/owner-${index}/usage.json`, usage(index)];
  if (index % 10 === 9) return [`metrics/host-${index}.json`, metrics(index)];
  if (index === 0) return ['settings.json', { LOG_LEVEL: 'DEBUG', CONFIDENCE_THRESHOLD: 0.7, DEBUG_MODE: true }];
  return [`conversations/${user}/${conversationId(index)}.json`, conversation(index)];
}

function conversationId(index: number): string {
  return `conversation-${String(index).padStart(6, '0')}`;
}

/** A conversation with three messages, like those of the council application. */
export function conversation(index: number, textBytes = 40): unknown {
  const text = `Grüße ${index} 🙂 `.padEnd(textBytes, 'lorem ipsum ');
  return {
    id: conversationId(index),
    title: `Conversation ${index}`,
    created_at: `2024-03-${String(1 + (index % 28)).padStart(2, '0')}T10:20:30.${String(index % 1_000_000).padStart(6, '0')}`,
    messages: [
      { role: 'user', content: `${text} a "quoted" back\\slash\tand a tab` },
      { role: 'assistant', stage1: [{ model: 'm/one', response: text }], stage3: { model: 'm/two', response: text } },
      { role: 'user', content: text },
    ],
  };
}

function usage(index: number): unknown {
  return {
    user_id: `owner-${index}`,
    tier: 'pro',
    daily_count: index % 100,
    monthly_count: index,
    total_queries: index * 3,
    last_daily_reset: '2024-03-05',
    last_monthly_reset: '2024-03-01',
  };
}

function metrics(index: number): unknown {
  return [0, 5, 10].map((minute) => ({
    timestamp: `2024-03-05T10:${String(minute).padStart(2, '0')}:00.5`,
    source: `host-${index}`,
    cpu_usage: (index % 100) + 0.25,
    memory_usage: 1.951975178410372,
    is_anomaly: index % 2,
  }));
}

/** SHA-256 of every file below the directories, sorted. */
export function hashesBelow(...directories: readonly string[]): string[] {
  return directories
    .flatMap((directory) => filesBelow(directory))
    .map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'))
    .sort();
}

export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
