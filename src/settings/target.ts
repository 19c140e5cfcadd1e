import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PostgresConfig, Target } from '../databases/database.ts';
import { MigrateError } from '../errors.ts';

export interface TargetOptions {
  readonly allowPlaintext: boolean;
  /** `PGHOST` and the like, which libpq takes where the URL says nothing. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const POSTGRES = /^postgres(?:ql)?(?:\+\w+)?:\/\//i;
const SQLITE = /^sqlite(?:\+\w+)?:/i;
const SQLITE_FILE = /\.(?:db|sqlite|sqlite3)$/i;
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Parses `--to`. Messages never repeat the text, which may hold a password. */
export function parseTarget(text: string, options: TargetOptions): Target {
  if (POSTGRES.test(text)) return postgresTarget(text, options);
  if (SQLITE.test(text)) return sqliteTarget(sqlitePath(text));
  if (SQLITE_FILE.test(text) && !/^\w+:\/\//.test(text)) return sqliteTarget(text);
  throw new MigrateError('invalid-target', 'the target is neither a PostgreSQL URL nor the path of a SQLite file');
}

export interface TargetWarning {
  readonly code: 'password-in-arguments';
  readonly message: string;
}

/** What is wrong with how the target was named, although it can be used. */
export function targetWarning(text: string | undefined, origin: string | undefined): TargetWarning | undefined {
  if (text === undefined || !origin?.startsWith('--') || !/^[^/?#]*\/\/[^/?#@:]*:[^/?#@]+@/.test(text))
    return undefined;
  const message = `everyone on this machine can read the password in ${origin}: use PGPASSWORD, ~/.pgpass or DATABASE_URL`;
  return { code: 'password-in-arguments', message };
}

/** `sqlite:PATH`, or as SQLAlchemy writes it: `sqlite:///relative`, `sqlite:////absolute`. */
function sqlitePath(text: string): string {
  return text.replace(SQLITE, '').replace(/^\/\/\//, '');
}

function sqliteTarget(path: string): Target {
  if (path === '' || path.startsWith('//')) throw new MigrateError('invalid-target', 'the SQLite target names no file');
  if (path.startsWith(':memory:'))
    throw new MigrateError('invalid-target', 'a SQLite database in memory would vanish at the end');
  return { kind: 'sqlite', path: resolve(path), label: `sqlite:${path}` };
}

function postgresTarget(text: string, { allowPlaintext, environment = {} }: TargetOptions): Target {
  const url = parseUrl(text.replace(POSTGRES, 'postgres://'));
  const parameters = new Map(url.searchParams);
  const host = parameters.get('host') ?? decode(url.hostname).replace(/^\[|\]$/g, '');
  const mode = sslMode(parameters.get('sslmode') ?? parameters.get('ssl') ?? environment['PGSSLMODE']);
  const isLocal = isLoopback(host === '' ? (environment['PGHOST'] ?? '') : host);
  const encrypted = mode === 'require' || mode === 'verify-ca' || mode === 'verify-full';
  if (!isLocal && !allowPlaintext && !encrypted && mode !== 'disable') {
    throw new MigrateError('plaintext-refused', 'the remote PostgreSQL would be talked to without encryption');
  }
  const or = (given: string, name: string): string | undefined => given || environment[name] || undefined;
  const port = or(url.port, 'PGPORT');
  const config: PostgresConfig = definedOnly({
    host: or(host, 'PGHOST'),
    port: port === undefined ? undefined : Number(port),
    database: or(decode(url.pathname.slice(1)), 'PGDATABASE'),
    user: or(decode(url.username), 'PGUSER'),
    password: or(decode(url.password), 'PGPASSWORD'),
    ssl: mode === undefined ? undefined : encrypted && tls(mode, parameters.get('sslrootcert')),
    applicationName: parameters.get('application_name'),
    connectTimeout: milliseconds(parameters.get('connect_timeout') ?? environment['PGCONNECT_TIMEOUT']),
  });
  refuseUnknown(parameters.keys());
  return { kind: 'postgres', config, label: labelOf(config) };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
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

function milliseconds(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(seconds))
    throw new MigrateError('invalid-target', 'connect_timeout must be a whole number of seconds, at least 1');
  return Number(seconds) * 1000;
}

function sslMode(given: string | undefined): (typeof SSL_MODES)[number] | undefined {
  if (given === undefined) return undefined;
  const mode = SSL_MODES.find((known) => known === given);
  if (mode === undefined) throw new MigrateError('invalid-target', `sslmode must be one of ${SSL_MODES.join(', ')}`);
  return mode;
}

/** As libpq means it: `require` encrypts without checking who answers, unless a root certificate is given. */
function tls(mode: string, rootCertificate: string | undefined): NonNullable<PostgresConfig['ssl']> {
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

function refuseUnknown(names: Iterable<string>): void {
  const known = ['host', 'sslmode', 'ssl', 'sslrootcert', 'application_name', 'connect_timeout'];
  const unknown = [...names].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new MigrateError('invalid-target', `unknown parameter of the PostgreSQL URL: ${unknown.join(', ')}`, {
      hint: `Known parameters are ${known.join(', ')}.`,
    });
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
