import { isNewOrEmpty } from '../files/run-of-directory.ts';
import { type CommandName, kebab, OPTION_KEYS, OPTIONS, type OptionKey, type OptionSpec } from '../settings/options.ts';
import { OUTPUT_OPTIONS } from '../settings/output-options.ts';
import type { Options } from '../settings/settings.ts';

/** How a command was called: what a command that goes on from it needs as well. */
export interface Call {
  readonly root: string;
  readonly options: Options;
  readonly toOrigin: string | undefined;
  /** The words behind the name of the program. */
  readonly typed: readonly string[];
  /** What starts the program where it was called. */
  readonly program?: string;
  /** Messages of warnings that stderr has shown already. */
  readonly told?: ReadonlySet<string>;
}

export const PROGRAM = 'migrate-json';

/** What a run writes into, and refuses where another one has written. */
const DIRECTORIES = ['rejects', 'backupDir', 'archiveDir'] as const satisfies readonly OptionKey[];

/** What is repeated for one command only, or is said by `target`. */
const NEVER_CARRIED: readonly OptionKey[] = ['to', 'dbSchema', 'dryRun', 'runId', 'reload', 'rehash', 'maxErrors'];

export interface Change {
  /** Options that are left out, with their values. */
  readonly without?: readonly OptionKey[];
  readonly more?: readonly string[];
  /** The run that goes on; otherwise it is a run of its own, but for shards, which share one. */
  readonly runId?: string | undefined;
}

/** The same command, changed. */
export function again(call: Call, { without = [], more = [], runId }: Change): string {
  const { typed, options } = call;
  const places = runId === undefined && options.shard === undefined ? otherPlaces(options, without) : new Map();
  const left = [...without, ...(options.shard === undefined ? (['runId'] as const) : []), ...places.keys()];
  const words = wordsOf(typed).flatMap(({ key, words: each }) => (key && left.includes(key) ? [] : each));
  const moved = [...places].map(([key, place]) => `--${kebab(key)} ${quoted(place)}`);
  const own = runId === undefined || options.shard !== undefined ? [] : [`--run-id ${quoted(runId)}`];
  return [PROGRAM, ...words.map(withoutPassword).map(quoted), ...own, ...moved, ...more].join(' ');
}

/** Of the directories that the command names: another one in place of each that is no longer free. */
function otherPlaces(options: Options, without: readonly OptionKey[]): ReadonlyMap<OptionKey, string> {
  const places = new Map<OptionKey, string>();
  for (const key of DIRECTORIES) {
    const place = options[key];
    if (place !== undefined && !without.includes(key) && !isNewOrEmpty(place)) places.set(key, freePlace(place));
  }
  return places;
}

/** The directory, or `DIR-2` where it is in use. */
export function freePlace(directory: string): string {
  let place = directory;
  for (let number = 2; !isNewOrEmpty(place); number++) place = `${directory}-${number}`;
  return place;
}

/** What was typed and shapes what another command reads or compares, as that command takes it. */
export function carried({ typed }: Call, command: CommandName): string {
  const words = wordsOf(typed).flatMap(({ key, words: each }) => {
    if (key === undefined || NEVER_CARRIED.includes(key)) return [];
    const { commands }: OptionSpec = OPTIONS[key];
    return !(key in OUTPUT_OPTIONS) && commands.includes(command) ? each : [];
  });
  return words.map(withoutPassword).map(quoted).join(' ');
}

interface Word {
  /** Undefined for what is no option. */
  readonly key: OptionKey | undefined;
  /** The option and its value. */
  readonly words: readonly string[];
}

function wordsOf(typed: readonly string[]): readonly Word[] {
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

function keyOf(word: string): OptionKey | undefined {
  const name = word.replace(/=.*/s, '');
  return OPTION_KEYS.find((key) => {
    const { kind, short }: OptionSpec = OPTIONS[key];
    const isShort = short !== undefined && !word.startsWith('--') && word.startsWith(`-${short}`);
    return isShort || name === (kind === 'negated-flag' ? `--no-${kebab(key)}` : `--${kebab(key)}`);
  });
}

/** Of a URL with a password nothing is repeated. */
function withoutPassword(word: string): string {
  return word.replace(/[\w+]+:\/\/.*:.*@.*/s, 'URL');
}

/** What the environment or a config file said need not be repeated. */
export function target({ options: { to, dbSchema }, toOrigin }: Pick<Call, 'options' | 'toOrigin'>): string {
  const words: string[] = [];
  if (to !== undefined && toOrigin === '--to') words.push(`--to ${quoted(withoutPassword(to))}`);
  if (dbSchema !== 'public') words.push(`--db-schema ${quoted(dbSchema)}`);
  return words.join(' ');
}

export function line(command: string, argument: string | undefined, ...rest: readonly string[]): string {
  const words = [PROGRAM, command, ...(argument === undefined ? [] : [quoted(argument)]), ...rest];
  return words.filter((word) => word !== '').join(' ');
}

/** For a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
