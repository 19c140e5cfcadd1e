/** Exit codes, as scripts rely on them. docs/reference.md is generated from this table. */
export const EXIT = {
  complete: 0,
  rejected: 1,
  usage: 2,
  badData: 3,
  unavailable: 4,
  refused: 5,
  sourceChanged: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a run ended. */
export type RunStatus = 'complete' | 'partial' | 'failed' | 'interrupted';

/** Everything that ends a run, by stable code: the exit code and what the user can do. */
export const ERRORS = {
  usage: { exit: EXIT.usage, hint: 'Run `migrate-json --help` for the commands and options.' },
  'invalid-option': { exit: EXIT.usage, hint: 'Run `migrate-json run --help` for the options and their values.' },
  'invalid-config': { exit: EXIT.usage, hint: 'Correct the file, or name another one with --config.' },
  'invalid-target': {
    exit: EXIT.usage,
    hint: 'Use postgres://user@host/database, sqlite:PATH or a path that ends in .db, .sqlite or .sqlite3.',
  },
  'plaintext-refused': {
    exit: EXIT.usage,
    hint: 'Add ?sslmode=require (or verify-full) to the URL, or accept the risk with --allow-plaintext.',
  },
  'root-missing': {
    exit: EXIT.usage,
    hint: 'Name the directory, or the zip file, that holds the legacy JSON files. One that a run with --archive has loaded is in its archive: see `migrate-json runs`.',
  },
  'root-not-directory': {
    exit: EXIT.usage,
    hint: 'Name the directory that holds the file, and choose the file with --include.',
  },
  'not-a-source': {
    exit: EXIT.usage,
    hint: 'Name a file below the directory of the sources, from here or from there.',
  },
  'not-confirmed': {
    exit: EXIT.usage,
    hint: 'Nothing was changed. Run the same command with --yes, or on a terminal, where it asks.',
  },
  'output-exists': { exit: EXIT.usage, hint: 'Choose another directory, or move the existing one away.' },
  'rejects-corrected': {
    exit: EXIT.usage,
    hint: 'Load what was corrected with `migrate-json retry DIR`, or name another --run-id and another --rejects.',
  },
  'not-rejects': { exit: EXIT.usage, hint: 'Name a directory that --rejects wrote, with all that is in it.' },
  'run-not-ended': {
    exit: EXIT.usage,
    hint: 'A run that is at work, or that was killed, has no report. `migrate-json runs RUN` lists what it did with each file.',
  },
  'run-ended': {
    exit: EXIT.usage,
    hint: 'Give another --run-id, or none: what is loaded is skipped.',
  },
  'unknown-dataset': {
    exit: EXIT.usage,
    hint: 'The ledger or a directory of rejects names it. Use the version of the program, or the configuration, that knows it.',
  },
  'unknown-run': { exit: EXIT.usage, hint: 'List the runs with `migrate-json runs`.' },
  'not-undoable': { exit: EXIT.usage, hint: 'Run the same load again: the files of an undone run are loaded again.' },
  'not-this-run': {
    exit: EXIT.usage,
    hint: 'Give every shard the same --run-id and N; another N, or no shards, is another run with a --run-id of its own.',
  },
  'disk-full': {
    exit: EXIT.unavailable,
    hint: 'Free some space and run the same command again. Nothing that was committed is lost.',
  },
  'disk-failed': {
    exit: EXIT.unavailable,
    hint: 'Check the path, its rights and the disk, then run the same command again.',
  },
  'database-unavailable': {
    exit: EXIT.unavailable,
    hint: 'Check that the server runs and that host and port are right, then run the same command again.',
  },
  'database-busy': {
    exit: EXIT.unavailable,
    hint: 'Another program holds a lock. Run the same command again when it is done.',
  },
  'authentication-failed': {
    exit: EXIT.refused,
    hint: 'Check user, password (PGPASSWORD, ~/.pgpass) and the rights of the role.',
  },
  'database-refused': {
    exit: EXIT.refused,
    hint: 'The message names what the database does not do. Ask its administrator.',
  },
  'not-a-database': {
    exit: EXIT.refused,
    hint: 'Choose a path that holds a SQLite database, or one that does not exist yet.',
  },
  'schema-drift': {
    exit: EXIT.refused,
    hint: 'Run `migrate-json schema check` to see every difference and what removes it.',
  },
  'ledger-unclear': {
    exit: EXIT.refused,
    hint: 'Look at the runs that each of them tells of, and drop or rename the tables of the one that is not needed.',
  },
  'not-adoptable': {
    exit: EXIT.refused,
    hint: 'Do what it says at each, or leave the table out with --only. Nothing was changed.',
  },
  'step-failed': {
    exit: EXIT.refused,
    hint: 'Nothing of this step was changed. Run `migrate-json schema status` to see which steps were taken.',
  },
  'copy-exists': {
    exit: EXIT.refused,
    hint: 'If it is not needed any more, drop it with `migrate-json schema cleanup --yes`.',
  },
  'copy-broken': {
    exit: EXIT.refused,
    hint: 'Take the rows from a backup of the database. Nothing was changed.',
  },
  'program-missing': {
    exit: EXIT.refused,
    hint: "Install PostgreSQL's client programs, of the version of the server or a newer one, or name their directory with --pg-bin DIR. schema upgrade also goes without a snapshot: --no-snapshot.",
  },
  'unknown-snapshot': { exit: EXIT.usage, hint: 'List the snapshots with `migrate-json snapshot list`.' },
  'no-copy': {
    exit: EXIT.usage,
    hint: 'Name a directory that run --backup or --archive wrote: it holds migrate-json-manifest.json.',
  },
  'copy-damaged': {
    exit: EXIT.refused,
    hint: 'Nothing was written. Restore another copy, or take by hand what is whole of this one.',
  },
  'copy-unsafe': {
    exit: EXIT.refused,
    hint: 'Nothing was written. migrate-json makes no such copy: find out who changed it, and what it was meant to write.',
  },
  'target-differs': {
    exit: EXIT.refused,
    hint: 'Nothing was written. Move these files away, or restore beside them with --into DIR.',
  },
  'identity-needed': {
    exit: EXIT.usage,
    hint: 'The copies are encrypted: name the file of the private key with --identity FILE.',
  },
  'wrong-identity': {
    exit: EXIT.refused,
    hint: 'Nothing was written. Name the file with the private half of the key that --encrypt-to was given.',
  },
  'nothing-to-roll-back': {
    exit: EXIT.refused,
    hint: 'Only tables that schema upgrade adopted have a former shape, until schema cleanup drops the copies.',
  },
  'rows-would-vanish': {
    exit: EXIT.refused,
    hint: 'Save the rows elsewhere if they are needed, then give --yes.',
  },
  'copies-needed': {
    exit: EXIT.refused,
    hint: 'Look at it with `migrate-json schema check` and `migrate-json schema status`, or give --yes.',
  },
  'target-held': {
    exit: EXIT.unavailable,
    hint: 'Wait until it has ended, and run the same command again. If it is dead, the next run starts by itself after ten seconds.',
  },
  'lease-lost': {
    exit: EXIT.unavailable,
    hint: 'It gave no sign of life for ten seconds and another run has taken over. What was committed stays: look at `migrate-json runs`.',
  },
  'later-run': { exit: EXIT.refused, hint: 'Undo the later run first.' },
  'not-remembered': {
    exit: EXIT.refused,
    hint: 'Its rows cannot be told from others. Restore a snapshot or the backup of the database instead.',
  },
  'source-changed': {
    exit: EXIT.sourceChanged,
    hint: 'Stop the program that writes to the source and run the same command again.',
  },
  interrupted: { exit: EXIT.interrupted, hint: 'What was committed stays. Run the same command again to finish.' },
  bug: { exit: EXIT.bug, hint: 'Please report it, with the output of the same command and --debug.' },
} as const satisfies Record<string, { exit: ExitCode; hint: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A reason why a run cannot go on. Its message is one line, names the subject and never holds a secret, whatever was typed. */
export class MigrateError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(withoutPasswords(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MigrateError';
    this.code = code;
    this.exitCode = ERRORS[code].exit;
    this.hint = withoutPasswords(options.hint ?? ERRORS[code].hint);
  }
}

/** The code of a Node or driver error (`ENOENT`, `23505`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return undefined;
}

/** The text with `***` in place of what stands before the host of a URL together with a password, and of passwords that it has as parameters. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/([a-z][\w+.-]*:\/\/)[^\s]*:[^\s]*@/gi, '$1***@')
    .replaceAll(/\b(password=)('[^']*'|[^&\s]+)/gi, '$1***');
}
