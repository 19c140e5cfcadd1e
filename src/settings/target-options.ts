import { DATABASE, EVERY, type OptionSpec, TARGET } from './option-spec.ts';

/** Which database a command works with. */
export const TARGET_OPTIONS = {
  to: {
    short: 't',
    kind: 'text',
    value: 'URL',
    commands: [...TARGET, 'init'],
    alsoCalled: ['from', 'database'],
    help: 'postgres://user@host/db, sqlite:PATH, or a path ending in .db, .sqlite, .sqlite3 (default: $DATABASE_URL, else ./migrate-json.db)',
  },
  from: {
    kind: 'text',
    value: 'URL',
    commands: ['export'],
    alsoCalled: ['to', 'database'],
    help: 'the database to write as files, as --to takes it (default: $DATABASE_URL)',
  },
  dbSchema: {
    kind: 'text',
    value: 'NAME',
    default: 'public',
    commands: DATABASE,
    alsoCalled: ['schema'],
    help: 'PostgreSQL schema',
  },
  databaseZone: {
    kind: 'text',
    value: 'ZONE',
    commands: DATABASE,
    help: 'zone of times in columns of an application that have none (default: UTC)',
  },
  ledgerSchema: {
    kind: 'text',
    value: 'NAME',
    commands: DATABASE,
    help: 'PostgreSQL schema of the bookkeeping tables (default: where they are, else migrate_json)',
  },
  envFile: {
    kind: 'text',
    value: 'PATH',
    commands: EVERY,
    help: 'read environment variables from this .env file',
  },
  allowPlaintext: { kind: 'flag', commands: DATABASE, help: 'accept a remote PostgreSQL without TLS' },
  config: {
    kind: 'text',
    value: 'PATH',
    commands: EVERY,
    help: 'config file (default: migrate-json.config.{json,yaml,ts,js} in this directory)',
  },
} as const satisfies Record<string, OptionSpec>;
