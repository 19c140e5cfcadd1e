import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A message of the client. https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface ClientMessage {
  /** Counts from 1, over all connections. Only messages that begin something count: `Q`, `P`, `d` and `c`. */
  readonly number: number;
  /** `Q` is a statement, `P` one with parameters, `d` a piece of COPY data. */
  readonly type: string;
  /** The statement of `Q` and `P`, else empty. */
  readonly sql: string;
}

/**
 * What becomes of a message and its connection. `forward`: as if there was no proxy. `lose`: the server never gets it.
 * `lose-answer`: the server gets it and answers, the client gets no answer. `delay`: the client's connection is gone,
 * the server gets the message a while later. `swallow`: the connection stays, nothing goes either way any more;
 * `swallow-all`: nor on any other connection.
 */
export type Fate = 'forward' | 'lose' | 'lose-answer' | 'delay' | 'swallow' | 'swallow-all';

/** How long a `delay` holds a message back, in ms. */
const DELAY = 400;

export interface PostgresProxy {
  /** The URL of the database, by way of this proxy. */
  readonly url: string;
  /** Client messages so far. */
  readonly messages: readonly ClientMessage[];
  readonly connections: number;
  close(): Promise<void>;
}

const COUNTED = new Set(['Q', 'P', 'd', 'c']);

/** Real sockets between the program and PostgreSQL; `fateOf` is asked about every message of the client. */
export async function startProxy(
  targetUrl: string,
  fateOf: (message: ClientMessage) => Fate | Promise<Fate>,
): Promise<PostgresProxy> {
  const target = new URL(targetUrl);
  const messages: ClientMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let isHole = false;
  const server = createServer((client) => {
    connections++;
    if (isHole) {
      sockets.add(client.on('error', () => undefined).resume());
      return;
    }
    const upstream = createConnection({ host: target.hostname, port: Number(target.port) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    relay(client, upstream, async (type, sql) => {
      if (!COUNTED.has(type)) return 'forward';
      const message = { number: messages.length + 1, type, sql };
      messages.push(message);
      const fate = await fateOf(message);
      if (fate === 'swallow-all') isHole = true;
      return fate;
    });
  });
  const port = await listen(server);
  const url = new URL(targetUrl);
  url.port = String(port);
  return {
    url: url.href,
    messages,
    get connections() {
      return connections;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** Cuts the client's stream into messages and treats each as it is told, one after the other. */
function relay(client: Socket, upstream: Socket, fateOf: (type: string, sql: string) => Promise<Fate>): void {
  let pending = Buffer.alloc(0);
  let isStarted = false;
  let isAnswerLost = false;
  let isSwallowing = false;
  let working = Promise.resolve();
  upstream.on('data', (chunk) => {
    if (isSwallowing) return;
    if (!isAnswerLost) client.write(chunk);
    else if (isAnswer(chunk)) cut();
  });
  upstream.on('close', () => client.destroy());
  client.on('close', () => {
    working.then(() => upstream.destroy()).catch(() => undefined);
  });
  client.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    working = working.then(handleAll).catch(() => cut());
  });

  function cut(): void {
    client.resetAndDestroy();
    upstream.destroy();
  }

  async function handleAll(): Promise<void> {
    for (let message = next(); message !== undefined; message = next()) await handle(message);
  }

  function next(): Buffer | undefined {
    const prefix = isStarted ? 1 : 0;
    if (pending.length < prefix + 4) return undefined;
    const length = prefix + pending.readInt32BE(prefix);
    if (pending.length < length) return undefined;
    const message = pending.subarray(0, length);
    pending = pending.subarray(length);
    return message;
  }

  async function handle(message: Buffer): Promise<void> {
    if (!isStarted) {
      isStarted = true;
      upstream.write(message);
      return;
    }
    const type = String.fromCharCode(message[0] ?? 0);
    const fate = isSwallowing ? 'swallow' : await fateOf(type, sqlOf(type, message));
    if (fate === 'swallow' || fate === 'swallow-all') {
      isSwallowing = true;
      return;
    }
    if (fate === 'lose') return cut();
    if (fate === 'delay') {
      client.resetAndDestroy();
      await new Promise((resolve) => setTimeout(resolve, DELAY));
    }
    if (fate === 'lose-answer') isAnswerLost = true;
    upstream.write(message);
    if (fate === 'delay') await new Promise((resolve) => setTimeout(resolve, DELAY));
  }
}

function sqlOf(type: string, message: Buffer): string {
  if (type === 'Q') return message.toString('utf8', 5, message.length - 1);
  if (type !== 'P') return '';
  const [, sql = ''] = message.toString('utf8', 5).split('\0');
  return sql;
}

/** ReadyForQuery ends every answer but that to COPY, which asks for data first. */
function isAnswer(chunk: Buffer): boolean {
  const asksForData = chunk[0] === 0x47;
  return asksForData || (chunk.length >= 6 && chunk[chunk.length - 6] === 0x5a);
}
