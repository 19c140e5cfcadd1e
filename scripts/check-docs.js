// Checks that the documentation tells the truth: help texts, the reference and the tables equal what the program says,
// examples their files, named scripts and linked files exist, the man page and the schema of config files are the declared ones, and every command, option,
// code and dataset that is declared is named and nothing else is. `--write` puts in what the program says now.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { ensureReady } from './build.js';
import { environment, pinnedNode, root } from './commands.js';
import { configSchema } from './config-schema.js';
import { withConstructs } from './declarations-page.js';
import { declaredNames, missingNames, unknownNames } from './declared-names.js';
import { manPage } from './man-page.js';
import { exitCodeTable, referencePage } from './reference.js';
import { tablesPage } from './tables-page.js';

const REQUIRED = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
/** `<!-- help:run -->` … `<!-- /help -->` holds the output of `migrate-json run --help`. */
const HELP_BLOCK = /<!-- help:([a-z ]+) -->\n[\s\S]*?<!-- \/help -->/g;
/** `<!-- exit-codes -->` … `<!-- /exit-codes -->` holds the table of the reference. */
const EXIT_BLOCK = /<!-- exit-codes -->\n[\s\S]*?<!-- \/exit-codes -->/g;
/** `<!-- file:examples/migrate.mjs -->` … `<!-- /file -->` holds that file. */
const FILE_BLOCK = /<!-- file:([\w./-]+) -->\n[\s\S]*?<!-- \/file -->/g;
const REFERENCE = join('docs', 'reference.md');
const TABLES = join('docs', 'tables.md');
const LANGUAGE = join('docs', 'declarations.md');
const CONFIG_SCHEMA = 'migrate-json.schema.json';
const MAN_PAGE = join('man', 'migrate-json.1');
/** Scripts that npm has without their being named in package.json. */
const NPM_COMMANDS = new Set(['ci', 'install', 'audit']);

const write = process.argv.includes('--write');

function documents() {
  const below = existsSync(join(root, 'docs')) ? readdirSync(join(root, 'docs'), { recursive: true }) : [];
  return [...REQUIRED, ...below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
}

function problemsIn(name, exitTable, declared) {
  if (!existsSync(join(root, name))) return [`${name} does not exist`];
  const text = readFileSync(join(root, name), 'utf8');
  const problems = [
    ...unknownScripts(text),
    ...brokenLinks(name, text),
    ...unknownNames(text, declared),
    ...outdatedBlocks(name, text, exitTable),
  ];
  return problems.map((problem) => `${name}: ${problem}`);
}

function unknownScripts(text) {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [...text.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)].map((match) => match[1]);
  return [...new Set(named)]
    .filter((script) => !(script in scripts) && !NPM_COMMANDS.has(script))
    .map((script) => `there is no npm script "${script}"`);
}

function brokenLinks(name, text) {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1])
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(name), target)))
    .map((target) => `the link to ${target} leads nowhere`);
}

function outdatedBlocks(name, text, exitTable) {
  const current = text
    .replace(HELP_BLOCK, (_block, command) => helpBlock(command))
    .replace(FILE_BLOCK, (_block, path) => fileBlock(path))
    .replace(EXIT_BLOCK, () => `<!-- exit-codes -->\n\n${exitTable}\n\n<!-- /exit-codes -->`);
  return outdated(name, text, current);
}

function outdatedPage(name, page) {
  const path = join(root, name);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return outdated(name, text, page).map((problem) => `${name}: ${problem}`);
}

function outdated(name, text, current) {
  if (current === text) return [];
  if (!write) return ['it does not say what the program says: npm run docs'];
  writeFileSync(join(root, name), current);
  console.log(`${name}: updated`);
  return [];
}

function helpBlock(command) {
  return `<!-- help:${command} -->\n\n\`\`\`text\n${help(command.split(' '))}\n\`\`\`\n\n<!-- /help -->`;
}

function fileBlock(path) {
  const language = { '.mjs': 'js', '.yml': 'yaml' }[extname(path)] ?? '';
  const text = readFileSync(join(root, path), 'utf8').trimEnd();
  return `<!-- file:${path} -->\n\n\`\`\`${language}\n${text}\n\`\`\`\n\n<!-- /file -->`;
}

function help(command) {
  const { NO_COLOR, FORCE_COLOR, ...plain } = environment();
  const program = [
    join(root, 'bin', 'migrate-json.js'),
    ...command.filter((word) => word !== 'migrate-json'),
    '--help',
  ];
  const done = spawnSync(pinnedNode(), program, { encoding: 'utf8', env: { ...plain, NO_COLOR: '1' } });
  if (done.status !== 0)
    throw new Error(`${command.join(' ')} --help ended with exit code ${done.status}: ${done.stderr.trim()}`);
  return done.stdout.trimEnd();
}

async function check() {
  const ready = ensureReady();
  if (ready !== 0) return ready;
  const exitTable = await exitCodeTable();
  const declared = await declaredNames();
  const problems = [
    ...outdatedPage(REFERENCE, await referencePage()),
    ...outdatedPage(TABLES, await tablesPage()),
    ...outdatedPage(LANGUAGE, await withConstructs(readFileSync(join(root, LANGUAGE), 'utf8'))),
    ...outdatedPage(MAN_PAGE, await manPage()),
    ...outdatedPage(CONFIG_SCHEMA, await configSchema()),
    ...missingNames(readFileSync(join(root, 'README.md'), 'utf8'), declared),
    ...documents().flatMap((name) => problemsIn(name, exitTable, declared)),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`${documents().length} documents checked`);
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await check();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
