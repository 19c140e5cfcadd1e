import type { Command, Option } from 'commander';
import type { Registry } from '../../datasets/registry.ts';
import { REPAIRS } from '../../datasets/repairs.ts';
import { PROPOSED_NAMES } from '../../recipes/proposed.ts';
import { RECIPE_NAMES } from '../../recipes/recipes.ts';
import { OPTIONS, type OptionSpec } from '../../settings/options.ts';

/** What can stand behind an option or a command: one of these words, or what the shell or the program knows. */
export type Completed = 'nothing' | 'text' | 'file' | 'directory' | 'runs' | 'snapshots' | readonly string[];

export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly value: Completed;
}

export interface CompletedCommand {
  /** `schema upgrade`; a group such as `schema` has none of its own. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly argument: Completed;
}

type Values = Readonly<Record<string, readonly string[]>>;

/** By option: values that are declared elsewhere. */
const valuesOf = ({ datasets }: Registry): Values => ({
  only: datasets.map(({ name }) => name),
  recipe: RECIPE_NAMES,
  repair: Object.keys(REPAIRS).filter((name) => !REPAIRS[name as keyof typeof REPAIRS].automatic),
});

/** By placeholder of the value: see `OptionSpec.value`. */
const PLACEHOLDERS: Readonly<Record<string, Completed>> = {
  DIR: 'directory',
  PATH: 'file',
  FILE: 'file',
  GLOB: 'file',
  URL: 'file',
};

/** By name of the argument. */
const ARGUMENTS: Readonly<Record<string, Completed>> = {
  root: 'directory',
  directory: 'directory',
  run: 'runs',
  snapshot: 'snapshots',
  name: [...RECIPE_NAMES, ...PROPOSED_NAMES],
};

/** Every command that the help shows, with what can be typed behind it. */
export function completedCommands(program: Command, registry: Registry): readonly CompletedCommand[] {
  const values = valuesOf(registry);
  return visible(program).flatMap((command) =>
    command.commands.length === 0
      ? [completed(command, command.name(), values)]
      : visible(command).map((inner) => completed(inner, `${command.name()} ${inner.name()}`, values)),
  );
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter(({ parent }) => parent !== null);
}

function completed(command: Command, name: string, values: Values): CompletedCommand {
  const [argument] = command.registeredArguments;
  return {
    name,
    description: command.description(),
    options: command.options.map((option) => completedOption(option, values)),
    argument: argument === undefined ? 'nothing' : (argument.argChoices ?? ARGUMENTS[argument.name()] ?? 'text'),
  };
}

function completedOption(option: Option, values: Values): CompletedOption {
  const { long, short, description } = option;
  return { long: long ?? '', short, description: brief(description), value: completionOf(option, values) };
}

function completionOf(option: Option, values: Values): Completed {
  if (!option.required) return 'nothing';
  const name = option.attributeName();
  const spec: OptionSpec | undefined = OPTIONS[name as keyof typeof OPTIONS];
  return option.argChoices ?? spec?.choices ?? values[name] ?? PLACEHOLDERS[spec?.value ?? ''] ?? 'text';
}

/** What comes before the details. */
function brief(description: string): string {
  return description.split(/: |;| \(/)[0] ?? '';
}

/** What can be typed behind the name of a command or a group: the words of the group, or the options. '' is no command. */
export function groupsOf(commands: readonly CompletedCommand[]): Map<string, string[]> {
  const groups = new Map<string, string[]>([['', []]]);
  for (const { name, options } of commands) {
    const [group = '', inner] = name.split(' ');
    if (!groups.has(group)) groups.get('')?.push(group);
    if (inner !== undefined) groups.set(group, [...(groups.get(group) ?? []), inner]);
    groups.set(name, [...options.map(({ long }) => long), '--help']);
  }
  return groups;
}

/** Every option that takes a value, short and long, by what it takes: the same option takes the same everywhere. */
export function optionsByValue(commands: readonly CompletedCommand[]): [value: Completed, names: string[]][] {
  const values = new Map<string, Completed>();
  for (const { long, short, value } of commands.flatMap(({ options }) => options)) {
    if (value === 'nothing') continue;
    values.set(long, value);
    if (short !== undefined) values.set(short, value);
  }
  const names = Map.groupBy(values.keys(), (name) => JSON.stringify(values.get(name)));
  return names
    .values()
    .map((same): [Completed, string[]] => [values.get(same[0] ?? '') ?? 'text', same])
    .toArray();
}
