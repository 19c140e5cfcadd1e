import type { Faults } from '../fault.ts';

const WAIT = 'The work was tried again for several seconds. Run the same command again when the server is less busy.';
const CERTIFICATE = 'Name the certificate of its authority with sslrootcert=PATH, or ask the administrator.';
const DAMAGED = 'Ask the administrator to look into the log of the server before anything else is written.';

/**
 * Every SQLSTATE and every error of a socket that the program knows what to do about, printed in docs/reference.md.
 * Two characters stand for a class. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const POSTGRES_FAULTS = {
  // What a session of the server meets, and what passes by itself.
  '40001': { decision: 'retry', error: 'database-busy', what: 'another transaction was in the way', hint: WAIT },
  '40P01': { decision: 'retry', error: 'database-busy', what: 'a deadlock with another session', hint: WAIT },
  '55P03': {
    decision: 'retry',
    error: 'database-busy',
    what: 'another session holds a lock for longer than lock_timeout',
    hint: 'Find out who holds it: `migrate-json doctor` lists the locks on the tables. Then run the same command again.',
  },

  // What ends the session, or does not let one begin, and passes by itself.
  '53300': {
    decision: 'reconnect',
    error: 'database-busy',
    what: 'it has too many connections',
    hint: 'Close other connections, raise max_connections or the limit of the role, or use a pooler.',
  },
  '57P01': { decision: 'reconnect', error: 'database-unavailable', what: 'an administrator ended the session' },
  '57P02': { decision: 'reconnect', error: 'database-unavailable', what: 'the server crashed and starts again' },
  '57P03': { decision: 'reconnect', error: 'database-unavailable', what: 'the server is starting or stopping' },
  '57P05': { decision: 'reconnect', error: 'database-unavailable', what: 'the session was idle for too long' },
  '25P03': { decision: 'reconnect', error: 'database-unavailable', what: 'the transaction was idle for too long' },
  // Behind a pooler that went on with another session, the transaction and its cursor are gone.
  '25P01': { decision: 'reconnect', error: 'database-unavailable', what: 'the transaction is gone with its session' },
  '34000': { decision: 'reconnect', error: 'database-unavailable', what: 'the cursor is gone with its session' },
  // Poolers also tell so of their own limits: https://www.pgbouncer.org/config.html#query_wait_timeout
  '08P01': { decision: 'reconnect', error: 'database-unavailable', what: 'the pooler or the server ended the session' },
  '08': { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'the connection failed' },

  // The socket. A lost one has no code of its own.
  'connection-lost': {
    decision: 'reconnect-if-known',
    error: 'database-unavailable',
    what: 'the connection was lost',
  },
  'no-answer': {
    decision: 'reconnect-if-known',
    error: 'database-unavailable',
    what: 'it does not answer',
    hint: 'Check the network, firewalls and the pooler between here and the server, then run the same command again.',
  },
  ECONNREFUSED: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'it cannot be reached' },
  ECONNRESET: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'the connection was cut' },
  ECONNABORTED: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'the connection was cut' },
  EPIPE: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'the connection was cut' },
  ETIMEDOUT: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'it cannot be reached' },
  EHOSTUNREACH: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'it cannot be reached' },
  ENETUNREACH: { decision: 'reconnect-if-known', error: 'database-unavailable', what: 'it cannot be reached' },
  EAI_AGAIN: {
    decision: 'reconnect-if-known',
    error: 'database-unavailable',
    what: 'the name of the host cannot be looked up at the moment',
  },
  ENOTFOUND: { decision: 'stop', error: 'database-unavailable', what: 'the host name is unknown' },
  ENOENT: {
    decision: 'reconnect-if-known',
    error: 'database-unavailable',
    what: 'there is no socket of a server in this directory',
  },
  EACCES: { decision: 'stop', error: 'database-refused', what: 'the socket of the server may not be used' },

  // What does not let the program in.
  '28P01': {
    decision: 'stop',
    error: 'authentication-failed',
    what: 'the server does not accept this user and password',
  },
  '28000': { decision: 'stop', error: 'authentication-failed', what: 'the server does not let this user in' },
  'no-password': { decision: 'stop', error: 'authentication-failed', what: 'the server asks for a password' },
  'no-tls': {
    decision: 'stop',
    error: 'database-refused',
    what: 'the server does not offer TLS as asked',
    hint: 'Check sslmode, or accept a connection without TLS with sslmode=disable.',
  },
  certificate: {
    decision: 'stop',
    error: 'database-refused',
    what: 'its certificate is not trusted',
    hint: CERTIFICATE,
  },
  '3D000': {
    decision: 'stop',
    error: 'database-refused',
    what: 'there is no such database on the server',
    hint: 'Create it with createdb, or correct the name in the URL.',
  },
  '3F000': {
    decision: 'stop',
    error: 'database-refused',
    what: 'there is no such schema in the database',
    hint: 'Create it, or name another one with --db-schema.',
  },

  // What a person must change first.
  '42501': {
    decision: 'stop',
    error: 'database-refused',
    what: 'the role lacks a right that is needed here',
    hint: 'Ask for the missing rights: `migrate-json doctor` names them, docs/grants.sql gives them.',
  },
  'row-security': {
    decision: 'stop',
    error: 'database-refused',
    what: 'row level security hides rows of a table from this role',
    hint: 'What is not seen cannot be compared, undone or exported. Load as the owner of the table, or as a role with BYPASSRLS.',
  },
  '25006': {
    decision: 'stop',
    error: 'database-refused',
    what: 'the server is read-only',
    hint: 'It may be a replica: name the primary. Or default_transaction_read_only is set for the role or the database.',
  },
  '57014': {
    decision: 'stop',
    error: 'database-refused',
    what: 'the server cancelled the statement',
    hint: 'Somebody cancelled it, or a statement_timeout of the role or the database is too short for a batch.',
  },
  '25P04': {
    decision: 'stop',
    error: 'database-refused',
    what: 'the server ended the transaction after transaction_timeout',
    hint: 'Raise transaction_timeout for the role, or give a smaller --batch-bytes.',
  },
  '42P01': {
    decision: 'stop',
    error: 'database-refused',
    what: 'a table is gone',
    hint: 'Somebody dropped or renamed it. Run `migrate-json schema check` to see what is missing.',
  },
  '42703': {
    decision: 'stop',
    error: 'database-refused',
    what: 'a column is gone',
    hint: 'Somebody changed a table. Run `migrate-json schema check` to see what is missing.',
  },
  '42P10': {
    decision: 'stop',
    error: 'database-refused',
    what: 'a table has no unique key where one is needed',
    hint: 'Somebody dropped it. Run `migrate-json schema check` to see what is missing.',
  },
  '42P07': {
    decision: 'stop',
    error: 'database-refused',
    what: 'something else has the name of a table or an index that is to be created',
    hint: 'Run `migrate-json schema check` to see what it is, and rename it, or load into another schema with --db-schema.',
  },
  '42710': {
    decision: 'stop',
    error: 'database-refused',
    what: 'something else has the name of what is to be created',
    hint: 'Run `migrate-json schema check` to see what it is, and rename it, or load into another schema with --db-schema.',
  },
  '42': {
    decision: 'stop',
    error: 'database-refused',
    what: 'a table is not as it was declared',
    hint: 'Somebody changed it. Run `migrate-json schema check` to see how it differs.',
  },
  '53100': { decision: 'stop', error: 'disk-full', what: 'the disk of the server is full' },
  '53200': {
    decision: 'stop',
    error: 'database-unavailable',
    what: 'the server is out of memory',
    hint: 'Give a smaller --batch-bytes, or the server more memory, and run the same command again.',
  },
  '53400': {
    decision: 'stop',
    error: 'database-refused',
    what: 'a limit in the configuration of the server is reached',
  },
  '58030': { decision: 'stop', error: 'disk-failed', what: 'the disk of the server fails', hint: DAMAGED },
  XX001: { decision: 'stop', error: 'database-refused', what: 'a table of the database is damaged', hint: DAMAGED },
  XX002: { decision: 'stop', error: 'database-refused', what: 'an index of the database is damaged', hint: DAMAGED },

  // What a row is refused for.
  '22': { decision: 'reject', what: 'a value that the column cannot hold' },
  '23': { decision: 'reject', what: 'a constraint' },
  '44': { decision: 'reject', what: 'the condition of a view' },
  P0: { decision: 'reject', what: 'a trigger or a function of the application' },
  '54000': { decision: 'reject', what: 'a value that is too large for an index or for jsonb' },
} as const satisfies Faults;

export type PostgresFault = keyof typeof POSTGRES_FAULTS;
