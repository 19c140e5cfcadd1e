import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresConfig, Target } from '../databases/target.ts';
import { MigrateError } from '../errors.ts';
import { urlParameters } from './postgres-parameters.ts';

export interface TargetOptions {
  readonly allowPlaintext: boolean;
  /** The schema of `--db-schema`; a URL may say the same. */
  readonly dbSchema?: string;
  /** `PGHOST` and the like, which libpq takes where the URL says nothing. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** With the name of a driver, as SQLAlchemy writes it: `postgresql+asyncpg://`. */
export const POSTGRES = /^postgres(?:ql)?(?:\+\w+)?:\/\//i;

/** Stands for the host that `postgres://user@/database?host=/socket` leaves out: the parser of URLs wants one after a user. */
const NO_HOST = 'no-host.invalid';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

export function postgresTarget(text: string, options: TargetOptions): Target {
  const { allowPlaintext, environment = {}, dbSchema } = options;
  const url = parseUrl(text.replace(POSTGRES, 'postgres://'));
  const parameters = urlParameters(url.searchParams, dbSchema);
  const given = (parameter: string, inUrl: string, variable: string): string | undefined =>
    parameters.get(parameter) || decode(inUrl) || environment[variable] || undefined;
  const host = given('host', url.hostname === NO_HOST ? '' : url.hostname, '')?.replace(/^\[|\]$/g, '');
  const mode = sslMode(parameters.get('sslmode') ?? parameters.get('ssl') ?? environment['PGSSLMODE']);
  const isLocal = isLoopback(host ?? environment['PGHOST'] ?? '');
  const encrypted = mode === 'require' || mode === 'verify-ca' || mode === 'verify-full';
  if (!isLocal && !allowPlaintext && !encrypted && mode !== 'disable') {
    throw new MigrateError('plaintext-refused', 'the remote PostgreSQL would be talked to without encryption');
  }
  const config: PostgresConfig = definedOnly({
    host: host ?? (environment['PGHOST'] || undefined),
    port: portOf(given('port', url.port, 'PGPORT')),
    database: given('dbname', url.pathname.slice(1), 'PGDATABASE'),
    user: given('user', url.username, 'PGUSER'),
    password: given('password', url.password, 'PGPASSWORD'),
    passwordFile:
      environment['PGPASSFILE'] || (environment['HOME'] && join(environment['HOME'], '.pgpass')) || undefined,
    ssl: mode === undefined ? undefined : encrypted && tls(mode, parameters.get('sslrootcert')),
    applicationName: parameters.get('application_name'),
    options: parameters.get('options'),
    bindsChannel: parameters.get('channel_binding') === 'require' ? true : undefined,
    connectTimeout: milliseconds(parameters.get('connect_timeout') ?? environment['PGCONNECT_TIMEOUT']),
  });
  return { kind: 'postgres', config, label: labelOf(config) };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function parseUrl(text: string): URL {
  if (/^postgres:\/\/(?:[^/?#]*@)?[^/?#@]*,/.test(text)) {
    throw new MigrateError('invalid-target', 'the PostgreSQL URL names several hosts', {
      hint: 'Name the one that takes writes: postgres://user@host/database.',
    });
  }
  try {
    return new URL(text.replace(/^(postgres:\/\/[^/?#]*@)(?=[/?#:]|$)/, `$1${NO_HOST}`));
  } catch {
    // The error that Node throws holds the whole text.
    throw new MigrateError('invalid-target', 'the PostgreSQL URL cannot be read', {
      hint: 'Percent-encode special characters in user and password, or leave the password to PGPASSWORD or ~/.pgpass.',
    });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MigrateError('invalid-target', 'the PostgreSQL URL holds an invalid percent-encoding');
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new MigrateError('invalid-target', 'the port must be a whole number');
}

function milliseconds(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(seconds))
    throw new MigrateError('invalid-target', 'connect_timeout must be a whole number of seconds, at least 1');
  return Number(seconds) * 1000;
}

/** `ssl=true` means to libpq what `sslmode=require` does. */
function sslMode(given: string | undefined): (typeof SSL_MODES)[number] | undefined {
  if (given === undefined) return undefined;
  if (given === 'true' || given === '1') return 'require';
  if (given === 'false' || given === '0') return 'disable';
  const mode = SSL_MODES.find((known) => known === given);
  if (mode === undefined) throw new MigrateError('invalid-target', `sslmode must be one of ${SSL_MODES.join(', ')}`);
  return mode;
}

/** As libpq means it: `require` encrypts without checking who answers, unless a root certificate is given. */
function tls(mode: string, rootCertificate: string | undefined): NonNullable<PostgresConfig['ssl']> {
  // libpq's word for the certificates that the system trusts.
  if (rootCertificate === 'system') return { rejectUnauthorized: true, checkHostname: mode !== 'verify-ca' };
  const checked = mode !== 'require' || rootCertificate !== undefined;
  return {
    rejectUnauthorized: checked,
    checkHostname: mode === 'verify-full',
    ...(rootCertificate === undefined ? {} : { ca: readCertificate(rootCertificate), caPath: rootCertificate }),
  };
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MigrateError('invalid-target', `sslrootcert ${path} cannot be read`, { cause: error });
  }
}

function isLoopback(host: string): boolean {
  return (
    host === '' || host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

function labelOf({ user, host, port, database }: PostgresConfig): string {
  const at = user === undefined ? '' : `${user}@`;
  return `postgres://${at}${host ?? ''}${port === undefined ? '' : `:${port}`}/${database ?? ''}`;
}
