// Checks that the documentation tells the truth: help texts equal the program's own, named scripts and linked files exist.
// `--write` puts the current help texts in.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureReady } from './build.js';
import { environment, pinnedNode, root } from './commands.js';

const REQUIRED = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
/** `<!-- help:run -->` … `<!-- /help -->` holds the output of `migrate-json run --help`. */
const HELP_BLOCK = /<!-- help:([a-z ]+) -->\n[\s\S]*?<!-- \/help -->/g;
/** Scripts that npm has without their being named in package.json. */
const NPM_COMMANDS = new Set(['ci', 'install']);

const write = process.argv.includes('--write');

function documents() {
  const below = existsSync(join(root, 'docs')) ? readdirSync(join(root, 'docs'), { recursive: true }) : [];
  return [...REQUIRED, ...below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
}

function problemsIn(name) {
  if (!existsSync(join(root, name))) return [`${name} does not exist`];
  const text = readFileSync(join(root, name), 'utf8');
  return [...unknownScripts(text), ...brokenLinks(name, text), ...outdatedHelp(name, text)].map(
    (problem) => `${name}: ${problem}`,
  );
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

function outdatedHelp(name, text) {
  const current = text.replace(HELP_BLOCK, (_block, command) => helpBlock(command));
  if (current === text) return [];
  if (!write) return ['a help text is not the one of the program: npm run docs'];
  writeFileSync(join(root, name), current);
  console.log(`${name}: help texts updated`);
  return [];
}

function helpBlock(command) {
  return `<!-- help:${command} -->\n\n\`\`\`text\n${help(command.split(' '))}\n\`\`\`\n\n<!-- /help -->`;
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

function check() {
  const ready = ensureReady();
  if (ready !== 0) return ready;
  const problems = documents().flatMap(problemsIn);
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`${documents().length} documents checked`);
  return problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = check();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
