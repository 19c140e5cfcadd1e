import { type Completed, type CompletedCommand, groupsOf, optionsByValue } from './completed-commands.ts';

/** The script for zsh 5: a file `_migrate-json` in $fpath. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const groups = [...groupsOf(commands).keys()].filter((name) => name !== '');
  const valued = optionsByValue(commands);
  return `#compdef migrate-json
# Completion of migrate-json for zsh. Made by: migrate-json completion zsh

# Looks into the target that was typed, for two seconds at most.
_migrate_json_find() {
  local -a found
  found=(\${(f)"$(\${(Q)words[1]} __complete $1 $target 2>/dev/null </dev/null)"})
  compadd -- $found
}

_migrate_json() {
  local command='' option='' word
  local -a known target listed
  known=(${groups.map(quoted).join(' ')})
  for word in \${(Q)words[2,CURRENT-1]}; do
    if [[ -n $option ]]; then
      [[ $option == (-t|--to|--db-schema|--config|--env-file|--snapshot-dir) ]] && target+=($option $word)
      option=''
    elif [[ $word == (${valued.flatMap(([, names]) => names).join('|')}) ]]; then
      option=$word
    elif (( \${known[(Ie)\${command:+$command }$word]} )); then
      command="\${command:+$command }$word"
    fi
  done
  case $option in
${valued.map(([value, names]) => `    ${names.join('|')}) ${completionOf(value)}; return ;;`).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    case \${command:-run} in
${commands.map(optionCase).join('\n')}
    esac
    _describe option listed
    return
  fi
  case $command in
${[...commandCases(commands)].map(([name, entries]) => `    ${quoted(name)}) listed=(${entries.join(' ')}); _describe command listed ;|`).join('\n')}
    '') ${completionOf('directory')} ;;
${commands.map(({ name, argument }) => `    ${quoted(name)}) ${completionOf(argument)} ;;`).join('\n')}
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _migrate_json "$@"; else compdef _migrate_json migrate-json; fi
`;
}

function optionCase({ name, options }: CompletedCommand): string {
  const listed = options.map(({ long, description }) => quoted(`${long}:${description}`));
  return `      ${quoted(name)}) listed=(${[...listed, quoted('--help:print this help')].join(' ')}) ;;`;
}

/** Commands by the group that they are in; '' is none. */
function commandCases(commands: readonly CompletedCommand[]): Map<string, string[]> {
  const cases = new Map<string, string[]>([['', []]]);
  for (const { name, description } of commands) {
    const [group = '', inner] = name.split(' ');
    if (inner === undefined) cases.get('')?.push(quoted(`${group}:${description}`));
    else if (cases.has(group)) cases.get(group)?.push(quoted(`${inner}:${description}`));
    else {
      cases.get('')?.push(quoted(group));
      cases.set(group, [quoted(`${inner}:${description}`)]);
    }
  }
  return cases;
}

function completionOf(value: Completed): string {
  switch (value) {
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'runs':
    case 'snapshots':
      return `_migrate_json_find ${value}`;
    case 'text':
    case 'nothing':
      return ':';
    default:
      return `_values -s , value ${value.map(quoted).join(' ')}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
