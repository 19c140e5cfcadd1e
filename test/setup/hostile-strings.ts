import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isToolFile } from '../../src/files/tool-files.ts';
import type { Loaded } from './load.ts';
import { queryTarget } from './targets.ts';
import { grow } from './trees.ts';

/** Where a string of a source ends in a table, and what says that it is too long for that. */
export const KEYS = {
  settings: { column: 'user_settings.key', path: 'settings.json', max: 255 },
  users: { column: 'users.id', path: 'users.json', max: 128 },
  analyses: { column: 'analyses.analysis_id', path: 'analyses.json', max: 255 },
  metrics: { column: 'metrics.source', path: 'metrics/m.json', max: 100 },
} as const;

/** Names by which records refer to rows: what a COPY, a pattern, a fold or a number could take for something else. */
export const HOSTILE_NAMES = [
  'a\\b',
  '\\N',
  "o'hara",
  '"',
  'tab\tbed',
  'ﬁ',
  '日本',
  '\u{1f600}',
  ' blank ',
  '',
  '1',
  '01',
  'NULL',
  '%_',
];

/** Writes each string as the name of a setting, as ids of a user and an analysis, and as a source of metrics. */
export function writeKeys(root: string, strings: readonly string[]): void {
  grow(root, {
    [KEYS.settings.path]: Object.fromEntries(strings.map((string, index) => [string, index])),
    [KEYS.users.path]: strings.map((id, index) => ({ id, email: `u${index}@example.org`, username: `u${index}` })),
    [KEYS.analyses.path]: strings.map((id) => ({ analysis_id: id, request: { [id]: 1 }, response: {}, [`x${id}`]: 1 })),
    [KEYS.metrics.path]: strings.map((source) => ({ timestamp: '2025-01-01T00:00:00Z', source, cpu_usage: 1 })),
  });
}

/** The strings that this column holds, sorted. */
export async function storedKeys(url: string, { column }: { readonly column: string }): Promise<readonly string[]> {
  const [table] = column.split('.');
  const rows = await queryTarget(url, `SELECT ${column} AS string FROM ${table}`);
  return rows.map(({ string }) => String(string)).sort();
}

/** Those of the strings that can be names of files; the others would name directories or nothing. */
export function fileNames(strings: readonly string[]): readonly string[] {
  const isName = (name: string): boolean => !/[/\0]/.test(name) && name !== '' && Buffer.byteLength(name) <= 250;
  return strings.filter((name) => isName(name) && !isToolFile(`${name}.json`));
}

/** A conversation in a file of each name. */
export function writeFilesNamed(root: string, names: readonly string[]): void {
  const directory = join(root, 'conversations/alice');
  mkdirSync(directory, { recursive: true });
  for (const [index, name] of names.entries())
    writeFileSync(join(directory, `${name}.json`), JSON.stringify({ id: `c${index}`, messages: [] }));
}

export function namesOf(loaded: Loaded): readonly string[] {
  return loaded.files.map(({ path }) => path.slice('conversations/alice/'.length, -'.json'.length)).sort();
}
