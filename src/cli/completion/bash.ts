import { type Completed, type CompletedCommand, groupsOf, optionsByValue } from './completed-commands.ts';

/** The script for bash 3.2 and later; needs no bash-completion. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of migrate-json for bash. Made by: migrate-json completion bash

# The words that can stand behind a command; nothing but the words of the group behind a group.
_migrate_json_words() {
  case "$1" in
${[...groupsOf(commands)].map(([name, words]) => `    '${name}') echo '${words.join(' ')}' ;;`).join('\n')}
  esac
}

# Words, files, directories, or what the program finds in the target, which is looked for for two seconds at most.
_migrate_json_complete() {
  local kind=$1 before=''
  shift
  case "$kind" in
    words)
      case "$cur" in *,*) before="\${cur%,*},"; cur="\${cur##*,}" ;; esac
      COMPREPLY=($(compgen -P "$before" -W "$*" -- "$cur")) ;;
    file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    directory) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
    runs | snapshots)
      COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" __complete "$kind" "\${target[@]}" 2>/dev/null </dev/null)" -- "$cur")) ;;
  esac
}

_migrate_json() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} option='' command='' word i
  local -a target
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [ "$word" = = ] && continue
    if [ -n "$option" ]; then
      case "$option" in -t | --to | --db-schema | --config | --env-file | --snapshot-dir)
        # A URL is several words to bash, which breaks at colons.
        while [ "\${COMP_WORDS[i + 1]}" = : ] && ((i + 2 < COMP_CWORD)); do
          word=$word:\${COMP_WORDS[i + 2]}
          ((i += 2))
        done
        target+=("$option" "$word") ;;
      esac
      option=''
      continue
    fi
    case "$word" in
      ${valueOptions(commands)}) option=$word ;;
      -*) ;;
      *) [ -n "$(_migrate_json_words "\${command:+$command }$word")" ] && command="\${command:+$command }$word" ;;
    esac
  done
  [ "$cur" = = ] && cur=''
  if [ -n "$option" ]; then
    case "$option" in
${optionsByValue(commands)
  .map(([value, names]) => `      ${names.join(' | ')}) _migrate_json_complete ${call(value)} ;;`)
  .join('\n')}
    esac
    return
  fi
  case "$cur" in
    -*) _migrate_json_complete words "$(_migrate_json_words "\${command:-run}")" ;;
    *)
      case "$command" in
        '') _migrate_json_complete directory; COMPREPLY+=($(compgen -W "$(_migrate_json_words '')" -- "$cur")) ;;
${argumentCases(commands)}
        *) _migrate_json_complete words "$(_migrate_json_words "$command")" ;;
      esac ;;
  esac
}

complete -F _migrate_json migrate-json
`;
}

function valueOptions(commands: readonly CompletedCommand[]): string {
  return optionsByValue(commands)
    .flatMap(([, names]) => names)
    .join(' | ');
}

function argumentCases(commands: readonly CompletedCommand[]): string {
  return commands
    .map(({ name, argument }) => `        '${name}') _migrate_json_complete ${call(argument)} ;;`)
    .join('\n');
}

function call(value: Completed): string {
  return typeof value === 'string' ? value : `words '${value.join(' ')}'`;
}
