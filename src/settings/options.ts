/** Every option, declared once: flags, environment variables, config keys, help and README all come from here. */

export type OptionKind = 'text' | 'list' | 'flag' | 'negated-flag' | 'integer' | 'max-errors';

// Families of commands that take the same options.
const LOADING = ['run', 'retry'] as const;
const CHECKING = [...LOADING, 'validate'] as const;
/** What shapes rows. */
const MAPPING = [...CHECKING, 'verify'] as const;
const READING = [...MAPPING, 'scan'] as const;
/** What looks after a database that is there. */
const KEEPING = ['undo', 'runs', 'report', 'doctor', 'schema'] as const;
const TARGET = [...LOADING, 'verify', ...KEEPING, 'snapshot create', 'snapshot restore'] as const;
const DATABASE = [...TARGET, 'export', 'init'] as const;
/** What finds and opens source files. */
const FINDING = [...READING, 'init'] as const;
const EVERY = [...FINDING, ...KEEPING, 'export', 'restore', 'snapshot', 'recipes'] as const;
/** What a run writes beside its rows: doctor looks whether it can. */
const OUTPUTS = ['run', 'doctor'] as const;

/** `schema` and `snapshot` stand for each of their subcommands. */
export type CommandName =
  | (typeof EVERY)[number]
  | `schema ${'print' | 'status' | 'check' | 'upgrade' | 'rollback' | 'cleanup'}`
  | `snapshot ${'create' | 'restore'}`
  | 'completion';

export interface OptionSpec {
  readonly short?: string;
  readonly kind: OptionKind;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean | readonly string[];
  readonly group: 'target' | 'sources' | 'what is done' | 'output' | 'limits';
  readonly help: string;
  readonly commands: readonly CommandName[];
}

export const CONFLICT_MODES = ['update', 'overwrite', 'keep', 'fail'] as const;
export const LAYOUTS = ['auto', 'flat', 'users'] as const;
export const FORMATS = ['html', 'json', 'xml', 'csv', 'md'] as const;

