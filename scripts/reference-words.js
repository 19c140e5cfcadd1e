// Words that the code has no place for. The reference fails when they and the code do not name the same things.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './commands.js';

/** By name in `EXIT`: what it means, and what automation should do. */
export const REASONS_TO_EXIT = {
  complete: ['everything is in the database: every file is loaded, or explained by a named rule', 'go on'],
  rejected: [
    'finished; records or files were rejected, files that look like data were not read, or there was nothing to load (`--allow-empty` makes that 0)',
    'look at the report',
  ],
  usage: ['wrong usage or configuration; nothing was done', 'fix the call'],
  badData: ['`--strict` found something, or `--max-errors` stopped the run', 'bad data: do not retry'],
  unavailable: ['database or disk unavailable', 'retry'],
  refused: [
    'the database refuses: schema drift, missing rights, wrong password; or a copy is damaged',
    'needs a person',
  ],
  sourceChanged: ['a source file changed while it was read', 'run again'],
  bug: ['a bug in migrate-json', 'report it'],
  interrupted: ['interrupted (Ctrl-C); the state is consistent', 'run again'],
  terminated: ['interrupted (SIGTERM); the state is consistent', 'run again'],
};

/** What is done about a fault of the database: `Fault` in src/databases/fault.ts. */
export const DECISIONS = {
  retry: 'again',
  reconnect: 'again, on a new connection',
  'reconnect-if-known': 'again, on a new connection; at once an error if there never was one',
  stop: 'the run ends',
  reject: 'the record is rejected',
};

export const WARNINGS = {
  'password-in-arguments':
    'The password is in the command line, which everyone on the machine can read. Use `PGPASSWORD`, `~/.pgpass` or `DATABASE_URL`.',
  'environment-not-used':
    'A variable of libpq names a server, but the target is another: `PGHOST` or `PGDATABASE` without `--to`, or `PGSERVICE`, which is not read.',
  'duplicate-record': 'A record repeats another one. It counts as loaded, its row as unchanged.',
  'states-of-one-time':
    'With `duplicates: { latest: … }`: two states of a record have the same time, or none, and say something else. The last one of the files in their order counts. Once per file, with the number of records.',
  'conflict-decided':
    'A record that another one contradicts counts, because `retry --on-conflict overwrite` loaded it. Told when the file is read; the other one stays in its file.',
  'missing-created-at':
    'Conversations without `created_at`, which the application always wrote: their time is unknown, and so is that of messages that have none of their own. They are loaded with NULL. Once per file, with the number of records.',
  'changed-since-load':
    'The row in the database has a later `updated_at` than the record: the whole record was kept out. `--on-conflict overwrite` loads it.',
  'unknown-reference':
    'A reference with `orphans: set_null` names a row that nobody has: its column is NULL. Each is told.',
  'pattern-without-files':
    'A pattern under `files` that no path under the root matches. Not with `--only`, `--include`, `--exclude` or `--shard`.',
  'dataset-without-records':
    'A declared dataset that names files takes nothing of them: none has records where `records` looks for them, or members on the way there. An empty list is none of these. `scan --explain FILE` says why. Not with `--only`, `--include`, `--exclude` or `--shard`.',
  'member-never-there':
    'A column, or a child table, whose member no record of its dataset has. Told when every file of the dataset was read in this run, with the member that may be meant; also of an export, which leaves out what is NULL.',
  'open-partitions':
    'A table of an application is partitioned, and there may be rows that none of its partitions takes: they are rejects, which a dry run names.',
  'no-key':
    'A table of an application has no key: each file is loaded into it once, and no row is changed. docs/existing-tables.md has the rules.',
  'database-zone':
    'The zone of the server is not UTC, and a column of an application has times without a zone: they are taken for UTC unless `--database-zone` says otherwise.',
  'file-time':
    'Columns from `$file.mtime` of records that say no time themselves: a new row gets the time of their file. Once per file, with the number of records.',
  'database-has-more':
    'The database holds more rows below one, such as messages of a conversation, than the file. They stay.',
  'suspect-token-triple':
    'Counts of tokens that an earlier repair of an LLM proxy made up from the latency. The records are loaded as they are.',
  'plain-key-stored':
    'A JSON column such as `events.payload`, or a setting that is JSON, holds an API key inside of it, under a name such as `api_key`. It is the own text of the application, and stored as it is; of settings `--hash-secrets` stores the SHA-256.',
  'not-read':
    'A file that looks like data and was not read: JSON that no dataset knows, a link, another compression or ending. Exit code 1, unless `ignore`, `--exclude`, `--include` or `--only` leaves it out.',
  'beside-records':
    'Members of a file beside its records, such as the time of an export, are dropped (`envelope`). Lists and maps of records never are.',
  'left-to-last-shard':
    'Files of a shard that may refer to files of other shards, which were not loaded yet. The last shard loads and reports them.',
  'rows-gone':
    'Records of a loaded file have no row any more: the application deleted them. They stay deleted until --reload, and the file is not archived.',
  'not-archived': 'A loaded file is gone or has changed since it was read, so it was not moved. Exit code 6.',
  'zip-not-archived':
    'A root that is a zip file stays where it is: an entry of it is not loaded, was left out, or has lost rows since, or the file has changed (exit code 6).',
  'archived-before':
    'Nothing is left under the root, because the newest run over it, which was killed or interrupted, had loaded and archived every file. This run completes it: exit code 0.',
  'changed-in-archive':
    'Something wrote to a file after it was moved to the archive; what was added is not in the database. Exit code 6.',
  'not-backed-up': 'A file could not be read and is not in the backup. It is not loaded, either.',
  'from-ledger': 'A report of a past run says what the ledger keeps of it, and what not.',
  'removed-old-copy': 'An old backup or archive that `--keep` removed.',
  'backup-same-disk': 'The backup is on the same disk as the sources, be it another partition of it.',
  'backup-ephemeral':
    'The backup is in memory (tmpfs, ramfs), or in the own layer of a container (overlay), and goes with it.',
};

/** Where the code names a warning: `warn('code', …`, a doubt of a function, or the codes of a type of warnings. */
const CALL = /\bwarn\(\s*'([a-z-]+)'|\{ code: '([a-z-]+)', words \}/g;
const TYPE = /interface \w*Warning \{\s*readonly code: ([^;]+);/g;

export function warningCodesIn() {
  const source = join(root, 'src');
  const texts = readdirSync(source, { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(source, path), 'utf8'));
  const called = texts.flatMap((text) => [...text.matchAll(CALL)].map((match) => match[1] ?? match[2]));
  const typed = texts.flatMap((text) =>
    [...text.matchAll(TYPE)].flatMap((match) => match[1].match(/(?<=')[a-z-]+(?=')/g) ?? []),
  );
  return [...new Set([...called, ...typed])];
}
