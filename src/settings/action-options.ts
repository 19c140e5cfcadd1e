import { CHECKING, LOADING, MAPPING, type OptionSpec, OUTPUTS } from './option-spec.ts';

export const CONFLICT_MODES = ['update', 'overwrite', 'keep', 'fail'] as const;

/** What a command does with files and rows. */
export const ACTION_OPTIONS = {
  dryRun: {
    short: 'n',
    kind: 'flag',
    commands: [...LOADING, 'undo', 'schema upgrade'],
    help: 'write nothing, forecast everything',
  },
  backup: { kind: 'flag', commands: OUTPUTS, help: 'copy the source files first' },
  backupDir: {
    kind: 'text',
    value: 'DIR',
    commands: OUTPUTS,
    help: 'where to (default: ./migrate-json-backups/<run>)',
  },
  encryptTo: {
    kind: 'list',
    value: 'KEY',
    commands: ['run'],
    help: 'encrypt the backup to this age public key (age1...); only the private key opens it',
  },
  archive: {
    kind: 'flag',
    commands: OUTPUTS,
    help: 'move fully loaded files away after the commit',
  },
  archiveDir: {
    kind: 'text',
    value: 'DIR',
    commands: OUTPUTS,
    help: 'where to (default: ./migrate-json-archive/<run>)',
  },
  into: {
    kind: 'text',
    value: 'DIR',
    commands: ['restore'],
    alsoCalled: ['to', 'output'],
    help: 'where to (default: where the files came from)',
  },
  identity: {
    kind: 'text',
    value: 'FILE',
    commands: ['restore', 'undo'],
    help: 'age private key of an encrypted backup, as age-keygen writes it',
  },
  snapshotDir: {
    kind: 'text',
    value: 'DIR',
    default: 'migrate-json-snapshots',
    commands: ['schema upgrade', 'snapshot'],
    help: 'where snapshots of databases are',
  },
  snapshot: {
    kind: 'negated-flag',
    default: true,
    commands: ['schema upgrade'],
    help: 'do not copy the database before its tables are changed',
  },
  keep: {
    kind: 'integer',
    value: 'N',
    commands: ['run', 'snapshot create'],
    help: 'after success remove all but the newest N of our own backups, archives (in the default places) or snapshots',
  },
  prove: {
    kind: 'flag',
    commands: ['snapshot create'],
    help: 'make a scratch database of the snapshot and compare it',
  },
  pgBin: {
    kind: 'text',
    value: 'DIR',
    commands: ['schema upgrade', 'snapshot create', 'snapshot restore'],
    help: "where PostgreSQL's pg_dump, pg_restore and psql are (default: in PATH)",
  },
  onConflict: {
    kind: 'text',
    value: 'MODE',
    choices: CONFLICT_MODES,
    default: 'update',
    commands: LOADING,
    help: 'a row that is there and differs: update (unless it is newer), overwrite, keep or fail',
  },
  repair: {
    kind: 'list',
    value: 'NAME',
    commands: MAPPING,
    help: 'allow a repair that loses something: non-finite-as-null, nul-character, lone-surrogate, round-to-column, cut-to-column',
  },
  strict: {
    kind: 'flag',
    commands: MAPPING,
    help: 'repairs, unmapped members and unexplained files are rejects; a file with a reject loads nothing',
  },
  maxErrors: {
    kind: 'max-errors',
    value: 'N',
    commands: CHECKING,
    help: 'stop when more records are rejected; N or N%',
  },
  keepPlainKeys: {
    kind: 'flag',
    commands: [...MAPPING, 'schema upgrade'],
    help: 'store API keys of events as given, not their SHA-256',
  },
  hashSecrets: {
    kind: 'flag',
    commands: MAPPING,
    help: 'store the SHA-256 of secret settings, not their value',
  },
  yes: {
    kind: 'flag',
    commands: ['restore', 'undo', 'schema upgrade', 'schema rollback', 'schema cleanup', 'snapshot restore'],
    help: 'go on without asking, also where something may be lost that is needed: rows, copies, files whose names differ by case only, or where tables change on which an application may rely',
  },
  reload: {
    kind: 'flag',
    commands: LOADING,
    help: 'load files again that the ledger holds as loaded',
  },
  rehash: {
    kind: 'flag',
    commands: LOADING,
    help: 'compare files by SHA-256, not by size and times',
  },
  undo: {
    kind: 'negated-flag',
    default: true,
    commands: ['run'],
    help: 'keep no memory of what was there before, so that the run cannot be undone',
  },
  allowEmpty: { kind: 'flag', commands: MAPPING, help: 'nothing to load is fine' },
  restoreFiles: {
    kind: 'flag',
    commands: ['undo'],
    help: 'put the source files back as well that the run moved to an archive',
  },
  allowExtra: {
    kind: 'flag',
    commands: ['verify'],
    help: 'rows that a run loaded and that no source has any more are fine',
  },
  runId: {
    kind: 'text',
    value: 'ID',
    commands: LOADING,
    help: 'name of this run (default: made from the time); one that was killed or failed goes on',
  },
  shard: {
    kind: 'text',
    value: 'K/N',
    commands: ['run'],
    help: 'load one of N parts of a run that N processes share; auto/N: K from JOB_COMPLETION_INDEX; needs --run-id',
  },
} as const satisfies Record<string, OptionSpec>;
