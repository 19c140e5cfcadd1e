import { EVERY } from '../settings/option-spec.ts';
import { quoted } from '../system/quoted.ts';
import { argumentsIn, following, PROGRAM, programIn } from './repeated-call.ts';

/** A text names a command between backticks, as in an error's hint: `migrate-json schema check`. */
const NAMED = new RegExp(`\`${PROGRAM} ([^\`]+)\``, 'g');

/** Commands with subcommands. */
const GROUPS = ['schema', 'snapshot'];

/** Commands whose first argument is the directory with the data. */
const READING = ['run', 'scan', 'init', 'validate', 'verify', 'doctor'];

/**
 * The text with each command that it names as it works here: for the database, the data and the declarations of the command
 * that was typed. What finds an error or a warning knows nothing of them.
 */
export function withCommands(
  text: string,
  typed: readonly string[] = process.argv.slice(2),
  env = process.env,
): string {
  return text.replaceAll(NAMED, (_all, command: string) => {
    const all = completed(command.split(' '), typed);
    return `\`${programIn(env)}${all.slice(PROGRAM.length)}\``;
  });
}

function completed(words: readonly string[], typed: readonly string[]): string {
  const [first = ''] = words;
  if (words.includes('--help')) return [PROGRAM, ...words].join(' ');
  const name = words.slice(0, GROUPS.includes(first) ? 2 : 1).join(' ');
  const own = words.slice(GROUPS.includes(first) ? 2 : 1);
  const takesRoot = READING.includes(first) && argumentsIn(own).length === 0;
  return following(typed, name, ...(takesRoot ? rootIn(typed) : []), ...own);
}

/** The directory that was typed, if the command was one that reads it. */
function rootIn(typed: readonly string[]): readonly string[] {
  const given = argumentsIn(typed);
  const [first = '', second] = given;
  const isOther = EVERY.some((each) => each === first) && !READING.includes(first);
  const root = READING.includes(first) ? second : first;
  return root === undefined || isOther ? [] : [quoted(root)];
}
