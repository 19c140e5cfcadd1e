// The text of docs/reference.md, from the program's own declarations. Needs a build.

import { code, heading, importSource, table } from './reference-parts.js';
import { schemaSections } from './reference-schema.js';
import { DECISIONS, REASONS_TO_EXIT, WARNINGS, warningCodesIn } from './reference-words.js';

/** The whole page. Fails where the code declares something that has no words here. */
export async function referencePage() {
  const sections = [
    introduction(),
    await commands(),
    await options(),
    configFiles(),
    await exitCodes(),
    await errors(),
    await faults(),
    await rejects(),
    await repairs(),
    await dropRules(),
    warnings(),
    await unrecognised(),
    await datasets(),
    ...(await schemaSections()),
  ];
  return `${sections.join('\n\n')}\n`;
}

function introduction() {
  return `# Reference

Generated from the code by \`npm run docs\`: change the code, not this page. What the rules mean together is in
[rules.md](rules.md).`;
}

async function commands() {
  const { createProgram } = await importSource('cli/program.ts');
  const leaves = leavesOf(createProgram(() => undefined));
  const rows = leaves.map((command) => [code(usageOf(command)), command.description(), ownOptions(command)]);
  const names = leaves.map((command) => nameOf(command));
  return `${heading('Commands')}

${table(['command', 'what it does', 'options of its own'], rows)}

\`migrate-json\` without a command is \`migrate-json run\`. ${names.length} commands; each prints its options with \`--help\`.`;
}

/** The commands that do something and that the help shows. */
export function leavesOf(program) {
  const shown = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => program.commands.includes(command));
  return shown.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
}

