import { kebab, OPTION_KEYS, OPTIONS, type OptionKey, type OptionSpec } from '../settings/options.ts';
import { OUTPUT_OPTIONS } from '../settings/output-options.ts';
import type { Options } from '../settings/settings.ts';
import { quoted } from '../system/quoted.ts';

/** How a command was called: what a command that goes on from it needs as well. */
export interface Call {
  readonly root: string;
  readonly options: Options;
  /** The words behind the name of the program. */
  readonly typed: readonly string[];
  /** Messages of warnings that stderr has shown already. */
  readonly told?: ReadonlySet<string>;
}

/** The words of this call; recipes that were recognised are said like those that were named. */
export function typedWords({ recognised }: { readonly recognised: readonly string[] }): readonly string[] {
  return [...process.argv.slice(2), ...recognised.flatMap((name) => ['--recipe', name])];
}

export const PROGRAM = 'migrate-json';

/** What starts the program here: `npx` starts what is in no directory of PATH. */
export function programIn(environment: Readonly<Record<string, string | undefined>>): string {
  const { npm_command: command, npm_lifecycle_event: event } = environment;
  return command === 'exec' || event === 'npx' ? `npx --no-install ${PROGRAM}` : PROGRAM;
}

/** What is meant for one command only, answers a question of it, or is said by `target`. */
const NEVER_CARRIED: readonly OptionKey[] = [
  ...(['to', 'from', 'dryRun', 'runId', 'reload', 'rehash', 'maxErrors'] as const),
  ...(['yes', 'keep', 'prove', 'restoreFiles', 'snapshot', 'into', 'allowExtra'] as const),
];

/**
 * Another command for the same database, data and declarations: what was typed and says which they are, or shapes what the
 * command reads or compares, is said again. What the environment or a config file says need not be repeated.
 */
export function following(typed: readonly string[], command: string, ...words: readonly string[]): string {
  const all = [PROGRAM, command, ...words, target(typed, command), carried(typed, command)];
  return all.filter((word) => word !== '').join(' ');
}

/** The database by the name that the command has for it. */
function target(typed: readonly string[], command: string): string {
  const given = wordsOf(typed).findLast(({ key }) => key === 'to' || key === 'from');
  const name = (['to', 'from'] as const).find((key) => takes(command, key));
  return given === undefined || name === undefined ? '' : `--${name} ${quoted(withoutPassword(givenBy(given)))}`;
}

function carried(typed: readonly string[], command: string): string {
  const words = wordsOf(typed).flatMap(({ key, words: each }) => {
    if (key === undefined || NEVER_CARRIED.includes(key) || key in OUTPUT_OPTIONS) return [];
    return takes(command, key) ? each : [];
  });
  return words.map(withoutPassword).map(quoted).join(' ');
}

/** `schema` stands for each of its subcommands. */
function takes(command: string, key: OptionKey): boolean {
  const { commands }: OptionSpec = OPTIONS[key];
  return commands.some((each) => each === command || command.startsWith(`${each} `));
}

/** What was typed that is neither an option nor the value of one. */
export function argumentsIn(typed: readonly string[]): readonly string[] {
  return wordsOf(typed).flatMap(({ key, words: [word = ''] }) =>
    key === undefined && !word.startsWith('-') ? word : [],
  );
}

interface Word {
  /** Undefined for what is no option. */
  readonly key: OptionKey | undefined;
  /** The option and its value. */
  readonly words: readonly string[];
}

export function wordsOf(typed: readonly string[]): readonly Word[] {
  const found: Word[] = [];
  for (let at = 0; at < typed.length; at++) {
    const word = typed[at] ?? '';
    const key = keyOf(word);
    const { value, short }: OptionSpec = key === undefined ? { ...OPTIONS.dryRun, short: '' } : OPTIONS[key];
    const isAlone = word.startsWith('--') ? !word.includes('=') : word === `-${short}`;
    if (key === undefined || value === undefined || !isAlone) found.push({ key, words: [word] });
    else found.push({ key, words: [word, ...typed.slice(++at, at + 1)] });
  }
  return found;
}

function givenBy({ words: [word = '', value] }: Word): string {
  return value ?? word.replace(/^--[^=]*=|^-./s, '');
}

function keyOf(word: string): OptionKey | undefined {
  const name = word.replace(/=.*/s, '');
  return OPTION_KEYS.find((key) => {
    const { kind, short }: OptionSpec = OPTIONS[key];
    const isShort = short !== undefined && !word.startsWith('--') && word.startsWith(`-${short}`);
    return isShort || name === (kind === 'negated-flag' ? `--no-${kebab(key)}` : `--${kebab(key)}`);
  });
}

/** Of a URL with a password nothing is repeated. */
export function withoutPassword(word: string): string {
  return word.replace(/[\w+]+:\/\/.*:.*@.*/s, 'URL');
}
