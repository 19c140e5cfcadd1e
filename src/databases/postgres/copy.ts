import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Segment } from '../row-codec.ts';

/** Characters that are gathered before they are handed to the socket. */
const CHUNK = 256 * 1024;

/** Signature, flags and the length of nothing more. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4 */
export const BINARY_HEAD = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const BINARY_END = Buffer.from([0xff, 0xff]);

/** Sends lines of COPY text and compares the count that the server returns with the count that was sent. */
export async function copyLines(
  client: pg.ClientBase,
  sql: string,
  lines: Iterable<string>,
  onSent: () => void = () => undefined,
): Promise<void> {
  let sent = 0;
  function* gathered(): Generator<string> {
    let buffered = '';
    for (const line of lines) {
      buffered += line;
      sent++;
      if (buffered.length < CHUNK) continue;
      yield buffered;
      buffered = '';
    }
    yield buffered;
  }
  const copied = await copy(client, sql, gathered(), onSent);
  if (copied !== sent) throw new Error(`COPY took ${copied} of ${sent} rows`);
}

/** Sends encoded rows of one table. Returns how many rows the server says it took. */
export function copyTuples(
  client: pg.ClientBase,
  sql: string,
  segments: readonly Segment[],
  onSent: () => void = () => undefined,
): Promise<number | null> {
  return copy(client, sql, [BINARY_HEAD, ...segments.map(({ bytes }) => bytes), BINARY_END], onSent);
}

async function copy(
  client: pg.ClientBase,
  sql: string,
  pieces: Iterable<string | Uint8Array>,
  onSent: () => void = () => undefined,
): Promise<number | null> {
  const stream = client.query(copyFrom(sql));
  const done = finished(stream);
  // A failed COPY rejects `done` while pieces are still being sent; it is awaited below.
  done.catch(() => undefined);
  for (const piece of pieces) {
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
  }
  stream.end();
  onSent();
  await done;
  return stream.rowCount;
}
