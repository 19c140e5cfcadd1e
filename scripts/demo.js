// `npm run demo`: from a fresh clone to a migrated SQLite database, with nothing installed beforehand.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureReady } from './build.js';
import { environment, root, runNode } from './commands.js';

const output = join(root, 'demo-output');
/** Only a directory that holds this file is wiped. */
const marker = join(output, '.made-by-npm-run-demo');
const database = join('demo-output', 'demo.db');
const command = ['run', 'fixtures/demo', '--to', database];
const backup = ['--backup', '--backup-dir', join('demo-output', 'backup')];

/** Exit code 1: finished, and some records were rejected. */
const FINISHED_WITH_REJECTS = 1;

function main() {
  const ready = ensureReady();
  if (ready !== 0) return ready;
  if (!existsSync(join(root, 'fixtures', 'demo'))) return fail('fixtures/demo is missing: is the clone complete?');
  if (!prepareOutput()) return fail('demo-output holds files that the demo did not make. Move them away first.');

  console.log(`\n$ npx --no-install migrate-json ${[...command, ...backup].join(' ')}\n`);
  const code = runNode(['bin/migrate-json.js', ...command, ...backup], { env: ownEnvironment() });
  if (code !== FINISHED_WITH_REJECTS) {
    return fail(
      `The run ended with exit code ${code}; the demo expects ${FINISHED_WITH_REJECTS}, for its bad records.`,
    );
  }
  if (!existsSync(join(root, database))) return fail(`The run finished, but ${database} does not exist.`);
  console.log(whatNext());
  return 0;
}

function prepareOutput() {
  if (existsSync(output) && readdirSync(output).length > 0) {
    if (!existsSync(marker)) return false;
    rmSync(output, { recursive: true });
  }
  mkdirSync(output, { recursive: true });
  writeFileSync(marker, 'npm run demo wipes this directory.\n');
  return true;
}

/** The demo shows the defaults, whatever the environment of the developer sets, and is called as it says: through npx. */
function ownEnvironment() {
  const given = Object.entries(environment()).filter(([name]) => !name.startsWith('MIGRATE_JSON_'));
  return { ...Object.fromEntries(given), npm_command: 'exec' };
}

function fail(message) {
  console.error(`\nThe demo failed. ${message}`);
  return 1;
}

function whatNext() {
  return `
That was exit code 1, as it should be: fixtures/demo contains a few bad records on purpose. Every good record is
in ${database}; every bad one is listed above with its file, its place and what to do.
The source files were copied to ${join('demo-output', 'backup')} first.

Try next:

  Run it again: nothing changes, no row is doubled
    npx --no-install migrate-json ${command.join(' ')}

  Only look: what would be loaded, without writing anything
    npx --no-install migrate-json run fixtures/demo --to demo-output/other.db --dry-run

  What each file was taken for, and why; what is wrong with the records; what was run
    npx --no-install migrate-json scan fixtures/demo
    npx --no-install migrate-json validate fixtures/demo
    npx --no-install migrate-json runs --to ${database}

  Look at the rows
    ${queryCommand('SELECT title, count(*) AS messages FROM conversations c JOIN messages m ON m.conversation_id = c.id GROUP BY c.id LIMIT 5')}

  Load into PostgreSQL instead (the password from PGPASSWORD or ~/.pgpass)
    npx --no-install migrate-json run fixtures/demo --to postgres://user@localhost/database
`;
}

/** The sqlite3 program where it is installed, else the library that is here anyway. */
function queryCommand(sql) {
  const hasProgram = spawnSync('sqlite3', ['-version'], { stdio: 'ignore' }).status === 0;
  if (hasProgram) return `sqlite3 -box ${database} "${sql}"`;
  return `npx node -e "console.table(require('better-sqlite3')('${database}').prepare('${sql}').all())"`;
}

process.exitCode = main();
