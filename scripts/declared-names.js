// Commands, options, codes and datasets: what the documents must name, and what they may name.

import { leavesOf, nameOf } from './reference.js';
import { importSource } from './reference-parts.js';
import { WARNINGS } from './reference-words.js';

/** Options of other programs that the documents tell to use, and of scripts of this repository. */
const FOREIGN_OPTIONS = [
  '--no-install',
  '--help',
  ...['--file', '--tag', '--rm', '--read-only', '--tmpfs', '--cap-drop', '--volume', '--env'],
  '--check',
  '--no-tests',
  '--retries',
  '--from-literal',
  '--for',
  '--timeout',
  '--prefix',
  '--ignore-scripts',
  ...['--health-cmd', '--health-interval', '--health-retries', '--pk'],
];

/** Words with a dash that are no codes: names of programs, of files, and values of options. */
const FOREIGN_WORDS = [
  ...['migrate-json', 'age-keygen', 'migrate-json-snapshots', 'own-events', 'schema-changes'],
  ...['row-codec', 'row-undo', 'row-source', 'linked-key', 'stored-rows', 'open-webui'],
  ...['verify-full', 'verify-ca', 'max-errors'],
];

export async function declaredNames() {
  const { createProgram } = await importSource('cli/program.ts');
  const { EXAMPLES } = await importSource('cli/examples.ts');
  const { builtInRegistry } = await importSource('recipes/registry.ts');
  const { datasets } = builtInRegistry();
  const program = createProgram(() => undefined);
  const commands = new Map(leavesOf(program).map((leaf) => [nameOf(leaf), leaf.options.map(({ long }) => long)]));
  const options = new Set([...commands.values()].flat());
  return { commands, options, codes: await codes(), datasets: datasets.map(({ name }) => name), examples: EXAMPLES };
}

/** Every slug that a report or a message can hold. */
async function codes() {
  const declared = [
    ['errors.ts', 'ERRORS'],
    ['reject.ts', 'REJECT_CODES'],
    ['datasets/repairs.ts', 'REPAIRS'],
    ['datasets/account.ts', 'DROP_RULES'],
    ['reporters/html/charts.ts', 'STATUSES'],
    ['datasets/recognise.ts', 'UNRECOGNISED'],
    ['schema/comparison/differences.ts', 'DIFFERENCES'],
    ['databases/postgres/faults.ts', 'POSTGRES_FAULTS'],
    ['databases/sqlite/faults.ts', 'SQLITE_FAULTS'],
  ];
  const names = await Promise.all(declared.map(async ([path, name]) => Object.keys((await importSource(path))[name])));
  return new Set([...names.flat(), ...Object.keys(WARNINGS)]);
}

/** What a document names that is not there. */
export function unknownNames(text, { commands, options, codes }) {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([block]) => block);
  const named = (pattern) => [
    ...new Set(code.flatMap((block) => [...block.matchAll(pattern)].map((match) => match[1]))),
  ];
  const groups = [...commands.keys()].flatMap((name) => [name, name.split(' ')[0]]);
  return [
    ...named(/(?<![\w-])(--[a-z][a-z-]*[a-z])(?![\w-])/g)
      .filter((option) => !options.has(option) && !FOREIGN_OPTIONS.includes(option))
      .map((option) => `there is no option ${option}`),
    ...named(/\bmigrate-json ((?:schema |snapshot )?[a-z]+)(?![\w./:-])/g)
      .filter((command) => !groups.includes(command))
      .map((command) => `there is no command ${command}`),
    ...named(/^`([a-z]+(?:-[a-z]+)+)`$/g)
      .filter((word) => !codes.has(word) && !FOREIGN_WORDS.includes(word))
      .map((word) => `there is no code ${word}`),
  ];
}

/** What the README must name, in its tables, and what the help must show. */
export function missingNames(readme, { commands, datasets, examples }) {
  const cells = [...readme.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1]);
  const inCommands = cells.flatMap((cell) =>
    [...cell.matchAll(/`([a-z ]+?)(?: [^a-z`][^`]*)?`/g)].map((match) => match[1]),
  );
  const inDatasets = cells.flatMap((cell) => cell.split(', '));
  return [
    ...[...commands.keys()]
      .filter((name) => !inCommands.includes(name))
      .map((name) => `README.md: the table of commands lacks ${name}`),
    ...datasets
      .filter((name) => !inDatasets.includes(name))
      .map((name) => `README.md: the table of datasets lacks ${name}`),
    ...[...commands].flatMap(([name, options]) => exampleProblems(name, options, examples[name] ?? [])),
  ];
}

function exampleProblems(name, options, examples) {
  if (examples.length === 0) return [`src/cli/examples.ts: ${name} has no example`];
  const lines = examples.map(([line]) => line);
  const unknown = lines.flatMap((line) => line.match(/--[a-z-]+/g) ?? []).filter((option) => !options.includes(option));
  return [
    ...lines.filter((line) => !line.startsWith(name)).map((line) => `src/cli/examples.ts: ${line} is no ${name}`),
    ...unknown.map((option) => `src/cli/examples.ts: ${name} has no option ${option}`),
  ];
}
