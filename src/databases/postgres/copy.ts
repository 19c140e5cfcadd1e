import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Characters that are gathered before they are handed to the socket. */
const CHUNK = 256 * 1024;

/** Sends lines of COPY text and compares the count that the server returns with the count that was sent. */
export async function copyLines(client: pg.ClientBase, sql: string, lines: Iterable<string>): Promise<void> {
  const stream = client.query(copyFrom(sql));
  const done = finished(stream);
  // A failed COPY rejects `done` while lines are still being sent; it is awaited below.
  done.catch(() => undefined);
  let sent = 0;
  let buffered = '';
  for (const line of lines) {
    buffered += line;
    sent++;
    if (buffered.length >= CHUNK) {
      if (!stream.write(buffered)) await Promise.race([once(stream, 'drain'), done]);
      buffered = '';
    }
  }
  stream.end(buffered);
  await done;
  if (stream.rowCount !== sent) throw new Error(`COPY took ${stream.rowCount} of ${sent} rows`);
}
