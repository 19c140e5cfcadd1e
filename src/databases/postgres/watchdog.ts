import { Socket } from 'node:net';
import pg from 'pg';
import { errorCode } from '../../errors.ts';

/** How often it is looked whether anything arrived, in ms. What counts is turns, so that a suspended machine waits on. */
const TURN = 500;

/** What `readyForQuery` tells is not in the types of pg: whether nothing is asked of the server at the moment. */
type Watched = pg.Client & { readonly readyForQuery: boolean | null; readonly processID: number | null };

/** The server itself is there; it may still wait for something that we sent and that never arrived. */
type State = 'gone' | 'at work' | `waits for us, ${string}`;

const STATE = `
  SELECT pg_backend_pid() AS asked, a.pid, a.state, a.wait_event_type, c.bytes_processed
  FROM (SELECT 1) AS one
  LEFT JOIN pg_stat_activity a ON a.pid = $1
  LEFT JOIN pg_stat_progress_copy c ON c.pid = a.pid`;

/**
 * Ends a connection whose server does not answer any more, which TCP alone never finds out where something on the way
 * takes every byte. A statement may take hours, or wait for the lock of another session: so after some silence, `patience`
 * in ms, the server is asked on a second connection what became of it.
 */
export function watch(client: pg.Client, config: pg.ClientConfig, patience: number): void {
  const watched = client as Watched;
  const { stream } = client.connection;
  let [arrived, silent, limit] = [0, 0, patience];
  let seen = '';
  let last: State = 'at work';
  let isAsking = false;
  stream.on('data', () => arrived++);

  const isSilent = (): boolean => {
    const now = `${arrived} ${stream instanceof Socket ? stream.bytesWritten : 0}`;
    const isSame = now === seen && watched.readyForQuery === false;
    seen = now;
    return isSame;
  };
  const look = async (): Promise<void> => {
    if (isAsking) return;
    if (!isSilent()) [silent, limit, last] = [0, patience, 'at work'];
    else silent += TURN;
    if (silent < limit) return;
    isAsking = true;
    const state = await stateOf(watched, config, patience);
    isAsking = false;
    // Twice the same: nothing that we sent arrives, or no answer to it.
    const isLost = state === 'gone' || (state !== 'at work' && state === last);
    if (isLost && isSilent()) stream.destroy(new NoAnswer());
    last = state;
    silent = 0;
    if (state === 'at work') limit *= 2;
  };
  const timer = setInterval(() => void look(), TURN).unref();
  client.once('end', () => clearInterval(timer));
}

/** Found by its code in the table of faults. */
class NoAnswer extends Error {
  readonly code = 'no-answer';
}

/** A server that answers, but not to this, counts as being at work: it may have too many connections. */
async function stateOf(watched: Watched, config: pg.ClientConfig, patience: number): Promise<State> {
  const asking = new pg.Client({ ...config, query_timeout: patience }) as Watched;
  asking.on('error', () => undefined);
  try {
    await asking.connect();
  } catch (error) {
    const isAnswer = /^(?!E)[0-9A-Z]{5}$/.test(errorCode(error) ?? '');
    return isAnswer ? 'at work' : 'gone';
  }
  try {
    const { rows } = await asking.query<Record<string, string | null>>(STATE, [watched.processID]);
    return stateIn(rows[0], asking.processID);
  } catch {
    return 'at work';
  } finally {
    asking.connection.stream.destroy();
    asking.end().catch(() => undefined);
  }
}

function stateIn(row: Readonly<Record<string, string | null>> | undefined, asked: number | null): State {
  // A pooler gives numbers of its own: nothing can be said about the session behind it.
  if (row === undefined || Number(row['asked']) !== asked) return 'at work';
  const { pid, state, wait_event_type: event, bytes_processed: copied } = row;
  if (pid === null) return 'gone';
  if (state === 'active' && event !== 'Client') return 'at work';
  return `waits for us, ${state} after ${copied} bytes`;
}
