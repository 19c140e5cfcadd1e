import { MigrateError } from '../errors.ts';

/** Parameters that say how to connect. */
const UNDERSTOOD = [
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'sslmode',
  'ssl',
  'sslrootcert',
  'application_name',
  'connect_timeout',
  'channel_binding',
  'options',
  'target_session_attrs',
  'schema',
];

/** They are about the pool of another client, or about how it keeps its connections: a load has one connection that is kept alive. */
const OF_OTHER_CLIENTS = [
  'pgbouncer',
  'connection_limit',
  'pool_timeout',
  'pool_size',
  'max_overflow',
  'statement_cache_size',
  'prepared_statement_cache_size',
  'prepareThreshold',
  'socket_timeout',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'gssencmode',
  'fallback_application_name',
];

/** What to write in their place. */
const REFUSED: Readonly<Record<string, string>> = {
  service: 'Service files are not read: write host, port, database and user into the URL.',
  passfile: 'Name the file in PGPASSFILE, or use ~/.pgpass.',
  sslcert: 'Client certificates are not supported: use a password, or a tunnel such as stunnel.',
  sslkey: 'Client certificates are not supported: use a password, or a tunnel such as stunnel.',
  sslidentity: 'Client certificates are not supported: use a password, or a tunnel such as stunnel.',
  sslaccept:
    'Write sslmode=require (encrypted, nobody checked) or sslmode=verify-full (certificate and name are checked).',
  search_path: 'Name the schema with --db-schema NAME.',
  currentSchema: 'Name the schema with --db-schema NAME.',
  hostaddr: 'Write host=ADDRESS, or the address in place of the host.',
};

/** A load writes: a server that only reads is of no use to it, and any other is as good as the primary. */
const SESSIONS = ['any', 'read-write', 'primary'];

/** The parameters of a connection string, as providers and other clients write them. Refuses those that would be ignored. */
export function urlParameters(given: URLSearchParams, dbSchema = 'public'): ReadonlyMap<string, string> {
  const parameters = new Map(given);
  for (const name of parameters.keys()) {
    const hint = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
    if (hint !== undefined)
      throw new MigrateError('invalid-target', `${name} of the PostgreSQL URL is not read`, { hint });
  }
  const unknown = [...parameters.keys()].filter(
    (name) => !UNDERSTOOD.includes(name) && !OF_OTHER_CLIENTS.includes(name),
  );
  if (unknown.length > 0) {
    throw new MigrateError('invalid-target', `unknown parameter of the PostgreSQL URL: ${unknown.join(', ')}`, {
      hint: `Known parameters are ${UNDERSTOOD.join(', ')}.`,
    });
  }
  refuseValues(parameters, dbSchema);
  return parameters;
}

function refuseValues(parameters: ReadonlyMap<string, string>, dbSchema: string): void {
  const session = parameters.get('target_session_attrs');
  if (session !== undefined && !SESSIONS.includes(session)) {
    throw new MigrateError('invalid-target', 'target_session_attrs names a server that may not take writes', {
      hint: `A load writes: leave it out, or use one of ${SESSIONS.join(', ')}.`,
    });
  }
  if (parameters.get('host')?.includes(',') || parameters.get('port')?.includes(',')) {
    throw new MigrateError('invalid-target', 'the PostgreSQL URL names several hosts', {
      hint: 'Name the one that takes writes: postgres://user@host/database.',
    });
  }
  const schema = parameters.get('schema');
  if (schema !== undefined && schema !== dbSchema) {
    throw new MigrateError('invalid-target', `schema in the PostgreSQL URL is not that of --db-schema (${dbSchema})`, {
      hint: 'Give the same name to --db-schema, or leave schema out of the URL.',
    });
  }
  const binding = parameters.get('channel_binding');
  if (binding !== undefined && !['disable', 'prefer', 'require'].includes(binding)) {
    throw new MigrateError('invalid-target', 'channel_binding must be one of disable, prefer, require');
  }
}
