import pg from 'pg';
import { MigrateError } from '../../errors.ts';
import type { PostgresConfig } from '../target.ts';
import { classify, rolledBack, TransientError } from './errors.ts';
import { filedPassword } from './password-file.ts';
import { watch } from './watchdog.ts';

/**
 * How long a connection may take, in ms, where the URL says no `connect_timeout`; and after how long a silence the server
 * is asked whether it is still there. pg has no default: a black hole would hang for ever.
 */
const CONNECT_TIMEOUT = 10_000;

/** What is left for the batch at hand after an interruption, in ms. */
const GRACE = 3000;

/** One connection at a time, opened when needed and again after it was lost. */
export class PostgresConnection {
  private readonly config: PostgresConfig;
  private readonly label: string;
  private client: pg.Client | undefined;
  private everConnected: boolean;
  /** True some time after an interruption: nothing is tried again. */
  isGivenUp = false;

  /** A server that `wasThere` for another connection may come back. */
  constructor(config: PostgresConfig, label: string, signal: AbortSignal | undefined, wasThere = false) {
    this.everConnected = wasThere;
    this.config = config;
    this.label = label;
    signal?.addEventListener('abort', () => setTimeout(() => this.giveUp(), GRACE).unref(), { once: true });
  }

  /** The batch at hand had its time; it may be waiting for a lock that somebody else never releases. */
  private giveUp(): void {
    this.isGivenUp = true;
    this.discard();
  }

  get isOpen(): boolean {
    return this.client !== undefined;
  }

  async get(): Promise<pg.Client> {
    if (this.client) return this.client;
    if (this.isGivenUp) throw new MigrateError('interrupted', `the work on ${this.label} was given up`);
    const client = new pg.Client(this.clientConfig);
    // An idle client without a listener ends the process when the server goes away.
    client.on('error', () => this.forget(client));
    try {
      await client.connect();
    } catch (error) {
      // The server keeps a connection open that did not log in, and with it this process.
      client.end().catch(() => undefined);
      throw this.refusedConnection(error);
    }
    watch(client, this.clientConfig, this.timeout);
    this.client = client;
    this.everConnected = true;
    return client;
  }

  /** It was tried often enough: what is left to do fails at once where the server is still not there. */
  expectNothing(): void {
    this.everConnected = false;
  }

  private get timeout(): number {
    return this.config.connectTimeout ?? CONNECT_TIMEOUT;
  }

  private get clientConfig(): pg.ClientConfig {
    const { ssl, applicationName, connectTimeout: _given, bindsChannel, passwordFile, ...rest } = this.config;
    return {
      ...rest,
      // The driver's own reading of the file ends with a warning of deprecation.
      ...(passwordFile !== undefined &&
        rest.password === undefined && { password: async () => filedPassword(this.config) as string }),
      ...(bindsChannel && { enableChannelBinding: true }),
      ...(ssl === undefined ? {} : { ssl: tlsOptions(ssl) }),
      application_name: applicationName ?? 'migrate-json',
      connectionTimeoutMillis: this.timeout,
      keepAlive: true,
      // Else a host that is gone is found out after two hours, as Linux counts.
      keepAliveInitialDelayMillis: CONNECT_TIMEOUT,
      // Every value arrives as PostgreSQL's own text: nothing is rounded, no time passes through a Date.
      types: { getTypeParser: () => (text: string) => text },
    };
  }

  /** One transaction, once. */
  async transaction<T>(
    begin: (client: pg.Client) => Promise<unknown>,
    work: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    try {
      const client = await this.get();
      await begin(client);
      const result = await work(client);
      const answer = await client.query('COMMIT');
      if (answer.command !== 'COMMIT') throw rolledBack(this.label);
      return result;
    } catch (error) {
      const classified = classify(error, this.label);
      await this.rollBack(classified);
      throw classified;
    }
  }

  /** Ends the transaction at hand, if its connection is still there. */
  async rollBack(reason: unknown): Promise<void> {
    if (reason instanceof TransientError && reason.lostConnection) return this.discard();
    await this.client?.query('ROLLBACK').catch(() => this.discard());
  }

  /** Drops a connection that cannot be trusted any more. What still waits for an answer fails. */
  discard(): void {
    const client = this.client;
    this.client = undefined;
    if (client === undefined) return;
    client.connection.stream.destroy();
    client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client === undefined) return;
    // A server that does not answer does not say goodbye either.
    const impatience = setTimeout(() => client.connection.stream.destroy(), GRACE);
    await client.end().catch(() => undefined);
    clearTimeout(impatience);
  }

  private forget(client: pg.Client): void {
    if (this.client === client) this.client = undefined;
  }

  /** A server that was never there is not worth waiting for; one that went away may come back. */
  private refusedConnection(error: unknown): unknown {
    const classified = classify(error, this.label);
    if (classified instanceof TransientError && !classified.isWorthAFirstTry && !this.everConnected) {
      return classified.asFinal();
    }
    return classified;
  }
}

function tlsOptions(ssl: NonNullable<PostgresConfig['ssl']>): boolean | object {
  if (typeof ssl === 'boolean') return ssl;
  return {
    rejectUnauthorized: ssl.rejectUnauthorized,
    ...(ssl.ca === undefined ? {} : { ca: ssl.ca }),
    // verify-ca checks the chain of certificates, not the name of the host.
    ...(ssl.checkHostname ? {} : { checkServerIdentity: () => undefined }),
  };
}