/** By key in settings and config files (camelCase); the flag is the same in kebab-case. */
export const OPTIONS = {
  to: {
    short: 't',
    kind: 'text',
    value: 'URL',
    group: 'target',
    commands: [...TARGET, 'init'],
    help: 'postgres://user@host/db, sqlite:PATH, or a path ending in .db, .sqlite, .sqlite3 (default: $DATABASE_URL, else ./migrate-json.db)',
  },
  from: {
    kind: 'text',
    value: 'URL',
    group: 'target',
    commands: ['export'],
    help: 'the database to write as files, as --to takes it (default: $DATABASE_URL)',
  },
  dbSchema: {
    kind: 'text',
    value: 'NAME',
    default: 'public',
    group: 'target',
    commands: DATABASE,
    help: 'PostgreSQL schema',
  },
  databaseZone: {
    kind: 'text',
    value: 'ZONE',
    group: 'target',
    commands: DATABASE,
    help: 'zone of times in columns of an application that have none (default: UTC)',
  },
  ledgerSchema: {
    kind: 'text',
    value: 'NAME',
    group: 'target',
    commands: DATABASE,
    help: 'PostgreSQL schema of the bookkeeping tables (default: where they are, else migrate_json)',
  },
  envFile: {
    kind: 'text',
    value: 'PATH',
    group: 'target',
    commands: EVERY,
    help: 'read environment variables from this .env file',
  },
  allowPlaintext: { kind: 'flag', group: 'target', commands: DATABASE, help: 'accept a remote PostgreSQL without TLS' },
  config: {
    kind: 'text',
    value: 'PATH',
    group: 'target',
    commands: EVERY,
    help: 'config file (default: migrate-json.config.{json,yaml,ts,js} in this directory)',
  },

  only: {
    kind: 'list',
    value: 'NAME',
    group: 'sources',
    commands: [...READING, 'schema print', 'schema status', 'schema check', 'schema upgrade'],
    help: 'only these datasets',
  },
  include: { kind: 'list', value: 'GLOB', group: 'sources', commands: FINDING, help: 'only files that match' },
  exclude: { kind: 'list', value: 'GLOB', group: 'sources', commands: FINDING, help: 'no files that match' },
  ignore: {
    kind: 'list',
    value: 'GLOB',
    group: 'sources',
    commands: FINDING,
    help: 'files that need not be read, best named in the config file: the run is complete without them',
  },
  layout: {
    kind: 'text',
    value: 'NAME',
    choices: LAYOUTS,
    default: 'auto',
    group: 'sources',
    commands: READING,
    help: 'who owns what names no owner: by path (auto), nobody by path (flat), every directory a user (users)',
  },
  user: {
    kind: 'text',
    value: 'ID',
    group: 'sources',
    commands: READING,
    help: 'owner of what names no owner and has none by path',
  },
  source: {
    kind: 'text',
    value: 'NAME',
    group: 'sources',
    commands: READING,
    help: 'source of metrics that name none; "stem" takes the file name',
  },
  recipe: {
    kind: 'list',
    value: 'NAME',
    group: 'sources',
    commands: [...READING, 'export', 'schema'],
    help: 'datasets that come with the program, beside those of the config file (default: of the export that lies in the root, else the applications); see recipes',
  },
  parameter: {
    kind: 'list',
    value: 'NAME=VALUE',
    group: 'sources',
    commands: READING,
    help: 'a value for a parameter of the declared datasets',
  },
  naiveTime: {
    kind: 'text',
    value: 'ZONE',
    default: 'UTC',
    group: 'sources',
    commands: [...READING, 'schema upgrade'],
    help: 'zone of times without one',
  },
  encoding: {
    kind: 'text',
    value: 'NAME',
    default: 'utf-8',
    group: 'sources',
    commands: FINDING,
    help: 'encoding of the source files',
  },

  sources: {
    kind: 'text',
    value: 'DIR',
    group: 'sources',
    commands: ['verify'],
    help: 'compare with these files instead: a backup or an archive',
  },
  ledger: {
    kind: 'flag',
    group: 'sources',
    commands: ['verify'],
    help: 'compare with what the ledger kept when it was loaded, without any files',
  },

  dryRun: {
    short: 'n',
    kind: 'flag',
    group: 'what is done',
    commands: [...LOADING, 'undo', 'schema upgrade'],
    help: 'write nothing, forecast everything',
  },
  backup: { kind: 'flag', group: 'what is done', commands: OUTPUTS, help: 'copy the source files first' },
  backupDir: {
    kind: 'text',
    value: 'DIR',
    group: 'what is done',
    commands: OUTPUTS,
    help: 'where to (default: ./migrate-json-backups/<run>)',
  },
  encryptTo: {
    kind: 'list',
    value: 'KEY',
    group: 'what is done',
    commands: ['run'],
    help: 'encrypt the backup to this age public key (age1...); only the private key opens it',
  },
  archive: {
    kind: 'flag',
    group: 'what is done',
    commands: OUTPUTS,
    help: 'move fully loaded files away after the commit',
  },
  archiveDir: {
    kind: 'text',
    value: 'DIR',
    group: 'what is done',
    commands: OUTPUTS,
    help: 'where to (default: ./migrate-json-archive/<run>)',
  },
  into: {
    kind: 'text',
    value: 'DIR',
    group: 'what is done',
    commands: ['restore'],
    help: 'where to (default: where the files came from)',
  },
  identity: {
    kind: 'text',
    value: 'FILE',
    group: 'what is done',
    commands: ['restore', 'undo'],
    help: 'age private key of an encrypted backup, as age-keygen writes it',
  },
  snapshotDir: {
    kind: 'text',
    value: 'DIR',
    default: 'migrate-json-snapshots',
    group: 'what is done',
    commands: ['schema upgrade', 'snapshot'],
    help: 'where snapshots of databases are',
  },
  snapshot: {
    kind: 'negated-flag',
    default: true,
    group: 'what is done',
    commands: ['schema upgrade'],
    help: 'do not copy the database before its tables are changed',
  },
  keep: {
    kind: 'integer',
    value: 'N',
    group: 'what is done',
    commands: ['run', 'snapshot create'],
    help: 'after success remove all but the newest N of our own backups, archives (in the default places) or snapshots',
  },
  prove: {
    kind: 'flag',
    group: 'what is done',
    commands: ['snapshot create'],
    help: 'make a scratch database of the snapshot and compare it',
  },
  pgBin: {
    kind: 'text',
    value: 'DIR',
    group: 'what is done',
    commands: ['schema upgrade', 'snapshot create', 'snapshot restore'],
    help: "where PostgreSQL's pg_dump, pg_restore and psql are (default: in PATH)",
  },
  onConflict: {
    kind: 'text',
    value: 'MODE',
    choices: CONFLICT_MODES,
    default: 'update',
    group: 'what is done',
    commands: LOADING,
    help: 'a row that is there and differs: update (unless it is newer), overwrite, keep or fail',
  },
  repair: {
    kind: 'list',
    value: 'NAME',
    group: 'what is done',
    commands: MAPPING,
    help: 'allow a repair that loses something: non-finite-as-null, nul-character, lone-surrogate, round-to-column, cut-to-column',
  },
  strict: {
    kind: 'flag',
    group: 'what is done',
    commands: MAPPING,
    help: 'repairs, unmapped members and unexplained files are rejects; a file with a reject loads nothing',
  },
  maxErrors: {
    kind: 'max-errors',
    value: 'N',
    group: 'what is done',
    commands: CHECKING,
    help: 'stop when more records are rejected; N or N%',
  },
  keepPlainKeys: {
    kind: 'flag',
    group: 'what is done',
    commands: [...MAPPING, 'schema upgrade'],
    help: 'store API keys of events as given, not their SHA-256',
  },
  hashSecrets: {
    kind: 'flag',
    group: 'what is done',
    commands: MAPPING,
    help: 'store the SHA-256 of secret settings, not their value',
  },
  convert: {
    kind: 'flag',
    group: 'what is done',
    commands: ['schema upgrade'],
    help: 'change the types of columns, and how values are written, where the loader needs it',
  },
  yes: {
    kind: 'flag',
    group: 'what is done',
    commands: ['restore', 'undo', 'schema upgrade', 'schema rollback', 'schema cleanup', 'snapshot restore'],
    help: 'go on without asking, also where something may be lost that is needed: rows, copies, files whose names differ by case only, or where tables of another program change',
  },
  reload: {
    kind: 'flag',
    group: 'what is done',
    commands: LOADING,
    help: 'load files again that the ledger holds as loaded',
  },
  rehash: {
    kind: 'flag',
    group: 'what is done',
    commands: LOADING,
    help: 'compare files by SHA-256, not by size and times',
  },
  undo: {
    kind: 'negated-flag',
    default: true,
    group: 'what is done',
    commands: ['run'],
    help: 'keep no memory of what was there before, so that the run cannot be undone',
  },
  allowEmpty: { kind: 'flag', group: 'what is done', commands: MAPPING, help: 'nothing to load is fine' },
  restoreFiles: {
    kind: 'flag',
    group: 'what is done',
    commands: ['undo'],
    help: 'put the source files back as well that the run moved to an archive',
  },
  allowExtra: {
    kind: 'flag',
    group: 'what is done',
    commands: ['verify'],
    help: 'rows that no source has are fine',
  },
  runId: {
    kind: 'text',
    value: 'ID',
    group: 'what is done',
    commands: LOADING,
    help: 'name of this run (default: made from the time); one that was killed or failed goes on',
  },
  shard: {
    kind: 'text',
    value: 'K/N',
    group: 'what is done',
    commands: ['run'],
    help: 'load one of N parts of a run that N processes share; auto/N: K from JOB_COMPLETION_INDEX; needs --run-id',
  },

  report: {
    kind: 'list',
    value: 'PATH',
    group: 'output',
    commands: [...CHECKING, 'report', 'init'],
    help: 'write the report here; the ending says the format: .html, .json, .xml (JUnit), .csv, .md; of init: .html',
  },
  format: {
    kind: 'text',
    value: 'NAME',
    choices: FORMATS,
    group: 'output',
    commands: ['report'],
    help: 'how the report is written to stdout or --output (default: by its ending, else for people)',
  },
  output: {
    kind: 'text',
    value: 'PATH',
    group: 'output',
    commands: ['report'],
    help: 'where to (default: stdout)',
  },
  metricsFile: {
    kind: 'text',
    value: 'PATH',
    group: 'output',
    commands: CHECKING,
    help: "write the numbers of the run here, for the textfile collector of Prometheus' node exporter",
  },
  rejects: {
    kind: 'text',
    value: 'DIR',
    group: 'output',
    commands: CHECKING,
    help: 'write the original bytes of what was not loaded here, with the reasons',
  },
  fields: {
    kind: 'flag',
    group: 'output',
    commands: ['scan'],
    help: 'list every member that was seen, its types and where it goes',
  },
  explain: {
    kind: 'text',
    value: 'WHAT',
    group: 'output',
    commands: ['scan', 'init'],
    help: 'of scan: a file, why it was taken for what; of init: a table or a column (orders.user_id), the evidence for it',
  },
  print: {
    kind: 'flag',
    group: 'output',
    commands: ['init'],
    help: 'print the proposal and write no file',
  },
  check: {
    kind: 'flag',
    group: 'output',
    commands: ['init'],
    help: 'for CI: exit 1 where the data no longer fits the config file; writes nothing',
  },
  ddl: {
    kind: 'flag',
    group: 'output',
    commands: ['init'],
    help: 'print the statements that make the proposed tables; writes nothing',
  },
  json: { kind: 'flag', group: 'output', commands: EVERY, help: 'one JSON document on stdout' },
  quiet: { kind: 'flag', group: 'output', commands: EVERY, help: 'only errors on stderr' },
  verbose: { kind: 'flag', group: 'output', commands: EVERY, help: 'list every file' },
  debug: {
    kind: 'flag',
    group: 'output',
    commands: EVERY,
    help: 'stack traces of failures; time and bytes of each stage',
  },
  progress: { kind: 'negated-flag', default: true, group: 'output', commands: FINDING, help: 'no progress bars' },
  color: { kind: 'negated-flag', default: true, group: 'output', commands: EVERY, help: 'no colours' },

  workers: {
    kind: 'integer',
    value: 'N',
    default: 2,
    group: 'limits',
    commands: READING,
    help: 'threads that check records; never changes a result',
  },
  batchBytes: {
    kind: 'integer',
    value: 'N',
    default: 8 * 1024 * 1024,
    group: 'limits',
    commands: ['run'],
    help: 'source bytes per transaction; 8 MiB when not given',
  },
  maxRecordBytes: {
    kind: 'integer',
    value: 'N',
    default: 16 * 1024 * 1024,
    group: 'limits',
    commands: [...MAPPING, 'init'],
    help: 'largest record',
  },
  tempDir: {
    kind: 'text',
    value: 'DIR',
    group: 'limits',
    commands: [...FINDING, 'report', 'restore', 'doctor', 'snapshot create'],
    help: "for what does not fit into memory (default: the system's)",
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

/** `maxErrors` → `max-errors` */
export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `maxErrors` → `MIGRATE_JSON_MAX_ERRORS` */
export function environmentName(key: string): string {
  return `MIGRATE_JSON_${kebab(key).replaceAll('-', '_').toUpperCase()}`;
}
