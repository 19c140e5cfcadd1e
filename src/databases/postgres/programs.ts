import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MigrateError } from '../../errors.ts';
import type { PostgresConfig } from '../target.ts';

/** Programs that come with PostgreSQL's client. */
export type ProgramName = 'pg_dump' | 'pg_restore' | 'psql';

export interface ProgramOptions {
  readonly pgBin?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Starts PostgreSQL's own programs. A password goes through their environment, never through arguments, which all can see. */
export class PostgresPrograms {
  private readonly options: ProgramOptions;
  private readonly connection: Readonly<Record<string, string>>;

  constructor(config: PostgresConfig, options: ProgramOptions) {
    this.options = options;
    this.connection = connectionVariables(config);
  }

  start(name: ProgramName, args: readonly string[], database?: string): ChildProcess {
    const { pgBin, environment } = this.options;
    return spawn(pgBin === undefined ? name : join(pgBin, name), args, {
      env: { ...environment, ...this.connection, ...(database !== undefined && { PGDATABASE: database }) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Runs a program to its end. Resolves with what it printed. */
  async run(name: ProgramName, args: readonly string[]): Promise<string> {
    const child = this.start(name, args);
    child.stdin?.end();
    const [output, ended] = await Promise.all([child.stdout ? text(child.stdout) : '', endOf(child)]);
    if (ended.code !== 0) throw failed(name, ended.message);
    return output;
  }

  /** @throws MigrateError `program-missing`, also where the program is older than the server and would not read all of it */
  async assertFits(name: ProgramName, server: number): Promise<void> {
    const printed = await this.run(name, ['--version']);
    const version = /\(PostgreSQL\) (\d+)/.exec(printed)?.[1];
    if (version !== undefined && Number(version) >= server) return;
    throw new MigrateError('program-missing', `${name} is of PostgreSQL ${version ?? '?'}, the server of ${server}`);
  }
}

export interface ProgramEnd {
  readonly code: number | null;
  /** The line in which it names an error, else the first one that it printed. */
  readonly message: string;
}

/** Attach it at once: a program that cannot be started tells so in the next moment. */
export async function endOf(child: ChildProcess): Promise<ProgramEnd> {
  const [program = ''] = child.spawnargs;
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', () => reject(new MigrateError('program-missing', `${program} cannot be started`)));
    child.once('close', resolve);
  });
  const [ended, complaint] = await Promise.all([code, child.stderr ? text(child.stderr) : '']);
  const lines = complaint.split('\n').map((line) => line.trim());
  return { code: ended, message: lines.find((line) => /error/i.test(line)) ?? lines[0] ?? '' };
}

export function failed(name: ProgramName, message: string): MigrateError {
  return new MigrateError('database-refused', `${name} failed: ${message || 'without a message'}`);
}

/** https://www.postgresql.org/docs/current/libpq-envars.html */
function connectionVariables(config: PostgresConfig): Record<string, string> {
  const { host, port, database, user, password, ssl, options, bindsChannel } = config;
  const given = {
    // The driver takes TCP where nothing is said, libpq a socket.
    PGHOST: host ?? 'localhost',
    PGPORT: port === undefined ? undefined : String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGPASSWORD: password,
    PGOPTIONS: options,
    PGCHANNELBINDING: bindsChannel ? 'require' : undefined,
    PGSSLMODE: sslMode(ssl),
    PGSSLROOTCERT: typeof ssl === 'object' ? ssl.caPath : undefined,
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: config.applicationName ?? 'migrate-json',
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function sslMode(ssl: PostgresConfig['ssl']): string | undefined {
  if (ssl === undefined) return undefined;
  if (ssl === false) return 'disable';
  if (ssl === true || !ssl.rejectUnauthorized) return 'require';
  return ssl.checkHostname ? 'verify-full' : 'verify-ca';
}
