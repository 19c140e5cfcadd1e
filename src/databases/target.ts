import type { DeclaredTables } from '../schema/declared-tables.ts';

/** Where rows go: parsed once, without a secret in `label`. */
export type Target =
  | { readonly kind: 'sqlite'; readonly path: string; readonly label: string }
  | { readonly kind: 'postgres'; readonly config: PostgresConfig; readonly label: string };

export interface PostgresConfig {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  readonly ssl?:
    | boolean
    | {
        readonly rejectUnauthorized: boolean;
        readonly ca?: string;
        /** The file that `ca` was read from. */
        readonly caPath?: string;
        readonly checkHostname: boolean;
      };
  readonly applicationName?: string;
  /** As libpq's `options`: settings of the session, or what a provider routes by. */
  readonly options?: string;
  /** Where a password is looked up that is not given. */
  readonly passwordFile?: string;
  /** Binds the password to the TLS connection, where the server can. */
  readonly bindsChannel?: boolean;
  /** In ms. */
  readonly connectTimeout?: number;
}

/** How many batches load at the same time, where the database can. */
export interface BatchesAtOnce {
  readonly wanted: number | undefined;
  /** Threads that check records: where nobody said how many it is, no more than these. */
  readonly workers: number;
}

export interface OpenOptions {
  readonly declared: DeclaredTables;
  readonly dbSchema: string;
  /** Where a new ledger shall be; on PostgreSQL. */
  readonly ledgerSchema?: string | undefined;
  /** The zone of times in columns of an application that name none. Default: UTC. */
  readonly databaseZone?: string | undefined;
  readonly dryRun: boolean;
  /** Of a load. Default: one. */
  readonly batchesAtOnce?: BatchesAtOnce;
  /** Reads only: fails where the database does not exist. */
  readonly readOnly?: boolean;
  /** Everything is rolled back: the files of the database stay as they are, also when the connection is closed. */
  readonly isTrial?: boolean;
  /** For files that are there for a moment. Default: that of the system. */
  readonly tempDir?: string | undefined;
  /** After an interruption a statement that waits for others is given up, and nothing is tried again. */
  readonly signal?: AbortSignal;
  /** Told about each retry of a transient error. */
  readonly onRetry?: (notice: { readonly attempt: number; readonly reason: string }) => void;
}
