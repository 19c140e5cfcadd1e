import { queryTarget } from './targets.ts';
import { grow } from './trees.ts';

const PER_FILE = 1000;

/** A string as a text column, a JSON column and a member without a column hold it. */
export interface StoredString {
  readonly text: unknown;
  readonly json: unknown;
  readonly extra: unknown;
}

/** Conversations that say each string as text, inside a JSON column and in an unknown member; every other file in escapes. */
export function writeStrings(root: string, strings: readonly string[]): void {
  for (let first = 0; first < strings.length; first += PER_FILE) {
    const messages = strings.slice(first, first + PER_FILE).map((string) => {
      return { role: 'user', content: string, metadata: { string }, unknown: string };
    });
    const id = `c${String(first).padStart(9, '0')}`;
    const text = JSON.stringify({ id, messages });
    grow(root, { [`conversations/alice/${id}.json`]: (first / PER_FILE) % 2 === 0 ? text : escaped(text) });
  }
}

function escaped(json: string): string {
  return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What the database holds of them, in the order in which they were given. */
export async function storedStrings(url: string): Promise<readonly StoredString[]> {
  const rows = await queryTarget(
    url,
    'SELECT content, metadata, extra FROM messages ORDER BY conversation_id, position',
  );
  return rows.map(({ content, metadata, extra }) => {
    return { text: content, json: member(metadata, 'string'), extra: member(extra, 'unknown') };
  });
}

function member(json: unknown, name: string): unknown {
  const value: Record<string, unknown> = typeof json === 'string' ? JSON.parse(json) : json;
  return value[name];
}
