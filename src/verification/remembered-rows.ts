import { unpackedClaims } from '../batch/claims.ts';
import { type RememberedRow, unpackMemory } from '../batch/memory.ts';

/** What a batch left in a row, where its claim does not say it. */
export type RowLeft = Pick<RememberedRow, 'storedKey' | 'content'>;

/** By the print of the key, as the batch claims it. What is in a row without content is told by another batch. */
export function rowsLeft(claims: Uint8Array, undo: Uint8Array): ReadonlyMap<string, RowLeft> {
  const left = new Map<string, RowLeft>();
  const repeated = new Map<string, number>();
  for (const row of unpackMemory(undo).rows) {
    if (row.content === undefined) repeated.set(row.key, (repeated.get(row.key) ?? 0) + 1);
    // Records that repeat it say nothing of a row.
    if (row.content !== undefined || !left.has(row.key)) left.set(row.key, row);
  }
  const isTold = (key: string): boolean => left.get(key)?.content !== undefined;
  for (const [key, { content, times }] of repeated.size === 0 ? [] : firstClaims(claims, repeated)) {
    // Nothing is remembered of the first where its claim says it all.
    if (!isTold(key) && times > (repeated.get(key) ?? 0)) left.set(key, { content });
  }
  return left;
}

/** Of claims to some keys: the content of the first to each, and how many there are. */
function firstClaims(claims: Uint8Array, keys: ReadonlyMap<string, unknown>) {
  const first = new Map<string, { readonly content: string; times: number }>();
  for (const [, entries] of unpackedClaims(claims)) {
    for (const { key, content } of entries) {
      if (!keys.has(key)) continue;
      const known = first.get(key);
      if (known) known.times++;
      else first.set(key, { content, times: 1 });
    }
  }
  return first;
}
