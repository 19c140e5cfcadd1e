import { resolve } from 'node:path';
import type { Target } from '../databases/target.ts';
import { MigrateError } from '../errors.ts';
import { POSTGRES, postgresTarget, type TargetOptions } from './postgres-url.ts';

export type { TargetOptions };

/** `file:` is how Prisma and SQLite itself write the path of a file. */
const SQLITE = /^(?:sqlite3?(?:\+\w+)?|file):/i;
const SQLITE_FILE = /\.(?:db|sqlite|sqlite3)$/i;
/** A single letter is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** Parameters that are about the pool of another client. */
const OF_OTHER_CLIENTS = [
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'check_same_thread',
  'timeout',
  'cache',
];

/** Where rows go when nothing else is said. For trials: it refuses `--archive` and is never made inside the root. */
export const DEFAULT_TARGET = 'migrate-json.db';

/** Parses `--to`. Messages never repeat the text, which may hold a password. */
export function parseTarget(text: string, options: TargetOptions): Target {
  if (POSTGRES.test(text)) return postgresTarget(text, options);
  if (SQLITE.test(text)) return sqliteTarget(sqlitePath(text));
  const scheme = SCHEME.exec(text)?.[1];
  if (scheme !== undefined) throw unknownScheme(scheme.toLowerCase());
  if (SQLITE_FILE.test(text)) return sqliteTarget(text);
  throw new MigrateError('invalid-target', 'the target is neither a PostgreSQL URL nor the path of a SQLite file');
}

/** What to write in place of schemes that people try. */
const INSTEAD: Readonly<Record<string, string>> = {
  jdbc: 'Leave jdbc: away, and write the user before the host: postgres://user@host/database.',
  libsql: 'A libSQL server is not supported. Use a copy of its file as sqlite:PATH.',
  prisma: 'Use the URL of the PostgreSQL behind it: postgres://user@host/database.',
  'prisma+postgres': 'Use the URL of the PostgreSQL behind it: postgres://user@host/database.',
  postgres: 'Write two slashes: postgres://user@host/database.',
  postgresql: 'Write two slashes: postgresql://user@host/database.',
};

function unknownScheme(scheme: string): MigrateError {
  const hint = Object.hasOwn(INSTEAD, scheme) ? INSTEAD[scheme] : undefined;
  const what =
    hint === undefined ? 'the target begins with a scheme that is not known' : `${scheme}: is no scheme of a target`;
  return new MigrateError('invalid-target', what, hint === undefined ? {} : { hint });
}

export interface TargetWarning {
  readonly code: 'password-in-arguments' | 'environment-not-used';
  readonly message: string;
}

/** What is wrong with how the target was named, although it can be used. */
export function targetWarning(
  text: string | undefined,
  origin: string | undefined,
  environment: TargetOptions['environment'] = {},
): TargetWarning | undefined {
  return unusedVariable(text, environment) ?? passwordInArguments(text, origin);
}

function passwordInArguments(text: string | undefined, origin: string | undefined): TargetWarning | undefined {
  if (text === undefined || !origin?.startsWith('--') || !/^[^/?#]*\/\/[^/?#@:]*:[^/?#@]+@/.test(text))
    return undefined;
  const message = `everyone on this machine can read the password in ${origin}: use PGPASSWORD, ~/.pgpass or DATABASE_URL`;
  return { code: 'password-in-arguments', message };
}

/** Somebody who has set these expects the rows there. */
function unusedVariable(
  text: string | undefined,
  environment: NonNullable<TargetOptions['environment']>,
): TargetWarning | undefined {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  const code = 'environment-not-used';
  if (isSet('PGSERVICE') && (text === undefined || POSTGRES.test(text))) {
    return {
      code,
      message: 'PGSERVICE is set and not read: name host, database and user with --to postgres://user@host/database',
    };
  }
  const name = ['PGHOST', 'PGDATABASE'].find(isSet);
  if (text !== undefined || name === undefined) return undefined;
  return {
    code,
    message: `${name} is set, but no target is named: --to postgres:/// takes what PGHOST, PGDATABASE and PGUSER say`,
  };
}

/** `sqlite:PATH`, as SQLAlchemy writes it (`sqlite:///relative`, `sqlite:////absolute`), or `file:PATH` and `file:///absolute`. */
function sqlitePath(text: string): string {
  const isFile = /^file:/i.test(text);
  const [path = '', query] = text.replace(SQLITE, '').split(/\?(?=\w+=)/, 2);
  refuseParameters(query);
  if (!isFile) return path.replace(/^\/\/\//, '');
  try {
    return decodeURIComponent(path.replace(/^\/\/(?=\/)/, ''));
  } catch {
    throw new MigrateError('invalid-target', 'the file: URL holds an invalid percent-encoding');
  }
}

function refuseParameters(query: string | undefined): void {
  const unknown = [...new URLSearchParams(query).keys()].filter((name) => !OF_OTHER_CLIENTS.includes(name));
  if (unknown.length > 0) {
    throw new MigrateError('invalid-target', `unknown parameter of the SQLite target: ${unknown.join(', ')}`, {
      hint: 'Name the file alone: sqlite:PATH.',
    });
  }
}

function sqliteTarget(path: string): Target {
  if (path === '' || path.startsWith('//')) throw new MigrateError('invalid-target', 'the SQLite target names no file');
  if (path.startsWith(':memory:'))
    throw new MigrateError('invalid-target', 'a SQLite database in memory would vanish at the end');
  return { kind: 'sqlite', path: resolve(path), label: `sqlite:${path}` };
}

/** Files of the target, which are never sources. */
export function databaseFiles(target: Target): readonly string[] {
  if (target.kind !== 'sqlite') return [];
  return ['', '-journal', '-wal', '-shm'].map((ending) => target.path + ending);
}
