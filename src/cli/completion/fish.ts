import { type Completed, type CompletedCommand, groupsOf } from './completed-commands.ts';

/** The script for fish 3. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const groups = [...groupsOf(commands).keys()].filter((name) => name !== '');
  return `# Completion of migrate-json for fish. Made by: migrate-json completion fish

# The command that was typed so far, such as "schema upgrade"; nothing where there is none.
function __migrate_json_command
    set -l known ${groups.map(quoted).join(' ')}
    set -l command
    for word in (commandline -opc)[2..-1]
        contains -- (string join -- ' ' $command $word) $known; and set -a command $word
    end
    string join -- ' ' $command
end

function __migrate_json_is
    set -l command (__migrate_json_command)
    contains -- "$command" $argv
end

# Looks into the target that was typed, for two seconds at most.
function __migrate_json_find
    set -l words (commandline -opc)
    set -l target
    for i in (seq 2 (count $words))
        contains -- $words[$i] -t --to --db-schema --config --env-file --snapshot-dir; and set -a target $words[$i] $words[(math $i + 1)]
    end
    $words[1] __complete $argv[1] $target 2>/dev/null </dev/null
end

complete -c migrate-json -f
${[...new Set([...commandLines(commands), ...commands.flatMap(argumentLine), ...optionLines(commands)])].join('\n')}
`;
}

function commandLines(commands: readonly CompletedCommand[]): string[] {
  return commands.map(({ name, description }) => {
    const [group = '', inner] = name.split(' ');
    if (inner === undefined) return entry([''], ['-a', group], description);
    return [entry([''], ['-a', group], group), entry([group], ['-a', inner], description)].join('\n');
  });
}

function argumentLine({ name, argument }: CompletedCommand): string[] {
  if (argument === 'nothing' || argument === 'text') return [];
  return [entry(name === 'run' ? ['', 'run'] : [name], completionOf(argument))];
}

/** One for all commands that have the option; behind no command the options are those of run. */
function optionLines(commands: readonly CompletedCommand[]): string[] {
  const options = commands.flatMap(({ name, options: own }) => own.map((option) => ({ name, option })));
  const lines = Map.groupBy(options, ({ option }) => JSON.stringify(option)).values();
  return [...lines].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { long, short, description, value } = first.option;
    const names = same.flatMap(({ name }) => (name === 'run' ? ['', 'run'] : [name]));
    const flags = [...(short === undefined ? [] : ['-s', short.slice(1)]), '-l', long.slice(2)];
    return [
      entry(
        names,
        [...flags, ...(value === 'nothing' ? [] : [value === 'file' ? '-r' : '-x', ...completionOf(value)])],
        description,
      ),
    ];
  });
}

function completionOf(value: Completed): string[] {
  switch (value) {
    case 'file':
      return ['-F'];
    case 'directory':
      return ['-a', '(__fish_complete_directories)'];
    case 'runs':
    case 'snapshots':
      return ['-a', `(__migrate_json_find ${value})`];
    default:
      return typeof value === 'string' ? [] : ['-a', value.join(' ')];
  }
}

function entry(names: readonly string[], words: readonly string[], description = ''): string {
  const condition = `__migrate_json_is ${names.map((name) => `"${name}"`).join(' ')}`;
  const parts = ['complete', '-c', 'migrate-json', '-n', condition, ...words];
  return [...parts, ...(description === '' ? [] : ['-d', description])].map(quoted).join(' ');
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