export function nameOf(command) {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

function usageOf(command) {
  const words = command.registeredArguments.map((argument) => `[${argument.name()}]`);
  return [nameOf(command), ...words].join(' ');
}

/** Those that no other command has. */
function ownOptions(command) {
  const own = command.options.filter((option) => option.helpGroupHeading === undefined);
  return own
    .map((option) => `${code(option.flags)} ${option.description}: ${option.argChoices?.join(', ')}`)
    .join('; ');
}

async function options() {
  const { OPTION_GROUPS, kebab, environmentName } = await importSource('settings/options.ts');
  const rowOf = ([key, option]) => [
    code(flagOf(key, option, kebab)),
    code(environmentName(key)),
    code(key),
    option.default === undefined ? '' : code(String(option.default)),
    option.commands.join(', '),
    meaningOf(option),
  ];
  const columns = ['option', 'environment', 'config key', 'default', 'commands', 'meaning'];
  const tables = Object.entries(OPTION_GROUPS).map(
    ([group, options]) => `### ${capital(group)}\n\n${table(columns, Object.entries(options).map(rowOf))}`,
  );
  return `${heading('Options')}

The command line wins over the environment, that over the config file, that over the default. An unknown key, also an
unknown variable that begins with \`MIGRATE_JSON_\`, is an error; all problems are reported at once. In the environment
and in config files a flag is \`true\` or \`false\`; \`--no-progress\` is \`progress: false\`. A list is one option
several times, or values with commas between them.

${tables.join('\n\n')}`;
}

function configFiles() {
  return `${heading('Config files')}

\`migrate-json.config.yaml\`, or \`.json\`, \`.ts\` or \`.js\` with a default export, in the directory in which the program is started, or the
file that \`--config\` names. It holds options by their config keys, and what the data is: \`datasets\` and \`tables\`, in the language of
[declarations.md](declarations.md). \`root\` is the directory with the data, from the folder of the config file, for commands that name
none. \`migrate-json init\` proposes it. The package has a schema for editors, which complete and check
what is written, and say what each key means:

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/@migrate-json/cli/migrate-json.schema.json
naiveTime: Europe/Berlin
datasets: ./datasets/*.yaml
ignore: ["package.json", "tmp/**"]
\`\`\`

In JSON the key \`$schema\` names it. \`datasets\` are maps by name, or files: a glob or a list of globs, relative to the config file. Files
of datasets lie in its folder or below, have the endings of config files, and hold \`datasets\` and \`tables\` by name, as a config file does, and no options;
each dataset and each table stands in one of them. Files of functions that they name are relative to the config file, too.

YAML is plain data of YAML 1.2 (core): no tags, directives, merge keys, repeated keys and second documents, at most 100 aliases, at
most 1 MiB. Numbers keep their text: \`007\`, \`1.10\` and whole numbers beyond 2^53 have to be quoted, and in braces so have types with a
comma: \`{ type: "decimal(12,2)" }\`. In JSON the same holds for numbers and repeated keys.

All mistakes are told at once, a line for each, with the place of the key: \`path:line:column  datasets.orders.columns.total: what is wrong\`.
A config in TypeScript or JavaScript has no lines. Values are not told, as they may be secrets.`;
}

function meaningOf({ help, choices = [] }) {
  return choices.every((choice) => help.includes(choice)) ? help : `${help} (${choices.join(', ')})`;
}

function flagOf(key, option, kebab) {
  const name = option.kind === 'negated-flag' ? `--no-${kebab(key)}` : `--${kebab(key)}`;
  return [option.short ? `-${option.short}, ` : '', name, option.value ? ` ${option.value}` : ''].join('');
}

export async function exitCodes() {
  return `${heading('Exit codes')}\n\n${await exitCodeTable()}`;
}

export async function exitCodeTable() {
  const { EXIT } = await importSource('errors.ts');
  const rows = Object.entries(EXIT).map(([name, number]) => [
    String(number),
    ...worded(REASONS_TO_EXIT, name, 'exit code'),
  ]);
  return table(['exit', 'meaning', 'what automation should do'], rows);
}

function worded(words, name, kind) {
  if (words[name] === undefined) throw new Error(`scripts/reference-words.js has no words for the ${kind} ${name}`);
  return words[name];
}

async function errors() {
  const { ERRORS } = await importSource('errors.ts');
  const rows = Object.entries(ERRORS).map(([name, { exit, hint }]) => [code(name), String(exit), hint]);
  return `${heading('Errors')}

What ends a run. In the report: \`error.code\`. Some places give a more precise hint than the one here.

${table(['code', 'exit', 'hint'], rows)}`;
}

async function faults() {
  const { ERRORS } = await importSource('errors.ts');
  const { POSTGRES_FAULTS } = await importSource('databases/postgres/faults.ts');
  const { SQLITE_FAULTS } = await importSource('databases/sqlite/faults.ts');
  const rowsOf = (product, declared) =>
    Object.entries(declared).map(([name, { what, decision, error, hint }]) => [
      product,
      code(name),
      what,
      worded(DECISIONS, decision, 'decision'),
      error === undefined ? code('database-refused') : code(error),
      String(error === undefined ? 1 : ERRORS[error].exit),
      hint ?? ERRORS[error]?.hint ?? '',
    ]);
  const rows = [...rowsOf('PostgreSQL', POSTGRES_FAULTS), ...rowsOf('SQLite', SQLITE_FAULTS)];
  return `${heading('Faults of the database')}

What a driver reports and what is done about it. A SQLSTATE of two characters is a class. “Again” means up to six times
within about eight seconds, each time after the ledger was asked whether the work was done already; then the error ends the
run. Any other SQLSTATE is \`database-refused\`, exit code 5. A server that is silent for as long as a connection may take
(10 s, or \`connect_timeout\` of the URL) is asked on a second connection whether it is still at work: a long statement or
the lock of another session is waited for, a network that swallows everything is not.

${table(['database', 'code', 'what is wrong', 'what is done', 'error', 'exit', 'hint'], rows)}`;
}

async function rejects() {
  const { REJECT_CODES } = await importSource('reject.ts');
  const rows = Object.entries(REJECT_CODES).map(([name, hint]) => [code(name), hint]);
  return `${heading('Reject codes')}

Why a record, or a file as a whole, was not loaded. In the report: \`files[].rejects[].code\`.

${table(['code', 'hint'], rows)}`;
}

async function dropRules() {
  const { DROP_RULES } = await importSource('datasets/account.ts');
  const rows = Object.entries(DROP_RULES).map(([name, description]) => [code(name), description]);
  return `${heading('What is dropped')}

Members of a record that loads and that are kept nowhere, by rule. In the report: \`files[].dropped\`.

${table(['rule', 'what'], rows)}`;
}

async function repairs() {
  const { REPAIRS } = await importSource('datasets/repairs.ts');
  const rows = Object.entries(REPAIRS).map(([name, { automatic, description }]) => [
    code(name),
    automatic ? 'automatic' : `only with ${code(`--repair ${name}`)}`,
    description,
  ]);
  return `${heading('Repairs')}

A record that is loaded after a named, counted change. In the report: \`files[].repairs\`. \`--strict\` makes each a reject.

${table(['name', 'when', 'what'], rows)}`;
}

function warnings() {
  const declared = Object.keys(WARNINGS).toSorted();
  const found = warningCodesIn().toSorted();
  if (String(declared) !== String(found)) {
    throw new Error(`the warnings in scripts/reference-words.js are ${declared}; those in src are ${found}`);
  }
  return `${heading('Warnings')}

What somebody should know although nothing was rejected. In the report: \`warnings[].code\`. No warning changes the exit
code by itself.

${table(
  ['code', 'meaning'],
  Object.entries(WARNINGS).map(([name, meaning]) => [code(name), meaning]),
)}`;
}

async function unrecognised() {
  const { UNRECOGNISED } = await importSource('datasets/recognise.ts');
  const rows = Object.entries(UNRECOGNISED).map(([name, meaning]) => [code(name), meaning]);
  return `${heading('Files that are not data')}

The \`reason\` of a file with the status \`unrecognised\`. With \`--strict\` a file of \`unknown-shape\` is a reject.

${table(['reason', 'meaning'], rows)}`;
}

async function datasets() {
  const { builtInRegistry } = await importSource('recipes/registry.ts');
  const { datasets: all } = builtInRegistry();
  const rows = all.map(({ name, description, tables }) => [
    code(name),
    description,
    tables.map((each) => code(each.name)).join(', '),
  ]);
  return `${heading('Datasets')}

Those that the program knows by itself, where no config file declares \`datasets\`, in the order in which they are tried. \`--only\` takes
these names, or those of the declared ones.

${table(['dataset', 'what it is', 'tables'], rows)}

Which members of a record fill which column; \`*\` is any index or name. The first is the reference spelling. Every other member
goes to \`extra\`. What your own files hold: \`migrate-json scan --fields\`.

${table(['column', 'members'], all.flatMap(memberRows))}`;
}

function memberRows({ destinations }) {
  const columns = [...destinations].filter(([, destination]) => destination.includes('.'));
  return [...Map.groupBy(columns, ([, destination]) => destination)].map(([destination, members]) => [
    code(destination),
    members.map(([pointer]) => code(pointer)).join(', '),
  ]);
}

function capital(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
